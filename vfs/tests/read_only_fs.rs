//! Nothing changes through a read-only filesystem, and the refusals come in Linux's order.

mod paths;
mod toy;

use std::io::IoSlice;

use guesthouse_vfs::{
    Access, Errno, LastName, NodeFs, OpenFile, OpenOptions, Opened, ReadOnlyFs, SetTimes,
};
use paths::{Paths, TOUCH};
use toy::ToyFs;

const READ: OpenOptions = OpenOptions::existing(Access::READ);
const WRITE: OpenOptions = OpenOptions::existing(Access::WRITE);

/// `d/in`, `e/`, `f`, `l -> f`, `dang -> nowhere`, as in the probe of Linux that gave the tables below; writable and read-only.
fn trees() -> (Paths, Paths) {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.mkdir("d").unwrap();
    fs.mkdir("e").unwrap();
    fs.write("d/in", b"x").unwrap();
    fs.write("f", b"hi").unwrap();
    fs.symlink("f", "l").unwrap();
    fs.symlink("nowhere", "dang").unwrap();
    let read_only = Paths::new(ReadOnlyFs::new(fs.fs.clone()));
    (fs, read_only)
}

/// The answers of Linux 6.18 on a read-only bind mount of a tmpfs. Two belong to the resolver: it follows what is `Loop` here, and says `EISDIR`
/// for an exclusive open with a trailing slash.
#[test]
fn open_answers_as_linux_does() {
    use Errno::{Exist, IsDir, Loop, NameTooLong, NoEntry, NotDir, ReadOnly};
    let (_, fs) = trees();
    let create = OpenOptions {
        create: true,
        ..READ
    };
    let truncate = OpenOptions {
        truncate: true,
        ..READ
    };
    let create_write = OpenOptions {
        create: true,
        ..WRITE
    };
    let exclusive = OpenOptions {
        exclusive: true,
        ..create
    };
    let long = "n".repeat(256);
    let modes = [READ, WRITE, truncate, create, exclusive, create_write];
    #[rustfmt::skip]
    let table: [(&str, [Result<(), Errno>; 6]); 10] = [
        ("f", [Ok(()), Err(ReadOnly), Err(ReadOnly), Ok(()), Err(Exist), Err(ReadOnly)]),
        ("d", [Ok(()), Err(IsDir), Err(IsDir), Err(IsDir), Err(Exist), Err(IsDir)]),
        ("l", [Err(Loop), Err(Loop), Err(Loop), Err(Loop), Err(Exist), Err(Loop)]),
        ("missing", [Err(NoEntry), Err(NoEntry), Err(NoEntry), Err(ReadOnly), Err(ReadOnly), Err(ReadOnly)]),
        ("missing/", [Err(NoEntry), Err(NoEntry), Err(NoEntry), Err(IsDir), Err(IsDir), Err(IsDir)]),
        ("f/", [Err(NotDir), Err(NotDir), Err(NotDir), Err(IsDir), Err(Exist), Err(IsDir)]),
        ("d/", [Ok(()), Err(IsDir), Err(IsDir), Err(IsDir), Err(Exist), Err(IsDir)]),
        ("missing/x", [Err(NoEntry); 6]),
        ("f/x", [Err(NotDir); 6]),
        (&long, [Err(NameTooLong); 6]),
    ];
    for (path, answers) in table {
        for (options, expected) in modes.into_iter().zip(answers) {
            let opened = fs.open(path, options).map(drop);
            assert_eq!(opened, expected, "{path} {options:?}");
        }
    }
}

#[test]
fn names_answer_as_linux_does() {
    use Errno::{Busy, Exist, IsDir, Loop, NoEntry, NotDir, ReadOnly};
    let (_, fs) = trees();
    #[rustfmt::skip]
    let one: [(&str, [Errno; 6]); 9] = [
        // mkdir, symlink, rmdir, unlink, utimensat, chmod
        ("f", [Exist, Exist, ReadOnly, ReadOnly, ReadOnly, ReadOnly]),
        ("d", [Exist, Exist, ReadOnly, ReadOnly, ReadOnly, ReadOnly]),
        ("d/", [Exist, Exist, ReadOnly, ReadOnly, ReadOnly, ReadOnly]),
        ("dang", [Exist, Exist, ReadOnly, ReadOnly, ReadOnly, ReadOnly]),
        ("missing", [ReadOnly, ReadOnly, ReadOnly, ReadOnly, NoEntry, NoEntry]),
        ("missing/", [ReadOnly, NoEntry, ReadOnly, ReadOnly, NoEntry, NoEntry]),
        ("missing/x", [NoEntry; 6]),
        ("f/x", [NotDir; 6]),
        ("", [Exist, Exist, Busy, IsDir, ReadOnly, ReadOnly]),
    ];
    for (path, expected) in one {
        let answers = [
            fs.mkdir(path),
            fs.symlink("t", path),
            fs.rmdir(path),
            fs.unlink(path),
            fs.touch(path),
            fs.chmod(path),
        ];
        assert_eq!(answers, expected.map(Err), "{path}");
    }
    #[rustfmt::skip]
    let two = [
        // rename, link
        ("f", "f", ReadOnly, Exist),
        ("f", "d", ReadOnly, Exist),
        ("f", "missing2", ReadOnly, ReadOnly),
        ("f", "missing2/", ReadOnly, NoEntry),
        ("f", "missing/x", NoEntry, NoEntry),
        ("f", "f/x", NotDir, NotDir),
        ("f/", "missing2", ReadOnly, NotDir),
        ("d", "missing2", ReadOnly, ReadOnly),
        ("l", "missing2", ReadOnly, ReadOnly),
        ("missing", "missing2", ReadOnly, NoEntry),
        ("missing", "f/x", NotDir, NoEntry),
        ("missing/x", "f", NoEntry, NoEntry),
        ("", "f", Busy, Exist),
        ("f", "", Busy, Exist),
        ("l/x", "new", Loop, Loop),
    ];
    for (old, new, rename, link) in two {
        assert_eq!(fs.rename(old, new), Err(rename), "rename {old} {new}");
        assert_eq!(fs.link(old, new), Err(link), "link {old} {new}");
    }
}

