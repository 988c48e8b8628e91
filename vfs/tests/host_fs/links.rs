//! Hard links.

use std::fs;

use crate::ground::{Ground, failed, link, missing, on_every_ground, outcome, p, second};
use guesthouse_vfs::{Errno, FileSystem, Stop};

on_every_ground! {
    a_file_gets_a_further_name
    a_link_itself_gets_a_further_name_or_is_reported
    what_cannot_be_linked_is_refused_in_the_documented_order
}

fn a_file_gets_a_further_name(ground: &Ground) {
    ground.put("a/file", "one");
    ground.put_dir("b");
    let fs = &ground.fs;
    fs.link(p("a/file").follow(fs.root()), p("b/name").act(fs.root()))
        .expect("linked");
    fs::write(ground.host("b/name"), "two").expect("written");
    assert_eq!(ground.read("a/file"), "two");
    // Each path may begin in its own directory.
    let (a, b) = (ground.dir("a"), ground.dir("b"));
    fs.link(p("file").act(a), p("again").act(b))
        .expect("linked");
    assert_eq!(ground.list(b), ["again", "name"]);
}

fn a_link_itself_gets_a_further_name_or_is_reported(ground: &Ground) {
    ground.put("file", "");
    ground.put_link("file", "old");
    let fs = &ground.fs;
    fs.link(p("old").act(fs.root()), p("new").act(fs.root()))
        .expect("linked");
    let target = fs::read_link(ground.host("new")).expect("a link");
    assert_eq!(target.to_str(), Some("file"));
    let followed = fs.link(p("old").follow(fs.root()), p("newer").act(fs.root()));
    assert_eq!(outcome(followed), link(0, "file"));
    let slash = fs.link(p("old/").follow(fs.root()), p("newer").act(fs.root()));
    assert_eq!(outcome(slash), link(0, "file"));
    assert!(!ground.host("newer").exists());
}

fn what_cannot_be_linked_is_refused_in_the_documented_order(ground: &Ground) {
    ground.put("d/file", "");
    ground.put("d/taken", "");
    ground.put_dir("d/dir");
    ground.put_link("dir", "d/link");
    let permission = failed(1, Errno::Permission);
    let exist = || second(failed(1, Errno::Exist));
    let long = format!("d/{}", "n".repeat(256));
    let through_link = second(link(1, "dir"));
    let cases: [(&str, &str, Result<(), Stop>); 23] = [
        ("d/x", "y/new", missing(1)),
        ("d/x", "", missing(1)),
        ("x/y", "y/new", missing(0)),
        ("d/file/", "y/new", failed(1, Errno::NotDir)),
        ("d/file/", "d/taken", failed(1, Errno::NotDir)),
        (&long, "y/new", failed(1, Errno::NameTooLong)),
        ("d/file", "y/new", second(missing(0))),
        ("d/file", "d/link/new", through_link),
        ("d/file", &long, second(failed(1, Errno::NameTooLong))),
        ("d/dir", "y/new", second(missing(0))),
        ("d/file", "d/taken", exist()),
        ("d/file", "d/taken/", exist()),
        ("d/file", "d/dir", exist()),
        ("d/file", "d/link", exist()),
        ("d/file", "", second(failed(0, Errno::Exist))),
        ("d/dir", "", second(failed(0, Errno::Exist))),
        ("d/dir/", "d/taken", exist()),
        ("", "d/taken", exist()),
        ("d/file", "d/new/", second(failed(1, Errno::NoEntry))),
        ("d/dir", "d/new/", second(failed(1, Errno::NoEntry))),
        ("d/dir", "d/new", permission.clone()),
        ("d/dir/", "d/new", permission),
        ("", "d/new", failed(0, Errno::Permission)),
    ];
    let fs = &ground.fs;
    for (old, new, answer) in cases {
        for place in [p(old).follow(fs.root()), p(old).act(fs.root())] {
            let linked = fs.link(place, p(new).act(fs.root()));
            assert_eq!(outcome(linked), answer, "{old} to {new}");
        }
    }
    assert_eq!(
        ground.list(ground.dir("d")),
        ["dir", "file", "link", "taken"]
    );
}
