use guesthouse_vfs::{
    Access, Errno, FileSystem, FileType, LastName, Name, OpenOptions, Opened, Place, Stop,
};

use super::subject::{Subject, at, contents, failed, names, read, write};

fn error<T>(result: Result<T, Stop>) -> Stop {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(stop) => stop,
    }
}

#[test]
fn a_new_filesystem_is_an_empty_directory() {
    let s = Subject::new();
    let root = s.stat("").unwrap();
    assert_eq!(root.file_type, FileType::Dir);
    assert_eq!(
        (root.ino, root.nlink, root.size, root.mode),
        (1, 2, 0, 0o755)
    );
    assert_eq!(s.list(""), [""; 0]);
    assert_eq!(s.fs.usage().nodes, 1);
}

#[test]
fn a_walk_says_where_and_why_it_stopped() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("d/f", b"x");
    s.symlink("../target", "d/l").unwrap();
    assert_eq!(error(s.stat("d/none/x")), Stop::missing(1));
    assert_eq!(error(s.stat("d/none")), Stop::missing(1));
    assert_eq!(error(s.stat("d/f/x")), failed(2, Errno::NotDir));
    assert_eq!(
        error(s.stat("d/l/x")),
        Stop::link(1, (*b"../target").into())
    );
    assert_eq!(s.stat("d/l").unwrap().file_type, FileType::Symlink);
    let long = format!("d/{}", "n".repeat(256));
    assert_eq!(error(s.stat(&long)), failed(1, Errno::NameTooLong));
    assert_eq!(
        error(s.stat(&format!("{long}/x"))),
        failed(1, Errno::NameTooLong)
    );
    let longest = format!("d/{}", "n".repeat(255));
    s.put(&longest, b"ok");
    assert_eq!(s.get(&longest), b"ok");
    let names = [Name::new(b"d").unwrap(), Name::new(b"l").unwrap()];
    let followed = s.fs.metadata(Place::follow(s.fs.root(), &names));
    assert_eq!(error(followed), Stop::link(1, (*b"../target").into()));
}

#[test]
fn creating_through_a_link_is_reported_whether_it_dangles_or_not() {
    let s = Subject::new();
    s.symlink("nowhere", "l").unwrap();
    let names = [Name::new(b"l").unwrap()];
    let place = Place::follow(s.fs.root(), &names);
    let link = Stop::link(0, (*b"nowhere").into());
    assert_eq!(error(s.fs.open(place, OpenOptions::create())), link);
    let act = Place {
        last: LastName::Act,
        ..place
    };
    assert_eq!(
        error(s.fs.open(act, OpenOptions::create())),
        failed(0, Errno::Loop)
    );
    assert_eq!(
        error(s.fs.open(act, OpenOptions::create_new())),
        failed(0, Errno::Exist)
    );
}

/// Checked against Linux 6 with `open(2)`.
#[test]
fn opening_answers_what_linux_does() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("f", b"x");
    let create = OpenOptions::create();
    let new = OpenOptions::create_new();
    let read = OpenOptions::existing(Access::READ);
    let write = OpenOptions::existing(Access::WRITE);
    let both = OpenOptions {
        directory: true,
        ..create
    };
    let truncate = OpenOptions {
        truncate: true,
        ..read
    };
    for (path, options, errno) in [
        ("d", new, Errno::Exist),
        ("f", new, Errno::Exist),
        ("", new, Errno::Exist),
        ("d/", new, Errno::IsDir),
        ("f/", new, Errno::IsDir),
        ("new/", new, Errno::IsDir),
        ("new/", create, Errno::IsDir),
        ("f/", create, Errno::IsDir),
        ("d", create, Errno::IsDir),
        ("", create, Errno::IsDir),
        ("d", write, Errno::IsDir),
        ("d", truncate, Errno::IsDir),
        ("f/", read, Errno::NotDir),
        ("f", OpenOptions::directory(), Errno::NotDir),
        ("d", both, Errno::Invalid),
        ("new", both, Errno::Invalid),
    ] {
        assert_eq!(
            error(s.open(path, options)),
            failed(0, errno),
            "{path} {options:?}"
        );
    }
    assert_eq!(error(s.open("new/", read)), Stop::missing(0));
    assert!(matches!(s.open("d/", read), Ok(Opened::Dir(_))));
    s.audit();
}

#[test]
fn a_file_outlives_its_name() {
    let s = Subject::new();
    let file = s.file("f");
    write(&*file, b"hello", 0).unwrap();
    let ino = file.metadata().unwrap().ino;
    s.unlink("f").unwrap();
    assert_eq!(s.stat("f").unwrap_err(), Stop::missing(0));
    let known = file.metadata().unwrap();
    assert_eq!((known.nlink, known.size, known.ino), (0, 5, ino));
    write(&*file, b"!", 5).unwrap();
    assert_eq!(contents(&*file), b"hello!");
    // A new file of that name is another node, also in its number.
    s.put("f", b"other");
    assert_ne!(s.stat("f").unwrap().ino, ino);
    assert_eq!(contents(&*file), b"hello!");
    assert_eq!(s.fs.usage().nodes, 3);
    s.audit();
    drop(file);
    assert_eq!(s.fs.usage().nodes, 2);
    s.audit();
}

