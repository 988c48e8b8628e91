//! Runs the programs of a checkout of the official test suite, <https://github.com/WebAssembly/wasi-testsuite>, on every backend.
//!
//! ```text
//! git clone --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
//! WASI_TESTSUITE=$PWD/wasi-testsuite cargo test -p guesthouse-spec-tests --test wasi_testsuite
//! ```
//!
//! That branch has the tests compiled, under `tests/*/testsuite/wasm32-wasip1`. Beside a test may stand what it is run with and what it must answer. Further arguments
//! after `--` choose the tests whose names contain one of them. Without a checkout it says that it did not run: it has no test to count.

#![expect(clippy::print_stdout, reason = "a report is what it is for")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use guesthouse_spec_tests::{Called, End, Outcome, run};
use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{CopyOptions, FileSystem, HostFs, MemFs, MountFs, OpenDir, OpenOptions, Tree};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use serde_json::Value;
use wasmtime::{Engine, Module};

/// Where the checkout is.
const CHECKOUT: &str = "WASI_TESTSUITE";

fn main() -> Outcome<ExitCode> {
    let Some(checkout) = std::env::var_os(CHECKOUT) else {
        println!("skipped: {CHECKOUT} names no checkout of the official test suite\n");
        return Ok(ExitCode::SUCCESS);
    };
    let tests = tests(&from_package(checkout))?;
    let engine = Engine::new(&config())?;
    let failures = on_every_processor(&tests, |test| test.failures(&engine));
    for failure in failures.iter().flatten() {
        println!("{failure}");
    }
    for backend in Backend::ALL {
        let start = format!("{backend:?}: ");
        let failed = failures.iter().flatten();
        let failed = failed.filter(|failure| failure.starts_with(&start)).count();
        println!("{start}{} of {} passed", tests.len() - failed, tests.len());
    }
    println!();
    Ok(if failures.iter().all(Vec::is_empty) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Cargo runs tests in the folder of their package; a relative path is meant from where the workspace is.
fn from_package(checkout: OsString) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(checkout)
}

/// Does the work for each test, the results in the tests' order.
fn on_every_processor<R: Send>(tests: &[Test], work: impl Fn(&Test) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some((index, test)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            tests.get(index).map(|test| (index, test))
        } {
            done.push((index, work(test)));
        }
        done
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let done = workers
            .into_iter()
            .map(|worker| worker.join().expect("a report"));
        done.flatten().collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What a test finds as its `/`: a copy of what the suite has for it.
#[derive(Clone, Copy, Debug)]
enum Backend {
    Memory,
    Host,
    HostBySteps,
    /// A directory of the host mounted in memory.
    HostInMemory,
    /// Memory mounted in a directory of the host.
    MemoryInHost,
    /// A fork of memory.
    Fork,
}

impl Backend {
    const ALL: [Self; 6] = [
        Self::Memory,
        Self::Host,
        Self::HostBySteps,
        Self::HostInMemory,
        Self::MemoryInHost,
        Self::Fork,
    ];

    /// `scratch` is an empty directory of the host for it.
    fn root(self, template: &Path, scratch: &Path) -> Outcome<OpenDir> {
        let origin = MemFs::new();
        let memory: Arc<dyn FileSystem> = origin.clone();
        let host: Arc<dyn FileSystem> = match self {
            Self::HostBySteps => HostFs::open_ambient_by_steps(scratch)?,
            _ => HostFs::open_ambient(scratch)?,
        };
        let (fs, outer) = match self {
            Self::Memory | Self::Fork => (memory, None),
            Self::Host | Self::HostBySteps => (host, None),
            Self::HostInMemory => (host, Some(memory)),
            Self::MemoryInHost => (memory, Some(host)),
        };
        Tree::new(Arc::clone(&fs)).copy_in(template, "/", CopyOptions::default())?;
        match outer {
            None if matches!(self, Self::Fork) => Ok(OpenDir::root(origin.fork())),
            None => Ok(OpenDir::root(fs)),
            Some(outer) => mounted(outer, fs),
        }
    }
}

/// The root of `inner`, mounted in `outer`.
fn mounted(outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>) -> Outcome<OpenDir> {
    let fs = MountFs::builder(outer).mount("/mount", inner)?.build();
    let root = OpenDir::root(fs);
    let start = Start {
        dir: &root,
        root: None,
    };
    let options = OpenOptions::directory();
    match resolve::open(start, b"mount", Symlinks::NoFollow, options)? {
        OpenNode::Dir(dir) => Ok(dir),
        OpenNode::File(_) => Err("the mount is no directory".into()),
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

/// The tests of a checkout that were asked for, in the order of their paths.
fn tests(checkout: &Path) -> Outcome<Vec<Test>> {
    let mut tests = Vec::new();
    for language in folders(checkout)? {
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
    if tests.is_empty() {
        return Err("there are no compiled tests; is it the branch prod/testsuite-base?".into());
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    if !wanted.is_empty() {
        tests.retain(|test| {
            let name = test.wasm.to_string_lossy();
            wanted.iter().any(|part| name.contains(part))
        });
        if tests.is_empty() {
            return Err(format!("no test has one of {wanted:?} in its name").into());
        }
    }
    tests.sort_by(|one, other| one.wasm.cmp(&other.wasm));
    Ok(tests)
}

fn folders(checkout: &Path) -> Outcome<std::fs::ReadDir> {
    let folder = checkout.join("tests");
    std::fs::read_dir(&folder)
        .map_err(|error| format!("{CHECKOUT}: {}: {error}", folder.display()).into())
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

    /// What it does wrong on which backend.
    fn failures(&self, engine: &Engine) -> Vec<String> {
        let program =
            Module::from_file(engine, &self.wasm).and_then(|module| Program::new(&module));
        let run = |backend| match &program {
            Ok(program) => self.run(program, backend),
            Err(error) => Err(format!("{error:?}").into()),
        };
        let failure = |backend| {
            let error = run(backend).err()?;
            Some(format!("{backend:?}: {}: {error}", self.wasm.display()))
        };
        Backend::ALL.into_iter().filter_map(failure).collect()
    }

    fn run(&self, program: &Program, backend: Backend) -> Outcome<()> {
        let scratch = tempfile::tempdir()?;
        let mut builder = WasiCtx::builder()
            .arg(self.wasm.to_string_lossy().as_bytes())
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(root) = &self.root {
            builder = builder.preopen(backend.root(root, scratch.path())?, "/");
        }
        let ended = run(program, builder, &Called::default())?;
        if ended.end != End::Exit(Exit::Code(self.exit_code)) {
            return Err(format!("{ended:#?}").into());
        }
        match &self.stdout {
            Some(expected) if *expected != ended.stdout => {
                let printed = ended.stdout;
                Err(format!("it printed {printed:?} instead of {expected:?}").into())
            }
            _ => Ok(()),
        }
    }
}
