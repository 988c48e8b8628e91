use std::sync::Arc;

use guesthouse_vfs::{
    Change, ChangeKind, Clock, FileSystem, FileType, FixedClock, Limits, MemFs, Modified, SetTime,
    SetTimes, Snapshot, Timestamp,
};

use super::subject::{Subject, at, contents, write};

/// A list of changes in short: `- path`, `from -> path`, `+ path`, `~ path cmt` (contents, mode, times); a slash ends a directory, an `@` a link.
fn short(changes: &[Change]) -> Vec<String> {
    let text = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    let line = |change: &Change| {
        let end = match change.file_type {
            FileType::Dir => "/",
            FileType::Symlink => "@",
            _ => "",
        };
        let path = text(&change.path) + end;
        match &change.kind {
            ChangeKind::Removed => format!("- {path}"),
            ChangeKind::Renamed { from } => format!("{} -> {path}", text(from)),
            ChangeKind::Created => format!("+ {path}"),
            ChangeKind::Modified(Modified {
                contents,
                mode,
                times,
            }) => {
                let flag = |set: bool, flag| if set { flag } else { "" };
                let flags = [flag(*contents, "c"), flag(*mode, "m"), flag(*times, "t")];
                format!("~ {path} {}", flags.concat())
            }
        }
    };
    changes.iter().map(line).collect()
}

/// A fork on the same clock.
fn fork(s: &Subject) -> Subject {
    Subject {
        fs: s.fs.fork(),
        clock: Arc::clone(&s.clock),
    }
}

#[track_caller]
fn expect(s: &Subject, expected: &[&str]) {
    assert_eq!(short(&s.fs.changes().unwrap()), expected);
    s.audit();
}

/// `a`, `b` with 10,000 bytes, `d/e/f`, `l -> a`.
fn image() -> Subject {
    let s = Subject::new();
    s.put("a", b"a");
    s.put("b", &[b'b'; 10_000]);
    s.mkdir("d").unwrap();
    s.mkdir("d/e").unwrap();
    s.put("d/e/f", b"f");
    s.symlink("a", "l").unwrap();
    s
}

#[test]
fn a_fork_in_which_nothing_happened_has_no_changes() {
    let s = image();
    let fork = fork(&s);
    expect(&fork, &[]);
    s.put("new", b"");
    s.unlink("a").unwrap();
    expect(&fork, &[]);
}

#[test]
fn what_is_read_or_opened_is_not_listed() {
    let s = image();
    let writer = s.file("a");
    write(&*writer, b"A", 0).unwrap();
    let fork = fork(&s);
    let before = fork.fs.usage();
    assert_eq!(fork.get("b"), [b'b'; 10_000]);
    assert_eq!(fork.list("d"), ["e"]);
    assert_eq!(&*fork.read_link("l").unwrap(), b"a");
    let held = fork.file("a");
    assert_eq!(contents(&*held), b"A");
    drop(fork.file("b"));
    expect(&fork, &[]);
    assert_eq!(fork.fs.usage(), before);
    drop(held);
    drop(writer);
    expect(&fork, &[]);
}

#[test]
fn a_file_that_is_written_is_listed_while_it_is_open() {
    let s = image();
    let fork = fork(&s);
    let file = fork.file("b");
    write(&*file, b"b", 9999).unwrap();
    expect(&fork, &["~ b ct"]);
    drop(file);
    expect(&fork, &["~ b ct"]);
    fork.file("a").set_len(0).unwrap();
    expect(&fork, &["~ a ct", "~ b ct"]);
}

#[test]
fn mode_and_times_are_told_from_contents() {
    let s = image();
    let fork = fork(&s);
    let root = fork.fs.root();
    at(root, "a", |p| fork.fs.set_mode(p, 0o600)).unwrap();
    let times = SetTimes {
        accessed: SetTime::At(Timestamp::from_nanos(5)),
        modified: SetTime::Keep,
    };
    at(root, "b", |p| fork.fs.set_times(p, times)).unwrap();
    at(root, "l", |p| fork.fs.set_times(p, times)).unwrap();
    at(root, "d/e", |p| fork.fs.set_mode(p, 0o700)).unwrap();
    expect(&fork, &["~ a m", "~ b t", "~ d/e/ m", "~ l@ t"]);
    at(root, "a", |p| fork.fs.set_mode(p, 0o644)).unwrap();
    at(root, "d/e", |p| fork.fs.set_mode(p, 0o755)).unwrap();
    let mode = s.stat("a").unwrap().mode;
    at(root, "a", |p| fork.fs.set_mode(p, mode)).unwrap();
    expect(&fork, &["~ b t", "~ l@ t"]);
}