#[test]
fn what_is_written_is_seen_by_path_and_by_every_handle_at_once() {
    let s = Subject::new();
    let reader = s.open(
        "f",
        OpenOptions {
            access: Access::READ,
            ..OpenOptions::create()
        },
    );
    let Ok(Opened::File(reader)) = reader else {
        panic!("it is a file");
    };
    let writer = s.file("f");
    write(&*writer, b"abc", 0).unwrap();
    assert_eq!(read(&*reader.file, 0, 9), b"abc");
    assert_eq!(s.stat("f").unwrap().size, 3);
    assert_eq!(writer.append(&[]).unwrap(), (3, 0));
    drop(writer);
    assert_eq!(read(&*reader.file, 1, 9), b"bc");
    s.link("f", "g").unwrap();
    assert_eq!(reader.file.metadata().unwrap().nlink, 2);
    drop(reader);
    assert_eq!(s.get("g"), b"abc");
    s.audit();
}

#[test]
fn truncating_on_open_reaches_open_handles() {
    let s = Subject::new();
    s.put("f", &[7; 100_000]);
    let reader = s.file("f");
    let cut = OpenOptions {
        truncate: true,
        ..OpenOptions::existing(Access::WRITE)
    };
    drop(s.open("f", cut).unwrap());
    assert_eq!(reader.metadata().unwrap().size, 0);
    reader.set_len(5).unwrap();
    assert_eq!(s.get("f"), [0; 5]);
    s.audit();
}

/// Linux truncates with `O_RDONLY | O_TRUNC`, too.
#[test]
fn truncating_does_not_depend_on_write_access() {
    let s = Subject::new();
    s.put("f", &[7; 100_000]);
    let cut = OpenOptions {
        truncate: true,
        ..OpenOptions::existing(Access::READ)
    };
    drop(s.open("f", cut).unwrap());
    assert_eq!(s.stat("f").unwrap().size, 0);
    assert_eq!(s.fs.usage().logical_bytes, 0);
    s.audit();
}

#[test]
fn a_directory_handle_survives_renaming_and_removal() {
    let s = Subject::new();
    s.mkdir("a").unwrap();
    s.mkdir("b").unwrap();
    s.put("a/f", b"1");
    let id = s.dir("a");
    s.rename("a", "b/c").unwrap();
    assert_eq!(names(&s.fs, id), ["f"]);
    s.unlink("b/c/f").unwrap();
    s.rmdir("b/c").unwrap();
    assert_eq!(names(&s.fs, id), [""; 0]);
    let gone = s.fs.metadata(Place::dir(id)).unwrap();
    assert_eq!((gone.nlink, gone.file_type), (0, FileType::Dir));
    for (made, what) in [
        (at(id, "x", |p| s.fs.create_dir(p, 0)), "mkdir"),
        (at(id, "x", |p| s.fs.symlink(b"t", p)), "symlink"),
        (
            at(id, "x", |p| s.fs.open(p, OpenOptions::create()).map(drop)),
            "open",
        ),
    ] {
        assert_eq!(made.unwrap_err(), failed(0, Errno::NoEntry), "{what}");
    }
    s.put("f", b"");
    let root = s.fs.root();
    let linked = at(root, "f", |old| at(id, "x", |new| s.fs.link(old, new)));
    assert_eq!(
        linked.unwrap_err(),
        super::subject::second(0, Errno::NoEntry)
    );
    let moved = at(root, "f", |old| at(id, "x", |new| s.fs.rename(old, new)));
    assert_eq!(
        moved.unwrap_err(),
        super::subject::second(0, Errno::NoEntry)
    );
    assert_eq!(
        at(id, "x", |p| s.fs.metadata(p)).unwrap_err(),
        Stop::missing(0)
    );
    let nodes = s.fs.usage().nodes;
    s.audit();
    s.fs.release(id);
    assert_eq!(s.fs.usage().nodes, nodes - 1);
    assert_eq!(
        s.fs.metadata(Place::dir(id)).unwrap_err(),
        failed(0, Errno::BadFd)
    );
    s.audit();
}

#[test]
fn directory_ids_are_counted_and_a_released_one_is_refused() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    let one = s.dir("d");
    let other = s.dir("d");
    let Ok(Opened::Dir(third)) = s.fs.open(Place::dir(one), OpenOptions::directory()) else {
        panic!("it is open");
    };
    let mut stream = s.fs.open_dir_stream(one).unwrap();
    for id in [one, other] {
        s.fs.release(id);
        assert!(s.fs.sync_dir(third, guesthouse_vfs::SyncKind::All).is_ok());
    }
    s.fs.release(third);
    s.fs.release(third);
    assert_eq!(s.fs.open_dir_stream(third).err(), Some(Errno::BadFd));
    let listed = stream.next_from(0, &mut |_| std::ops::ControlFlow::Continue(()));
    assert_eq!(listed, Err(Errno::BadFd));
    let again = s.dir("d");
    assert_ne!(again, third, "an id came twice");
    // The root is open for good.
    s.fs.release(s.fs.root());
    assert!(s.stat("").is_ok());
}

#[test]
fn a_file_opened_for_reading_cannot_be_written_past_its_descriptor() {
    let s = Subject::new();
    s.put("f", b"kept");
    let options = OpenOptions::existing(Access::READ);
    let Ok(Opened::File(reader)) = s.open("f", options) else {
        panic!("it is a file");
    };
    assert_eq!(write(&*reader.file, b"lost", 0), Err(Errno::BadFd));
    assert_eq!(reader.file.append(&[]), Err(Errno::BadFd));
    assert_eq!(reader.file.set_len(0), Err(Errno::BadFd));
    assert_eq!(reader.file.allocate(0, 9), Err(Errno::BadFd));
    assert_eq!(contents(&*reader.file), b"kept");
    s.audit();
}
