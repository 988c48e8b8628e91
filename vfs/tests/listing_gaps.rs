//! Listings that go on from a cookie when the entry behind it is gone. The cases of the kit leave this out, because Linux's tmpfs passes entries again then.

use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{FileSystem, MemFs, MountFs, OverlayFs, Tree};

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// Up to `count` entries of the root from a cookie on: their names, and the cookie behind the last.
fn list(fs: &Arc<impl FileSystem + ?Sized>, cookie: u64, count: usize) -> (Vec<String>, u64) {
    let mut stream = fs.open_dir_stream(fs.root()).unwrap();
    let (mut names, mut next) = (Vec::new(), cookie);
    let listed = stream.next_from(cookie, &mut |entry| {
        if names.len() == count {
            return ControlFlow::Break(());
        }
        names.push(String::from_utf8(entry.name.to_vec()).unwrap());
        next = entry.next;
        ControlFlow::Continue(())
    });
    listed.unwrap();
    (names, next)
}

/// At each cookie, for each number of entries that go next: what is behind them follows, and nothing comes again.
fn goes_on_behind_gaps(fresh: impl Fn() -> Arc<dyn FileSystem>) {
    let (all, _) = list(&fresh(), 0, usize::MAX);
    assert_eq!(all.len(), NAMES.len());
    for at in 0..all.len() {
        for gap in 1..=all.len() - at {
            let fs = fresh();
            let (before, cookie) = list(&fs, 0, at);
            assert_eq!(before, all[..at]);
            let tree = Tree::new(fs.clone());
            for name in &all[at..at + gap] {
                tree.remove_file(name).unwrap();
            }
            let (after, _) = list(&fs, cookie, usize::MAX);
            assert_eq!(after, all[at + gap..], "{gap} removed behind {at}");
            // Another one under the name of one that went: the new one may be passed, the others once.
            tree.write(&all[at], "new").unwrap();
            let (after, _) = list(&fs, cookie, usize::MAX);
            let others: Vec<_> = after.iter().filter(|name| **name != all[at]).collect();
            let expected: Vec<_> = all[at + gap..].iter().collect();
            assert_eq!(others, expected, "{gap} replaced behind {at}");
        }
    }
}

fn mem_fs(names: &[&str]) -> Arc<MemFs> {
    let fs = MemFs::new();
    let tree = Tree::new(fs.clone());
    for name in names {
        tree.write(name, name).unwrap();
    }
    fs
}

#[test]
fn in_memory() {
    goes_on_behind_gaps(|| mem_fs(&NAMES));
}

#[test]
fn in_an_overlay_of_one_lower() {
    goes_on_behind_gaps(|| {
        let builder = OverlayFs::builder(MemFs::new());
        builder.lower(mem_fs(&NAMES)).build().unwrap()
    });
}

#[test]
fn in_an_overlay_of_several_layers() {
    goes_on_behind_gaps(|| {
        let builder = OverlayFs::builder(mem_fs(&["g", "b", "a"]));
        let builder = builder.lower(mem_fs(&["c", "a", "d"]));
        builder.lower(mem_fs(&["e", "c", "f"])).build().unwrap()
    });
}

#[test]
fn below_a_mount() {
    goes_on_behind_gaps(|| {
        let outer = mem_fs(&NAMES);
        let builder = MountFs::builder(MemFs::new()).mount("/", outer);
        builder.unwrap().build()
    });
}
