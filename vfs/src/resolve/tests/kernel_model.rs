//! The resolver over the simplest filesystem against the running kernel, on random trees and paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rustix::fs::ResolveFlags;

use super::call::{Answer, Call};
use super::ends;
use super::fake_fs::FakeFs;
use super::kernel::{Depth, KernelTree, Listed};
use crate::resolve::{self, Start, Symlinks};
use crate::{Access, Errno, FileSystem, FileType, HostFs, MemFs, OpenDir, OpenOptions, Tree};

#[test]
fn paths_end_as_on_this_machines_linux() {
    let depth = Depth::new();
    ends::check(|| {
        let tree = depth.tree();
        move |call: &Call| tree.run(call)
    });
}

/// A tree of ours and the same tree on the host.
struct Twins {
    root: OpenDir,
    kernel: KernelTree,
}

impl Twins {
    fn new(fs: Arc<dyn FileSystem>, depth: &Depth) -> Self {
        Self {
            root: OpenDir::root(fs),
            kernel: depth.tree(),
        }
    }

    fn list(&self) -> Vec<Listed> {
        let tree = Tree::new(self.root.file_system().clone());
        let entries = tree.walk("/").unwrap().map(Result::unwrap);
        let mut list: Vec<Listed> = entries
            .map(|entry| Listed {
                path: entry.path()[1..].to_vec(),
                ino: entry.metadata().ino,
                file_type: entry.file_type(),
                nlink: entry.metadata().nlink,
            })
            .collect();
        list.sort_by(|one, other| one.path.cmp(&other.path));
        list
    }

    /// Compares the trees and returns which of the kernel's inode numbers is which of ours.
    fn compare(&self) -> Result<BTreeMap<u64, u64>, TestCaseError> {
        let (ours, theirs) = (self.list(), self.kernel.list());
        let line = |listed: &Listed| {
            let nlink = match listed.file_type {
                FileType::Dir => 1,
                _ => listed.nlink,
            };
            (listed.path.clone(), listed.file_type, nlink)
        };
        let text = |list: &[Listed]| list.iter().map(line).collect::<Vec<_>>();
        prop_assert_eq!(text(&ours), text(&theirs));
        let root = resolve::metadata(Start::at_root(&self.root), b".", Symlinks::Follow);
        let mut same = BTreeMap::from([(self.kernel.ino(), root.unwrap().ino)]);
        for (our, their) in ours.iter().zip(&theirs) {
            prop_assert_eq!(*same.entry(their.ino).or_insert(our.ino), our.ino);
        }
        Ok(same)
    }

    /// Runs a call on both and compares answers and trees.
    fn step(&self, call: &Call) -> Result<(), TestCaseError> {
        let ours = call.resolve(Start {
            dir: &self.root,
            root: None,
        });
        if ours == Err(Errno::Permission) {
            return self.check_refusal(call);
        }
        let theirs = self.kernel.run(call);
        let same = self.compare()?;
        let theirs = theirs.map(|answer| match answer {
            Answer::Node(ino) => Answer::Node(same.get(&ino).copied().unwrap_or(u64::MAX)),
            other => other,
        });
        prop_assert_eq!(ours, theirs, "{:?}", call);
        Ok(())
    }

    /// Opens a path in the kernel's sandbox and in ours.
    fn check_open(
        &self,
        path: &[u8],
        symlinks: Symlinks,
        options: OpenOptions,
        start: Start<'_>,
        sandbox: ResolveFlags,
    ) -> Result<(), TestCaseError> {
        let call = Call::Open(path.to_vec(), symlinks, options);
        let ours = call.resolve(start);
        // A chroot stops `..` at its root, and so do we after an absolute link, but a guest's own way out is refused.
        let refused = start.root.is_some() && ours == Err(Errno::Permission);
        let sandbox = if refused {
            ResolveFlags::BENEATH
        } else {
            sandbox
        };
        let theirs = self
            .kernel
            .open_confined(b".", path, symlinks, options, sandbox);
        let same = self.compare()?;
        let node = |ino| Answer::Node(same.get(&ino).copied().unwrap_or(u64::MAX));
        prop_assert_eq!(ours, theirs.map(node), "{:?} {:?}", call, sandbox);
        Ok(())
    }

    /// A call that we refuse must not be run on the host, where it would leave the tree; but the kernel's sandbox must refuse a path of it, too.
    fn check_refusal(&self, call: &Call) -> Result<(), TestCaseError> {
        let leaves = |path: &[u8], symlinks| {
            let options = OpenOptions::existing(Access::READ);
            let beneath = ResolveFlags::BENEATH;
            let answer = self
                .kernel
                .open_confined(b".", path, symlinks, options, beneath);
            answer == Err(Errno::Permission)
        };
        // With a slash at the end openat2 follows a last link, and some of our calls don't.
        let escapes = |(path, symlinks): (&[u8], Symlinks)| {
            let slashes = path.iter().rev().take_while(|&&byte| byte == b'/').count();
            path.is_empty()
                || leaves(path, symlinks)
                || leaves(&path[..path.len() - slashes], symlinks)
        };
        let mut paths = call.paths().into_iter();
        let directory_linked = match call {
            Call::Link(old, symlinks, _) => {
                let start = Start {
                    dir: &self.root,
                    root: None,
                };
                resolve::metadata(start, old, *symlinks).map(|m| m.file_type) == Ok(FileType::Dir)
            }
            _ => false,
        };
        prop_assert!(directory_linked || paths.any(escapes), "{:?}", call);
        Ok(())
    }
}

