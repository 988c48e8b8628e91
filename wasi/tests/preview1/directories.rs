use std::collections::HashSet;
use std::sync::atomic::Ordering;

use guesthouse_wasi::abi::{Errno, FileType, LookupFlags};

use crate::faulty_fs::Faulty;
use crate::guest::{Entry, MEMORY, NO_FD, Open, ROOT, everywhere, guest_on, whole_entries};

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn an_empty_directory_lists_itself_and_its_parent() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        let entries = guest.list(fd, 256, 0).unwrap();
        assert_eq!(names(&entries), [".", ".."]);
        let ino = guest.filestat(fd).unwrap().ino;
        assert_eq!(entries[0].ino, ino);
        assert_ne!(entries[1].ino, 0, "C libraries look up what has no inode");
        let dir = FileType::Directory;
        assert!(entries.iter().all(|entry| entry.file_type == dir));
    });
}

#[test]
fn entries_carry_inode_and_type() {
    everywhere(|guest| {
        guest.file("file", b"");
        guest.mkdir("dir").unwrap();
        guest.symlink("file", "link").unwrap();
        let entries = guest.list(ROOT, 4096, 0).unwrap();
        for (name, file_type) in [
            ("file", FileType::RegularFile),
            ("dir", FileType::Directory),
            ("link", FileType::SymbolicLink),
        ] {
            let entry = entries.iter().find(|entry| entry.name == name).unwrap();
            assert_eq!(entry.file_type, file_type);
            let stat = guest.stat(name, LookupFlags::empty()).unwrap();
            assert_eq!(entry.ino, stat.ino);
        }
        assert_eq!(entries.len(), 5);
    });
}

#[test]
fn a_listing_is_the_same_through_buffers_of_any_length() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        for index in 0..100 {
            guest.file(&format!("d/{index}-{}", "x".repeat(index % 40)), b"");
        }
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        let whole = guest.list(fd, 100_000, 0).unwrap();
        assert_eq!(whole.len(), 102);
        for buf_len in [70, 71, 100, 256, 1000, 4096] {
            assert_eq!(guest.list(fd, buf_len, 0).unwrap(), whole, "{buf_len}");
        }
        for (index, entry) in whole.iter().enumerate() {
            let rest = guest.list(fd, 4096, entry.next).unwrap();
            assert_eq!(rest, whole[index + 1..], "after {}", entry.name);
        }
        let other = guest.open(ROOT, "d", Open::DIR).unwrap();
        assert_eq!(
            guest.list(other, 4096, whole[50].next).unwrap(),
            whole[51..],
            "a cookie is good for another descriptor of the directory"
        );
    });
}

#[test]
fn the_buffer_is_filled_to_its_end() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        guest.file("d/name", b"");
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        let whole = guest.readdir(fd, 1000, 0).unwrap();
        assert_eq!(whole.len(), 25 + 26 + 28);
        for buf_len in 0..79 {
            let part = guest.readdir(fd, buf_len, 0).unwrap();
            assert_eq!(part, whole[..buf_len as usize]);
        }
        // Just enough is all of the buffer, so the guest asks once more.
        assert_eq!(guest.readdir(fd, 79, 0).unwrap(), whole);
        let last = whole_entries(&whole).pop().unwrap().next;
        assert_eq!(guest.readdir(fd, 79, last).unwrap(), b"");
        assert_eq!(guest.readdir(fd, 80, 0).unwrap(), whole);
    });
}

#[test]
fn bytes_past_the_used_ones_stay() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        let buf = guest.put(&[0xEE; 60]);
        let args = [fd.into(), buf.into(), 60, 0];
        assert_eq!(guest.call_u32("fd_readdir", &args), Ok(51));
        assert_eq!(guest.get(buf + 51, 9), [0xEE; 9]);
    });
}

#[test]
fn entries_that_stay_are_listed_once_while_others_are_removed() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        for index in 0..300 {
            guest.file(&format!("d/{index}"), b"");
        }
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        let mut cookie = 0;
        let mut seen = HashSet::new();
        loop {
            // As programs do that empty a directory: list a little, remove that, go on.
            let bytes = guest.readdir(fd, 300, cookie).unwrap();
            let page = whole_entries(&bytes);
            for entry in &page {
                cookie = entry.next;
                if entry.name.starts_with('.') {
                    continue;
                }
                assert!(seen.insert(entry.name.clone()), "{} came twice", entry.name);
                guest.unlink(&format!("d/{}", entry.name)).unwrap();
            }
            if bytes.len() < 300 {
                break;
            }
        }
        assert_eq!(seen.len(), 300);
        assert_eq!(guest.rmdir("d"), Ok(()));
    });
}

#[test]
fn a_listing_from_the_start_sees_what_has_come() {
    everywhere(|guest| {
        assert_eq!(guest.list(ROOT, 1000, 0).unwrap().len(), 2);
        guest.file("new", b"");
        assert_eq!(guest.list(ROOT, 1000, 0).unwrap().len(), 3);
        guest.unlink("new").unwrap();
        assert_eq!(guest.list(ROOT, 1000, 0).unwrap().len(), 2);
    });
}

#[test]
fn a_removed_directory_can_still_be_asked() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        let fd = guest.open(ROOT, "d", Open::DIR).unwrap();
        guest.rmdir("d").unwrap();
        assert_eq!(guest.filestat(fd).unwrap().filetype, FileType::Directory);
        let names: Vec<String> = guest
            .list(fd, 1000, 0)
            .unwrap()
            .into_iter()
            .map(|entry| entry.name)
            .collect();
        assert_eq!(names, [".", ".."]);
        assert_eq!(guest.open(fd, "f", Open::CREATE), Err(Errno::Noent));
    });
}

#[test]
fn only_directories_are_listed() {
    everywhere(|guest| {
        guest.file("f", b"");
        let file = guest.open(ROOT, "f", Open::READ).unwrap();
        assert_eq!(guest.readdir(file, 100, 0), Err(Errno::Notdir));
        assert_eq!(guest.readdir(1, 100, 0), Err(Errno::Notdir));
        assert_eq!(guest.readdir(NO_FD, 100, 0), Err(Errno::Badf));
        let end = u64::from(MEMORY);
        for args in [[3, end - 10, 11, 0, 64], [3, 64, 10, 0, end - 3]] {
            assert_eq!(guest.call("fd_readdir", &args), Err(Errno::Fault));
        }
    });
}

#[test]
fn any_cookie_of_the_filesystem_reaches_the_guest() {
    let mut faulty = Faulty::new();
    faulty.cookies = vec![1, 1 << 63, i64::MAX as u64, u64::MAX - 2, 7];
    let (_, fs) = faulty.into_fs();
    let mut guest = guest_on(fs);
    let whole = guest.list(ROOT, 1000, 0).unwrap();
    assert_eq!(whole.len(), 7);
    for buf_len in [35, 40, 64] {
        assert_eq!(guest.list(ROOT, buf_len, 0).unwrap(), whole);
    }
    assert_eq!(guest.readdir(ROOT, 100, 12345), Err(Errno::Inval));
}

#[test]
fn listing_costs_what_is_listed() {
    let mut faulty = Faulty::new();
    faulty.cookies = (1..=1000).collect();
    let (faulty, fs) = faulty.into_fs();
    let mut guest = guest_on(fs);
    assert_eq!(guest.list(ROOT, 512, 0).unwrap().len(), 1002);
    // Each page begins where the last one ended; an entry is passed again only where it was cut off.
    let pages = 1000 * 34 / 512 + 2;
    assert!(faulty.listed.load(Ordering::SeqCst) <= 1000 + 2 * pages);
}
