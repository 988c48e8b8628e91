use std::sync::Arc;

use guesthouse_vfs::{FileSystem, HostFs, OpenDir};
use guesthouse_wasi::abi::{Errno, FdFlags, LookupFlags, OFlags, Rights, Whence};
use guesthouse_wasi::{DescriptorRights, Preopen, WasiCtx};

use crate::guest::{Guest, MemoryKind, Open, ROOT, everywhere, everywhere_with};

const READ_OR_WRITE: Rights = Rights::FD_READ.union(Rights::FD_WRITE);

/// What needs a file opened for writing.
const WRITING: Rights = Rights::FD_WRITE
    .union(Rights::FD_ALLOCATE)
    .union(Rights::FD_FILESTAT_SET_SIZE);

#[test]
fn a_directory_has_what_c_libraries_look_for() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        let dir = guest.open(ROOT, "d", Open::DIR).unwrap();
        for fd in [ROOT, dir] {
            let stat = guest.fdstat(fd).unwrap();
            let never = Rights::FD_WRITE | Rights::FD_SEEK | Rights::FD_FILESTAT_SET_SIZE;
            assert!(!stat.base.intersects(never));
            assert!(stat.inheriting.contains(READ_OR_WRITE | WRITING));
            assert!(stat.inheriting.contains(stat.base));
            for right in [
                Rights::PATH_OPEN,
                Rights::PATH_CREATE_FILE,
                Rights::PATH_CREATE_DIRECTORY,
                Rights::PATH_FILESTAT_SET_SIZE,
                Rights::PATH_SYMLINK,
                Rights::FD_READDIR,
                Rights::FD_SYNC,
                Rights::FD_DATASYNC,
                Rights::FD_FILESTAT_SET_TIMES,
            ] {
                assert!(stat.base.contains(right), "{right:?}");
            }
        }
    });
}

#[test]
fn a_directory_can_be_reopened_with_its_own_rights() {
    everywhere(|guest| {
        let stat = guest.fdstat(ROOT).unwrap();
        for oflags in [OFlags::empty(), OFlags::DIRECTORY] {
            let open = Open {
                base: stat.base.bits(),
                inheriting: stat.inheriting.bits(),
                ..Open::READ.oflags(oflags)
            };
            let fd = guest.open(ROOT, ".", open).unwrap();
            assert_eq!(guest.fdstat(fd).unwrap(), stat);
        }
    });
}

#[test]
fn the_access_mode_decides_what_a_file_can_do() {
    everywhere(|guest| {
        guest.file("f", b"");
        for (requested, expected) in [
            (Rights::empty(), Rights::FD_READ),
            (Rights::FD_SEEK, Rights::FD_READ),
            (Rights::FD_READ, Rights::FD_READ),
            (Rights::FD_WRITE, WRITING),
            (READ_OR_WRITE, WRITING | Rights::FD_READ),
        ] {
            let fd = guest.open(ROOT, "f", Open::rights(requested)).unwrap();
            let base = guest.fdstat(fd).unwrap().base;
            let transfer = base.intersection(WRITING | Rights::FD_READ);
            assert_eq!(transfer, expected, "{requested:?}");
            let always = Rights::FD_SEEK
                | Rights::FD_TELL
                | Rights::FD_FDSTAT_SET_FLAGS
                | Rights::FD_SYNC
                | Rights::POLL_FD_READWRITE;
            assert!(base.contains(always), "whatever was requested");
            assert!(!base.intersects(Rights::PATH_OPEN | Rights::FD_READDIR));
        }
        // Old C libraries request everything, or what no file can do.
        let fd = guest
            .open(
                ROOT,
                "f",
                Open {
                    base: u64::MAX,
                    inheriting: u64::MAX,
                    ..Open::READ
                },
            )
            .unwrap();
        assert!(guest.fdstat(fd).unwrap().base.contains(READ_OR_WRITE));
    });
}

