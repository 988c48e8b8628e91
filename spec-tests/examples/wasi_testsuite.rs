//! Runs a checkout of the official test suite, <https://github.com/WebAssembly/wasi-testsuite>, on every backend.
//!
//! ```text
//! git clone --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
//! cargo run -p guesthouse-spec-tests --example wasi_testsuite -- wasi-testsuite
//! ```
//!
//! That branch has the tests compiled, under `tests/*/testsuite/wasm32-wasip1`. Beside a test may stand what it is run with and what it must answer.

#![expect(clippy::print_stdout, reason = "a report is what it is for")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use guesthouse_vfs::{CopyOptions, FileSystem, HostFs, MemFs, MountFs, Tree};
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use serde_json::Value;
use wasmtime::{Engine, Module};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// No test takes nearly as long.
const DEADLINE: Duration = Duration::from_secs(60);
/// How much a test may print, in bytes.
const OUTPUT_MAX: usize = 1 << 20;

fn main() -> Outcome<ExitCode> {
    let checkout = std::env::args_os().nth(1);
    let checkout = checkout.ok_or("the path of a checkout of wasi-testsuite is missing")?;
    let tests = tests(Path::new(&checkout))?;
    let engine = Engine::new(&config())?;
    let mut failed = 0;
    let mut passed = [0; Backend::ALL.len()];
    for test in &tests {
        let program = Program::new(&Module::from_file(&engine, &test.wasm)?)?;
        for (backend, passed) in Backend::ALL.into_iter().zip(&mut passed) {
            match test.run(&program, backend) {
                Ok(()) => *passed += 1,
                Err(error) => {
                    println!("{backend:?}: {}: {error}", test.wasm.display());
                    failed += 1;
                }
            }
        }
    }
    for (backend, passed) in Backend::ALL.into_iter().zip(passed) {
        println!("{backend:?}: {passed} of {} passed", tests.len());
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The filesystem that a test gets.
#[derive(Clone, Copy, Debug)]
enum Backend {
    /// A copy in memory.
    Memory,
    /// A copy on the host.
    Host,
    /// A copy on the host, with a mount in it.
    Mount,
}

impl Backend {
    const ALL: [Self; 3] = [Self::Memory, Self::Host, Self::Mount];

    /// A filesystem with what is in `template`; `scratch` is an empty host directory for it.
    fn fs(self, template: &Path, scratch: &Path) -> Outcome<Arc<dyn FileSystem>> {
        let fs: Arc<dyn FileSystem> = match self {
            Self::Memory => MemFs::new(),
            Self::Host | Self::Mount => HostFs::open_ambient(scratch)?,
        };
        Tree::new(Arc::clone(&fs)).copy_in(template, "/", CopyOptions::default())?;
        Ok(match self {
            Self::Memory | Self::Host => fs,
            Self::Mount => MountFs::builder(fs).mount(b"/mount", MemFs::new())?.build(),
        })
    }
}

/// A test, with what it is run with and what it must answer.
struct Test {
    wasm: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    /// What is in its `/`, if it has one.
    root: Option<PathBuf>,
    exit_code: u32,
    stdout: Option<String>,
}

/// The tests of a checkout, in the order of their paths.
fn tests(checkout: &Path) -> Outcome<Vec<Test>> {
    let mut tests = Vec::new();
    for language in std::fs::read_dir(checkout.join("tests"))? {
        let folder = language?.path().join("testsuite/wasm32-wasip1");
        let Ok(files) = std::fs::read_dir(&folder) else {
            continue;
        };
        for file in files {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "wasm")
            {
                tests.push(Test::read(path)?);
            }
        }
    }
    tests.sort_by(|one, other| one.wasm.cmp(&other.wasm));
    if tests.is_empty() {
        return Err("there are no compiled tests; is it the branch prod/testsuite-base?".into());
    }
    Ok(tests)
}

impl Test {
    fn read(wasm: PathBuf) -> Outcome<Self> {
        let description = match std::fs::read(wasm.with_extension("json")) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(_) => Value::Null,
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let args = description["args"].as_array().into_iter().flatten();
        let env = description["env"].as_object().into_iter().flatten();
        Ok(Self {
            args: args.map(text).collect(),
            env: env
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            root: description["root"]
                .as_str()
                .map(|root| wasm.with_file_name(root)),
            exit_code: u32::try_from(description["exit_code"].as_u64().unwrap_or(0))?,
            stdout: description["stdout"].as_str().map(str::to_owned),
            wasm,
        })
    }

    fn run(&self, program: &Program, backend: Backend) -> Outcome<()> {
        let scratch = tempfile::tempdir()?;
        let (stdout, stderr) = (Captured::new(OUTPUT_MAX), Captured::new(OUTPUT_MAX));
        let mut builder = WasiCtx::builder()
            .arg(self.wasm.to_string_lossy().as_bytes())
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdout(stdout.clone())
            .stderr(stderr.clone());
        if let Some(root) = &self.root {
            builder = builder.root(backend.fs(root, scratch.path())?);
        }
        let ctx = builder.build()?;
        ctx.canceller().set_deadline(Instant::now() + DEADLINE)?;
        let exit = program.run(ctx);
        let printed = String::from_utf8(stdout.contents())?;
        let complaint = String::from_utf8_lossy(&stderr.contents()).into_owned();
        match exit {
            Ok(Exit::Code(code)) if code == self.exit_code => {}
            Ok(exit) => return Err(format!("{exit}\n{complaint}").into()),
            Err(error) => return Err(format!("{error:?}\n{complaint}").into()),
        }
        match &self.stdout {
            Some(expected) if *expected != printed => {
                Err(format!("it printed {printed:?} instead of {expected:?}").into())
            }
            _ => Ok(()),
        }
    }
}
