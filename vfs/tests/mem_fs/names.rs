use guesthouse_vfs::{Errno, FileSystem, FileType, Limits, SetTimes, Stop};

use super::subject::{Subject, at, failed, second};

#[test]
fn making_directories() {
    let s = Subject::new();
    s.mkdir("d/").unwrap();
    s.put("f", b"");
    s.symlink("nowhere", "l").unwrap();
    for path in ["d", "d/", "f", "f/", "l", ""] {
        assert_eq!(
            s.mkdir(path).unwrap_err(),
            failed(0, Errno::Exist),
            "{path}"
        );
    }
    assert_eq!(s.mkdir("none/d").unwrap_err(), Stop::missing(0));
    assert_eq!(s.mkdir("f/d").unwrap_err(), failed(1, Errno::NotDir));
    s.mkdir("d/e").unwrap();
    assert_eq!(s.stat("d").unwrap().nlink, 3);
    assert_eq!(s.stat("").unwrap().nlink, 3);
    s.audit();
}

#[test]
fn removing_directories() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.mkdir("d/e").unwrap();
    s.put("f", b"");
    s.symlink("d", "l").unwrap();
    assert_eq!(s.rmdir("d").unwrap_err(), failed(0, Errno::NotEmpty));
    assert_eq!(s.rmdir("f").unwrap_err(), failed(0, Errno::NotDir));
    assert_eq!(s.rmdir("f/").unwrap_err(), failed(0, Errno::NotDir));
    assert_eq!(s.rmdir("l").unwrap_err(), failed(0, Errno::NotDir));
    assert_eq!(s.rmdir("").unwrap_err(), failed(0, Errno::Busy));
    assert_eq!(s.rmdir("none").unwrap_err(), Stop::missing(0));
    s.rmdir("d/e/").unwrap();
    assert_eq!(s.stat("d").unwrap().nlink, 2);
    s.rmdir("d").unwrap();
    assert_eq!(s.stat("").unwrap().nlink, 2);
    assert_eq!(s.list(""), ["f", "l"]);
    s.audit();
}

#[test]
fn unlinking() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("f", b"12345");
    s.symlink("f", "l").unwrap();
    for path in ["d", "d/", ""] {
        assert_eq!(
            s.unlink(path).unwrap_err(),
            failed(0, Errno::IsDir),
            "{path}"
        );
    }
    assert_eq!(s.unlink("f/").unwrap_err(), failed(0, Errno::NotDir));
    assert_eq!(s.unlink("none").unwrap_err(), Stop::missing(0));
    s.unlink("l").unwrap();
    assert_eq!(s.get("f"), b"12345");
    s.unlink("f").unwrap();
    assert_eq!(s.list(""), ["d"]);
    assert_eq!(s.fs.usage().private_bytes, 0);
    s.audit();
}

#[test]
fn symbolic_links() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("f", b"");
    s.symlink("any/where", "l").unwrap();
    assert_eq!(&*s.read_link("l").unwrap(), b"any/where");
    let link = s.stat("l").unwrap();
    assert_eq!(
        (link.file_type, link.size, link.mode),
        (FileType::Symlink, 9, 0o777)
    );
    for path in ["d", "d/", "f", ""] {
        assert_eq!(
            s.read_link(path).unwrap_err(),
            failed(0, Errno::Invalid),
            "{path}"
        );
    }
    assert_eq!(s.read_link("f/").unwrap_err(), failed(0, Errno::NotDir));
    for path in ["l", "d", "f/", ""] {
        assert_eq!(
            s.symlink("x", path).unwrap_err(),
            failed(0, Errno::Exist),
            "{path}"
        );
    }
    assert_eq!(
        s.symlink("x", "new/").unwrap_err(),
        failed(0, Errno::NoEntry)
    );
    assert_eq!(s.stat("l/").unwrap_err(), failed(0, Errno::NotDir));
    let mode = at(s.fs.root(), "l", |place| s.fs.set_mode(place, 0o700));
    assert_eq!(mode.unwrap_err(), failed(0, Errno::NotSupported));
    let times = at(s.fs.root(), "l", |place| {
        s.fs.set_times(place, SetTimes::default())
    });
    assert_eq!(times, Ok(()));
    s.audit();
}

