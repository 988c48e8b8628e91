//! Renaming.

use std::fs;

use crate::ground::{Ground, failed, link, missing, on_every_ground, outcome, p, second};
use guesthouse_vfs::{Errno, FileSystem, Operand, Stop};

on_every_ground! {
    files_and_directories_move
    what_is_there_is_replaced
    two_names_of_one_node_stay
    links_are_moved_and_replaced_themselves
    what_cannot_be_renamed_is_refused
}

fn rename(ground: &Ground, old: &str, new: &str) -> Result<(), Stop> {
    let fs = &ground.fs;
    outcome(fs.rename(p(old).act(fs.root()), p(new).act(fs.root())))
}

fn files_and_directories_move(ground: &Ground) {
    ground.put("a/file", "here");
    ground.put("a/dir/inner", "there");
    ground.put_dir("b");
    assert_eq!(rename(ground, "a/file", "b/moved"), Ok(()));
    assert_eq!(ground.read("b/moved"), "here");
    assert_eq!(rename(ground, "a/dir", "b/dir"), Ok(()));
    assert_eq!(rename(ground, "b/dir/", "b/again/"), Ok(()));
    assert_eq!(ground.read("b/again/inner"), "there");
    assert_eq!(ground.list(ground.dir("a")), Vec::<String>::new());
    let (a, b) = (ground.dir("a"), ground.dir("b"));
    let fs = &ground.fs;
    fs.rename(p("moved").act(b), p("back").act(a))
        .expect("renamed");
    assert_eq!(ground.list(a), ["back"]);
}

fn what_is_there_is_replaced(ground: &Ground) {
    ground.put("one", "one");
    ground.put("two", "two");
    assert_eq!(rename(ground, "one", "two"), Ok(()));
    assert_eq!(ground.read("two"), "one");
    ground.put("full/file", "");
    ground.put_dir("empty");
    assert_eq!(rename(ground, "full", "empty"), Ok(()));
    assert_eq!(ground.list(ground.dir("empty")), ["file"]);
}

fn two_names_of_one_node_stay(ground: &Ground) {
    ground.put("one", "");
    fs::hard_link(ground.host("one"), ground.host("two")).expect("a hard link");
    assert_eq!(rename(ground, "one", "two"), Ok(()));
    assert_eq!(rename(ground, "one", "one"), Ok(()));
    assert_eq!(ground.list(ground.fs.root()), ["one", "two"]);
}

fn links_are_moved_and_replaced_themselves(ground: &Ground) {
    ground.put("dir/file", "kept");
    ground.put("file", "moved");
    ground.put_link("dir", "link");
    ground.put_link("dir/file", "other");
    assert_eq!(rename(ground, "link", "renamed"), Ok(()));
    assert!(ground.host("renamed").is_symlink());
    assert_eq!(rename(ground, "file", "other"), Ok(()));
    assert!(!ground.host("other").is_symlink());
    assert_eq!(ground.read("dir/file"), "kept");
}

fn what_cannot_be_renamed_is_refused(ground: &Ground) {
    ground.put("d/file", "");
    ground.put("d/other", "");
    ground.put("d/dir/sub/file", "");
    ground.put_dir("d/empty");
    ground.put_link("dir", "d/link");
    let long = format!("d/{}", "n".repeat(256));
    for (old, new, answer) in [
        ("d/x", "d/new", missing(1)),
        // Both directories are walked to before either last name is looked at.
        ("d/x", "y/new", second(missing(0))),
        ("d/x", "", second(failed(0, Errno::Busy))),
        ("d/x", &long, missing(1)),
        (&long, "d/new", failed(1, Errno::NameTooLong)),
        ("d/file", &long, second(failed(1, Errno::NameTooLong))),
        ("x/y", "y/new", missing(0)),
        ("d/file", "y/new", second(missing(0))),
        ("d/file", "d/link/new", second(link(1, "dir"))),
        ("d/link/sub", "d/new", link(1, "dir")),
        ("", "d/new", failed(0, Errno::Busy)),
        ("d/file", "", second(failed(0, Errno::Busy))),
        ("d/dir", "d/dir/new", failed(1, Errno::Invalid)),
        ("d/dir", "d/dir/sub/new", failed(1, Errno::Invalid)),
    ] {
        assert_eq!(rename(ground, old, new), answer, "{old} to {new}");
    }
    // Which of the two paths is at fault is a matter of taste here; what is wrong is not.
    for (old, new, errno) in [
        ("d/file/", "d/new", Errno::NotDir),
        ("d/file", "d/new/", Errno::NotDir),
        ("d/file/", "d/other", Errno::NotDir),
        ("d/file", "d/other/", Errno::NotDir),
        ("d/link/", "d/new", Errno::NotDir),
        ("d/empty", "d/link/", Errno::NotDir),
        ("d/empty", "d/link", Errno::NotDir),
        ("d/dir/sub", "d/dir", Errno::NotEmpty),
        ("d/dir/sub/file", "d", Errno::NotEmpty),
        ("d/empty", "d/dir", Errno::NotEmpty),
        ("d/file", "d/empty", Errno::IsDir),
        ("d/file", "d/dir", Errno::IsDir),
        ("d/empty", "d/file", Errno::NotDir),
    ] {
        let stop = rename(ground, old, new).expect_err("a failure");
        assert_eq!(stop.errno(), errno, "{old} to {new}");
    }
    let dir = ground.dir("d");
    assert_eq!(ground.list(dir), ["dir", "empty", "file", "link", "other"]);
    let fs = &ground.fs;
    fs.remove_dir(p("d/empty").act(fs.root())).expect("removed");
    let removed = ground.dir("d/dir/sub");
    fs.unlink(p("file").act(removed)).expect("removed");
    fs.remove_dir(p("d/dir/sub").act(fs.root()))
        .expect("removed");
    let stop = fs
        .rename(p("file").act(dir), p("new").act(removed))
        .expect_err("a failure");
    assert_eq!(stop.operand, Operand::Second);
    assert_eq!(
        outcome(Err::<(), _>(stop)),
        second(failed(0, Errno::NoEntry))
    );
}
