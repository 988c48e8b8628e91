use std::sync::Arc;
use std::sync::atomic::Ordering;

use guesthouse_wasi::abi::{Errno, FdFlags, LookupFlags, OFlags, Whence};
use guesthouse_wasi::stdio::{Captured, Input, pipe};
use guesthouse_wasi::{Stop, WasiCtx};

use crate::faulty_fs::Faulty;
use crate::guest::{Guest, MEMORY, MemoryKind, NO_FD, Open, ROOT, everywhere, guest_on};

#[test]
fn buffers_are_read_and_written_in_order() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        let buffers: [&[u8]; 5] = [b"one ", b"", b"two ", b"three", b""];
        assert_eq!(guest.write(fd, &buffers), Ok(13));
        assert_eq!(guest.tell(fd), Ok(13));
        assert_eq!(guest.seek(fd, 0, Whence::Set), Ok(0));
        assert_eq!(
            guest.read(fd, &[0, 2, 0, 5, 100]).unwrap(),
            b"one two three"
        );
        assert_eq!(guest.tell(fd), Ok(13));
        assert_eq!(guest.read(fd, &[10]).unwrap(), b"", "the end");
        assert_eq!(guest.read(fd, &[]).unwrap(), b"");
        assert_eq!(guest.write(fd, &[]), Ok(0));
        assert_eq!(guest.tell(fd), Ok(13));
    });
}

#[test]
fn every_number_of_buffers_up_to_the_limit_works() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        for count in [1, 2, 8, 9, 64, 65, 1024] {
            let bytes: Vec<u8> = (0..count).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let buffers: Vec<&[u8]> = bytes.chunks(1).collect();
            let written = guest.pwrite(fd, &buffers, 0).unwrap();
            assert_eq!(written as usize, count);
            let read = guest.pread(fd, &vec![1; count], 0).unwrap();
            assert!(read == bytes, "{count} buffers");
        }
        let one_more = vec![&b"x"[..]; 1025];
        assert_eq!(guest.write(fd, &one_more), Err(Errno::Inval));
        assert_eq!(guest.read(fd, &vec![1; 1025]), Err(Errno::Inval));
    });
}

#[test]
fn large_transfers_pass_memories_without_slices_whole() {
    everywhere(|guest| {
        let bytes: Vec<u8> = (0..50_001_u32).map(|i| (i % 253) as u8).collect();
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        assert_eq!(guest.write(fd, &[&bytes[..9], &bytes[9..]]), Ok(50_001));
        assert!(guest.pread(fd, &[4096, 1, 90_000], 0).unwrap() == bytes);
        assert!(guest.pread(fd, &[4097], 3).unwrap() == bytes[3..4100]);
    });
}

#[test]
fn positional_calls_leave_the_offset() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        guest.write(fd, &[b"0123456789"]).unwrap();
        assert_eq!(guest.pwrite(fd, &[b"ab", b"c"], 2), Ok(3));
        assert_eq!(guest.pread(fd, &[2, 4], 1).unwrap(), b"1abc56");
        assert_eq!(guest.pread(fd, &[4], 100).unwrap(), b"");
        assert_eq!(guest.tell(fd), Ok(10));
        assert_eq!(guest.pwrite(fd, &[b"!"], 12), Ok(1));
        assert_eq!(guest.contents("f"), b"01abc56789\0\0!");
        for offset in [1 << 63, u64::MAX] {
            assert_eq!(guest.pread(fd, &[1], offset), Err(Errno::Inval));
            assert_eq!(guest.pwrite(fd, &[b"x"], offset), Err(Errno::Inval));
        }
    });
}

#[test]
fn overlapping_buffers_are_filled_one_after_the_other() {
    everywhere(|guest| {
        guest.file("f", b"abcdefgh");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let at = guest.put(&[b'.'; 8]);
        let [iovs, len] = guest.iovecs(&[(at, 4), (at + 2, 4), (at, 1)]);
        let count = guest.call_u32("fd_read", &[fd.into(), iovs, len]);
        // Linux answers the same: the later buffer wins where both lie.
        assert_eq!(count, Ok(8));
        assert_eq!(guest.get(at, 8), b"abefgh..");

        guest.seek(fd, 0, Whence::Set).unwrap();
        let [iovs, len] = guest.iovecs(&[(at, 2), (at, 2), (at, 2)]);
        assert_eq!(guest.call_u32("fd_read", &[fd.into(), iovs, len]), Ok(6));
        assert_eq!(guest.get(at, 2), b"ef");
    });
}

