//! What is different in `wasi_unstable`.

use guesthouse_wasi::WasiCtx;
use guesthouse_wasi::abi::{Errno, FileType};
use guesthouse_wasi::stdio::Input;

use crate::guest::{Guest, MEMORY, MemoryKind, Open, ROOT, everywhere};

#[test]
fn a_filestat_has_56_bytes() {
    everywhere(|guest| {
        guest.file("f", b"seven b");
        let fd = guest.open(ROOT, "f", Open::READ).unwrap();
        let expected = guest.filestat(fd).unwrap();
        guest.unstable = true;
        let at = guest.put(&[0xEE; 64]);
        let [path, len] = guest.string("f");
        for (name, args) in [
            ("fd_filestat_get", &[fd.into(), at.into()][..]),
            ("path_filestat_get", &[3, 0, path, len, at.into()]),
        ] {
            guest.write_memory(at, &[0xEE; 64]);
            guest.call(name, args).unwrap();
            assert_eq!(guest.get_u64(at), expected.dev);
            assert_eq!(guest.get_u64(at + 8), expected.ino);
            let file_type = FileType::RegularFile.to_wire();
            assert_eq!(guest.get(at + 16, 4), [file_type, 0, 0, 0]);
            assert_eq!(guest.get_u32(at + 20), 1, "one name");
            assert_eq!(guest.get_u64(at + 24), 7);
            assert_eq!(guest.get_u64(at + 32), expected.atim);
            assert_eq!(guest.get_u64(at + 40), expected.mtim);
            assert_eq!(guest.get_u64(at + 48), expected.ctim);
            assert_eq!(guest.get(at + 56, 8), [0xEE; 8], "nothing after it");
        }
        // It may lie at the very end of the memory.
        let end = u64::from(MEMORY);
        assert_eq!(
            guest.call("fd_filestat_get", &[fd.into(), end - 56]),
            Ok(())
        );
        let answer = guest.call("fd_filestat_get", &[fd.into(), end - 55]);
        assert_eq!(answer, Err(Errno::Fault));
    });
}

#[test]
fn whence_counts_from_the_present_offset() {
    everywhere(|guest| {
        guest.file("f", b"0123456789");
        let fd = u64::from(guest.open(ROOT, "f", Open::READ).unwrap());
        guest.unstable = true;
        let mut seek = |offset: i64, whence: u64| {
            guest.call_u64("fd_seek", &[fd, offset.cast_unsigned(), whence])
        };
        assert_eq!(seek(4, 2), Ok(4), "2 sets");
        assert_eq!(seek(1, 0), Ok(5), "0 moves on");
        assert_eq!(seek(-1, 1), Ok(9), "1 counts from the end");
        assert_eq!(seek(0, 3), Err(Errno::Inval));
    });
}

#[test]
fn subscriptions_have_56_bytes() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let builder = WasiCtx::builder().stdin(Input::new(b"there".to_vec()));
        let mut guest = Guest::new(builder, kind);
        guest.unstable = true;
        let mut subscriptions = [0_u8; 112];
        // A clock that rang long ago: userdata 11, tag 0, an identifier that means nothing, monotonic, at 1 ns, absolute.
        subscriptions[0] = 11;
        subscriptions[16..24].fill(0xFF);
        subscriptions[24] = 1;
        subscriptions[32] = 1;
        subscriptions[48] = 1;
        // A descriptor to read: userdata 22, tag 1, number 0.
        subscriptions[56] = 22;
        subscriptions[56 + 8] = 1;
        let wanted = guest.put(&subscriptions);
        let events = guest.put(&[0; 64]);
        let args = [wanted.into(), events.into(), 2];
        assert_eq!(guest.call_u32("poll_oneoff", &args), Ok(2));
        let event = |index: u32| guest.get(events + 32 * index, 32);
        assert_eq!((event(0)[0], event(0)[10]), (11, 0));
        assert_eq!((event(1)[0], event(1)[10]), (22, 1));
        assert_eq!(event(1)[16], 5, "five bytes are there");
    }
}