#[test]
fn hard_links() {
    let s = Subject::new();
    s.mkdir("d").unwrap();
    s.put("f", b"same");
    s.link("f", "d/g").unwrap();
    let (f, g) = (s.stat("f").unwrap(), s.stat("d/g").unwrap());
    assert_eq!(f, g);
    assert_eq!(f.nlink, 2);
    s.symlink("f", "l").unwrap();
    s.link("l", "l2").unwrap();
    assert_eq!(s.stat("l2").unwrap().file_type, FileType::Symlink);
    assert_eq!(s.link("d", "x").unwrap_err(), failed(0, Errno::Permission));
    assert_eq!(s.link("d/", "f").unwrap_err(), second(0, Errno::Exist));
    assert_eq!(s.link("d/", "x/").unwrap_err(), second(0, Errno::NoEntry));
    assert_eq!(s.link("f/", "x").unwrap_err(), failed(0, Errno::NotDir));
    assert_eq!(s.link("", "x").unwrap_err(), failed(0, Errno::Permission));
    for path in ["f", "d", "d/", "f/", "l", ""] {
        assert_eq!(
            s.link("f", path).unwrap_err(),
            second(0, Errno::Exist),
            "{path}"
        );
    }
    assert_eq!(s.link("f", "new/").unwrap_err(), second(0, Errno::NoEntry));
    assert_eq!(s.link("none", "x").unwrap_err(), Stop::missing(0));
    assert_eq!(
        s.link("f", "none/x").unwrap_err(),
        Stop::missing(0).second()
    );
    s.unlink("f").unwrap();
    assert_eq!(s.get("d/g"), b"same");
    assert_eq!(s.stat("d/g").unwrap().nlink, 1);
    s.audit();
}

#[test]
fn limits_on_links_nodes_and_names() {
    let s = Subject::with_limits(Limits {
        links: 2,
        nodes: 5,
        names: 5,
        ..Limits::default()
    });
    s.put("f", b"");
    s.link("f", "g").unwrap();
    assert_eq!(
        s.link("f", "h").unwrap_err(),
        second(0, Errno::TooManyLinks)
    );
    s.mkdir("a").unwrap();
    s.mkdir("b").unwrap();
    assert_eq!(s.mkdir("c").unwrap_err(), failed(0, Errno::TooManyLinks));
    s.put("a/x", b"");
    assert_eq!(s.mkdir("a/y").unwrap_err(), failed(1, Errno::NoSpace));
    assert_eq!(s.link("a/x", "a/y").unwrap_err(), second(1, Errno::NoSpace));
    s.unlink("g").unwrap();
    assert_eq!(s.symlink("t", "g").unwrap_err(), failed(0, Errno::NoSpace));
    s.link("a/x", "a/y").unwrap();
    // Moving a directory needs a link of the new parent.
    s.unlink("f").unwrap();
    s.mkdir("a/z").unwrap();
    assert_eq!(
        s.rename("a/z", "z").unwrap_err(),
        second(0, Errno::TooManyLinks)
    );
    s.rename("a/z", "b").unwrap();
    s.audit();
}

#[test]
fn a_tree_a_hundred_thousand_levels_deep_is_no_danger() {
    const DEPTH: usize = 100_000;
    let s = Subject::new();
    let mut dir = s.fs.root();
    for _ in 0..DEPTH {
        at(dir, "d", |place| s.fs.create_dir(place, 0o755)).unwrap();
        let below = at(dir, "d", |place| {
            s.fs.open(place, guesthouse_vfs::OpenOptions::directory())
        });
        s.fs.release(dir);
        let Ok(guesthouse_vfs::Opened::Dir(below)) = below else {
            panic!("it was made just now");
        };
        dir = below;
    }
    assert_eq!(s.fs.usage().nodes, DEPTH as u64 + 1);
    // The loop check goes all the way up.
    let root = s.fs.root();
    let looped = at(root, "d", |old| at(dir, "x", |new| s.fs.rename(old, new)));
    assert_eq!(looped.unwrap_err(), second(0, Errno::Invalid));
    s.fs.release(dir);
    let fork = s.fs.fork();
    drop(s);
    assert_eq!(fork.usage().nodes, DEPTH as u64 + 1);
}
