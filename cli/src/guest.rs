//! Reads the guest's file and says clearly what is wrong with it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use guesthouse_wasi::abi::functions::{FUNCTIONS, is_unstable};
use wasmtime::{Engine, ExternType, Module};

use crate::failure::Failure;

const MAGIC: &[u8] = b"\0asm";
/// The version and layer that follow the magic number in a core module and in a component.
const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT_LAYER: [u8; 2] = [1, 0];

const NO_THREADS: &str = "guests with threads are not supported; build it without them, so that it exports a memory of its own";

pub(crate) fn load(engine: &Engine, path: &Path) -> Result<Module, Failure> {
    let bytes = read(path)?;
    check_kind(path, &bytes)?;
    let module = Module::new(engine, &bytes).map_err(|error| invalid(path, &root_cause(&error)))?;
    check_imports(path, &module)?;
    Ok(module)
}

/// What is wrong with a module whose imports all have known names.
pub(crate) fn cannot_link(path: &Path, error: &wasmtime::Error) -> Failure {
    // The outermost message names the import, the innermost says what is wrong with it.
    Failure::new(format!(
        "cannot link {}: {error}: {}",
        path.display(),
        root_cause(error)
    ))
    .advise("build it again with a toolchain for wasm32-wasip1")
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.is_dir() {
        return Err(Failure::new(format!("{} is a directory", path.display()))
            .advise("name the guest's .wasm or .wat file; options such as --dir come before it"));
    }
    fs::read(path).map_err(|error| {
        let failure = match error.kind() {
            ErrorKind::NotFound => Failure::new(format!("no such file: {}", path.display())),
            _ => Failure::new(format!("cannot read {}: {error}", path.display())),
        };
        match error.kind() {
            ErrorKind::NotFound => {
                failure.advise("the guest comes after the options, its own arguments after it")
            }
            _ => failure,
        }
    })
}

fn check_kind(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return if is_text(path, bytes) {
            Ok(())
        } else {
            Err(not_wasm(path, bytes))
        };
    };
    if rest.get(..4) == Some(&CORE_MODULE) {
        return Ok(());
    }
    if rest.get(2..4) == Some(&COMPONENT_LAYER) {
        return Err(component(path));
    }
    Err(Failure::new(format!(
        "{} is of a WebAssembly version that is not known here",
        path.display()
    )))
}

fn component(path: &Path) -> Failure {
    Failure::new(format!(
        "{} is a component; guesthouse runs core modules of WASI preview1",
        path.display()
    ))
    .advise("build the guest for the target wasm32-wasip1 instead of wasm32-wasip2")
}

/// WebAssembly text: UTF-8 whose first character that is not white space or a comment opens a parenthesis.
fn is_text(path: &Path, bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("wat"));
    named || text.trim_start().starts_with('(') || text.trim_start().starts_with(";;")
}

fn not_wasm(path: &Path, bytes: &[u8]) -> Failure {
    let failure = Failure::new(format!("{} is not a WebAssembly module", path.display()));
    match bytes {
        [] => failure.advise("the file is empty"),
        [0x7f, b'E', b'L', b'F', ..] => failure.advise("it is a native program; build it for the target wasm32-wasip1"),
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [b'P', b'K', 3, 4, ..] => {
            failure.advise("it is compressed; unpack it first")
        }
        [b'#', b'!', ..] => failure.advise("it is a script; run the interpreter's .wasm with the script mounted, as examples/README.md shows"),
        _ => failure.advise("a module begins with the bytes 00 61 73 6d, text with an opening parenthesis"),
    }
}

fn invalid(path: &Path, reason: &str) -> Failure {
    // The parser of text shows the line and points at the place in it, on lines of their own; here the place alone has to do.
    if let Some((reason, shown)) = reason.split_once('\n') {
        let place = shown.split_once("<anon>:").map_or("", |(_, place)| place);
        let place = place.lines().next().unwrap_or_default();
        return Failure::new(format!(
            "{} is not a valid module: {reason}",
            path.display()
        ))
        .advise(format!("at {}:{place}", path.display()));
    }
    let failure = Failure::new(format!(
        "{} is not a valid module: {reason}",
        path.display()
    ));
    // A component in text is found out only when it is parsed.
    if reason.contains("encoded as a component") {
        return component(path);
    }
    // The validator's words for a module that would be valid with an extension of WebAssembly.
    if reason.contains("threads must be enabled") {
        return failure.advise(NO_THREADS);
    }
    if reason.contains("enabled") || reason.contains("disallowed") {
        return failure.advise("build it without that extension of WebAssembly");
    }
    failure
}

fn check_imports(path: &Path, module: &Module) -> Result<(), Failure> {
    for import in module.imports() {
        if let ExternType::Memory(_) = import.ty() {
            return Err(Failure::new(format!(
                "{} imports its memory (`{}` of module `{}`)",
                path.display(),
                import.name(),
                import.module()
            ))
            .advise(NO_THREADS));
        }
        if !is_provided(import.module(), import.name()) {
            return Err(Failure::new(format!(
                "{} needs an import that is not known here: `{}` of module `{}`",
                path.display(),
                import.name(),
                import.module()
            ))
            .advise("guesthouse provides WASI preview1 (wasi_snapshot_preview1, wasi_unstable); this guest was built for another host"));
        }
    }
    Ok(())
}

fn is_provided(module: &str, name: &str) -> bool {
    let function = FUNCTIONS.iter().find(|function| function.name == name);
    match module {
        "wasi_snapshot_preview1" => function.is_some(),
        "wasi_unstable" => function.is_some_and(is_unstable),
        _ => false,
    }
}

/// The innermost message of an engine's error, which says what is wrong; the outer ones say where in the engine.
pub(crate) fn root_cause(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}