#[test]
fn a_list_that_is_read_over_counts_as_it_was() {
    everywhere(|guest| {
        guest.file("f", &[0xFF; 64]);
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let target = guest.put(&[0; 8]);
        let [iovs, len] = guest.iovecs(&[(0, 16), (target, 8)]);
        let list = u32::try_from(iovs).unwrap();
        // The first buffer is the list itself.
        guest.write_memory(list, &list.to_le_bytes());
        assert_eq!(guest.call_u32("fd_read", &[fd.into(), iovs, len]), Ok(24));
        assert_eq!(guest.get(list, 16), [0xFF; 16]);
        assert_eq!(guest.get(target, 8), [0xFF; 8]);
    });
}

#[test]
fn overlapping_buffers_are_written_as_they_are() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        let at = guest.put(b"abcd");
        let [iovs, len] = guest.iovecs(&[(at, 4), (at + 1, 2), (at, 4)]);
        assert_eq!(guest.call_u32("fd_write", &[fd.into(), iovs, len]), Ok(10));
        assert_eq!(guest.contents("f"), b"abcdbcabcd");
    });
}

#[test]
fn bad_addresses_fail_before_anything_happens() {
    everywhere(|guest| {
        guest.file("f", b"contents");
        let fd = guest.open(ROOT, "f", Open::READ_WRITE).unwrap();
        let (fd, end) = (u64::from(fd), u64::from(MEMORY));
        let at = guest.put(b"!!!!!!!!");
        let [good, one] = guest.iovecs(&[(at, 8)]);
        let [outside, two] = guest.iovecs(&[(at, 8), (MEMORY - 4, 8)]);
        for name in ["fd_read", "fd_write"] {
            for args in [
                [fd, good, one, end - 3],
                [fd, end - 7, one, 64],
                [fd, outside, two, 64],
                [fd, good, 1 << 29, 64],
                [fd, u64::from(u32::MAX), 1, 64],
            ] {
                let answer = guest.call(name, &args);
                let expected = if args[2] > 1024 {
                    Errno::Inval
                } else {
                    Errno::Fault
                };
                assert_eq!(answer, Err(expected), "{name} {args:?}");
            }
        }
        assert_eq!(guest.get(at, 8), b"!!!!!!!!");
        assert_eq!(guest.contents("f"), b"contents");
        assert_eq!(guest.tell(u32::try_from(fd).unwrap()), Ok(0));
    });
}

#[test]
fn a_thousand_times_the_memory_can_be_asked_for() {
    everywhere(|guest| {
        guest.file("f", b"abc");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let list: Vec<(u32, u32)> = vec![(0, MEMORY - 100_000); 1024];
        let [iovs, len] = guest.iovecs(&list);
        let answer = guest.call_u32("fd_pread", &[fd.into(), iovs, len, 0]);
        assert_eq!(answer, Ok(3), "as much as there is");
    });
}

#[test]
fn appending_writes_at_the_end_wherever_the_offset_is() {
    everywhere(|guest| {
        guest.file("f", b"begin");
        let open = Open::READ_WRITE.fdflags(FdFlags::APPEND);
        let fd = guest.open(ROOT, "f", open).unwrap();
        assert_eq!(guest.tell(fd), Ok(0));
        assert_eq!(guest.write(fd, &[b" mid", b"dle"]), Ok(7));
        assert_eq!(guest.tell(fd), Ok(12), "the offset is where it wrote");
        guest.seek(fd, 0, Whence::Set).unwrap();
        assert_eq!(guest.write(fd, &[b""]), Ok(0));
        assert_eq!(guest.tell(fd), Ok(0), "nothing was written anywhere");
        assert_eq!(guest.read(fd, &[5]).unwrap(), b"begin");
        assert_eq!(guest.pwrite(fd, &[b" end"], 0), Ok(4), "as Linux");
        assert_eq!(guest.tell(fd), Ok(5));
        assert_eq!(guest.contents("f"), b"begin middle end");

        guest.call("fd_fdstat_set_flags", &[fd.into(), 0]).unwrap();
        assert_eq!(guest.write(fd, &[b"-"]), Ok(1));
        assert_eq!(guest.pwrite(fd, &[b"B"], 0), Ok(1));
        assert_eq!(guest.contents("f"), b"Begin-middle end");
        let append = FdFlags::APPEND.bits().into();
        guest
            .call("fd_fdstat_set_flags", &[fd.into(), append])
            .unwrap();
        assert_eq!(guest.write(fd, &[b"."]), Ok(1));
        assert_eq!(guest.contents("f"), b"Begin-middle end.");
    });
}

