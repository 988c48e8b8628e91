//! Listings of directories with mount points in them, and many threads at once.

mod paths;
mod toy;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{
    DirEntry, Errno, FileSystem, FileType, Metadata, MountFs, Name, NodeFileSystem, NodeFs,
    ReadOnlyNodeFs,
};
use paths::Paths;
use proptest::prelude::*;
use toy::ToyFs;

fn toy() -> Arc<dyn FileSystem> {
    NodeFs::new(ToyFs::new())
}

/// Directories with these names and cookies, in this order.
struct Cookies(Vec<(&'static str, u64)>);

impl NodeFileSystem for Cookies {
    type Node = ();

    fn root(&self) {}

    fn lookup(&self, (): &(), _name: Name<'_>) -> Result<(), Errno> {
        Ok(())
    }

    fn metadata(&self, (): &()) -> Result<Metadata, Errno> {
        Ok(Metadata::of(FileType::Dir, 1, 0))
    }

    fn read_link(&self, (): &()) -> Result<Box<[u8]>, Errno> {
        Err(Errno::Invalid)
    }

    fn list(
        &self,
        (): &(),
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let passed = self.0.iter().position(|(_, next)| *next == cookie);
        for (name, next) in &self.0[passed.map_or(0, |index| index + 1)..] {
            let entry = DirEntry {
                name: name.as_bytes(),
                ino: 1,
                file_type: FileType::Dir,
                next: *next,
            };
            if sink(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn read_at(&self, (): &(), _buf: &mut [u8], _offset: u64) -> Result<usize, Errno> {
        Err(Errno::IsDir)
    }
}

fn with_mounts(cookies: Vec<(&'static str, u64)>) -> Paths {
    let root = ReadOnlyNodeFs::new(Cookies(cookies));
    let all = MountFs::builder(root)
        .mount("m", toy())
        .and_then(|b| b.mount("n", toy()));
    Paths::new(all.unwrap().build())
}

/// Linux gives out any positive signed number, in any order.
#[test]
fn large_cookies_are_moved_up() {
    let far = i64::MAX.unsigned_abs();
    let fs = with_mounts(vec![("x", far), ("m", 3), ("y", 1), ("z", far - 1)]);
    let all = fs.list_from("", 0);
    let lines: Vec<_> = all.iter().map(|e| (e.0.as_str(), e.3)).collect();
    let expected = [("m", 1), ("n", 2), ("x", far + 2), ("y", 3), ("z", far + 1)];
    assert_eq!(lines, expected);
    for (index, entry) in all.iter().enumerate() {
        assert_eq!(fs.list_from("", entry.3), all[index + 1..]);
    }
}

/// A cookie that can't be told from a mount point's ends the listing with an error, not with wrong entries.
#[test]
fn a_cookie_at_the_end_of_all_numbers_is_refused() {
    let fs = with_mounts(vec![("x", 5), ("y", u64::MAX - 1)]);
    let mut stream = fs.fs.open_dir_stream(fs.dir).unwrap();
    let mut names = Vec::new();
    let listed = stream.next_from(0, &mut |e| {
        names.push(e.name.to_vec());
        ControlFlow::Continue(())
    });
    assert_eq!(listed, Err(Errno::Overflow));
    assert_eq!(names, [&b"m"[..], b"n", b"x"]);
}

#[derive(Clone, Debug)]
enum Step {
    Make(u8),
    Remove(u8),
    /// List that many entries more.
    List(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0u8..12).prop_map(Step::Make),
        (0u8..12).prop_map(Step::Remove),
        (1usize..4).prop_map(Step::List),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// What is there during the whole listing is passed exactly once.
    #[test]
    fn a_listing_holds_while_entries_come_and_go(before in 0u8..12, steps in steps()) {
        let root = Paths::new(toy());
        let all = MountFs::builder(Arc::clone(&root.fs)).mount("a", toy()).unwrap();
        let all = Paths::new(all.mount("e5/in", toy()).unwrap().mount("z", toy()).unwrap().build());
        for number in 0..before {
            let _ = all.mkdir(&format!("e{number}"));
        }
        let there = || all.list("").into_iter().collect::<BTreeSet<_>>();
        let mut always = there();
        let mut seen = BTreeMap::<String, usize>::new();
        let mut cookie = 0;
        let mut list = |count: usize, cookie: &mut u64| {
            for (name, _, _, next) in all.list_from("", *cookie).into_iter().take(count) {
                *seen.entry(name).or_default() += 1;
                *cookie = next;
            }
        };
        for step in steps {
            match step {
                Step::Make(number) => drop(all.mkdir(&format!("e{number}"))),
                Step::Remove(number) => {
                    let name = format!("e{number}");
                    if all.rmdir(&name).is_ok() {
                        always.remove(&name);
                    }
                }
                Step::List(count) => list(count, &mut cookie),
            }
        }
        list(usize::MAX, &mut cookie);
        for name in always {
            prop_assert_eq!(seen.get(&name), Some(&1), "{}", name);
        }
        for name in ["a", "e5", "z"] {
            prop_assert_eq!(seen.get(name), Some(&1), "{}", name);
        }
    }
}

/// Threads open, use and release directories of two mounts at once; no handle is mistaken for another.
#[test]
fn hammer_open_directories() {
    let all = MountFs::builder(toy()).mount("m", toy()).unwrap();
    let all = Paths::new(all.build());
    for number in 0..4 {
        all.mkdir(&format!("d{number}")).unwrap();
        all.mkdir(&format!("m/d{number}")).unwrap();
    }
    std::thread::scope(|scope| {
        for number in 0..4 {
            let all = all.from(all.dir);
            scope.spawn(move || {
                for round in 0..300 {
                    let mount = if round % 2 == 0 { "" } else { "m/" };
                    let dir = all.from(all.dir(&format!("{mount}d{number}")).unwrap());
                    let name = format!("{number}-{round}");
                    dir.write(&name, name.as_bytes()).unwrap();
                    assert_eq!(dir.list(""), [name.as_str()]);
                    assert_eq!(dir.read(&name).unwrap(), name.as_bytes());
                    dir.unlink(&name).unwrap();
                    dir.fs.release(dir.dir);
                    assert_eq!(dir.stat(""), Err(Errno::BadFd));
                }
            });
        }
    });
}
