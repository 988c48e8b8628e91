use guesthouse_vfs::{
    Access, Clock, File, FileSystem, MemFs, Metadata, OpenOptions, SetTime, SetTimes, Timestamp,
};

use super::subject::{Subject, Ticking, at, names, read, write};

/// Which of atime, mtime and ctime an operation moves: `a`, `m`, `c`.
fn moved(s: &Subject, path: &str, operation: impl FnOnce()) -> String {
    let before = s.stat(path).unwrap();
    let mark = s.clock.mark();
    operation();
    moved_since(mark, &before, &s.stat(path).unwrap())
}

fn moved_since(mark: Timestamp, before: &Metadata, after: &Metadata) -> String {
    let mut moved = String::new();
    for (letter, before, after) in [
        ('a', before.accessed, after.accessed),
        ('m', before.modified, after.modified),
        ('c', before.changed, after.changed),
    ] {
        if before != after {
            assert!(after > mark, "{letter} is not the present time");
            moved.push(letter);
        }
    }
    assert_eq!(before.created, after.created);
    moved
}

#[test]
fn posix_says_which_times_move() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.mkdir("e").unwrap();
    s.put("f", b"x");
    assert_eq!(moved(&s, "d", || s.put("d/new", b"")), "mc");
    assert_eq!(moved(&s, "d", || s.put("d/new", b"again")), "");
    assert_eq!(moved(&s, "d", || s.mkdir("d/sub").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || s.symlink("t", "d/l").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || s.link("f", "d/f2").unwrap()), "mc");
    assert_eq!(moved(&s, "f", || s.link("f", "d/f3").unwrap()), "c");
    assert_eq!(moved(&s, "f", || s.unlink("d/f3").unwrap()), "c");
    assert_eq!(moved(&s, "d", || s.unlink("d/f2").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || s.rmdir("d/sub").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || s.rename("d/new", "e/new").unwrap()), "mc");
    assert_eq!(moved(&s, "e", || s.rename("e/new", "d/new").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || s.rename("d/new", "d/n").unwrap()), "mc");
    assert_eq!(moved(&s, "d", || drop(s.list("d"))), "");
    assert_eq!(moved(&s, "d", || drop(s.stat("d/n"))), "");
    let before = s.stat("f").unwrap();
    let mark = s.clock.mark();
    s.rename("f", "g").unwrap();
    assert_eq!(moved_since(mark, &before, &s.stat("g").unwrap()), "c");
}

#[test]
fn writing_moves_a_files_times_and_reading_does_not() {
    let s = Subject::new();
    let file = s.file("f");
    assert_eq!(
        moved(&s, "f", || assert_eq!(write(&*file, b"abc", 0), Ok(3))),
        "mc"
    );
    assert_eq!(
        moved(&s, "f", || assert_eq!(write(&*file, b"", 0), Ok(0))),
        ""
    );
    assert_eq!(
        moved(&s, "f", || assert_eq!(file.append(&[]), Ok((3, 0)))),
        ""
    );
    assert_eq!(moved(&s, "f", || drop(read(&*file, 0, 3))), "");
    assert_eq!(moved(&s, "f", || file.set_len(3).unwrap()), "mc");
    assert_eq!(moved(&s, "f", || file.allocate(0, 9).unwrap()), "mc");
    assert_eq!(moved(&s, "f", || file.set_mode(0o600).unwrap()), "c");
    assert_eq!(moved(&s, "f", || drop(file)), "");
    assert_eq!(s.stat("f").unwrap().mode, 0o600);
    let truncate = OpenOptions {
        truncate: true,
        ..OpenOptions::existing(Access::WRITE)
    };
    assert_eq!(moved(&s, "f", || drop(s.open("f", truncate))), "mc");
    assert_eq!(moved(&s, "f", || drop(s.get("f"))), "");
}

#[test]
fn times_are_set_by_path_and_by_handle_alike() {
    let s = Subject::new();
    let time = |nanos| SetTime::At(Timestamp::from_nanos(nanos));
    let file = s.file("f");
    for open in [true, false] {
        let times = SetTimes {
            accessed: time(-5),
            modified: SetTime::Keep,
        };
        let before = s.stat("f").unwrap();
        if open {
            file.set_times(times).unwrap();
        } else {
            at(s.fs.root(), "f", |place| s.fs.set_times(place, times)).unwrap();
        }
        let after = s.stat("f").unwrap();
        assert_eq!(after, file.metadata().unwrap());
        assert_eq!(after.accessed.as_nanos(), -5);
        assert_eq!(after.modified, before.modified);
        assert!(after.changed > before.changed);
        let now = SetTimes {
            accessed: SetTime::Now,
            modified: time(7),
        };
        at(s.fs.root(), "f", |place| s.fs.set_times(place, now)).unwrap();
        let last = s.stat("f").unwrap();
        assert!(last.accessed > after.changed);
        assert_eq!(last.modified.as_nanos(), 7);
    }
    let keep = SetTimes::default();
    assert_eq!(moved(&s, "f", || file.set_times(keep).unwrap()), "");
    drop(file);
    assert_eq!(s.stat("f").unwrap().modified.as_nanos(), 7);
}

#[test]
fn strict_atime_moves_with_every_reading() {
    let clock = Ticking::new();
    let fs = MemFs::builder()
        .clock(std::sync::Arc::clone(&clock) as std::sync::Arc<dyn Clock>)
        .strict_atime(true)
        .build();
    let s = Subject { fs, clock };
    s.put("f", b"x");
    s.symlink("f", "l").unwrap();
    assert_eq!(moved(&s, "f", || drop(s.get("f"))), "a");
    assert_eq!(moved(&s, "l", || drop(s.read_link("l"))), "a");
    assert_eq!(moved(&s, "", || drop(names(&s.fs, s.fs.root()))), "a");
}

#[test]
fn mode_bits_are_kept_and_nothing_else() {
    let s = Subject::new();
    s.put("f", b"");
    at(s.fs.root(), "f", |place| s.fs.set_mode(place, 0o100_4755)).unwrap();
    assert_eq!(s.stat("f").unwrap().mode, 0o4755);
    let _: &dyn File = &*s.file("f");
}
