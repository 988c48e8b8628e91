use std::sync::Arc;

use guesthouse_vfs::{FileSystem, HostFs, OpenDir, ReadOnlyFs};
use guesthouse_wasi::abi::{Errno, FdFlags, FileType, FstFlags, LookupFlags, OFlags, Rights};
use guesthouse_wasi::stdio::{Captured, Input};
use guesthouse_wasi::{Limits, Preopen, WasiCtx};

use crate::guest::{Guest, MEMORY, MemoryKind, NO_FD, Open, ROOT, everywhere, everywhere_with};

#[test]
fn new_descriptors_take_the_lowest_free_number() {
    everywhere(|guest| {
        guest.file("f", b"");
        let mut open = || guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!([open(), open(), open()], [4, 5, 6]);
        guest.close(4).unwrap();
        guest.close(0).unwrap();
        guest.close(5).unwrap();
        let mut open = || guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!([open(), open(), open(), open()], [0, 4, 5, 7]);
    });
}

#[test]
fn the_number_of_descriptors_is_limited() {
    let limits = Limits {
        descriptors: 6,
        ..Limits::default()
    };
    everywhere_with(
        |builder| builder.limits(limits),
        |guest| {
            guest.file("f", b"kept");
            assert_eq!(guest.open(ROOT, "f", Open::READ), Ok(4));
            assert_eq!(guest.open(ROOT, ".", Open::DIR), Ok(5));
            let cut = Open::WRITE.oflags(OFlags::TRUNC);
            assert_eq!(guest.open(ROOT, "f", cut), Err(Errno::Mfile));
            assert_eq!(guest.open(ROOT, "new", Open::CREATE), Err(Errno::Mfile));
            guest.close(5).unwrap();
            assert_eq!(guest.contents("f"), b"kept", "nothing was cut");
            let missing = guest.stat("new", LookupFlags::empty());
            assert_eq!(missing, Err(Errno::Noent), "nothing was made");
        },
    );
}

#[test]
fn closing_closes_once() {
    everywhere(|guest| {
        assert_eq!(guest.close(NO_FD), Err(Errno::Badf));
        assert_eq!(guest.close(ROOT), Ok(()), "a preopen can be closed");
        assert_eq!(guest.close(ROOT), Err(Errno::Badf));
        assert_eq!(guest.mkdir("d"), Err(Errno::Badf));
    });
}

fn renumber(guest: &mut Guest, from: u32, to: u32) -> Result<(), Errno> {
    guest.call("fd_renumber", &[from.into(), to.into()])
}

#[test]
fn renumbering_moves_a_descriptor_onto_another() {
    everywhere(|guest| {
        guest.file("a", b"a");
        guest.file("b", b"b");
        let a = guest.open(ROOT, "a", Open::READ).unwrap();
        let b = guest.open(ROOT, "b", Open::READ).unwrap();
        assert_eq!(renumber(guest, a, b), Ok(()));
        assert_eq!(guest.read(b, &[8]).unwrap(), b"a");
        assert_eq!(guest.close(a), Err(Errno::Badf));

        assert_eq!(renumber(guest, b, a), Err(Errno::Badf), "a is closed");
        assert_eq!(renumber(guest, a, b), Err(Errno::Badf), "a is closed");
        assert_eq!(guest.tell(b), Ok(1), "b stayed");
        assert_eq!(renumber(guest, b, b), Ok(()));
        assert_eq!(guest.tell(b), Ok(1), "onto itself it stays");
        assert_eq!(renumber(guest, NO_FD, NO_FD), Err(Errno::Badf));
    });
}

#[test]
fn renumbering_onto_stdio_and_preopens_works() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "log", Open::CREATE).unwrap();
        assert_eq!(renumber(guest, fd, 1), Ok(()));
        assert_eq!(guest.write(1, &[b"printed"]), Ok(7));
        assert_eq!(guest.contents("log"), b"printed");

        guest.mkdir("d").unwrap();
        let d = guest.open(ROOT, "d", Open::DIR).unwrap();
        let ino = guest.filestat(d).unwrap().ino;
        assert_eq!(renumber(guest, d, ROOT), Ok(()));
        assert_eq!(guest.filestat(ROOT).unwrap().ino, ino);
        let prestat = guest.room(8);
        let args = [ROOT.into(), prestat.into()];
        let answer = guest.call("fd_prestat_get", &args);
        assert_eq!(answer, Err(Errno::Badf), "what was moved is no preopen");
    });
}