#[test]
fn names_come_and_go() {
    let s = image();
    let fork = fork(&s);
    fork.unlink("a").unwrap();
    fork.mkdir("d/new").unwrap();
    fork.put("d/new/x", b"x");
    fork.symlink("x", "d/new/y").unwrap();
    expect(
        &fork,
        &[
            "~ / ct",
            "- a",
            "~ d/ ct",
            "+ d/new/",
            "+ d/new/x",
            "+ d/new/y@",
        ],
    );
    fork.unlink("d/new/x").unwrap();
    fork.unlink("d/new/y").unwrap();
    fork.rmdir("d/new").unwrap();
    expect(&fork, &["~ / ct", "- a", "~ d/ t"]);
}

#[test]
fn all_that_was_in_a_removed_directory_is_listed() {
    let s = image();
    let fork = fork(&s);
    fork.unlink("d/e/f").unwrap();
    fork.rmdir("d/e").unwrap();
    let held = fork.dir("d");
    fork.rmdir("d").unwrap();
    expect(&fork, &["~ / ct", "- d/", "- d/e/", "- d/e/f"]);
    // The slots of what was there are used again.
    fork.mkdir("d").unwrap();
    fork.put("d/e", b"");
    expect(
        &fork,
        &["~ / ct", "- d/", "+ d/", "- d/e/", "+ d/e", "- d/e/f"],
    );
    fork.fs.release(held);
    expect(
        &fork,
        &["~ / ct", "- d/", "+ d/", "- d/e/", "+ d/e", "- d/e/f"],
    );
}

#[test]
fn a_name_with_another_node_is_removed_and_created() {
    let s = image();
    let fork = fork(&s);
    fork.unlink("a").unwrap();
    fork.put("a", b"a");
    expect(&fork, &["~ / ct", "- a", "+ a"]);
}

#[test]
fn a_rename_is_listed_where_the_node_is_now() {
    let s = image();
    let fork = fork(&s);
    fork.rename("a", "z").unwrap();
    expect(&fork, &["~ / ct", "a -> z"]);
    fork.rename("z", "d/e/z").unwrap();
    expect(&fork, &["~ / ct", "~ d/e/ ct", "a -> d/e/z"]);
    fork.put("d/e/z", b"!");
    expect(&fork, &["~ / ct", "~ d/e/ ct", "a -> d/e/z", "~ d/e/z ct"]);
    // Back again: it has another number in its directory now.
    fork.rename("d/e/z", "a").unwrap();
    expect(&fork, &["~ / t", "~ a ct", "~ d/e/ t"]);
}

#[test]
fn two_swapped_files_are_two_renames() {
    let s = image();
    let fork = fork(&s);
    fork.rename("a", "t").unwrap();
    fork.rename("b", "a").unwrap();
    fork.rename("t", "b").unwrap();
    expect(&fork, &["~ / ct", "b -> a", "a -> b"]);
}

#[test]
fn a_rename_that_replaces_is_a_removal_and_a_rename() {
    let s = image();
    let fork = fork(&s);
    fork.rename("a", "b").unwrap();
    expect(&fork, &["~ / ct", "- b", "a -> b"]);
    fork.rename("b", "d/e/f").unwrap();
    expect(
        &fork,
        &["~ / ct", "- b", "~ d/e/ ct", "- d/e/f", "a -> d/e/f"],
    );
}

