//! What the command says of guests that it cannot run: one or two lines, what was wrong, where, and what to do.

mod command;

use command::{file, guest, guesthouse, run};
use tempfile::tempdir;

#[test]
fn a_file_that_is_not_there_or_no_file() {
    run(["no/such/guest.wasm"]).error(1, &["no such file: no/such/guest.wasm"]);
    let dir = tempdir().unwrap();
    run([dir.path()]).error(1, &["is a directory"]);
}

#[test]
fn files_that_are_no_modules() {
    let dir = tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 9] = [
        ("empty", b"", "empty"),
        ("elf", b"\x7fELF\x02\x01", "native program"),
        ("gz", b"\x1f\x8b\x08\x00", "compressed"),
        ("zip", b"PK\x03\x04", "compressed"),
        ("script.py", b"#!/usr/bin/python\n", "script"),
        ("text", b"hello", "not a WebAssembly module"),
        ("component.wasm", b"\0asm\x0d\0\x01\0", "component"),
        ("component.wat", b"(component)", "is a component"),
        ("future.wasm", b"\0asm\x07\0\0\0", "version"),
    ];
    for (name, bytes, said) in cases {
        run([file(&dir, name, bytes)]).error(1, &[name, said]);
    }
}

#[test]
fn modules_that_are_broken() {
    let dir = tempdir().unwrap();
    run([file(&dir, "cut.wasm", b"\0asm\x01\0\0\0\x01\x7f")])
        .error(1, &["cut.wasm", "not a valid module"]);
    run([file(&dir, "typo.wat", "(module (fun))")]).error(1, &["typo.wat", "not a valid module"]);
    run([file(&dir, "bad.wat", "(module (func (result i32)))")])
        .error(1, &["bad.wat", "not a valid module"]);
    // The place is told as compilers tell it, and the parser's picture of the line is left out.
    let text = file(&dir, "place.wat", "(module\n  (func i32.const))");
    let place = format!("at {text}:2:");
    let outcome = run([text.as_str()]).error(1, &["expected a i32", &place]);
    assert!(!outcome.stderr.contains('|'), "{outcome:#?}");
}

#[test]
fn imports_that_nobody_provides_are_named_with_their_module() {
    let dir = tempdir().unwrap();
    let cases = [
        (
            r#"(module (import "env" "now" (func)))"#,
            "`now` of module `env`",
        ),
        (
            r#"(module (import "wasi_snapshot_preview1" "sock_open" (func)))"#,
            "`sock_open` of module `wasi_snapshot_preview1`",
        ),
        (
            r#"(module (import "wasi_unstable" "sock_accept" (func)))"#,
            "`sock_accept` of module `wasi_unstable`",
        ),
        (
            r#"(module (import "env" "memory" (memory 1)))"#,
            "`memory` of module `env`",
        ),
    ];
    for (text, said) in cases {
        run([file(&dir, "guest.wat", text)]).error(1, &["guest.wat", said]);
    }
    let shared = r#"(module (memory (export "memory") 1 1 shared) (func (export "_start")))"#;
    run([file(&dir, "guest.wat", shared)]).error(1, &["threads"]);
    let wrong_type = r#"(module (import "wasi_snapshot_preview1" "fd_close" (func (param i64))))"#;
    run([file(&dir, "guest.wat", wrong_type)]).error(
        1,
        &[
            "cannot link",
            "guest.wat",
            "`wasi_snapshot_preview1::fd_close`",
            "expected type",
        ],
    );
}

#[test]
fn a_guest_without_an_entry_or_function() {
    let dir = tempdir().unwrap();
    let module = file(
        &dir,
        "guest.wat",
        r#"(module (func (export "work") (param i32)))"#,
    );
    run([module.as_str()]).error(1, &["_start", "--invoke"]);
    run(["--invoke", "play", &module]).error(1, &["`play`", "work"]);
    run(["--invoke", "work", &module]).error(2, &["takes 1 arguments, not 0"]);
    run(["--invoke", "work", &module, "one"]).error(2, &["`one` is not a number"]);
}

#[test]
fn usage_errors_are_two() {
    for args in [
        &["run"][..],
        &["run", "--no-such-option", "x"],
        &["stroll"],
        &[],
        &["run", "--timeout", "soon", "x"],
    ] {
        let outcome = guesthouse(args).code(2);
        assert!(!outcome.stderr.contains("panicked"), "{outcome:#?}");
    }
    run(["--env", "GUESTHOUSE_NO_SUCH_VARIABLE", "x.wasm"]).code(1);
    let hello = guest("hello.wat");
    run(["--env", "GUESTHOUSE_NO_SUCH_VARIABLE", &hello]).error(2, &["no such variable"]);
    run(["--env", "=value", &hello]).error(2, &["has no name"]);
    run(["--no-root", "--tmp", "/x", &hello]).code(2);
}
