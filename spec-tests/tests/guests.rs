//! Guests that check what they are answered, on every backend: each passes everywhere, and prints the same everywhere.

use std::path::Path;
use std::sync::Arc;

use guesthouse_vfs::{DevFs, FileSystem, HostFs, MemFs, MountFs, Tree};
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, OsRandom, WasiCtx};
use tempfile::TempDir;
use wasmtime::{Engine, Module};

/// A tree with `/tmp` and `/dev`, and the host directory that a part of it may be in.
struct Backend {
    name: &'static str,
    tree: Arc<dyn FileSystem>,
    _host: TempDir,
}

/// What `/` and `/tmp` are in; the same twice is one filesystem without a mount on `/tmp`.
const BACKENDS: [(&str, Part, Part); 5] = [
    ("memory", Part::Memory, Part::Memory),
    ("host", Part::Host, Part::Host),
    ("host by steps", Part::HostBySteps, Part::HostBySteps),
    ("host in memory", Part::Memory, Part::Host),
    ("memory in host", Part::Host, Part::Memory),
];

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Memory,
    Host,
    HostBySteps,
}

impl Part {
    fn open(self, host: &Path) -> Arc<dyn FileSystem> {
        match self {
            Self::Memory => MemFs::new(),
            Self::Host => HostFs::open_ambient(host).unwrap(),
            Self::HostBySteps => HostFs::open_ambient_by_steps(host).unwrap(),
        }
    }
}

fn backends() -> impl Iterator<Item = Backend> {
    BACKENDS.into_iter().map(|(name, root, tmp)| {
        let host = TempDir::new().unwrap();
        let base = root.open(host.path());
        let tree = Tree::new(Arc::clone(&base));
        for dir in ["/tmp", "/dev"] {
            tree.create_dir(dir).unwrap();
        }
        let mut mounts = MountFs::builder(base)
            .mount("/dev", DevFs::new(Arc::new(OsRandom)))
            .unwrap();
        if root != tmp {
            mounts = mounts.mount("/tmp", tmp.open(host.path())).unwrap();
        }
        Backend {
            name,
            tree: mounts.build(),
            _host: host,
        }
    })
}

/// Runs the guest with these arguments on every backend; returns how it ended, and what it printed, each the same everywhere.
fn everywhere(guest: &str, args: &[&str]) -> (Exit, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(guest);
    let module = Module::from_file(&Engine::new(&config()).unwrap(), path).unwrap();
    let program = Program::new(&module).unwrap();
    let mut runs = backends().map(|backend| {
        let output = Captured::new(1 << 20);
        let ctx = WasiCtx::builder()
            .arg(guest)
            .args(args)
            .env("ROOM", "12")
            .root(Arc::clone(&backend.tree))
            .stdout(output.clone())
            .build()
            .unwrap();
        let exit = program.run(ctx).unwrap();
        assert!(!output.refused(), "{}: it printed too much", backend.name);
        let left = Tree::new(backend.tree).list("/tmp").unwrap();
        assert!(
            left.is_empty(),
            "{}: {} left behind",
            backend.name,
            left.len()
        );
        (
            backend.name,
            exit,
            String::from_utf8(output.take()).unwrap(),
        )
    });
    let (first, exit, printed) = runs.next().unwrap();
    for (name, other_exit, other) in runs {
        assert_eq!(
            (&exit, &printed),
            (&other_exit, &other),
            "{first} and {name}"
        );
    }
    (exit, printed)
}

#[test]
fn a_tour_of_the_filesystem() {
    let (exit, printed) = everywhere("../examples/guests/tour.wasm", &[]);
    assert_eq!(exit, Exit::Code(0), "{printed}");
    assert!(printed.ends_with("16 of 16 stops held.\n"), "{printed}");
}

#[test]
fn all_46_functions() {
    let (exit, printed) = everywhere("guests/calls.wasm", &[]);
    assert_eq!(exit, Exit::Code(0), "{printed}");
    let functions = guesthouse_wasi::abi::functions::FUNCTIONS;
    for function in functions
        .iter()
        .filter(|function| function.name != "proc_raise")
    {
        let mut names = printed.split_whitespace();
        assert!(
            names.any(|name| name == function.name),
            "{} was not called",
            function.name
        );
    }
    assert_eq!(functions.len(), 46);
}

#[test]
fn a_raised_signal() {
    let (exit, printed) = everywhere("guests/calls.wasm", &["raise"]);
    assert_eq!(printed, "proc_raise\n");
    assert!(matches!(exit, Exit::Raised(_)), "{exit:?}");
}

#[test]
fn an_old_guest() {
    let (exit, printed) = everywhere("guests/unstable.wat", &[]);
    assert_eq!(
        (exit, printed.as_str()),
        (Exit::Code(0), "old but working\n")
    );
}