#[test]
fn what_is_in_a_renamed_directory_has_not_changed_by_that() {
    let s = image();
    let fork = fork(&s);
    fork.rename("d", "x").unwrap();
    expect(&fork, &["~ / ct", "d -> x/"]);
    fork.rename("x/e/f", "x/e/g").unwrap();
    fork.put("x/e/g", b"more");
    fork.put("x/new", b"");
    expect(
        &fork,
        &[
            "~ / ct",
            "d -> x/",
            "~ x/ ct",
            "~ x/e/ ct",
            "d/e/f -> x/e/g",
            "~ x/e/g ct",
            "+ x/new",
        ],
    );
    // Two directories change places, one in the other.
    fork.rename("x/e", "e").unwrap();
    fork.rename("x", "e/x").unwrap();
    expect(
        &fork,
        &[
            "~ / ct",
            "d/e -> e/",
            "~ e/ ct",
            "d/e/f -> e/g",
            "~ e/g ct",
            "d -> e/x/",
            "~ e/x/ ct",
            "+ e/x/new",
        ],
    );
}

#[test]
fn each_name_of_a_modified_file_is_listed() {
    let s = image();
    s.link("a", "a2").unwrap();
    s.link("a", "d/a3").unwrap();
    let fork = fork(&s);
    fork.put("a2", b"!");
    expect(&fork, &["~ a ct", "~ a2 ct", "~ d/a3 ct"]);
    // The name that the inode knows itself goes first.
    fork.unlink("a").unwrap();
    expect(&fork, &["~ / ct", "- a", "~ a2 ct", "~ d/a3 ct"]);
    fork.rename("d/a3", "a3").unwrap();
    expect(
        &fork,
        &[
            "~ / ct", "~ a2 ct", "a -> a3", "~ a3 ct", "~ d/ ct", "- d/a3",
        ],
    );
}

#[test]
fn a_further_name_of_an_old_file_is_created() {
    let s = image();
    let fork = fork(&s);
    fork.link("a", "d/a2").unwrap();
    expect(&fork, &["~ d/ ct", "+ d/a2"]);
    // It is modified under the name that it had.
    fork.put("d/a2", b"!");
    expect(&fork, &["~ a ct", "~ d/ ct", "+ d/a2"]);
    fork.unlink("a").unwrap();
    expect(&fork, &["~ / ct", "~ d/ ct", "a -> d/a2", "~ d/a2 ct"]);
    fork.unlink("d/a2").unwrap();
    expect(&fork, &["~ / ct", "- a", "~ d/ t"]);
}

#[test]
fn what_only_lives_on_because_it_is_open_is_removed() {
    let s = image();
    let fork = fork(&s);
    let file = fork.file("b");
    fork.unlink("b").unwrap();
    write(&*file, b"!", 0).unwrap();
    expect(&fork, &["~ / ct", "- b"]);
}

#[test]
fn the_changes_of_no_fork_are_all_that_it_holds() {
    let s = image();
    let expected = ["~ / ct", "+ a", "+ b", "+ d/", "+ d/e/", "+ d/e/f", "+ l@"];
    expect(&s, &expected);
    let empty = MemFs::builder()
        .clock(Arc::new(FixedClock(Timestamp::from_nanos(1))) as Arc<dyn Clock>)
        .build();
    assert_eq!(empty.changes(), Ok(vec![]));
}

/// Slots, sequence numbers and names are the same in two trees that have nothing to do with each other.
#[test]
fn to_an_unrelated_tree_everything_is_another() {
    let (a, b) = (image(), image());
    b.put("c", b"");
    let changes = b.fs.changes_since(&a.fs.snapshot()).unwrap();
    let expected = [
        "~ / ct", "- a", "+ a", "- b", "+ b", "+ c", "- d/", "+ d/", "- d/e/", "+ d/e/", "- d/e/f",
        "+ d/e/f", "- l@", "+ l@",
    ];
    assert_eq!(short(&changes), expected);
}

#[test]
fn siblings_are_told_apart_and_compared_either_way() {
    let s = image();
    let origin = s.fs.snapshot();
    let (a, b) = (fork(&s), fork(&s));
    // The same slots, sequence numbers and names.
    a.put("new", b"1");
    b.put("new", b"1");
    a.rename("a", "A").unwrap();
    s.put("new", b"1");
    let (a, b) = (a.fs.snapshot(), b.fs.snapshot());
    let since = |new: &Snapshot, old| short(&new.changes_since(old).unwrap());
    assert_eq!(since(&a, &b), ["~ / ct", "a -> A", "- new", "+ new"]);
    assert_eq!(since(&b, &a), ["~ / ct", "A -> a", "- new", "+ new"]);
    assert_eq!(since(&b, &origin), ["~ / ct", "+ new"]);
    assert_eq!(since(&origin, &b), ["~ / ct", "- new"]);
    assert_eq!(since(&s.fs.snapshot(), &b), ["~ / ct", "- new", "+ new"]);
    assert_eq!(since(&a, &a.clone()), [""; 0]);
}

