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