#[test]
fn offsets_move_from_everywhere_but_not_below_zero() {
    everywhere(|guest| {
        guest.file("f", b"0123456789");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!(guest.seek(fd, 4, Whence::Set), Ok(4));
        assert_eq!(guest.seek(fd, -1, Whence::Cur), Ok(3));
        assert_eq!(guest.seek(fd, -2, Whence::End), Ok(8));
        assert_eq!(guest.read(fd, &[9]).unwrap(), b"89");
        assert_eq!(guest.seek(fd, 1000, Whence::End), Ok(1010));
        assert_eq!(guest.read(fd, &[9]).unwrap(), b"");
        for (offset, whence) in [
            (-1, Whence::Set),
            (-1011, Whence::Cur),
            (i64::MIN, Whence::Cur),
            (-11, Whence::End),
            (i64::MAX, Whence::Cur),
            (i64::MAX, Whence::End),
        ] {
            assert_eq!(guest.seek(fd, offset, whence), Err(Errno::Inval));
            assert_eq!(guest.tell(fd), Ok(1010), "the offset stays");
        }
        assert_eq!(guest.seek(fd, i64::MAX, Whence::Set), Ok(i64::MAX as u64));
        for whence in [3, 256, u64::from(u32::MAX)] {
            let answer = guest.call_u64("fd_seek", &[fd.into(), 0, whence]);
            assert_eq!(answer, Err(Errno::Inval));
        }
        guest.seek(fd, 5, Whence::Set).unwrap();
        let end = u64::from(MEMORY);
        let answer = guest.call("fd_seek", &[fd.into(), 1, 1, end - 7]);
        assert_eq!(answer, Err(Errno::Fault));
        assert_eq!(guest.tell(fd), Ok(5));
    });
}

#[test]
fn writing_past_the_end_leaves_a_hole() {
    everywhere(|guest| {
        let fd = guest.open(ROOT, "f", Open::CREATE).unwrap();
        guest.seek(fd, 3, Whence::Set).unwrap();
        assert_eq!(guest.write(fd, &[b"x"]), Ok(1));
        assert_eq!(guest.contents("f"), b"\0\0\0x");
    });
}

#[test]
fn descriptors_of_the_wrong_kind_are_told_apart() {
    everywhere(|guest| {
        for (name, more) in [
            ("fd_read", &[64, 0, 64][..]),
            ("fd_write", &[64, 0, 64]),
            ("fd_pread", &[64, 0, 0, 64]),
            ("fd_pwrite", &[64, 0, 0, 64]),
            ("fd_seek", &[0, 0, 64]),
            ("fd_tell", &[64]),
        ] {
            let mut answer = |fd: u32| guest.call(name, &[&[fd.into()], more].concat());
            assert_eq!(answer(NO_FD), Err(Errno::Badf), "{name}");
            assert_eq!(answer(u32::MAX), Err(Errno::Badf), "{name}");
            assert_eq!(answer(ROOT), Err(Errno::Isdir), "{name}");
            let stream = match name {
                "fd_read" => Errno::Notcapable,
                "fd_write" => Errno::Success,
                _ => Errno::Spipe,
            };
            let stream = if stream == Errno::Success {
                Ok(())
            } else {
                Err(stream)
            };
            assert_eq!(answer(1), stream, "{name}");
        }
    });
}

#[test]
fn what_it_was_opened_for_is_what_it_can_do() {
    everywhere(|guest| {
        guest.file("f", b"abc");
        let reader = guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!(guest.write(reader, &[b"x"]), Err(Errno::Notcapable));
        assert_eq!(guest.pwrite(reader, &[b"x"], 0), Err(Errno::Notcapable));
        let writer = guest.open(ROOT, "f", Open::WRITE).unwrap();
        assert_eq!(guest.read(writer, &[1]), Err(Errno::Notcapable));
        assert_eq!(guest.pread(writer, &[1], 0), Err(Errno::Notcapable));
        assert_eq!(guest.contents("f"), b"abc");
    });
}

