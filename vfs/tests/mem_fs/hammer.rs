use std::sync::Arc;
use std::thread;

use guesthouse_vfs::{ChunkPool, FileSystem, MemFs, OpenOptions, Opened};

use super::subject::{Subject, at, contents, names, read, write};

const THREADS: usize = 4;
const ROUNDS: usize = 400;

/// Threads create, write, list, move and remove in the same directories while another forks. In the end nothing is left, and the account agrees.
#[test]
fn hammer_one_filesystem_with_many_threads() {
    let s = Arc::new(Subject::new());
    for dir in ["a", "b"] {
        s.mkdir(dir).unwrap();
    }
    thread::scope(|scope| {
        for me in 0..THREADS {
            let s = Arc::clone(&s);
            scope.spawn(move || hammer(&s, me));
        }
        let s = Arc::clone(&s);
        scope.spawn(move || {
            for _ in 0..ROUNDS / 4 {
                let fork = s.fs.fork();
                assert_eq!(fork.usage(), fork.recount());
            }
        });
    });
    assert_eq!(s.list("a"), [""; 0]);
    assert_eq!(s.list("b"), [""; 0]);
    let usage = s.fs.usage();
    assert_eq!((usage.nodes, usage.names, usage.private_bytes), (3, 2, 0));
    s.audit();
}

fn hammer(s: &Subject, me: usize) {
    for round in 0..ROUNDS {
        let (here, there) = (format!("a/{me}"), format!("b/{me}"));
        let file = s.file(&here);
        let bytes = vec![me as u8 + 1; 1 + round * 37 % 9000];
        assert_eq!(write(&*file, &bytes, 0), Ok(bytes.len()));
        s.rename(&here, &there).unwrap();
        assert_eq!(contents(&*file), bytes);
        // Somebody else's file, in whatever state it is, never shows anybody else's bytes.
        let other = (me + 1) % THREADS;
        let place = at(s.fs.root(), &format!("b/{other}"), |place| {
            s.fs.open(place, OpenOptions::existing(guesthouse_vfs::Access::READ))
        });
        if let Ok(Opened::File(opened)) = place {
            let seen = read(&*opened.file, 0, 10_000);
            assert!(seen.iter().all(|b| usize::from(*b) == other + 1));
        }
        let dir = s.dir("b");
        assert!(names(&s.fs, dir).contains(&me.to_string()));
        s.fs.release(dir);
        if round % 2 == 0 {
            drop(file);
            s.unlink(&there).unwrap();
        } else {
            s.unlink(&there).unwrap();
            assert_eq!(contents(&*file), bytes);
        }
    }
}

/// While threads change the origin, others fork it, change the forks and list what changed.
#[test]
fn hammer_forks_of_a_changing_origin() {
    let s = Arc::new(Subject::new());
    s.mkdir("a").unwrap();
    s.mkdir("b").unwrap();
    s.put("asset", &[9; 9000]);
    let snapshot = s.fs.snapshot();
    thread::scope(|scope| {
        for me in 0..2 {
            let s = Arc::clone(&s);
            scope.spawn(move || hammer(&s, me));
        }
        for me in 0..2 {
            let (s, snapshot) = (Arc::clone(&s), snapshot.clone());
            scope.spawn(move || {
                for round in 0..ROUNDS / 4 {
                    let fs = if round % 2 == me {
                        s.fs.fork()
                    } else {
                        snapshot.fork()
                    };
                    let clock = Arc::clone(&s.clock);
                    let fork = Subject { fs, clock };
                    let before = fork.fs.snapshot();
                    assert_eq!(fork.fs.changes(), Ok(vec![]));
                    fork.put("asset", b"x");
                    fork.put("new", b"new");
                    let changes = fork.fs.changes_since(&before).unwrap();
                    let paths = changes.iter().map(|change| &*change.path);
                    assert!(paths.eq([&b""[..], b"asset", b"new"]));
                    assert_eq!(fork.fs.changes(), Ok(changes));
                    // It differs from the origin in these, and in what was done there meanwhile.
                    let since = s.fs.changes_since(&fork.fs.snapshot()).unwrap();
                    assert!(since.iter().any(|change| &*change.path == b"new"));
                    fork.audit();
                }
            });
        }
    });
    assert_eq!(s.get("asset"), [9; 9000]);
    assert_eq!(snapshot.fork().usage().names, 3);
    s.audit();
}

