//! Call by call, under both module names.

use std::sync::Arc;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{Errno as Vfs, FileSystem, MemFs, MountFs, Tree};
use guesthouse_vfs_tests::fault::{Fault, FaultFs};
use guesthouse_wasi::abi::Errno;

/// The numbers of `errno` in `wasi_snapshot_preview1` and `wasi_unstable`, from the specification.
const NUMBERS: [(Vfs, u16); 30] = [
    (Vfs::Access, 2),
    (Vfs::Again, 6),
    (Vfs::BadFd, 8),
    (Vfs::Busy, 10),
    (Vfs::Quota, 19),
    (Vfs::Exist, 20),
    (Vfs::FileTooBig, 22),
    (Vfs::Interrupted, 27),
    (Vfs::Invalid, 28),
    (Vfs::Io, 29),
    (Vfs::IsDir, 31),
    (Vfs::Loop, 32),
    (Vfs::TooManyOpenFiles, 33),
    (Vfs::TooManyLinks, 34),
    (Vfs::NameTooLong, 37),
    (Vfs::SystemFileTableFull, 41),
    (Vfs::NoDevice, 43),
    (Vfs::NoEntry, 44),
    (Vfs::NoMemory, 48),
    (Vfs::NoSpace, 51),
    (Vfs::NotDir, 54),
    (Vfs::NotEmpty, 55),
    (Vfs::NotSupported, 58),
    (Vfs::Overflow, 61),
    (Vfs::Permission, 63),
    (Vfs::BrokenPipe, 64),
    (Vfs::ReadOnly, 69),
    (Vfs::IllegalSeek, 70),
    (Vfs::TextBusy, 74),
    (Vfs::CrossDevice, 75),
];

/// Calls that all succeed, and leave things as they were once all are made.
const LINES: [&str; 16] = [
    "open a",
    "open-dir d",
    "write a",
    "create-new x",
    "stat a",
    "stat-follow l",
    "times a",
    "link a y",
    "rename y z",
    "symlink a m",
    "readlink l",
    "unlink m",
    "unlink z",
    "unlink x",
    "mkdir e",
    "rmdir e",
];

/// A filesystem that can fail, with a file `a`, a directory `d` and a link `l`.
fn sample() -> Arc<FaultFs> {
    let fs = FaultFs::new(MemFs::new());
    let tree = Tree::new(fs.clone());
    let builder = tree.build().file("a", "0123456789").dir("d");
    builder.symlink("l", "a").finish().unwrap();
    fs
}

/// A guest that has it as its root, and one that has it as a mount, with what is to stand before its paths.
fn guests(name: ModuleName) -> [(ByHand, Arc<FaultFs>); 2] {
    let (root, mounted) = (sample(), sample());
    let tree = MountFs::builder(MemFs::new()).mount("/mnt", mounted.clone());
    let tree: Arc<dyn FileSystem> = tree.unwrap().build();
    let at_root = ByHand::new(name, root.clone()).unwrap();
    let mut at_mount = ByHand::new(name, tree).unwrap();
    let dir = at_mount.open("open-dir mnt").unwrap();
    at_mount.begin_at(dir);
    [(at_root, root), (at_mount, mounted)]
}

fn assert_nothing_open(fs: &FaultFs, what: &str) {
    let open = (fs.open_dirs(), fs.open_files(), fs.open_streams());
    assert_eq!(open, (0, 0, 0), "{what}: something is left open");
}