#[test]
fn the_rights_that_wasi_libc_requests_are_granted() {
    everywhere(|guest| {
        guest.file("f", b"");
        guest.mkdir("d").unwrap();
        let inheriting = guest.fdstat(ROOT).unwrap().inheriting.bits();
        // What its openat() computes for O_RDONLY, O_WRONLY and O_RDWR.
        for (base, path, answer) in [
            (264_240_830, "f", Ok(())),
            (268_419_069, "f", Ok(())),
            (268_435_455, "f", Ok(())),
            (264_240_830, "d", Ok(())),
            (268_419_069, "d", Err(Errno::Isdir)),
            (268_435_455, "d", Err(Errno::Isdir)),
        ] {
            let open = Open {
                base: base & inheriting,
                inheriting,
                ..Open::READ
            };
            assert_eq!(guest.open(ROOT, path, open).map(drop), answer, "{base}");
        }
    });
}

fn set_rights(guest: &mut Guest, fd: u32, base: u64, inheriting: u64) -> Result<(), Errno> {
    guest.call("fd_fdstat_set_rights", &[fd.into(), base, inheriting])
}

#[test]
fn rights_are_dropped_for_good() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        let stat = guest.fdstat(fd).unwrap();
        let fewer = stat.base.without(READ_OR_WRITE);
        assert_eq!(set_rights(guest, fd, fewer.bits(), 0), Ok(()));
        assert_eq!(guest.fdstat(fd).unwrap().base, fewer);
        assert_eq!(guest.read(fd, &[1]), Err(Errno::Notcapable));
        assert_eq!(guest.write(fd, &[b"x"]), Err(Errno::Notcapable));
        assert_eq!(guest.pread(fd, &[1], 0), Err(Errno::Notcapable));
        assert_eq!(guest.pwrite(fd, &[b"x"], 0), Err(Errno::Notcapable));
        assert_eq!(guest.seek(fd, 3, Whence::Set), Ok(3));
        for wider in [stat.base.bits(), fewer.bits() | 1 << 40, u64::MAX] {
            assert_eq!(set_rights(guest, fd, wider, 0), Err(Errno::Notcapable));
        }
        let answer = set_rights(guest, fd, fewer.bits(), Rights::FD_READ.bits());
        assert_eq!(answer, Err(Errno::Notcapable));
        assert_eq!(guest.fdstat(fd).unwrap().base, fewer, "nothing changed");
        assert_eq!(set_rights(guest, fd, 0, 0), Ok(()));
        assert_eq!(guest.seek(fd, 0, Whence::Set), Err(Errno::Notcapable));
        assert_eq!(guest.tell(fd), Err(Errno::Notcapable));
        assert_eq!(guest.filestat(fd), Err(Errno::Notcapable));
        assert_eq!(guest.close(fd), Ok(()), "closing needs none");
    });
}

#[test]
fn telling_needs_less_than_seeking() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        set_rights(guest, fd, Rights::FD_TELL.bits(), 0).unwrap();
        assert_eq!(guest.tell(fd), Ok(0));
        assert_eq!(guest.seek(fd, 0, Whence::Cur), Ok(0));
        assert_eq!(guest.seek(fd, 1, Whence::Cur), Err(Errno::Notcapable));
        assert_eq!(guest.seek(fd, 0, Whence::Set), Err(Errno::Notcapable));
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        set_rights(guest, fd, Rights::FD_SEEK.bits(), 0).unwrap();
        assert_eq!(guest.tell(fd), Ok(0));
    });
}

#[test]
fn what_a_directory_does_not_pass_on_nobody_below_gets() {
    everywhere(|guest| {
        guest.file("f", b"kept");
        guest.mkdir("d").unwrap();
        let stat = guest.fdstat(ROOT).unwrap();
        let passed_on = stat.inheriting.without(WRITING | Rights::PATH_UNLINK_FILE);
        set_rights(guest, ROOT, stat.base.bits(), passed_on.bits()).unwrap();
        for open in [Open::WRITE, Open::READ_WRITE, Open::CREATE] {
            let answer = guest.open(ROOT, "f", open);
            assert_eq!(answer, Err(Errno::Notcapable));
        }
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        assert!(!guest.fdstat(fd).unwrap().base.intersects(WRITING));
        let d = guest.open(ROOT, "d", Open::DIR).unwrap();
        let below = guest.fdstat(d).unwrap();
        assert!(!below.base.contains(Rights::PATH_UNLINK_FILE));
        assert_eq!(below.inheriting, passed_on);
        assert_eq!(guest.open(d, "new", Open::CREATE), Err(Errno::Notcapable));
        let [path, len] = guest.string("x");
        let answer = guest.call("path_unlink_file", &[d.into(), path, len]);
        assert_eq!(answer, Err(Errno::Notcapable));
        assert_eq!(guest.unlink("f"), Ok(()), "the directory itself still may");
    });
}