#[test]
fn preopens_tell_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn FileSystem> = HostFs::open_ambient(folder.path()).unwrap();
    let builder = WasiCtx::builder()
        .root(Arc::clone(&fs))
        .preopen(OpenDir::root(fs), "dätä");
    let mut guest = Guest::new(builder, MemoryKind::Copies);
    let buf = guest.put(&[0xEE; 16]);
    for (fd, name) in [(3, "/"), (4, "dätä")] {
        guest.call("fd_prestat_get", &[fd, buf.into()]).unwrap();
        assert_eq!(guest.get_u32(buf) & 0xFF, 0, "a directory");
        let len = guest.get_u32(buf + 4);
        assert_eq!(len as usize, name.len());

        guest.write_memory(buf, &[0xEE; 16]);
        let args = [fd, buf.into(), u64::from(len) + 2];
        guest.call("fd_prestat_dir_name", &args).unwrap();
        assert_eq!(guest.get(buf, len), name.as_bytes());
        assert_eq!(guest.get(buf + len, 2), [0xEE; 2], "the rest stays");
        for (len, errno) in [
            (u64::from(len) - 1, Errno::Nametoolong),
            (0, Errno::Nametoolong),
        ] {
            let answer = guest.call("fd_prestat_dir_name", &[fd, buf.into(), len]);
            assert_eq!(answer, Err(errno));
        }
        let end = u64::from(MEMORY);
        let answer = guest.call("fd_prestat_dir_name", &[fd, end - 1, 8]);
        assert_eq!(answer, Err(Errno::Fault));
        let answer = guest.call("fd_prestat_get", &[fd, end - 7]);
        assert_eq!(answer, Err(Errno::Fault));
    }
}

#[test]
fn everything_but_a_preopen_is_badf_to_prestat() {
    everywhere(|guest| {
        guest.file("f", b"");
        let file = guest.open(ROOT, "f", Open::READ).unwrap();
        let dir = guest.open(ROOT, ".", Open::DIR).unwrap();
        for fd in [0, 1, 2, file, dir, NO_FD, u32::MAX] {
            let answer = guest.call("fd_prestat_get", &[fd.into(), 64]);
            assert_eq!(answer, Err(Errno::Badf));
            let answer = guest.call("fd_prestat_dir_name", &[fd.into(), 64, 8]);
            assert_eq!(answer, Err(Errno::Badf));
        }
    });
}

#[test]
fn flags_are_given_at_opening_and_set_later() {
    everywhere(|guest| {
        let all = FdFlags::all();
        let fd = guest.open(ROOT, "f", Open::CREATE.fdflags(all)).unwrap();
        assert_eq!(guest.fdstat(fd).unwrap().flags, all.bits());
        for flags in [
            FdFlags::empty(),
            FdFlags::APPEND,
            FdFlags::NONBLOCK,
            FdFlags::SYNC,
        ] {
            let args = [fd.into(), flags.bits().into()];
            guest.call("fd_fdstat_set_flags", &args).unwrap();
            assert_eq!(guest.fdstat(fd).unwrap().flags, flags.bits());
        }
        for bits in [1 << 5, 1 << 16, u64::from(u32::MAX)] {
            let answer = guest.call("fd_fdstat_set_flags", &[fd.into(), bits]);
            assert_eq!(answer, Err(Errno::Inval));
        }
        let dir = guest
            .open(ROOT, ".", Open::DIR.fdflags(FdFlags::NONBLOCK))
            .unwrap();
        assert_eq!(guest.fdstat(dir).unwrap().flags, FdFlags::NONBLOCK.bits());
        assert_eq!(guest.fdstat(ROOT).unwrap().flags, 0);
    });
}

#[test]
fn filestat_tells_the_same_by_descriptor_and_by_path() {
    everywhere(|guest| {
        guest.file("f", b"seven b");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let stat = guest.filestat(fd).unwrap();
        assert_eq!(guest.stat("f", LookupFlags::empty()).unwrap(), stat);
        assert_eq!(stat.filetype, FileType::RegularFile);
        assert_eq!((stat.size, stat.nlink), (7, 1));
        guest.unlink("f").unwrap();
        assert_eq!(guest.filestat(fd).unwrap().nlink, 0, "open, without a name");

        let stat = guest.filestat(ROOT).unwrap();
        assert_eq!(stat.filetype, FileType::Directory);
        assert_eq!(guest.stat(".", LookupFlags::empty()).unwrap().ino, stat.ino);
    });
}

