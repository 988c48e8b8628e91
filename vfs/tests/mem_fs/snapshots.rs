use std::sync::Arc;

use guesthouse_vfs::{
    ChunkPool, Clock, Errno, FileSystem, FixedClock, Limits, MemFs, OpenOptions, Opened, Snapshot,
    Timestamp,
};

use super::subject::{Subject, at, contents, failed, write};

fn subject(s: &Subject, fs: Arc<MemFs>) -> Subject {
    Subject {
        fs,
        clock: Arc::clone(&s.clock),
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let s = Subject::new();
    s.put("f", b"before");
    let snapshot = s.fs.snapshot();
    let first = subject(&s, snapshot.fork());
    s.put("f", b"after!");
    first.put("f", b"first!");
    first.put("new", b"");
    let second = subject(&s, snapshot.fork());
    assert_eq!(second.get("f"), b"before");
    assert_eq!(second.list(""), ["f"]);
    assert_eq!(first.get("f"), b"first!");
    assert_eq!(s.get("f"), b"after!");
    drop(snapshot);
    for s in [s, first, second] {
        s.audit();
    }
}

#[test]
fn a_fork_has_its_origin_s_settings_or_its_own() {
    let limits = Limits {
        nodes: 3,
        private_bytes: 100,
        ..Limits::default()
    };
    let s = Subject::with_limits(limits);
    s.put("f", &[1; 100]);
    let snapshot = s.fs.snapshot();
    assert_eq!(snapshot.fork().limits(), &limits);
    let own = Limits {
        nodes: 2,
        private_bytes: 5000,
        logical_bytes: 50,
        ..limits
    };
    let time = Timestamp::from_nanos(77);
    let fork = snapshot
        .fork_builder()
        .limits(own)
        .clock(Arc::new(FixedClock(time)) as Arc<dyn Clock>)
        .strict_atime(true)
        .build();
    let fork = subject(&s, fork);
    assert_eq!(fork.fs.limits(), &own);
    // It has inherited more than it may have: it can shrink, and not grow.
    let usage = fork.fs.usage();
    assert_eq!(
        (usage.nodes, usage.logical_bytes, usage.private_bytes),
        (2, 100, 0)
    );
    assert_eq!(fork.mkdir("d"), Err(failed(0, Errno::NoSpace)));
    assert_eq!(write(&*fork.file("f"), b"x", 100), Err(Errno::NoSpace));
    assert_eq!(write(&*fork.file("f"), b"x", 0), Ok(1));
    assert_eq!(fork.get("f")[0], b'x');
    assert_eq!(fork.stat("f").unwrap().accessed, time);
    fork.audit();
    fork.unlink("f").unwrap();
    fork.put("g", &[2; 50]);
    fork.audit();
    assert_eq!(s.get("f"), [1; 100]);
}

/// As with `RLIMIT_FSIZE` on Linux: what is cut to a size above the limit fits.
#[test]
fn a_file_above_the_limit_of_a_fork_can_shrink_and_not_grow() {
    let s = Subject::new();
    s.put("f", &[1; 20_000]);
    let limits = Limits {
        file_size: 5000,
        ..Limits::default()
    };
    let fork = s.fs.snapshot().fork_builder().limits(limits).build();
    let fork = subject(&s, fork);
    let file = fork.file("f");
    assert_eq!(file.set_len(20_001), Err(Errno::FileTooBig));
    assert_eq!(file.set_len(20_000), Ok(()));
    assert_eq!(file.set_len(10_000), Ok(()));
    assert_eq!(file.set_len(10_001), Err(Errno::FileTooBig));
    assert_eq!(contents(&*file), [1; 10_000]);
    fork.audit();
}

#[test]
fn a_fork_can_have_another_pool() {
    let s = Subject::new();
    let pool = ChunkPool::new(1 << 20);
    let builder = s.fs.snapshot().fork_builder().chunk_pool(pool.clone());
    let fork = subject(&s, builder.build());
    fork.put("f", &[1; 5000]);
    assert_eq!(pool.idle_bytes(), 0);
    drop(fork);
    assert_eq!(pool.idle_bytes(), 8192);
}

#[test]
fn snapshots_go_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Snapshot>();
}

/// Nodes name each other by number, so that nothing recurses when 100,000 directories in each other are dropped.
#[test]
fn a_deep_tree_is_dropped_and_compared() {
    let s = Subject::new();
    let mut dir = s.dir("");
    let mkdir = |dir| at(dir, "d", |place| s.fs.create_dir(place, 0o755));
    for _ in 0..100_000 {
        mkdir(dir).unwrap();
        let opened = at(dir, "d", |place| s.fs.open(place, OpenOptions::directory()));
        let Ok(Opened::Dir(next)) = opened else {
            panic!("it is a directory");
        };
        s.fs.release(dir);
        dir = next;
    }
    let fork = subject(&s, s.fs.fork());
    mkdir(dir).unwrap();
    let changes = s.fs.changes_since(&fork.fs.snapshot()).unwrap();
    let lengths: Vec<_> = changes.iter().map(|change| change.path.len()).collect();
    assert_eq!(lengths, [199_999, 200_001]);
    // That would be 10 GB of paths.
    assert_eq!(s.fs.changes(), Err(Errno::NameTooLong));
    drop((s, fork));
}