#[test]
fn creating_and_cutting_need_rights_of_the_directory() {
    everywhere(|guest| {
        guest.file("f", b"kept");
        let stat = guest.fdstat(ROOT).unwrap();
        let base = stat
            .base
            .without(Rights::PATH_CREATE_FILE | Rights::PATH_FILESTAT_SET_SIZE);
        set_rights(guest, ROOT, base.bits(), stat.inheriting.bits()).unwrap();
        for oflags in [OFlags::TRUNC, OFlags::CREAT] {
            let answer = guest.open(ROOT, "f", Open::READ.oflags(oflags));
            assert_eq!(answer, Err(Errno::Notcapable));
        }
        assert_eq!(guest.contents("f"), b"kept");
    });
}

#[test]
fn the_flags_about_syncing_need_rights() {
    everywhere(|guest| {
        guest.file("f", b"");
        let stat = guest.fdstat(ROOT).unwrap();
        for (right, flags) in [
            (Rights::FD_DATASYNC, FdFlags::DSYNC),
            (Rights::FD_SYNC, FdFlags::SYNC),
            (Rights::FD_SYNC, FdFlags::RSYNC),
        ] {
            let dir = guest.open(ROOT, ".", Open::DIR).unwrap();
            let fewer = stat.inheriting.without(right);
            set_rights(guest, dir, stat.base.bits(), fewer.bits()).unwrap();
            let answer = guest.open(dir, "f", Open::READ.fdflags(flags));
            assert_eq!(answer, Err(Errno::Notcapable), "{flags:?}");
            assert!(guest.open(dir, "f", Open::READ).is_ok());
        }
    });
}

/// What a directory's rights allow: each with a function, and what that is called with. `d` is the directory, `p` the path `f` in two values, `a`
/// an address, `0` a 0.
#[rustfmt::skip] // One right, one line.
const NEEDED: [(Rights, &str, &str); 18] = [
    (Rights::PATH_CREATE_DIRECTORY, "path_create_directory", "dp"),
    (Rights::PATH_REMOVE_DIRECTORY, "path_remove_directory", "dp"),
    (Rights::PATH_UNLINK_FILE, "path_unlink_file", "dp"),
    (Rights::PATH_FILESTAT_GET, "path_filestat_get", "d0pa"),
    (Rights::PATH_FILESTAT_SET_TIMES, "path_filestat_set_times", "d0p000"),
    (Rights::PATH_READLINK, "path_readlink", "dpa0a"),
    (Rights::PATH_SYMLINK, "path_symlink", "pdp"),
    (Rights::PATH_LINK_SOURCE, "path_link", "d0pdp"),
    (Rights::PATH_LINK_TARGET, "path_link", "d0pdp"),
    (Rights::PATH_RENAME_SOURCE, "path_rename", "dpdp"),
    (Rights::PATH_RENAME_TARGET, "path_rename", "dpdp"),
    (Rights::PATH_OPEN, "path_open", "d0p0000a"),
    (Rights::FD_READDIR, "fd_readdir", "da00a"),
    (Rights::FD_FILESTAT_GET, "fd_filestat_get", "da"),
    (Rights::FD_FILESTAT_SET_TIMES, "fd_filestat_set_times", "d000"),
    (Rights::FD_SYNC, "fd_sync", "d"),
    (Rights::FD_DATASYNC, "fd_datasync", "d"),
    (Rights::FD_FDSTAT_SET_FLAGS, "fd_fdstat_set_flags", "d0"),
];