#[test]
fn streams_have_a_type_and_no_more() {
    let builder = WasiCtx::builder()
        .stdin(Input::new(b"in".to_vec()))
        .stdout(Captured::new(10));
    let mut guest = Guest::new(builder, MemoryKind::Slices);
    for fd in [0, 1, 2] {
        let stat = guest.filestat(fd).unwrap();
        assert_eq!((stat.size, stat.nlink, stat.ino), (0, 0, 0));
        let fdstat = guest.fdstat(fd).unwrap();
        assert_eq!(fdstat.file_type, stat.filetype);
        assert_ne!(stat.filetype, FileType::CharacterDevice, "not a terminal");
        let seeking = Rights::FD_SEEK | Rights::FD_TELL;
        assert!(!fdstat.base.intersects(seeking));
        let args = [fd.into(), 0, 0, FstFlags::ATIM_NOW.bits().into()];
        let answer = guest.call("fd_filestat_set_times", &args);
        assert_eq!(answer, Err(Errno::Notsup));
        let answer = guest.call("fd_filestat_set_size", &[fd.into(), 0]);
        assert_eq!(answer, Err(Errno::Inval));
        let answer = guest.call("fd_allocate", &[fd.into(), 0, 1]);
        assert_eq!(answer, Err(Errno::Spipe));
        let answer = guest.call("fd_advise", &[fd.into(), 0, 1, 0]);
        assert_eq!(answer, Err(Errno::Spipe));
        assert_eq!(guest.call("fd_sync", &[fd.into()]), Ok(()));
    }
    assert!(guest.fdstat(0).unwrap().base.contains(Rights::FD_READ));
    assert!(!guest.fdstat(0).unwrap().base.contains(Rights::FD_WRITE));
    assert!(guest.fdstat(1).unwrap().base.contains(Rights::FD_WRITE));
    assert!(!guest.fdstat(1).unwrap().base.contains(Rights::FD_READ));
}

fn set_times(guest: &mut Guest, fd: u32, atim: u64, mtim: u64, flags: u64) -> Result<(), Errno> {
    guest.call("fd_filestat_set_times", &[fd.into(), atim, mtim, flags])
}

#[test]
fn times_are_set_one_by_one_to_the_nanosecond() {
    const ATIM: u64 = 1;
    const ATIM_NOW: u64 = 2;
    const MTIM: u64 = 4;
    const MTIM_NOW: u64 = 8;
    everywhere(|guest| {
        guest.file("f", b"");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let (a, m) = (1_000_000_000_123_456_789, 1_100_000_000_987_654_321);
        set_times(guest, fd, a, m, ATIM | MTIM).unwrap();
        let times = |guest: &mut Guest| {
            let stat = guest.filestat(fd).unwrap();
            (stat.atim, stat.mtim)
        };
        assert_eq!(times(guest), (a, m));
        set_times(guest, fd, a + 1, 5, ATIM).unwrap();
        assert_eq!(times(guest), (a + 1, m));
        set_times(guest, fd, 5, m + 1, MTIM).unwrap();
        assert_eq!(times(guest), (a + 1, m + 1));
        set_times(guest, fd, 5, 5, 0).unwrap();
        assert_eq!(times(guest), (a + 1, m + 1));
        set_times(guest, fd, 5, 5, MTIM_NOW).unwrap();
        let (accessed, modified) = times(guest);
        assert_eq!(accessed, a + 1);
        assert!(modified > 1_600_000_000_000_000_000);

        for flags in [ATIM | ATIM_NOW, MTIM | MTIM_NOW, 15, 16, 1 << 16] {
            assert_eq!(set_times(guest, fd, 9, 9, flags), Err(Errno::Inval));
        }
        assert_eq!(times(guest), (accessed, modified), "nothing was set");
        // SQLite's lock is a directory whose times it sets.
        set_times(guest, ROOT, a, m, ATIM | MTIM).unwrap();
        assert_eq!(guest.filestat(ROOT).unwrap().mtim, m);
    });
}

#[test]
fn sizes_grow_by_zeros_and_shrink() {
    everywhere(|guest| {
        guest.file("f", b"0123456789");
        let fd = guest.open(ROOT, "f", Open::READ_WRITE).unwrap();
        let set = |guest: &mut Guest, fd: u32, size: u64| {
            guest.call("fd_filestat_set_size", &[fd.into(), size])
        };
        set(guest, fd, 4).unwrap();
        set(guest, fd, 6).unwrap();
        assert_eq!(guest.contents("f"), b"0123\0\0");
        assert_eq!(set(guest, fd, u64::MAX), Err(Errno::Inval));
        assert_eq!(set(guest, fd, 1 << 63), Err(Errno::Inval));
        assert_eq!(set(guest, ROOT, 0), Err(Errno::Isdir));
        let reader = guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!(set(guest, reader, 0), Err(Errno::Notcapable));
        assert_eq!(guest.filestat(fd).unwrap().size, 6);
    });
}

