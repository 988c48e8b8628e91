use std::collections::BTreeSet;
use std::ops::ControlFlow;

use guesthouse_vfs::{DirStream, Errno, FileSystem, FileType};

use super::subject::{Subject, names};

/// Lists some entries after a cookie: names and cookies.
fn some(stream: &mut dyn DirStream, cookie: u64, most: usize) -> Vec<(String, u64)> {
    let mut listed = Vec::new();
    stream
        .next_from(cookie, &mut |entry| {
            if listed.len() == most {
                return ControlFlow::Break(());
            }
            listed.push((String::from_utf8_lossy(entry.name).into_owned(), entry.next));
            ControlFlow::Continue(())
        })
        .unwrap();
    listed
}

#[test]
fn entries_carry_inode_and_type() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("f", b"");
    s.symlink("f", "l").unwrap();
    let mut entries = Vec::new();
    let mut stream = s.fs.open_dir_stream(s.fs.root()).unwrap();
    stream
        .next_from(0, &mut |entry| {
            assert_ne!(entry.next, 0);
            entries.push((entry.ino, entry.file_type));
            ControlFlow::Continue(())
        })
        .unwrap();
    let ino = |path| s.stat(path).unwrap().ino;
    assert_eq!(
        entries,
        [
            (ino("d"), FileType::Dir),
            (ino("f"), FileType::File),
            (ino("l"), FileType::Symlink)
        ]
    );
}

#[test]
fn a_listing_goes_on_from_every_cookie_also_of_an_entry_that_is_gone() {
    for count in [5, 500] {
        let s = Subject::new();
        for number in 0..count {
            s.put(&format!("{number}"), b"");
        }
        let mut stream = s.fs.open_dir_stream(s.fs.root()).unwrap();
        let all = some(&mut *stream, 0, usize::MAX);
        assert_eq!(all.len(), count);
        for at in 0..count {
            let rest = some(&mut *stream, all[at].1, usize::MAX);
            assert_eq!(rest, all[at + 1..]);
        }
        let middle = count / 2;
        s.unlink(&all[middle].0).unwrap();
        s.unlink(&all[middle + 1].0).unwrap();
        assert_eq!(
            some(&mut *stream, all[middle].1, usize::MAX),
            all[middle + 2..]
        );
        let never = stream.next_from(u64::MAX, &mut |_| ControlFlow::Continue(()));
        assert_eq!(never, Err(Errno::Invalid));
    }
}

#[test]
fn removing_while_listing_passes_each_entry_once() {
    let s = Subject::new();
    for number in 0..300 {
        s.put(&format!("{number}"), b"");
    }
    let mut stream = s.fs.open_dir_stream(s.fs.root()).unwrap();
    let mut seen = BTreeSet::new();
    let mut cookie = 0;
    loop {
        let batch = some(&mut *stream, cookie, 7);
        let Some(last) = batch.last() else { break };
        cookie = last.1;
        for (name, _) in batch {
            s.unlink(&name).unwrap();
            assert!(seen.insert(name));
        }
    }
    assert_eq!(seen.len(), 300);
    assert_eq!(names(&s.fs, s.fs.root()), [""; 0]);
}

/// A guest that renamed or copied every entry it read used to keep Linux's tmpfs busy for ever: each new name lay ahead of the listing.
#[test]
fn making_names_while_listing_comes_to_an_end() {
    let s = Subject::new();
    for number in 0..50 {
        s.put(&format!("{number}"), b"");
    }
    let mut stream = s.fs.open_dir_stream(s.fs.root()).unwrap();
    let mut seen = 0;
    let mut cookie = 0;
    loop {
        let batch = some(&mut *stream, cookie, 1);
        let Some((name, next)) = batch.into_iter().next() else {
            break;
        };
        cookie = next;
        s.put(&format!("{name}.copy"), b"");
        s.rename(&name, &format!("{name}.moved")).unwrap();
        seen += 1;
        assert!(seen <= 50, "the listing has no end");
    }
    assert_eq!(seen, 50);
    // A new listing sees what was made.
    assert_eq!(names(&s.fs, s.fs.root()).len(), 100);
}