/// Appends of several threads neither overwrite nor tear each other.
#[test]
fn hammer_appends_to_one_file() {
    let s = Subject::new();
    thread::scope(|scope| {
        for me in 0..THREADS {
            let file = s.file("log");
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let line = [me as u8; 64];
                    let buf = [std::io::IoSlice::new(&line)];
                    let (end, n) = file.append(&buf).unwrap();
                    assert_eq!((end % 64, n), (0, 64));
                }
            });
        }
    });
    let log = s.get("log");
    assert_eq!(log.len(), 64 * THREADS * ROUNDS);
    let (lines, rest) = log.as_chunks::<64>();
    assert!(rest.is_empty() && lines.iter().all(|line| line.iter().all(|b| *b == line[0])));
    s.audit();
}

/// Filesystems on different threads share a pool; whatever one leaves in it, the others read zeros.
#[test]
fn hammer_a_shared_pool() {
    let pool = ChunkPool::new(1 << 20);
    thread::scope(|scope| {
        for me in 0..THREADS {
            let pool = pool.clone();
            scope.spawn(move || {
                for round in 0..ROUNDS / 8 {
                    let fs = MemFs::builder().chunk_pool(pool.clone()).build();
                    let s = Subject {
                        fs,
                        clock: super::subject::Ticking::new(),
                    };
                    let file = s.file("f");
                    file.allocate(0, 200_000).unwrap();
                    assert!(contents(&*file).iter().all(|b| *b == 0));
                    write(&*file, &[me as u8 + 1; 150_000], round as u64).unwrap();
                }
            });
        }
    });
    assert!(pool.idle_bytes() > 0 && pool.idle_bytes() <= 1 << 20);
}

/// Each thread opens the file, appends and closes it: whoever closes last gives the state back to the tree while others open it anew. No record gets lost.
#[test]
fn hammer_opening_against_the_last_close() {
    let s = Subject::new();
    thread::scope(|scope| {
        for me in 0..THREADS {
            let s = &s;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let record = [me as u8 + 1; 16];
                    let file = s.file("log");
                    let (end, n) = file.append(&[std::io::IoSlice::new(&record)]).unwrap();
                    assert_eq!((end % 16, n), (0, 16));
                    drop(file);
                    if round % 8 == me {
                        // Replaced by a name of the same node, and looked at by name.
                        let _ = s.link("log", &format!("l{me}"));
                        let _ = s.rename(&format!("l{me}"), "log");
                        assert!(s.stat("log").unwrap().size >= end);
                        s.unlink(&format!("l{me}")).unwrap();
                    }
                }
            });
        }
    });
    let log = s.get("log");
    assert_eq!(log.len(), 16 * THREADS * ROUNDS);
    for me in 0..THREADS {
        let of_mine = log.iter().filter(|b| usize::from(**b) == me + 1).count();
        assert_eq!(of_mine, 16 * ROUNDS);
    }
    s.audit();
}

/// A fork is of one moment, over several files that are being written, and with none that has no name.
#[test]
fn hammer_forks_against_writers() {
    let s = Subject::new();
    s.put("a", &[0; 8]);
    s.put("b", &[0; 8]);
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes[..8].try_into().unwrap());
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 1..=ROUNDS as u64 {
                // Open for the whole of a round or for one write.
                let a = s.file("a");
                write(&*a, &n.to_le_bytes(), 0).unwrap();
                let b = s.file("b");
                if n % 2 == 0 {
                    drop(a);
                }
                write(&*b, &n.to_le_bytes(), 0).unwrap();
                let gone = s.file("gone");
                write(&*gone, &[7; 10_000], n * 1000).unwrap();
                s.unlink("gone").unwrap();
                write(&*gone, &[8; 10_000], 0).unwrap();
                gone.set_len(n % 5000).unwrap();
            }
        });
        while !writer.is_finished() {
            let fork = Subject {
                fs: s.fs.fork(),
                clock: super::subject::Ticking::new(),
            };
            let (a, b) = (number(&fork.get("a")), number(&fork.get("b")));
            assert!(a == b || a == b + 1, "{a} {b}");
            assert!(fork.fs.usage().nodes <= 4);
            fork.audit();
            // What the fork does is its own.
            fork.put("a", &[0xff; 9000]);
            fork.audit();
        }
    });
    assert_eq!(number(&s.get("a")), ROUNDS as u64);
    s.audit();
}