#[test]
fn every_errno_has_its_number() {
    for name in ModuleName::ALL {
        for (mut guest, fs) in guests(name) {
            let file = guest.open("open a").unwrap();
            let writer = guest.open("write a").unwrap();
            for (errno, number) in NUMBERS {
                for line in LINES {
                    fs.inject(Fault::failing(1, errno).lasting());
                    let answer = guest.act(line).map_err(number_of);
                    assert_eq!(answer, Err(number), "{name:?}: {line} with {errno:?}");
                }
                fs.inject(Fault::failing(1, errno).lasting());
                assert_eq!(guest.read(file).map_err(number_of), Err(number));
                assert_eq!(guest.write(writer, b"x").map_err(number_of), Err(number));
                assert_eq!(guest.set_size(writer, 5).map_err(number_of), Err(number));
                assert_eq!(
                    guest.allocate(writer, 0, 50).map_err(number_of),
                    Err(number)
                );
                assert_eq!(guest.touch(writer).map_err(number_of), Err(number));
            }
            fs.heal();
            assert_eq!(
                guest.read(file).unwrap(),
                b"0123456789",
                "nothing has changed"
            );
            drop(guest);
            assert_nothing_open(&fs, "at the end");
        }
    }
}

fn number_of(errno: Errno) -> u16 {
    errno as u16
}

/// Each operation of the calls fails once: the call fails, is made again and succeeds, and so do those after it. No descriptor is lost.
#[test]
fn a_call_that_failed_can_be_made_again() {
    for name in ModuleName::ALL {
        for (mut guest, fs) in guests(name) {
            fs.reset();
            for line in LINES {
                assert_eq!(guest.act(line), Ok(()), "{line}");
            }
            let operations = fs.asked().len() as u64;
            for nth in 1..=operations {
                fs.inject(Fault::failing(nth, Vfs::NoSpace));
                let mut failed = 0;
                for line in LINES {
                    if let Err(errno) = guest.act(line) {
                        assert_eq!(errno, Errno::Nospc, "{name:?}: {line}, {nth}");
                        assert_eq!(guest.act(line), Ok(()), "{name:?}: {line} again, {nth}");
                        failed += 1;
                    }
                }
                assert_eq!(failed, 1, "{name:?}: the fault at {nth} comes out once");
                let (first, second) = (guest.open("open a").unwrap(), guest.open("open d"));
                let second = second.unwrap();
                assert_eq!(second, first + 1, "{name:?}, {nth}: a descriptor is lost");
                guest.close(second).unwrap();
                guest.close(first).unwrap();
            }
            assert_eq!(guest.contents("a").unwrap(), b"0123456789");
            drop(guest);
            assert_nothing_open(&fs, "at the end");
        }
    }
}

/// The descriptor's offset moves by what was moved, so that a guest which goes on loses nothing.
#[test]
fn short_transfers_are_told_truly() {
    for name in ModuleName::ALL {
        for (mut guest, fs) in guests(name) {
            let writer = guest.open("create-new x").unwrap();
            fs.inject(Fault::short(1, 3).lasting());
            let (mut rest, mut calls) = (&b"abcdefgh"[..], 0);
            while !rest.is_empty() {
                let written = guest.write(writer, rest).unwrap() as usize;
                assert!((1..=3).contains(&written), "{name:?}");
                rest = &rest[written..];
                calls += 1;
            }
            assert_eq!(calls, 3);
            let reader = guest.open("open x").unwrap();
            let mut read = Vec::new();
            for expected in [&b"abc"[..], b"def", b"gh", b""] {
                let part = guest.read(reader).unwrap();
                assert_eq!(part, expected, "{name:?}");
                read.extend(part);
            }
            assert_eq!(read, b"abcdefgh");
            drop(guest);
            assert_nothing_open(&fs, "at the end");
        }
    }
}

/// A transfer that fails moves no offset.
#[test]
fn a_failed_transfer_is_made_again_at_the_same_place() {
    for name in ModuleName::ALL {
        for (mut guest, fs) in guests(name) {
            let writer = guest.open("create-new x").unwrap();
            assert_eq!(guest.write(writer, b"abc"), Ok(3));
            fs.inject(Fault::failing(1, Vfs::NoSpace));
            assert_eq!(guest.write(writer, b"def"), Err(Errno::Nospc));
            assert_eq!(guest.write(writer, b"def"), Ok(3));
            let reader = guest.open("open x").unwrap();
            fs.inject(Fault::failing(1, Vfs::Io));
            assert_eq!(guest.read(reader), Err(Errno::Io));
            assert_eq!(guest.read(reader).unwrap(), b"abcdef");
        }
    }
}