#[test]
fn a_fork_of_a_fork_begins_where_it_was_made() {
    let s = image();
    let start = s.fs.snapshot();
    let child = fork(&s);
    child.put("child", b"");
    let grandchild = fork(&child);
    expect(&grandchild, &[]);
    grandchild.put("grandchild", b"");
    grandchild.unlink("a").unwrap();
    expect(&grandchild, &["~ / ct", "- a", "+ grandchild"]);
    let since = grandchild.fs.changes_since(&start).unwrap();
    assert_eq!(short(&since), ["~ / ct", "- a", "+ child", "+ grandchild"]);
}

/// A write for which there is no room unshares much and changes nothing.
#[test]
fn a_write_that_failed_is_not_listed() {
    let s = image();
    let full = Subject {
        fs: s
            .fs
            .snapshot()
            .fork_builder()
            .limits(Limits {
                private_bytes: 4096,
                ..*s.fs.limits()
            })
            .build(),
        clock: Arc::clone(&s.clock),
    };
    full.put("x", &[1; 4096]);
    for path in ["a", "b"] {
        let file = full.file(path);
        assert!(write(&*file, b"x", 5000).is_err(), "{path}");
        assert!(write(&*file, b"x", 1 << 20).is_err(), "{path}");
    }
    expect(&full, &["~ / ct", "+ x"]);
}

/// 100 names of one file, and 1000 files in one directory: the table of names and the index of a directory have more than one node.
#[test]
fn large_directories_are_compared_where_they_differ() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    for number in 0..1000 {
        s.put(&format!("d/{number:04}"), b"x");
    }
    for number in 0..100 {
        s.link("d/0500", &format!("d/link{number:02}")).unwrap();
    }
    let many = fork(&s);
    many.put("d/0500", b"!");
    assert_eq!(many.fs.changes().unwrap().len(), 101);
    let fork = fork(&s);
    fork.rename("d/0007", "d/seven").unwrap();
    fork.unlink("d/0999").unwrap();
    fork.put("d/new", b"");
    fork.unlink("d/link42").unwrap();
    fork.rename("d/link00", "link").unwrap();
    expect(
        &fork,
        &[
            "~ / ct",
            "~ d/ ct",
            "- d/0999",
            "- d/link42",
            "+ d/new",
            "d/0007 -> d/seven",
            "d/link00 -> link",
        ],
    );
}

/// `x/f` goes from one directory to the other, and the directories change places.
#[test]
fn a_node_can_be_renamed_to_the_path_that_it_had() {
    let s = Subject::new();
    s.mkdir("x").unwrap();
    s.mkdir("y").unwrap();
    s.put("x/f", b"");
    let fork = fork(&s);
    fork.rename("x/f", "y/f").unwrap();
    fork.rename("x", "t").unwrap();
    fork.rename("y", "x").unwrap();
    fork.rename("t", "y").unwrap();
    expect(
        &fork,
        &[
            "~ / ct",
            "y -> x/",
            "~ x/ ct",
            "x/f -> x/f",
            "x -> y/",
            "~ y/ ct",
        ],
    );
}

/// A directory that is made where another one was removed gets its slot, and its first entry the first number again. A file that went from one to the other,
/// under the same name, was left out of the list, and so of every layer that was made of it.
#[test]
fn a_node_can_be_renamed_from_a_removed_directory_into_a_new_one() {
    let s = Subject::new();
    s.mkdir("old").unwrap();
    s.put("old/f", b"f");
    let fork = fork(&s);
    fork.rename("old/f", "f").unwrap();
    fork.rmdir("old").unwrap();
    fork.mkdir("new").unwrap();
    fork.rename("f", "new/f").unwrap();
    let expected = ["~ / ct", "+ new/", "old/f -> new/f", "- old/"];
    expect(&fork, &expected);
    fork.rename("new", "old").unwrap();
    let expected = ["~ / ct", "- old/", "+ old/", "old/f -> old/f"];
    expect(&fork, &expected);
}