/// Wazero, Wasmtime and others have each let one of these through a read-only mount.
#[test]
fn no_call_changes_anything() {
    let (writable, fs) = trees();
    let before = writable.everything("");
    for path in ["f", "d", "l", "dang", "d/in", "missing", "d/missing", ""] {
        let open = [READ, WRITE, OpenOptions::existing(Access::READ_WRITE)];
        for options in open {
            for bits in 0..8 {
                let options = OpenOptions {
                    create: bits & 1 != 0,
                    exclusive: bits & 2 != 0,
                    truncate: bits & 4 != 0,
                    ..options
                };
                if let Ok(Opened::File(file)) = fs.open(path, options) {
                    change_through(&OpenFile::new(file, options.access));
                }
            }
        }
        let _ = (fs.mkdir(path), fs.rmdir(path), fs.unlink(path));
        let _ = (fs.symlink("t", path), fs.touch(path), fs.chmod(path));
        for new in ["f", "e", "missing2", "d/missing2"] {
            let _ = (fs.rename(path, new), fs.link(path, new));
        }
    }
    assert_eq!(writable.everything(""), before);
}

fn change_through(file: &OpenFile) {
    let bytes = [IoSlice::new(b"changed")];
    assert!(file.write_at(&bytes, 0).is_err());
    assert!(file.append(&bytes).is_err());
    assert_eq!(file.set_len(0), Err(Errno::ReadOnly));
    assert!(file.allocate(0, 100).is_err());
    assert_eq!(file.set_times(TOUCH), Err(Errno::ReadOnly));
    assert_eq!(file.set_times(SetTimes::default()), Ok(()), "as futimens");
    assert_eq!(file.set_mode(0o777), Err(Errno::ReadOnly));
}

/// Even a descriptor that someone takes for a writable one is stopped by the mount it carries.
#[test]
fn what_is_opened_carries_the_mount() {
    let (_, fs) = trees();
    let Ok(Opened::File(file)) = fs.open("f", READ) else {
        panic!("f is a file");
    };
    let file = OpenFile::new(file, Access::READ_WRITE);
    assert!(file.mount().read_only);
    let bytes = [IoSlice::new(b"changed")];
    assert_eq!(file.write_at(&bytes, 0), Err(Errno::ReadOnly));
    assert_eq!(file.append(&bytes), Err(Errno::ReadOnly));
    assert_eq!(file.allocate(0, 1), Err(Errno::ReadOnly));
    change_through(&file);
}

/// As on Linux, where such a call does not even look at the path.
#[test]
fn keeping_both_times_is_no_change() {
    let (_, fs) = trees();
    let keep = |path| {
        fs.at(path, LastName::Act, |place| {
            fs.fs.set_times(place, SetTimes::default())
        })
    };
    assert_eq!(keep("f"), Ok(()));
    assert_eq!(keep(""), Ok(()));
}

#[test]
fn looking_goes_straight_through() {
    let (writable, fs) = trees();
    assert_eq!(fs.everything(""), writable.everything(""));
    let d = fs.from(fs.dir("d").unwrap());
    assert_eq!(d.read("in").unwrap(), b"x");
    writable.write("d/late", b"late").unwrap();
    assert_eq!(d.read("late").unwrap(), b"late");
    let link = fs.at("l", LastName::Follow, |place| fs.fs.metadata(place));
    assert_eq!(
        link.err(),
        Some(guesthouse_vfs::Stop::link(0, b"f"[..].into()))
    );
    fs.fs.release(d.dir);
    assert_eq!(d.stat("in"), Err(Errno::BadFd));
}
