use bytes::Bytes;
use guesthouse_vfs::{Errno, File, FileSystem, Limits, MemFs, Name, OpenOptions, Place, Usage};
use proptest::prelude::*;
use std::sync::Arc;

use super::subject::{Subject, at, contents, failed, read, write};

#[test]
fn a_write_that_meets_the_limit_is_short_and_the_next_one_fails() {
    for limit in [3000, 10_000, 100_000] {
        let s = Subject::with_limits(Limits {
            private_bytes: limit,
            ..Limits::default()
        });
        let file = s.file("f");
        let mut written = 0;
        let errno = loop {
            match write(&*file, &[7; 999], written) {
                Ok(n) => written += n as u64,
                Err(errno) => break errno,
            }
        };
        assert_eq!(errno, Errno::NoSpace);
        assert!(
            written <= limit && written + 4096 > limit,
            "{written} of {limit}"
        );
        assert_eq!(contents(&*file), vec![7; written as usize]);
        assert_eq!(
            s.symlink(&"t".repeat(4000), "l").unwrap_err(),
            failed(0, Errno::NoSpace)
        );
        s.audit();
        // What is there can be written over, and what is given up can be used again.
        assert_eq!(write(&*file, b"x", 0), Ok(1));
        file.set_len(1).unwrap();
        drop(file);
        s.unlink("f").unwrap();
        assert_eq!(s.fs.usage().private_bytes, 0);
        s.put("again", &[1; 2000]);
        s.audit();
    }
}

#[test]
fn a_small_file_takes_what_it_holds_once_it_is_closed() {
    let s = Subject::new();
    let file = s.file("f");
    for byte in 0..100 {
        assert_eq!(write(&*file, &[byte], byte.into()), Ok(1));
    }
    assert!(s.fs.usage().private_bytes > 100, "there is no room to grow");
    drop(file);
    assert_eq!(s.fs.usage().private_bytes, 100);
    s.audit();
}

#[test]
fn a_terabyte_of_hole_is_free_under_the_default_limits() {
    let s = Subject::new();
    let file = s.file("sparse");
    file.set_len(1 << 40).unwrap();
    write(&*file, b"end", (1 << 40) - 3).unwrap();
    let known = s.stat("sparse").unwrap();
    assert_eq!((known.size, known.allocated), (1 << 40, 4096));
    assert_eq!(read(&*file, 1 << 39, 3), [0; 3]);
    assert_eq!(file.set_len((16 << 40) + 1), Err(Errno::FileTooBig));
    assert_eq!(write(&*file, b"x", 16 << 40), Err(Errno::FileTooBig));
    assert_eq!(file.allocate(0, 1 << 40), Err(Errno::NoSpace));
    assert_eq!(s.fs.usage().private_bytes, 4096);
    s.audit();
}

#[test]
fn borrowed_bytes_are_not_copied_and_not_private() {
    static IMAGE: [u8; 200_000] = [3; 200_000];
    let s = Subject::new();
    let root = s.fs.root();
    let add = |path: &str| {
        at(root, path, |p| {
            s.fs.add_bytes(p, 0o444, Bytes::from_static(&IMAGE))
        })
    };
    add("image").unwrap();
    assert_eq!(add("image").unwrap_err(), failed(0, Errno::Exist));
    assert_eq!(add("new/").unwrap_err(), failed(0, Errno::IsDir));
    let usage = s.fs.usage();
    assert_eq!((usage.private_bytes, usage.logical_bytes), (0, 200_000));
    assert_eq!(s.stat("image").unwrap().mode, 0o444);
    let file = s.file("image");
    write(&*file, b"new", 100_000).unwrap();
    assert_eq!(read(&*file, 99_999, 5), [3, b'n', b'e', b'w', 3]);
    // The tree shows no more than before.
    let usage = s.fs.usage();
    assert_eq!((usage.private_bytes, usage.logical_bytes), (4096, 200_000));
    assert_eq!(IMAGE[100_000], 3);
    // The last page reaches past what is borrowed.
    write(&*file, b"end", 200_000).unwrap();
    let pages = 200_000u64.next_multiple_of(4096);
    assert_eq!(s.fs.usage().logical_bytes, pages);
    assert_eq!(s.stat("image").unwrap().allocated, pages);
    file.set_len(199_000).unwrap();
    assert_eq!(s.fs.usage().logical_bytes, pages);
    file.set_len(100_001).unwrap();
    assert_eq!(
        s.fs.usage().logical_bytes,
        100_001u64.next_multiple_of(4096)
    );
    file.set_len(10).unwrap();
    file.set_len(100_001).unwrap();
    assert_eq!(read(&*file, 9, 3), [3, 0, 0]);
    assert_eq!(read(&*file, 100_000, 3), [0]);
    s.audit();
    drop(file);
    s.unlink("image").unwrap();
    assert_eq!(s.fs.usage().logical_bytes, 0);
}

