//! Opening and creating.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::ground::{
    Ground, READ, READ_WRITE, WRITE, failed, link, missing, on_every_ground, outcome, p, read_at,
    write_at,
};
use guesthouse_vfs::{Access, Errno, FileSystem, FileType, OpenOptions, Opened};

on_every_ground! {
    files_are_opened_for_what_is_asked
    directories_are_opened
    a_directory_is_not_opened_for_writing
    creating_makes_an_empty_file
    creating_opens_what_is_there
    exclusive_creation_refuses_whatever_is_there
    truncation_empties_the_file
    a_trailing_slash_wants_a_directory
    creating_a_directory_by_open_is_invalid
    a_link_at_the_end_is_reported_or_refused
    the_directory_itself_is_opened_once_more
    a_path_only_open_opens
    creation_takes_the_mode
}

fn files_are_opened_for_what_is_asked(ground: &Ground) {
    ground.put("a/file", "hello");
    let file = ground.file("a/file", READ);
    assert_eq!(file.file_type(), FileType::File);
    assert_eq!(read_at(&file, 1, 10), b"ello");
    assert_eq!(
        file.write_at(&[std::io::IoSlice::new(b"x")], 0),
        Err(Errno::BadFd)
    );
    let file = ground.file("a/file", WRITE);
    assert_eq!(write_at(&file, 0, b"J"), 1);
    let file = ground.file("a/file", READ_WRITE);
    assert_eq!(write_at(&file, 4, b"y!"), 2);
    assert_eq!(read_at(&file, 0, 10), b"Jelly!");
}

fn directories_are_opened(ground: &Ground) {
    ground.put("a/b/file", "");
    for options in [
        READ,
        OpenOptions::directory(),
        OpenOptions::existing(Access::default()),
    ] {
        for path in ["a/b", "a/b/"] {
            let Ok(Opened::Dir(dir)) = ground.open(path, options) else {
                panic!("{path} with {options:?} is no directory");
            };
            assert_eq!(ground.list(dir), ["file"]);
            ground.fs.release(dir);
        }
    }
}

fn a_directory_is_not_opened_for_writing(ground: &Ground) {
    ground.put_dir("a/b");
    let truncate = OpenOptions {
        truncate: true,
        ..READ
    };
    let directory_for_writing = OpenOptions {
        directory: true,
        ..READ_WRITE
    };
    for options in [
        WRITE,
        READ_WRITE,
        truncate,
        directory_for_writing,
        OpenOptions::create(),
    ] {
        let is_dir = failed(1, Errno::IsDir);
        assert_eq!(outcome(ground.open("a/b", options)), is_dir, "{options:?}");
        assert_eq!(outcome(ground.open("a/b/", options)), is_dir, "{options:?}");
        let itself = ground.open("", options);
        assert_eq!(outcome(itself), failed(0, Errno::IsDir), "{options:?}");
    }
}

fn creating_makes_an_empty_file(ground: &Ground) {
    ground.put_dir("a");
    for (path, options) in [
        ("new", OpenOptions::create()),
        ("a/new", OpenOptions::create()),
        ("exclusive", OpenOptions::create_new()),
        ("a/exclusive", OpenOptions::create_new()),
    ] {
        let file = ground.file(path, options);
        assert_eq!(file.metadata().expect("metadata").size, 0);
        write_at(&file, 0, b"new");
        assert_eq!(ground.read(path), "new");
    }
}

fn creating_opens_what_is_there(ground: &Ground) {
    ground.put("a/file", "old");
    let file = ground.file("a/file", OpenOptions::create());
    assert_eq!(read_at(&file, 0, 10), b"old");
}

fn exclusive_creation_refuses_whatever_is_there(ground: &Ground) {
    ground.put("a/file", "old");
    ground.put_dir("a/dir");
    ground.put_link("nowhere", "a/dangling");
    let fs = &ground.fs;
    for path in ["a/file", "a/dir", "a/dangling", "a/dir/"] {
        let opened = fs.open(p(path).act(fs.root()), OpenOptions::create_new());
        assert_eq!(outcome(opened), failed(1, Errno::Exist), "{path}");
    }
    let itself = fs.open(p("").act(fs.root()), OpenOptions::create_new());
    assert_eq!(outcome(itself), failed(0, Errno::Exist));
}

fn truncation_empties_the_file(ground: &Ground) {
    ground.put("a/file", "old");
    let truncate = OpenOptions {
        truncate: true,
        ..WRITE
    };
    ground.file("a/file", truncate);
    assert_eq!(ground.read("a/file"), "");
    ground.put("a/file", "old");
    let create = OpenOptions {
        truncate: true,
        ..OpenOptions::create()
    };
    ground.file("a/file", create);
    assert_eq!(ground.read("a/file"), "");
}