#[test]
fn a_file_cut_by_a_reader_is_cut() {
    everywhere(|guest| {
        guest.file("f", b"abc");
        let fd = guest
            .open(ROOT, "f", Open::READ.oflags(OFlags::TRUNC))
            .unwrap();
        assert_eq!(guest.read(fd, &[9]).unwrap(), b"");
        assert_eq!(guest.write(fd, &[b"x"]), Err(Errno::Notcapable));
        assert_eq!(guest.stat("f", LookupFlags::empty()).unwrap().size, 0);
    });
}

#[test]
fn a_full_filesystem_takes_what_fits_and_keeps_it() {
    for append in [false, true] {
        let mut faulty = Faulty::new();
        faulty.space = 10;
        let (faulty, fs) = faulty.into_fs();
        let mut guest = guest_on(fs);
        let flags = if append {
            FdFlags::APPEND
        } else {
            FdFlags::empty()
        };
        let fd = guest
            .open(ROOT, "file", Open::READ_WRITE.fdflags(flags))
            .unwrap();
        assert_eq!(guest.write(fd, &[b"01234", b"567"]), Ok(8));
        assert_eq!(guest.write(fd, &[b"8", b"9abc"]), Ok(2), "a short write");
        assert_eq!(guest.write(fd, &[b"d"]), Err(Errno::Nospc));
        assert_eq!(guest.tell(fd), Ok(10));
        assert_eq!(faulty.bytes(), b"0123456789");
        assert_eq!(
            guest.call("fd_allocate", &[fd.into(), 0, 99]),
            Err(Errno::Nospc)
        );
        // The guest makes room and goes on.
        guest.call("fd_filestat_set_size", &[fd.into(), 5]).unwrap();
        guest.seek(fd, 5, Whence::Set).unwrap();
        assert_eq!(guest.write(fd, &[b"xyz"]), Ok(3));
        assert_eq!(faulty.bytes(), b"01234xyz");
    }
}

#[test]
fn a_full_filesystem_stops_a_memory_without_slices_in_the_same_place() {
    let mut faulty = Faulty::new();
    faulty.space = 10_000;
    let (faulty, fs) = faulty.into_fs();
    let mut guest = Guest::new(WasiCtx::builder().root(fs), MemoryKind::Copies);
    let fd = guest.open(ROOT, "file", Open::WRITE).unwrap();
    assert_eq!(guest.write(fd, &[&[7; 3000], &[8; 9000]]), Ok(10_000));
    assert_eq!(guest.write(fd, &[b"x"]), Err(Errno::Nospc));
    assert_eq!(guest.tell(fd), Ok(10_000));
    assert!(faulty.bytes()[..3000] == [7; 3000] && faulty.bytes()[3000..] == [8; 7000]);
}

#[test]
fn the_sync_flags_make_each_write_wait() {
    for (flags, syncs, data_syncs) in [
        (FdFlags::empty(), 0, 0),
        (FdFlags::APPEND, 0, 0),
        (FdFlags::DSYNC, 0, 1),
        (FdFlags::SYNC, 1, 0),
        (FdFlags::SYNC | FdFlags::DSYNC, 1, 0),
    ] {
        let (faulty, fs) = Faulty::new().into_fs();
        let mut guest = guest_on(fs);
        let fd = guest
            .open(ROOT, "file", Open::WRITE.fdflags(flags))
            .unwrap();
        let counts = || {
            let syncs = faulty.syncs.load(Ordering::SeqCst);
            (syncs, faulty.data_syncs.load(Ordering::SeqCst))
        };
        guest.write(fd, &[b""]).unwrap();
        assert_eq!(counts(), (0, 0), "nothing was written");
        guest.write(fd, &[b"x"]).unwrap();
        assert_eq!(counts(), (syncs, data_syncs), "{flags:?}");
        guest.pwrite(fd, &[b"x"], 0).unwrap();
        assert_eq!(counts(), (2 * syncs, 2 * data_syncs), "{flags:?}");
    }
}

