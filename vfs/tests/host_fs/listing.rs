//! Listing directories.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::ground::{Ground, on_every_ground, p};
use guesthouse_vfs::{DirEntry, DirStream, Errno, FileSystem, FileType};

on_every_ground! {
    every_entry_is_listed_with_its_kind_and_number
    a_listing_goes_on_where_it_stopped
    a_listing_goes_on_in_another_stream
    entries_that_stay_are_listed_once_while_others_come_and_go
    a_cookie_of_a_removed_entry_still_holds
    cookies_are_unique_and_not_zero
    a_listing_begun_anew_sees_what_came
    two_streams_do_not_disturb_each_other
    a_stream_ends_with_its_directory
    large_directories_are_listed_whole
}

/// The next entries after `cookie`, at most `count` of them.
fn take(stream: &mut dyn DirStream, cookie: u64, count: usize) -> Vec<(String, u64)> {
    let mut taken = Vec::new();
    let mut sink = |entry: DirEntry<'_>| {
        if taken.len() == count {
            return ControlFlow::Break(());
        }
        let name = String::from_utf8_lossy(entry.name).into_owned();
        taken.push((name, entry.next));
        ControlFlow::Continue(())
    };
    stream.next_from(cookie, &mut sink).expect("entries");
    taken
}

fn fill(ground: &Ground, count: usize) -> BTreeSet<String> {
    let names: BTreeSet<String> = (0..count).map(|n| format!("name{n}")).collect();
    for name in &names {
        ground.put(name, "");
    }
    names
}

fn every_entry_is_listed_with_its_kind_and_number(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    ground.put_link("nowhere", "a/link");
    let dir = ground.dir("a");
    let mut stream = ground.fs.open_dir_stream(dir).expect("a listing");
    let mut listed = Vec::new();
    let mut sink = |entry: DirEntry<'_>| {
        let path = format!("a/{}", String::from_utf8_lossy(entry.name));
        let metadata = ground.fs.metadata(p(&path).act(ground.fs.root()));
        assert_eq!(metadata.expect("metadata").ino, entry.ino);
        listed.push((path, entry.file_type));
        ControlFlow::Continue(())
    };
    stream.next_from(0, &mut sink).expect("entries");
    listed.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        listed,
        [
            ("a/dir".to_owned(), FileType::Dir),
            ("a/file".to_owned(), FileType::File),
            ("a/link".to_owned(), FileType::Symlink),
        ]
    );
}

fn a_listing_goes_on_where_it_stopped(ground: &Ground) {
    let names = fill(ground, 50);
    let root = ground.fs.root();
    for step in [1, 2, 7, 49, 50, 51] {
        let mut stream = ground.fs.open_dir_stream(root).expect("a listing");
        let mut listed = Vec::new();
        let mut cookie = 0;
        loop {
            let taken = take(&mut *stream, cookie, step);
            let Some((_, next)) = taken.last() else {
                break;
            };
            cookie = *next;
            listed.extend(taken.into_iter().map(|(name, _)| name));
        }
        assert_eq!(listed.len(), names.len(), "{step} at a time");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), names);
    }
}

fn a_listing_goes_on_in_another_stream(ground: &Ground) {
    let names = fill(ground, 40);
    let root = ground.fs.root();
    let open = || ground.fs.open_dir_stream(root).expect("a listing");
    let all = take(&mut *open(), 0, 100);
    for (index, (_, cookie)) in all.iter().enumerate() {
        let rest = take(&mut *open(), *cookie, 100);
        assert_eq!(rest, all[index + 1..]);
    }
    // Back and forth in one stream as well.
    let mut stream = open();
    for index in [30, 3, 17, 38, 0] {
        let rest = take(&mut *stream, all[index].1, 5);
        let end = (index + 6).min(all.len());
        assert_eq!(rest, all[index + 1..end]);
    }
    assert_eq!(all.len(), names.len());
}

fn entries_that_stay_are_listed_once_while_others_come_and_go(ground: &Ground) {
    let stay = fill(ground, 60);
    for number in 0..60 {
        ground.put(&format!("goes{number}"), "");
    }
    let fs = &ground.fs;
    let mut stream = fs.open_dir_stream(fs.root()).expect("a listing");
    let mut listed = Vec::new();
    let mut cookie = 0;
    for round in 0.. {
        let taken = take(&mut *stream, cookie, 3);
        let Some((_, next)) = taken.last() else {
            break;
        };
        cookie = *next;
        listed.extend(taken.into_iter().map(|(name, _)| name));
        if round < 60 {
            let goes = format!("goes{round}");
            fs.unlink(p(&goes).act(fs.root())).expect("removed");
            ground.put(&format!("comes{round}"), "");
        }
    }
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "no name twice");
    assert!(once.is_superset(&stay), "nothing that stays is left out");
}

fn a_cookie_of_a_removed_entry_still_holds(ground: &Ground) {
    fill(ground, 20);
    let fs = &ground.fs;
    let mut stream = fs.open_dir_stream(fs.root()).expect("a listing");
    let all = take(&mut *stream, 0, 100);
    for (name, _) in &all[..10] {
        fs.unlink(p(name).act(fs.root())).expect("removed");
    }
    let rest = take(&mut *stream, all[9].1, 100);
    assert_eq!(rest, all[10..]);
    let mut another = fs.open_dir_stream(fs.root()).expect("a listing");
    assert_eq!(take(&mut *another, all[4].1, 100), all[10..]);
}

fn cookies_are_unique_and_not_zero(ground: &Ground) {
    fill(ground, 100);
    let fs = &ground.fs;
    let mut stream = fs.open_dir_stream(fs.root()).expect("a listing");
    let all = take(&mut *stream, 0, 1000);
    let cookies: BTreeSet<u64> = all.iter().map(|(_, cookie)| *cookie).collect();
    assert_eq!(cookies.len(), all.len());
    assert!(!cookies.contains(&0));
}

fn a_listing_begun_anew_sees_what_came(ground: &Ground) {
    ground.put("one", "");
    let fs = &ground.fs;
    let mut stream = fs.open_dir_stream(fs.root()).expect("a listing");
    assert_eq!(take(&mut *stream, 0, 10).len(), 1);
    ground.put("two", "");
    assert_eq!(take(&mut *stream, 0, 10).len(), 2);
    fs.unlink(p("one").act(fs.root())).expect("removed");
    let left = take(&mut *stream, 0, 10);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, "two");
}

fn two_streams_do_not_disturb_each_other(ground: &Ground) {
    fill(ground, 30);
    let fs = &ground.fs;
    let mut one = fs.open_dir_stream(fs.root()).expect("a listing");
    let mut two = fs.open_dir_stream(fs.root()).expect("a listing");
    let first = take(&mut *one, 0, 10);
    let whole = take(&mut *two, 0, 100);
    let rest = take(&mut *one, first[9].1, 100);
    assert_eq!([first, rest].concat(), whole);
}

fn a_stream_ends_with_its_directory(ground: &Ground) {
    ground.put("a/file", "");
    let dir = ground.dir("a");
    let mut stream = ground.fs.open_dir_stream(dir).expect("a listing");
    assert_eq!(take(&mut *stream, 0, 10).len(), 1);
    ground.fs.release(dir);
    let ended = stream.next_from(0, &mut |_| ControlFlow::Continue(()));
    assert_eq!(ended, Err(Errno::BadFd));
}

fn large_directories_are_listed_whole(ground: &Ground) {
    // Several of the batches in which the kernel gives entries out.
    let names = fill(ground, 5000);
    let listed = ground.list(ground.fs.root());
    assert_eq!(listed.len(), names.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), names);
}
