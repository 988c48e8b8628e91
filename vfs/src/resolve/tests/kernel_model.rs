//! The resolver over the simplest filesystem against the running kernel, on random trees and paths.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rustix::fs::ResolveFlags;

use super::call::{Answer, Call};
use super::ends;
use super::fake_fs::{FakeFs, Listed};
use super::kernel::{Depth, KernelTree};
use crate::resolve::{self, Start, Symlinks};
use crate::{Access, Errno, FileType, OpenDir, OpenOptions};

#[test]
fn paths_end_as_on_this_machines_linux() {
    let depth = Depth::new();
    ends::check(|| {
        let tree = depth.tree();
        move |call: &Call| tree.run(call)
    });
}

/// A tree in memory and the same tree on the host.
struct Twins {
    fake: std::sync::Arc<FakeFs>,
    root: OpenDir,
    kernel: KernelTree,
}

impl Twins {
    fn new(depth: &Depth) -> Self {
        let fake = FakeFs::new();
        Self {
            root: OpenDir::root(fake.clone()),
            fake,
            kernel: depth.tree(),
        }
    }

    /// Compares the trees and returns which of the kernel's inode numbers is which of ours.
    fn compare(&self) -> Result<BTreeMap<u64, u64>, TestCaseError> {
        let (ours, theirs) = (self.fake.list(), self.kernel.list());
        let line = |listed: &Listed| {
            let nlink = match listed.file_type {
                FileType::Dir => 1,
                _ => listed.nlink,
            };
            (listed.path.clone(), listed.file_type, nlink)
        };
        let text = |list: &[Listed]| list.iter().map(line).collect::<Vec<_>>();
        prop_assert_eq!(text(&ours), text(&theirs));
        let mut same = BTreeMap::from([(self.kernel.ino(), 0)]);
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

proptest! {
    #[test]
    fn random_calls_have_the_kernels_answers(calls in prop::collection::vec(call(), 1..60)) {
        let twins = DEPTH.with(Twins::new);
        for call in &calls {
            twins.step(call)?;
        }
    }

    #[test]
    fn opening_has_the_answers_of_openat2(
        tree in prop::collection::vec(building(), 1..40),
        opens in prop::collection::vec((path(), symlinks(), options()), 1..20),
    ) {
        let twins = DEPTH.with(Twins::new);
        for call in &tree {
            // Absolute links must not be followed on the host, so the tree is built without following any.
            let ours = call.resolve(Start { dir: &twins.root, root: None });
            if ours.is_ok() {
                prop_assert!(twins.kernel.run(call).is_ok(), "{:?}", call);
            }
        }
        for (path, symlinks, options) in opens {
            let call = Call::Open(path.clone(), symlinks, options);
            let confined = |resolve| {
                twins.kernel.open_confined(b".", &path, symlinks, options, resolve)
            };
            for (root, resolve) in [
                (None, ResolveFlags::BENEATH),
                (Some(&twins.root), ResolveFlags::IN_ROOT),
            ] {
                let ours = call.resolve(Start { dir: &twins.root, root });
                // A chroot stops `..` at its root, and so do we after an absolute link, but a guest's own way out is refused.
                let refused = root.is_some() && ours == Err(Errno::Permission);
                let theirs = confined(if refused { ResolveFlags::BENEATH } else { resolve });
                let same = twins.compare()?;
                let theirs = theirs.map(|ino| Answer::Node(same.get(&ino).copied().unwrap_or(u64::MAX)));
                prop_assert_eq!(ours, theirs, "{:?} {:?}", call, resolve);
            }
        }
    }
}