#[test]
fn a_failing_sync_is_reported() {
    let mut faulty = Faulty::new();
    faulty.sync_answer = Err(guesthouse_vfs::Errno::Io);
    let (_, fs) = faulty.into_fs();
    let mut guest = guest_on(fs);
    let fd = guest
        .open(ROOT, "file", Open::WRITE.fdflags(FdFlags::SYNC))
        .unwrap();
    assert_eq!(guest.write(fd, &[b"abc"]), Err(Errno::Io));
    assert_eq!(guest.tell(fd), Ok(3), "the bytes are there all the same");
    assert_eq!(guest.call("fd_sync", &[fd.into()]), Err(Errno::Io));
    assert_eq!(guest.call("fd_datasync", &[fd.into()]), Err(Errno::Io));
}

#[test]
fn a_lying_filesystem_cannot_make_the_guest_believe_in_more_than_it_gave() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let mut faulty = Faulty::new();
        faulty.lie = usize::MAX / 2;
        let (_, fs) = faulty.into_fs();
        let mut guest = Guest::new(WasiCtx::builder().root(fs), kind);
        let fd = guest.open(ROOT, "file", Open::READ_WRITE).unwrap();
        assert_eq!(guest.pwrite(fd, &[b"abc", b"de"], 0), Ok(5));
        assert_eq!(guest.pread(fd, &[2, 9], 0).unwrap().len(), 11);
        assert_eq!(guest.read(fd, &[3]).unwrap(), b"abc");
        assert_eq!(guest.tell(fd), Ok(3));
    }
}

#[test]
fn streams_are_read_and_written_in_order() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let out = Arc::new(Captured::new(8));
        let builder = WasiCtx::builder()
            .stdin(Input::new(b"to be read".to_vec()))
            .stdout(Arc::clone(&out));
        let mut guest = Guest::new(builder, kind);
        assert_eq!(guest.read(0, &[3, 0, 2]).unwrap(), b"to be");
        assert_eq!(guest.read(0, &[100, 100]).unwrap(), b" read");
        assert_eq!(guest.read(0, &[100]).unwrap(), b"", "the end");
        assert_eq!(guest.write(1, &[b"ab", b"", b"cd"]), Ok(4));
        assert_eq!(guest.write(1, &[b"efgh"]), Ok(4));
        assert_eq!(out.contents(), b"abcdefgh");
        assert_eq!(guest.write(1, &[b""]), Ok(0));
    }
}

#[test]
fn an_empty_pipe_waits_unless_it_is_nonblocking() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let (reader, mut writer) = pipe(64);
        let mut guest = Guest::new(WasiCtx::builder().stdin(reader), kind);
        let at = guest.put(&[0; 8]);
        let [iovs, len] = guest.iovecs(&[(at, 2), (at + 2, 6)]);
        let args = [0, iovs, len, 64];
        assert!(matches!(guest.stop("fd_read", &args), Err(Stop::Wait(_))));
        std::io::Write::write_all(&mut writer, b"abc").unwrap();
        // The second buffer is not filled, and that is no reason to wait.
        assert_eq!(guest.call_u32("fd_read", &args[..3]), Ok(3));
        assert_eq!(guest.get(at, 3), b"abc");
        let nonblock = FdFlags::NONBLOCK.bits().into();
        guest.call("fd_fdstat_set_flags", &[0, nonblock]).unwrap();
        assert_eq!(guest.call("fd_read", &args), Err(Errno::Again));
        drop(writer);
        assert_eq!(guest.call_u32("fd_read", &args[..3]), Ok(0), "the end");
    }
}

#[test]
fn a_write_that_is_given_up_is_not_the_beginning_of_the_next() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let (mut reader, writer) = pipe(3);
        let mut guest = Guest::new(WasiCtx::builder().stdout(writer), kind);
        let at = guest.put(b"abcdef");
        let [iovs, len] = guest.iovecs(&[(at, 6)]);
        let answer = guest.stop("fd_write", &[1, iovs, len, 64]);
        assert!(matches!(answer, Err(Stop::Wait(_))));
        guest.ctx.give_up_wait();
        let mut got = [0; 3];
        std::io::Read::read_exact(&mut reader, &mut got).unwrap();
        assert_eq!(&got, b"abc");
        assert_eq!(guest.write(1, &[b"xyz"]), Ok(3));
        std::io::Read::read_exact(&mut reader, &mut got).unwrap();
        assert_eq!(&got, b"xyz");
    }
}