fn a_trailing_slash_wants_a_directory(ground: &Ground) {
    ground.put("a/file", "kept");
    let truncate = OpenOptions {
        truncate: true,
        ..WRITE
    };
    for options in [READ, WRITE, truncate, OpenOptions::directory()] {
        let opened = ground.open("a/file/", options);
        assert_eq!(outcome(opened), failed(1, Errno::NotDir), "{options:?}");
    }
    let directory = ground.open("a/file", OpenOptions::directory());
    assert_eq!(outcome(directory), failed(1, Errno::NotDir));
    for path in ["a/file/", "a/new/"] {
        let created = ground.open(path, OpenOptions::create());
        assert_eq!(outcome(created), failed(1, Errno::IsDir), "{path}");
    }
    assert_eq!(outcome(ground.open("a/new/", READ)), missing(1));
    assert_eq!(ground.read("a/file"), "kept");
    assert!(!ground.host("a/new").exists());
}

fn creating_a_directory_by_open_is_invalid(ground: &Ground) {
    ground.put_dir("a");
    let options = OpenOptions {
        directory: true,
        ..OpenOptions::create()
    };
    let invalid = failed(1, Errno::Invalid);
    assert_eq!(outcome(ground.open("a/new", options)), invalid);
    assert_eq!(outcome(ground.open("a/new/", options)), invalid);
    assert_eq!(outcome(ground.open("x/new", options)), missing(0));
    let itself = ground.open("", options);
    assert_eq!(outcome(itself), failed(0, Errno::Invalid));
}

fn a_link_at_the_end_is_reported_or_refused(ground: &Ground) {
    ground.put("a/file", "kept");
    ground.put_link("file", "a/good");
    ground.put_link("nowhere", "a/dangling");
    let truncate = OpenOptions {
        truncate: true,
        ..WRITE
    };
    let fs = &ground.fs;
    for options in [
        READ,
        truncate,
        OpenOptions::create(),
        OpenOptions::directory(),
        OpenOptions::existing(Access::default()),
    ] {
        for (path, target) in [
            ("a/good", "file"),
            ("a/good/", "file"),
            ("a/dangling", "nowhere"),
            ("a/dangling/", "nowhere"),
        ] {
            let followed = fs.open(p(path).follow(fs.root()), options);
            assert_eq!(outcome(followed), link(1, target), "{path} {options:?}");
            let taken = fs.open(p(path).act(fs.root()), options);
            assert_eq!(outcome(taken), failed(1, Errno::Loop), "{path} {options:?}");
        }
    }
    assert_eq!(ground.read("a/file"), "kept");
    assert!(!ground.host("a/nowhere").exists());
}

fn the_directory_itself_is_opened_once_more(ground: &Ground) {
    ground.put("a/file", "");
    let first = ground.dir("a");
    let fs = &ground.fs;
    let Ok(Opened::Dir(again)) = fs.open(p("").follow(first), OpenOptions::directory()) else {
        panic!("no directory");
    };
    fs.release(first);
    assert_eq!(ground.list(again), ["file"]);
    fs.release(again);
    let gone = fs.metadata(p("").act(again));
    assert_eq!(outcome(gone), failed(0, Errno::BadFd));
    // The root stays open however often it is given back.
    for _ in 0..3 {
        let Ok(Opened::Dir(root)) = fs.open(p("").follow(fs.root()), READ) else {
            panic!("no directory");
        };
        fs.release(root);
        fs.release(fs.root());
    }
    assert_eq!(ground.list(fs.root()), ["a"]);
}

fn a_path_only_open_opens(ground: &Ground) {
    ground.put("a/file", "secret");
    let neither = OpenOptions::existing(Access::default());
    let file = ground.file("a/file", neither);
    assert_eq!(file.metadata().expect("metadata").size, 6);
    let mut buffer = [0; 6];
    let read = file.read_at(&mut [std::io::IoSliceMut::new(&mut buffer)], 0);
    assert_eq!(read, Err(Errno::BadFd));
}

fn creation_takes_the_mode(ground: &Ground) {
    let private = OpenOptions {
        mode: 0o600,
        ..OpenOptions::create_new()
    };
    ground.file("private", private);
    let mode = |path: &str| {
        let metadata = fs::metadata(ground.host(path)).expect("metadata");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("private"), 0o600);
    // A mode that forbids what the file is opened for binds later opens only.
    let read_only = OpenOptions {
        mode: 0o400,
        ..OpenOptions::create_new()
    };
    let file = ground.file("read_only", read_only);
    assert_eq!(write_at(&file, 0, b"x"), 1);
    assert_eq!(mode("read_only"), 0o400);
    let dir = p("dir");
    let fs = &ground.fs;
    fs.create_dir(dir.act(fs.root()), 0o700).expect("made");
    assert_eq!(mode("dir"), 0o700);
}