/// The owner of borrowed bytes may use the filesystem when they are let go, which is never under its lock.
#[test]
fn borrowed_bytes_that_are_refused_are_dropped_without_a_lock() {
    struct Owner(Arc<MemFs>);

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"borrowed"
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            assert_eq!(self.0.usage().logical_bytes, 0);
        }
    }

    let s = Subject::with_limits(Limits {
        file_size: 4,
        ..Limits::default()
    });
    s.put("taken", b"");
    for (path, errno) in [
        ("taken", Errno::Exist),
        ("missing/x", Errno::NoEntry),
        ("new", Errno::FileTooBig),
    ] {
        let bytes = Bytes::from_owner(Owner(Arc::clone(&s.fs)));
        let refused = at(s.fs.root(), path, |place| {
            s.fs.add_bytes(place, 0o644, bytes)
        });
        assert_eq!(refused.unwrap_err().errno(), errno);
    }
}

#[test]
fn borrowed_bytes_that_are_cut_off_are_dropped_without_a_lock() {
    struct Owner(Arc<MemFs>);

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"borrowed"
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            let names = [Name::new(b"image").unwrap()];
            let found = self.0.metadata(Place::act(self.0.root(), &names));
            assert_eq!(found.unwrap().size, 0);
        }
    }

    let s = Subject::new();
    let add = || {
        let bytes = Bytes::from_owner(Owner(Arc::clone(&s.fs)));
        at(s.fs.root(), "image", |place| {
            s.fs.add_bytes(place, 0o644, bytes)
        })
    };
    add().unwrap();
    s.file("image").set_len(0).unwrap();
    s.unlink("image").unwrap();
    add().unwrap();
    let truncate = OpenOptions {
        truncate: true,
        ..OpenOptions::create()
    };
    s.open("image", truncate).unwrap();
    s.audit();
}

#[test]
fn a_fork_and_its_origin_go_separate_ways() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("d/closed", &[1; 10_000]);
    s.symlink("d", "l").unwrap();
    let open = s.file("open");
    write(&*open, b"before", 0).unwrap();
    let nameless = s.file("nameless");
    write(&*nameless, &[2; 9000], 0).unwrap();
    s.unlink("nameless").unwrap();
    let removed = {
        s.mkdir("gone").unwrap();
        let id = s.dir("gone");
        s.rmdir("gone").unwrap();
        id
    };
    let fork = Subject {
        fs: s.fs.fork(),
        clock: Arc::clone(&s.clock),
    };
    let inherited = fork.fs.usage();
    assert_eq!(
        (inherited.private_bytes, inherited.nodes, inherited.names),
        (0, 5, 4)
    );
    fork.audit();
    write(&*open, b"after!!", 0).unwrap();
    s.put("d/closed", b"changed");
    s.unlink("l").unwrap();
    fork.put("d/own", b"own");
    fork.rename("d/closed", "moved").unwrap();
    assert_eq!(fork.get("open"), b"before");
    assert_eq!(fork.get("moved"), [1; 10_000]);
    assert_eq!(fork.list(""), ["d", "l", "open", "moved"]);
    assert_eq!(fork.list("d"), ["own"]);
    assert_eq!(s.list(""), ["d", "open"]);
    assert_eq!(s.get("open"), b"after!!");
    assert_eq!(&s.get("d/closed")[..8], b"changed\x01");
    assert_eq!(contents(&*nameless), [2; 9000]);
    s.fs.release(removed);
    s.audit();
    fork.audit();
    drop((open, nameless));
    s.audit();
    let own = Usage {
        private_bytes: 3,
        ..fork.fs.usage()
    };
    assert_eq!(fork.fs.usage(), own);
}

