//! The devices, as Linux's.

mod paths;

use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use guesthouse_vfs::{
    Access, Advice, DevFs, Errno, FileType, OpenFile, OpenOptions, RandomSource, SyncKind,
};
use paths::{Paths, TOUCH};

/// Counts up, so that every byte tells where it came from.
#[derive(Default)]
struct Counting(AtomicU8);

impl RandomSource for Counting {
    fn fill(&self, buf: &mut [u8]) -> Result<(), Errno> {
        for byte in buf {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn devices() -> Paths {
    Paths::new(DevFs::new(Arc::new(Counting::default())))
}

fn open(fs: &Paths, path: &str) -> OpenFile {
    let options = OpenOptions::existing(Access::READ_WRITE);
    fs.file(path, options).unwrap()
}

fn read(file: &OpenFile, offset: u64) -> Vec<u8> {
    let (mut a, mut b) = ([0xAA; 3], [0xAA; 5]);
    let mut bufs = [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
    let n = file.read_at(&mut bufs, offset).unwrap();
    [&a[..], &b[..]].concat()[..n].to_vec()
}

#[test]
fn each_device_reads_as_its_own() {
    let fs = devices();
    assert_eq!(read(&open(&fs, "null"), 0), b"");
    assert_eq!(read(&open(&fs, "zero"), 1 << 40), [0; 8]);
    assert_eq!(read(&open(&fs, "random"), 9), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(
        read(&open(&fs, "urandom"), 0),
        [8, 9, 10, 11, 12, 13, 14, 15]
    );
}

#[test]
fn a_read_of_random_bytes_is_bounded() {
    let file = open(&devices(), "urandom");
    let mut large = vec![0; (1 << 20) + 5];
    let mut more = [7; 4];
    let mut bufs = [IoSliceMut::new(&mut large), IoSliceMut::new(&mut more)];
    assert_eq!(file.read_at(&mut bufs, 0), Ok(1 << 20));
    assert_eq!(more, [7; 4]);
}

#[test]
fn a_failing_source_fails_the_read() {
    let broken = |_: &mut [u8]| Err(Errno::Io);
    let fs = Paths::new(DevFs::new(Arc::new(broken)));
    let failed = open(&fs, "random").read_at(&mut [IoSliceMut::new(&mut [0])], 0);
    assert_eq!(failed, Err(Errno::Io));
}

#[test]
fn each_device_forgets_what_is_written() {
    let fs = devices();
    for path in ["null", "zero", "random", "urandom"] {
        let options = OpenOptions {
            truncate: true,
            create: true,
            ..OpenOptions::existing(Access::READ_WRITE)
        };
        let file = fs.file(path, options).unwrap();
        assert_eq!(file.file_type(), FileType::CharDevice);
        let bytes = [IoSlice::new(b"ab"), IoSlice::new(b"c")];
        assert_eq!(file.write_at(&bytes, 99), Ok(3), "{path}");
        assert_eq!(file.append(&bytes), Ok((0, 3)), "{path}");
        assert_eq!(file.set_len(5), Err(Errno::Invalid), "{path}");
        assert_eq!(file.allocate(0, 5), Err(Errno::NoDevice), "{path}");
        assert_eq!(file.sync(SyncKind::All), Err(Errno::Invalid), "{path}");
        assert_eq!(file.advise(0, 0, Advice::WillNeed), Ok(()), "{path}");
        assert_eq!(file.set_times(TOUCH), Err(Errno::ReadOnly), "{path}");
        assert_eq!(file.set_mode(0), Err(Errno::ReadOnly), "{path}");
        assert_eq!(file.metadata(), fs.stat(path), "{path}");
    }
}

#[test]
fn the_directory_lists_the_devices_and_nothing_can_be_made_there() {
    let fs = devices();
    assert_eq!(fs.list(""), ["null", "zero", "random", "urandom"]);
    let entries = fs.list_from("", 0);
    assert_eq!(fs.list_from("", entries[1].3), entries[2..]);
    for (name, ino, file_type, _) in &entries {
        let metadata = fs.stat(name).unwrap();
        assert_eq!((metadata.ino, metadata.file_type), (*ino, *file_type));
        assert_eq!(metadata.mode, 0o666);
    }
    let before = fs.stat("").unwrap();
    assert_eq!(before.file_type, FileType::Dir);
    let answers = [
        ("create", fs.write("tty", b""), Errno::ReadOnly),
        ("mkdir", fs.mkdir("shm"), Errno::ReadOnly),
        ("mkdir null", fs.mkdir("null"), Errno::Exist),
        ("symlink", fs.symlink("t", "x"), Errno::ReadOnly),
        ("unlink", fs.unlink("null"), Errno::ReadOnly),
        ("rmdir itself", fs.rmdir(""), Errno::Busy),
        ("rename", fs.rename("null", "x"), Errno::ReadOnly),
        ("link", fs.link("null", "x"), Errno::ReadOnly),
        ("utimensat", fs.touch("null"), Errno::ReadOnly),
        ("chmod", fs.chmod("null"), Errno::ReadOnly),
        ("missing", fs.stat("tty").map(drop), Errno::NoEntry),
        ("below", fs.stat("null/x").map(drop), Errno::NotDir),
        ("slash", fs.stat("null/").map(drop), Errno::NotDir),
        ("as directory", fs.dir("null").map(drop), Errno::NotDir),
        ("readlink", fs.read_link("null").map(drop), Errno::Invalid),
    ];
    for (case, answer, expected) in answers {
        assert_eq!(answer, Err(expected), "{case}");
    }
    assert_eq!(
        fs.open("null", OpenOptions::create_new()).err(),
        Some(Errno::Exist)
    );
    assert_eq!(
        fs.open("null/", OpenOptions::create()).err(),
        Some(Errno::IsDir)
    );
    assert_eq!(fs.open("", OpenOptions::create()).err(), Some(Errno::IsDir));
    assert_eq!(fs.stat("").unwrap(), before);
}
