//! Hammer tests of forks: threads that fork, write in forks and drop them while others write in the origin.
//!
//! What a fork promises: it is the tree and all its files as they were at one moment. A call is in it as a whole or not at all, and if a later call is in it, so are all that had
//! returned before that one began, in whichever files.

use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{MemFs, OpenDir, OpenFile, OpenOptions, Tree, Usage};

/// How often the writer writes at least, and how many forks are made meanwhile.
const ROUNDS: u64 = 1000;
const FORKS: u64 = 200;
/// How many threads fork.
const FORKERS: usize = 3;
/// Longer than a block of a file's storage, so that a write that is not atomic shows.
const LONG: usize = 70_000;

fn open(fs: &Arc<MemFs>, path: &str) -> OpenFile {
    let root = OpenDir::root(fs.clone());
    let start = Start::at_root(&root);
    let options = OpenOptions::create();
    match resolve::open(start, path.as_bytes(), Symlinks::Follow, options) {
        Ok(OpenNode::File(file)) => file,
        _ => panic!("{path} is a file"),
    }
}

fn put(file: &OpenFile, number: u64) {
    let written = file.write_at(&[IoSlice::new(&number.to_le_bytes())], 0);
    assert_eq!(written, Ok(8));
}

fn get(file: &OpenFile) -> u64 {
    let mut bytes = [0; 8];
    let read = file.read_at(&mut [IoSliceMut::new(&mut bytes)], 0);
    assert_eq!(read, Ok(8));
    u64::from_le_bytes(bytes)
}

/// Calls `write` with the numbers from 1 on, at least `ROUNDS` times and until `FORKS` forks were made meanwhile in other threads and given to `look`. Afterwards the
/// account of the origin is right.
fn while_writing(
    origin: &Arc<MemFs>,
    mut write: impl FnMut(u64),
    look: impl Fn(&Arc<MemFs>) + Sync,
) {
    let done = AtomicBool::new(false);
    let forks = AtomicU64::new(0);
    std::thread::scope(|scope| {
        // Also if the writer panics, or the others would go on for ever.
        let done = Done(&done);
        let fork = || {
            while !done.0.load(Ordering::Relaxed) {
                let fork = origin.fork();
                look(&fork);
                assert_eq!(fork.usage(), fork.recount());
                forks.fetch_add(1, Ordering::Relaxed);
            }
        };
        let forkers: Vec<_> = (0..FORKERS).map(|_| scope.spawn(fork)).collect();
        let mut round = 0;
        while round < ROUNDS || forks.load(Ordering::Relaxed) < FORKS {
            // It has panicked, which the scope tells.
            if forkers.iter().any(|forker| forker.is_finished()) {
                break;
            }
            round += 1;
            write(round);
        }
    });
    assert_eq!(origin.usage(), origin.recount());
}

/// Set when dropped.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// `first` is always written before `second`, and the name of `mark` changed in between: whoever sees a later step sees those before it.
#[test]
fn a_fork_shows_one_moment_of_several_open_files_and_of_names() {
    // In both orders of their inodes, which is the order of their locks.
    for (first, second) in [("a", "b"), ("b", "a")] {
        let origin = MemFs::new();
        let files = ["a", "b"].map(|path| open(&origin, path));
        files.iter().for_each(|file| put(file, 0));
        let [a, b] = &files;
        let (one, other) = if first == "a" { (a, b) } else { (b, a) };
        let tree = Tree::new(origin.clone());
        tree.write("mark-0", "").unwrap();
        while_writing(
            &origin,
            |round| {
                put(one, round);
                tree.rename(format!("mark-{}", round - 1), format!("mark-{round}"))
                    .unwrap();
                put(other, round);
            },
            |fork| {
                let (earlier, later) = (get(&open(fork, first)), get(&open(fork, second)));
                let entries = Tree::new(fork.clone()).list("/").unwrap();
                let marks: Vec<u64> = entries
                    .iter()
                    .filter_map(|entry| entry.name_lossy().strip_prefix("mark-")?.parse().ok())
                    .collect();
                let [mark] = marks[..] else {
                    panic!("{marks:?}");
                };
                assert!(later <= mark && mark <= earlier, "{earlier} {mark} {later}");
                assert!(earlier - later <= 1, "{earlier} {later}");
            },
        );
    }
}

/// A write of many pages and a cut are in a fork as a whole or not at all.
#[test]
fn a_fork_shows_whole_calls() {
    let origin = MemFs::new();
    let file = open(&origin, "long");
    while_writing(
        &origin,
        |round| {
            let bytes = [round as u8; LONG];
            assert_eq!(file.write_at(&[IoSlice::new(&bytes)], 0), Ok(LONG));
            if round % 8 == 7 {
                file.set_len(0).unwrap();
            }
        },
        |fork| {
            let bytes = Tree::new(fork.clone()).read("long").unwrap();
            assert!(bytes.is_empty() || bytes.len() == LONG, "{}", bytes.len());
            assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "torn");
        },
    );
}

/// Forks are written and dropped, and forked on, while the origin is written: nobody sees anything of another, and in the end nothing is left of it.
#[test]
fn forks_and_their_origin_do_not_disturb_each_other() {
    let origin = MemFs::new();
    let tree = Tree::new(origin.clone());
    for name in 0..100 {
        tree.write(format!("kept-{name}"), vec![b'k'; 5000])
            .unwrap();
    }
    let before = origin.usage();
    while_writing(
        &origin,
        |round| {
            let name = format!("own-{}", round % 10);
            tree.write(&name, vec![b'o'; LONG]).unwrap();
            let handle = open(&origin, &name);
            tree.remove_file(&name).unwrap();
            put(&handle, round);
            assert_eq!(get(&handle), round);
        },
        |fork| {
            let private = fork.usage().private_bytes;
            assert_eq!(private, 0);
            let mine = Tree::new(fork.clone());
            let handle = open(fork, "kept-7");
            put(&handle, 7);
            mine.write("kept-8", "changed").unwrap();
            mine.remove_file("kept-9").unwrap();
            mine.write("new", vec![b'n'; LONG]).unwrap();
            let child = fork.fork();
            drop(mine);
            put(&handle, 8);
            let child = Tree::new(child);
            let seven = child.read("kept-7").unwrap();
            assert_eq!((&seven[..8], seven.len()), (&7_u64.to_le_bytes()[..], 5000));
            assert_eq!(child.read("kept-8").unwrap(), b"changed");
            assert!(!child.exists("kept-9"));
            assert_eq!(child.read("kept-10").unwrap(), vec![b'k'; 5000]);
        },
    );
    let after = Usage {
        peak_private_bytes: before.peak_private_bytes,
        ..origin.usage()
    };
    assert_eq!(after, before);
    for name in 0..100 {
        let kept = tree.read(format!("kept-{name}")).unwrap();
        assert_eq!(kept, vec![b'k'; 5000]);
    }
}
