use guesthouse_vfs::{Errno, Stop};

use super::subject::{Subject, contents, failed, second};

fn subject() -> Subject {
    let s = Subject::new();
    for dir in ["d", "d/e", "d/e/deep", "empty"] {
        s.mkdir(dir).unwrap();
    }
    for file in ["f", "g", "d/x"] {
        s.put(file, file.as_bytes());
    }
    s.symlink("f", "l").unwrap();
    s
}

#[test]
fn what_cannot_be_renamed_stays_as_it_is() {
    let s = subject();
    for (old, new, stop) in [
        ("", "x", failed(0, Errno::Busy)),
        ("f", "", second(0, Errno::Busy)),
        ("none", "", second(0, Errno::Busy)),
        ("none/x", "", Stop::missing(0)),
        ("none", "x", Stop::missing(0)),
        ("none", "none/x", Stop::missing(0).second()),
        ("f", "none/x", Stop::missing(0).second()),
        ("f/", "x", failed(0, Errno::NotDir)),
        ("f", "x/", second(0, Errno::NotDir)),
        ("f", "g/", second(0, Errno::NotDir)),
        ("f", "empty/", second(0, Errno::NotDir)),
        ("d", "d/e/deep/x", second(3, Errno::Invalid)),
        ("d", "d/new", second(1, Errno::Invalid)),
        ("d/e", "d", second(0, Errno::NotEmpty)),
        ("d/e/deep", "d", second(0, Errno::NotEmpty)),
        ("d/x", "d", second(0, Errno::NotEmpty)),
        ("empty", "d", second(0, Errno::NotEmpty)),
        ("f", "empty", second(0, Errno::IsDir)),
        ("f", "d", second(0, Errno::IsDir)),
        ("empty", "f", second(0, Errno::NotDir)),
        ("empty", "l", second(0, Errno::NotDir)),
        ("empty/", "f", second(0, Errno::NotDir)),
    ] {
        assert_eq!(s.rename(old, new).unwrap_err(), stop, "{old} -> {new}");
    }
    assert_eq!(s.list(""), ["d", "empty", "f", "g", "l"]);
    assert_eq!(s.list("d"), ["e", "x"]);
    s.audit();
}

#[test]
fn a_file_replaces_a_file_in_one_step() {
    let s = subject();
    let replaced = s.file("g");
    let ino = s.stat("f").unwrap().ino;
    s.rename("f", "g").unwrap();
    assert_eq!(s.stat("f").unwrap_err(), Stop::missing(0));
    assert_eq!(s.stat("g").unwrap().ino, ino);
    assert_eq!(s.get("g"), b"f");
    // Who had the replaced file open still has it.
    assert_eq!(contents(&*replaced), b"g");
    assert_eq!(replaced.metadata().unwrap().nlink, 0);
    drop(replaced);
    s.rename("g", "l").unwrap();
    assert_eq!(s.get("l"), b"f");
    s.rename("l", "d/x").unwrap();
    assert_eq!(s.get("d/x"), b"f");
    s.audit();
}

#[test]
fn a_directory_moves_with_all_that_is_in_it() {
    let s = subject();
    s.rename("d", "moved").unwrap();
    assert_eq!(s.get("moved/x"), b"d/x");
    s.rename("moved/e/", "e2/").unwrap();
    assert_eq!(s.list("moved"), ["x"]);
    assert_eq!(s.list("e2"), ["deep"]);
    assert_eq!(s.stat("moved").unwrap().nlink, 2);
    assert_eq!(s.stat("").unwrap().nlink, 5);
    s.rename("e2", "empty").unwrap();
    assert_eq!(s.list("empty"), ["deep"]);
    assert_eq!(s.stat("").unwrap().nlink, 4);
    // The directory knows its new parents.
    assert_eq!(
        s.rename("empty", "empty/deep/x").unwrap_err(),
        second(2, Errno::Invalid)
    );
    s.rename("empty/deep", "deep").unwrap();
    s.rename("empty", "deep/e").unwrap();
    assert_eq!(
        s.rename("deep", "deep/e/x").unwrap_err(),
        second(2, Errno::Invalid)
    );
    s.audit();
}

#[test]
fn two_names_of_one_node_both_stay() {
    let s = subject();
    s.link("f", "same").unwrap();
    let before = s.stat("f").unwrap();
    s.rename("f", "same").unwrap();
    s.rename("f", "f").unwrap();
    s.rename("d", "d").unwrap();
    s.rename("d/", "d/").unwrap();
    assert_eq!(s.stat("f").unwrap(), before);
    assert_eq!(s.stat("same").unwrap(), before);
    s.audit();
}