#[test]
fn allocating_makes_a_file_longer_but_never_shorter() {
    everywhere(|guest| {
        guest.file("f", b"abc");
        let fd = guest.open(ROOT, "f", Open::READ_WRITE).unwrap();
        let allocate = |guest: &mut Guest, fd: u32, offset: u64, len: u64| {
            guest.call("fd_allocate", &[fd.into(), offset, len])
        };
        allocate(guest, fd, 10, 10).unwrap();
        assert_eq!(guest.filestat(fd).unwrap().size, 20);
        allocate(guest, fd, 0, 5).unwrap();
        assert_eq!(guest.filestat(fd).unwrap().size, 20);
        assert_eq!(guest.read(fd, &[4]).unwrap(), b"abc\0");
        assert_eq!(allocate(guest, fd, 0, 0), Err(Errno::Inval));
        assert_eq!(allocate(guest, fd, u64::MAX, 2), Err(Errno::Fbig));
        assert_eq!(allocate(guest, fd, 1 << 62, 1 << 62), Err(Errno::Fbig));
        assert_eq!(allocate(guest, ROOT, 0, 1), Err(Errno::Isdir));
        let reader = guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!(allocate(guest, reader, 0, 1), Err(Errno::Notcapable));
    });
}

#[test]
fn advice_is_taken_and_changes_nothing() {
    everywhere(|guest| {
        guest.file("f", b"abc");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let advise = |guest: &mut Guest, fd: u32, offset: u64, len: u64, advice: u64| {
            guest.call("fd_advise", &[fd.into(), offset, len, advice])
        };
        for advice in 0..6 {
            assert_eq!(advise(guest, fd, 0, 0, advice), Ok(()));
            assert_eq!(advise(guest, fd, 1, 1000, advice), Ok(()));
        }
        assert_eq!(guest.filestat(fd).unwrap().size, 3);
        for advice in [6, 256, u64::from(u32::MAX)] {
            assert_eq!(advise(guest, fd, 0, 0, advice), Err(Errno::Inval));
        }
        assert_eq!(advise(guest, fd, u64::MAX, 1, 0), Err(Errno::Inval));
        assert_eq!(advise(guest, ROOT, 0, 0, 0), Err(Errno::Isdir));
    });
}

#[test]
fn files_and_directories_can_be_synced() {
    everywhere(|guest| {
        let file = guest.open(ROOT, "f", Open::CREATE).unwrap();
        guest.mkdir("d").unwrap();
        // As SQLite opens one, without O_DIRECTORY and without the right to FD_DATASYNC.
        let dir = guest.open(ROOT, "d", Open::READ).unwrap();
        for fd in [file, dir, ROOT] {
            assert_eq!(guest.call("fd_sync", &[fd.into()]), Ok(()));
            assert_eq!(guest.call("fd_datasync", &[fd.into()]), Ok(()));
        }
        assert_eq!(guest.call("fd_sync", &[NO_FD.into()]), Err(Errno::Badf));
    });
}

#[test]
fn a_read_only_mount_refuses_every_change() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "kept").unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    let fs = ReadOnlyFs::new(HostFs::open_ambient(folder.path()).unwrap());
    let preopen = Preopen::new(OpenDir::root(fs), "/");
    let builder = WasiCtx::builder().preopen_with(preopen);
    let mut guest = Guest::new(builder, MemoryKind::Slices);
    let guest = &mut guest;
    assert_eq!(guest.contents("f"), b"kept");
    for open in [
        Open::WRITE,
        Open::READ_WRITE,
        Open::READ.oflags(OFlags::TRUNC),
        Open::WRITE.oflags(OFlags::CREAT),
    ] {
        assert_eq!(guest.open(ROOT, "f", open), Err(Errno::Rofs));
    }
    assert_eq!(guest.open(ROOT, "new", Open::CREATE), Err(Errno::Rofs));
    let fd = guest.open(ROOT, "f", Open::READ).unwrap();
    assert_eq!(set_times(guest, fd, 1, 1, 5), Err(Errno::Rofs));
    assert_eq!(set_times(guest, ROOT, 1, 1, 5), Err(Errno::Rofs));
    assert_eq!(guest.mkdir("new"), Err(Errno::Rofs));
    assert_eq!(guest.rmdir("d"), Err(Errno::Rofs));
    assert_eq!(guest.unlink("f"), Err(Errno::Rofs));
    assert_eq!(guest.symlink("f", "new"), Err(Errno::Rofs));
    assert_eq!(guest.rename("f", "new"), Err(Errno::Rofs));
    let linked = guest.link("f", LookupFlags::empty(), "new");
    assert_eq!(linked, Err(Errno::Rofs));
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"kept");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