#[test]
fn each_function_needs_its_right() {
    everywhere(|guest| {
        for (right, name, pattern) in NEEDED {
            if guest.stat("f", LookupFlags::empty()).is_err() {
                guest.file("f", b"");
            }
            let dir = guest.open(ROOT, ".", Open::DIR).unwrap();
            let [path, len] = guest.string("f");
            let mut args = Vec::new();
            for letter in pattern.chars() {
                match letter {
                    'd' => args.push(dir.into()),
                    'p' => args.extend([path, len]),
                    'a' => args.push(64),
                    _ => args.push(0),
                }
            }
            let with = guest.call(name, &args);
            assert_ne!(with, Err(Errno::Notcapable), "{name}");
            let stat = guest.fdstat(dir).unwrap();
            let (base, inheriting) = (stat.base.without(right), stat.inheriting);
            set_rights(guest, dir, base.bits(), inheriting.bits()).unwrap();
            let without = guest.call(name, &args);
            assert_eq!(without, Err(Errno::Notcapable), "{name}");
            guest.close(dir).unwrap();
        }
    });
}

#[test]
fn strict_rights_are_those_that_were_requested() {
    everywhere_with(
        |builder| builder.strict_rights(true),
        |guest| {
            let requested = READ_OR_WRITE | Rights::FD_TELL | Rights::PATH_OPEN;
            let open = Open::rights(requested).oflags(OFlags::CREAT);
            let fd = guest.open(ROOT, "f", open).unwrap();
            let base = guest.fdstat(fd).unwrap().base;
            assert_eq!(
                base,
                READ_OR_WRITE | Rights::FD_TELL,
                "as far as a file can"
            );
            assert_eq!(guest.write(fd, &[b"abc"]), Ok(3));
            assert_eq!(guest.seek(fd, 0, Whence::Set), Err(Errno::Notcapable));
            assert_eq!(guest.pread(fd, &[1], 0), Err(Errno::Notcapable));
            assert_eq!(guest.filestat(fd), Err(Errno::Notcapable));

            let fd = guest
                .open(ROOT, "f", Open::rights(Rights::FD_TELL))
                .unwrap();
            assert_eq!(guest.read(fd, &[1]), Err(Errno::Notcapable));
            assert_eq!(guest.tell(fd), Ok(0));

            for beyond in [1 << 30, 1 << 63, Rights::SOCK_ACCEPT.bits()] {
                let base = Open {
                    base: beyond,
                    ..Open::READ
                };
                let inheriting = Open {
                    inheriting: beyond,
                    ..Open::READ
                };
                for open in [base, inheriting] {
                    let answer = guest.open(ROOT, "f", open);
                    assert_eq!(answer, Err(Errno::Notcapable));
                }
            }
            let open = Open {
                inheriting: Rights::FD_READ.bits(),
                ..Open::rights(Rights::PATH_OPEN).oflags(OFlags::DIRECTORY)
            };
            let dir = guest.open(ROOT, ".", open).unwrap();
            let stat = guest.fdstat(dir).unwrap();
            assert_eq!(stat.base, Rights::PATH_OPEN);
            assert_eq!(stat.inheriting, Rights::FD_READ);
            assert!(guest.open(dir, "f", Open::READ).is_ok());
            assert_eq!(guest.open(dir, "f", Open::WRITE), Err(Errno::Notcapable));
            assert_eq!(guest.readdir(dir, 9, 0), Err(Errno::Notcapable));
        },
    );
}

#[test]
fn a_host_can_hand_in_less_than_everything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "kept").unwrap();
    let fs: Arc<dyn FileSystem> = HostFs::open_ambient(folder.path()).unwrap();
    let rights = DescriptorRights {
        base: Rights::PATH_OPEN | Rights::PATH_FILESTAT_GET,
        inheriting: Rights::FD_READ | Rights::FD_SEEK,
    };
    let preopen = Preopen::new(OpenDir::root(fs), "/").limit_rights(rights);
    let builder = WasiCtx::builder().preopen_with(preopen);
    let mut guest = Guest::new(builder, MemoryKind::Slices);
    let stat = guest.fdstat(ROOT).unwrap();
    assert_eq!(
        (stat.base, stat.inheriting),
        (rights.base, rights.inheriting)
    );
    assert_eq!(guest.contents("f"), b"kept");
    assert_eq!(guest.open(ROOT, "f", Open::WRITE), Err(Errno::Notcapable));
    assert_eq!(guest.unlink("f"), Err(Errno::Notcapable));
    let fd = guest.open(ROOT, "f", Open::READ).unwrap();
    let flags = FdFlags::APPEND.bits().into();
    let answer = guest.call("fd_fdstat_set_flags", &[fd.into(), flags]);
    assert_eq!(answer, Err(Errno::Notcapable));
}