fn component() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => prop::sample::select(vec!["a", "b", "c"]),
        2 => Just(".."),
        1 => Just("."),
        1 => Just(""),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let slashes = prop_oneof![6 => Just(""), 2 => Just("/"), 1 => Just("/."), 1 => Just("//")];
    (prop::collection::vec(component(), 1..6), slashes).prop_map(|(components, end)| {
        let path = components.join("/") + end;
        // An absolute path is another test's concern.
        path.trim_start_matches('/').to_owned().into_bytes()
    })
}

/// A target of a link, relative as in most trees, or absolute.
fn target() -> impl Strategy<Value = Vec<u8>> {
    (path(), prop::bool::weighted(0.3)).prop_map(|(path, absolute)| {
        let slash: &[u8] = if absolute || path.is_empty() {
            b"/"
        } else {
            b""
        };
        [slash, &path].concat()
    })
}

fn symlinks() -> impl Strategy<Value = Symlinks> {
    prop::sample::select(vec![Symlinks::Follow, Symlinks::NoFollow])
}

fn options() -> impl Strategy<Value = OpenOptions> {
    let truncate = OpenOptions {
        truncate: true,
        ..OpenOptions::existing(Access::WRITE)
    };
    let create_and_truncate = OpenOptions {
        create: true,
        ..truncate
    };
    prop::sample::select(vec![
        OpenOptions::existing(Access::READ),
        OpenOptions::existing(Access::WRITE),
        OpenOptions::directory(),
        OpenOptions::create(),
        OpenOptions::create_new(),
        truncate,
        create_and_truncate,
    ])
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (path(), symlinks(), options()).prop_map(|(p, s, o)| Call::Open(p, s, o)),
        2 => (path(), symlinks()).prop_map(|(p, s)| Call::Metadata(p, s)),
        1 => (path(), symlinks()).prop_map(|(p, s)| Call::SetTimes(p, s)),
        1 => path().prop_map(Call::SetMode),
        1 => path().prop_map(Call::ReadLink),
        5 => path().prop_map(Call::CreateDir),
        1 => path().prop_map(Call::RemoveDir),
        1 => path().prop_map(Call::Unlink),
        4 => (path(), path()).prop_map(|(t, p)| Call::Symlink(t, p)),
        2 => (path(), symlinks(), path()).prop_map(|(o, s, n)| Call::Link(o, s, n)),
        3 => (path(), path()).prop_map(|(o, n)| Call::Rename(o, n)),
    ]
}

/// A call that helps to build a tree.
fn building() -> impl Strategy<Value = Call> {
    let create = OpenOptions::create_new();
    prop_oneof![
        3 => path().prop_map(Call::CreateDir),
        2 => path().prop_map(move |p| Call::Open(p, Symlinks::Follow, create)),
        3 => (target(), path()).prop_map(|(t, p)| Call::Symlink(t, p)),
    ]
}

thread_local! {
    static DEPTH: Depth = Depth::new();
}

/// Few enough for every run of the tests; `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases, ..default },
    }
}

fn check_calls(fs: Arc<dyn FileSystem>, calls: &[Call]) -> Result<(), TestCaseError> {
    let twins = DEPTH.with(|depth| Twins::new(fs, depth));
    calls.iter().try_for_each(|call| twins.step(call))
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    prop::collection::vec(call(), 1..60)
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn random_calls_have_the_kernels_answers(calls in calls()) {
        check_calls(FakeFs::new(), &calls)?;
    }

    #[test]
    fn random_calls_have_the_kernels_answers_in_memory(calls in calls()) {
        check_calls(MemFs::new(), &calls)?;
    }

    #[test]
    fn random_calls_have_the_kernels_answers_on_the_host(calls in calls()) {
        let ours = DEPTH.with(Depth::tree);
        check_calls(HostFs::open_ambient(ours.path()).unwrap(), &calls)?;
    }

    #[test]
    fn opening_has_the_answers_of_openat2(
        tree in prop::collection::vec(building(), 1..40),
        opens in prop::collection::vec((path(), symlinks(), options()), 1..20),
    ) {
        let twins = DEPTH.with(|depth| Twins::new(FakeFs::new(), depth));
        let sandbox = Start { dir: &twins.root, root: None };
        for call in &tree {
            // Absolute links must not be followed on the host, so the tree is built without following any.
            if call.resolve(sandbox).is_ok() {
                prop_assert!(twins.kernel.run(call).is_ok(), "{:?}", call);
            }
        }
        for (path, symlinks, options) in opens {
            twins.check_open(&path, symlinks, options, sandbox, ResolveFlags::BENEATH)?;
            let chroot = Start::at_root(&twins.root);
            twins.check_open(&path, symlinks, options, chroot, ResolveFlags::IN_ROOT)?;
        }
    }
}
