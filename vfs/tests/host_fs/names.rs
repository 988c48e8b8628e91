//! Making and removing names, and symbolic links.

use std::fs;

use crate::ground::{Ground, failed, link, missing, on_every_ground, outcome, p};
use guesthouse_vfs::{Errno, FileSystem, SyncKind};

on_every_ground! {
    directories_are_made
    a_taken_name_is_not_made_again
    empty_directories_are_removed
    what_is_not_an_empty_directory_stays
    names_of_files_and_links_are_removed
    unlink_leaves_directories
    links_are_made_and_read_as_they_are
    a_slash_after_a_link_to_be_made
    what_is_no_link_has_no_target
    directories_are_synced
}

fn directories_are_made(ground: &Ground) {
    let fs = &ground.fs;
    for path in ["a", "a/b", "a/c/"] {
        fs.create_dir(p(path).act(fs.root()), 0o777).expect("made");
        assert!(ground.host(path).is_dir(), "{path}");
    }
    let below_nothing = fs.create_dir(p("x/y").act(fs.root()), 0o777);
    assert_eq!(outcome(below_nothing), missing(0));
}

fn a_taken_name_is_not_made_again(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    ground.put_link("nowhere", "a/link");
    let fs = &ground.fs;
    let exist = failed(1, Errno::Exist);
    for path in ["a/file", "a/dir", "a/link", "a/dir/", "a/file/", "a/link/"] {
        let place = p(path);
        let place = place.act(fs.root());
        assert_eq!(outcome(fs.create_dir(place, 0o777)), exist, "{path}");
        assert_eq!(outcome(fs.symlink(b"t", place)), exist, "{path}");
    }
    let names = p("");
    let itself = names.act(fs.root());
    assert_eq!(
        outcome(fs.create_dir(itself, 0o777)),
        failed(0, Errno::Exist)
    );
    assert_eq!(outcome(fs.symlink(b"t", itself)), failed(0, Errno::Exist));
    assert!(!ground.host("a/nowhere").exists());
}

fn empty_directories_are_removed(ground: &Ground) {
    ground.put_dir("a/b");
    ground.put_dir("a/c");
    let fs = &ground.fs;
    for path in ["a/b", "a/c/", "a"] {
        fs.remove_dir(p(path).act(fs.root())).expect("removed");
        assert!(!ground.host(path).exists(), "{path}");
    }
}

fn what_is_not_an_empty_directory_stays(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir/sub");
    ground.put_link("dir", "a/link");
    let fs = &ground.fs;
    for (path, answer) in [
        ("a/file", failed(1, Errno::NotDir)),
        ("a/file/", failed(1, Errno::NotDir)),
        ("a/link", failed(1, Errno::NotDir)),
        ("a/link/", failed(1, Errno::NotDir)),
        ("a/dir", failed(1, Errno::NotEmpty)),
        ("a/dir/", failed(1, Errno::NotEmpty)),
        ("a/x", missing(1)),
        ("", failed(0, Errno::Busy)),
    ] {
        let removed = fs.remove_dir(p(path).act(fs.root()));
        assert_eq!(outcome(removed), answer, "{path}");
    }
    assert!(ground.host("a/dir/sub").is_dir());
}

fn names_of_files_and_links_are_removed(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    ground.put_link("dir", "a/link");
    let fs = &ground.fs;
    for path in ["a/file", "a/link"] {
        fs.unlink(p(path).act(fs.root())).expect("removed");
    }
    assert!(ground.host("a/dir").is_dir());
    assert_eq!(ground.list(ground.dir("a")), ["dir"]);
}

fn unlink_leaves_directories(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    ground.put_link("file", "a/link");
    let fs = &ground.fs;
    for (path, answer) in [
        ("a/dir", failed(1, Errno::IsDir)),
        ("a/dir/", failed(1, Errno::IsDir)),
        ("a/file/", failed(1, Errno::NotDir)),
        ("a/link/", failed(1, Errno::NotDir)),
        ("a/x", missing(1)),
        ("a/x/", missing(1)),
        ("", failed(0, Errno::IsDir)),
    ] {
        let removed = fs.unlink(p(path).act(fs.root()));
        assert_eq!(outcome(removed), answer, "{path}");
    }
    assert_eq!(ground.list(ground.dir("a")), ["dir", "file", "link"]);
}

fn links_are_made_and_read_as_they_are(ground: &Ground) {
    ground.put_dir("a");
    let fs = &ground.fs;
    let long = "l".repeat(4095);
    let targets = ["b", "../../out", "/etc/passwd", ".", "x/", "\u{e9}", &long];
    for (number, target) in targets.into_iter().enumerate() {
        let name = format!("a/{number}");
        let names = p(&name);
        let place = names.act(fs.root());
        fs.symlink(target.as_bytes(), place).expect("a link");
        let host = fs::read_link(ground.host(&name)).expect("a link");
        assert_eq!(host.to_str(), Some(target));
        let read = fs.read_link(place).expect("a target");
        assert_eq!(&*read, target.as_bytes());
        let reported = fs.metadata(names.follow(fs.root()));
        assert_eq!(outcome(reported), link(1, target));
    }
}

fn a_slash_after_a_link_to_be_made(ground: &Ground) {
    ground.put_dir("a");
    let fs = &ground.fs;
    let made = fs.symlink(b"t", p("a/new/").act(fs.root()));
    assert_eq!(outcome(made), failed(1, Errno::NoEntry));
    assert_eq!(ground.list(ground.dir("a")), Vec::<String>::new());
}

fn what_is_no_link_has_no_target(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    ground.put_link("dir", "a/link");
    let fs = &ground.fs;
    for (path, answer) in [
        ("a/file", failed(1, Errno::Invalid)),
        ("a/dir", failed(1, Errno::Invalid)),
        ("a/dir/", failed(1, Errno::Invalid)),
        ("a/file/", failed(1, Errno::NotDir)),
        ("a/x", missing(1)),
        ("a/x/", missing(1)),
        ("", failed(0, Errno::Invalid)),
    ] {
        let read = fs.read_link(p(path).act(fs.root()));
        assert_eq!(outcome(read), answer, "{path}");
    }
    let through = fs.read_link(p("a/link/").follow(fs.root()));
    assert_eq!(outcome(through), link(1, "dir"));
}

fn directories_are_synced(ground: &Ground) {
    ground.put("a/file", "");
    let dir = ground.dir("a");
    for kind in [SyncKind::Data, SyncKind::All] {
        ground.fs.sync_dir(dir, kind).expect("synced");
        ground.fs.sync_dir(ground.fs.root(), kind).expect("synced");
    }
}