/// A page that a snapshot took over is nobody's charge once its copy is written, so that writing over what is there takes no room, of whatever size the file is.
#[test]
fn a_full_filesystem_can_be_written_over_after_a_fork() {
    for len in [100, 5000, 20_000] {
        let s = Subject::new();
        s.put("f", &vec![1; len]);
        let full = s.fs.usage().private_bytes;
        let limits = Limits {
            private_bytes: full,
            ..Limits::default()
        };
        let s = Subject::with_limits(limits);
        s.put("f", &vec![1; len]);
        let snapshot = s.fs.snapshot();
        let file = s.file("f");
        assert_eq!(write(&*file, &vec![2; len], 0), Ok(len));
        assert_eq!(s.fs.usage().private_bytes, full);
        assert_eq!(s.fs.usage().peak_private_bytes, full);
        s.audit();
        assert_eq!(contents(&*file), vec![2; len]);
        drop(snapshot);
        s.audit();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Mkdir(u8),
    Open(u8),
    Write(u8, u32, u16),
    SetLen(u8, u32),
    Allocate(u8, u32, u16),
    Close(u8),
    Symlink(u8),
    Link(u8, u8),
    Rename(u8, u8),
    Unlink(u8),
    Rmdir(u8),
    Fork,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = 0u8..30;
    let file = 0u8..8;
    let offset = prop_oneof![0u32..10_000, 0u32..300_000];
    let step = prop_oneof![
        2 => name.clone().prop_map(Step::Mkdir),
        3 => name.clone().prop_map(Step::Open),
        6 => (file.clone(), offset.clone(), any::<u16>()).prop_map(|(f, o, n)| Step::Write(f, o, n)),
        2 => (file.clone(), offset.clone()).prop_map(|(f, n)| Step::SetLen(f, n)),
        1 => (file.clone(), offset, any::<u16>()).prop_map(|(f, o, n)| Step::Allocate(f, o, n)),
        2 => file.prop_map(Step::Close),
        1 => name.clone().prop_map(Step::Symlink),
        2 => (name.clone(), name.clone()).prop_map(|(a, b)| Step::Link(a, b)),
        4 => (name.clone(), name.clone()).prop_map(|(a, b)| Step::Rename(a, b)),
        3 => name.clone().prop_map(Step::Unlink),
        1 => name.prop_map(Step::Rmdir),
        1 => Just(Step::Fork),
    ];
    prop::collection::vec(step, 0..120)
}

/// Thirty paths, three levels deep.
fn path(number: u8) -> String {
    match number {
        0..10 => format!("{number}"),
        10..20 => format!("{}/{number}", number % 3),
        _ => format!("{}/{}/{number}", number % 2, 10 + number % 3),
    }
}

fn run(s: &mut Subject, files: &mut Vec<Arc<dyn File>>, forks: &mut Vec<Subject>, step: &Step) {
    let pick = |files: &[Arc<dyn File>], number: &u8| {
        (!files.is_empty()).then(|| Arc::clone(&files[usize::from(*number) % files.len()]))
    };
    // Whether a step succeeds does not matter here.
    match step {
        Step::Mkdir(n) => drop(s.mkdir(&path(*n))),
        Step::Open(n) => {
            let opened = s.open(&path(*n), OpenOptions::create());
            if let Ok(guesthouse_vfs::Opened::File(opened)) = opened {
                files.push(opened.file);
            }
        }
        Step::Write(f, offset, len) => {
            if let Some(file) = pick(files, f) {
                let bytes = vec![9; usize::from(*len)];
                let _ = write(&*file, &bytes, u64::from(*offset));
            }
        }
        Step::SetLen(f, len) => {
            let _ = pick(files, f).map(|file| file.set_len(u64::from(*len)));
        }
        Step::Allocate(f, offset, len) => {
            let allocate =
                |file: Arc<dyn File>| file.allocate(u64::from(*offset), u64::from(*len) + 1);
            let _ = pick(files, f).map(allocate);
        }
        Step::Close(f) => {
            if !files.is_empty() {
                files.swap_remove(usize::from(*f) % files.len());
            }
        }
        Step::Symlink(n) => drop(s.symlink("some/where", &path(*n))),
        Step::Link(old, new) => drop(s.link(&path(*old), &path(*new))),
        Step::Rename(old, new) => drop(s.rename(&path(*old), &path(*new))),
        Step::Unlink(n) => drop(s.unlink(&path(*n))),
        Step::Rmdir(n) => drop(s.rmdir(&path(*n))),
        Step::Fork => {
            let fork = Subject {
                fs: s.fs.fork(),
                clock: Arc::clone(&s.clock),
            };
            fork.audit();
            // Go on in the fork; the origin's open files stay with the origin.
            files.clear();
            forks.push(std::mem::replace(s, fork));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn usage_agrees_with_a_recount_after_every_step(
        steps in steps(),
        private_bytes in prop_oneof![Just(1u64 << 30), 0u64..400_000],
        nodes in prop_oneof![Just(1u64 << 20), 2u64..12],
    ) {
        let mut s = Subject::with_limits(Limits { private_bytes, nodes, names: 20, links: 3, ..Limits::default() });
        let (mut files, mut forks) = (Vec::new(), Vec::new());
        for step in &steps {
            run(&mut s, &mut files, &mut forks, step);
            s.audit();
        }
        drop(files);
        for s in forks.iter().chain([&s]) {
            s.audit();
        }
    }
}
