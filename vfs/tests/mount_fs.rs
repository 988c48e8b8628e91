//! Several filesystems in one tree.

mod paths;
mod toy;

use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{
    Access, Cause, Errno, FileSystem, FileType, LastName, MountFs, NodeFs, OpenOptions, Operand,
    Stop,
};
use paths::Paths;
use toy::ToyFs;

/// A filesystem with the file `name` in its root, so that one sees which it is.
fn toy(name: &str) -> Paths {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.write(name, name.as_bytes()).unwrap();
    fs
}

fn fs(paths: &Paths) -> Arc<dyn FileSystem> {
    Arc::clone(&paths.fs)
}

/// `root` holds `a/x`, `d/` and `f`; `one` is mounted on `a/m`, `two` on `a/m/deep/n`, `three` on `gone/far/t`, where `root` has nothing.
struct Tree {
    root: Paths,
    one: Paths,
    two: Paths,
    three: Paths,
    all: Paths,
}

fn tree() -> Tree {
    let (root, one, two, three) = (toy("f"), toy("1"), toy("2"), toy("3"));
    root.mkdir("a").unwrap();
    root.mkdir("d").unwrap();
    root.write("a/x", b"x").unwrap();
    one.mkdir("deep").unwrap();
    let all = MountFs::builder(fs(&root))
        .mount("/a/m", fs(&one))
        .and_then(|b| b.mount("a/./m//deep/n/", fs(&two)))
        .and_then(|b| b.mount("/gone/far/t", fs(&three)))
        .unwrap()
        .build();
    let all = Paths::new(all);
    Tree {
        root,
        one,
        two,
        three,
        all,
    }
}

#[test]
fn each_path_leads_to_its_filesystem() {
    let t = tree();
    assert_eq!(t.all.read("f").unwrap(), b"f");
    assert_eq!(t.all.read("a/x").unwrap(), b"x");
    assert_eq!(t.all.read("a/m/1").unwrap(), b"1");
    assert_eq!(t.all.read("a/m/deep/n/2").unwrap(), b"2");
    assert_eq!(t.all.read("gone/far/t/3").unwrap(), b"3");
    t.all.write("a/m/deep/new", b"new").unwrap();
    assert_eq!(t.one.read("deep/new").unwrap(), b"new");
    t.all.symlink("2", "a/m/deep/n/l").unwrap();
    assert_eq!(t.two.read_link("l").unwrap(), b"2");
    assert_eq!(t.root.stat("a/m").err(), Some(Errno::NoEntry));
    assert_eq!(t.root.stat("gone").err(), Some(Errno::NoEntry));
}

#[test]
fn where_a_mount_would_be_can_be_asked() {
    let (root, one) = (toy("f"), toy("1"));
    root.mkdir("a").unwrap();
    root.symlink("a", "l").unwrap();
    one.symlink("/l/..", "up").unwrap();
    one.symlink("up", "self").unwrap();
    let builder = MountFs::builder(fs(&root)).mount("/l/m", fs(&one)).unwrap();
    let resolve = |path: &str| {
        let place = builder.resolve(path).map_err(|error| error.errno());
        place.map(|place| String::from_utf8(place.into()).unwrap())
    };
    for (path, place) in [
        ("/", "/"),
        ("l//m/", "/a/m"),
        ("/l/m/new/far", "/a/m/new/far"),
        ("/a/m/self", "/"),
        ("/a/m/up/l", "/a"),
    ] {
        assert_eq!(resolve(path).as_deref(), Ok(place), "{path}");
    }
    assert_eq!(resolve(""), Err(Errno::NoEntry));
    assert_eq!(resolve("/f"), Err(Errno::NotDir));
    assert_eq!(resolve("/new/../f"), Err(Errno::NoEntry));
}

#[test]
fn a_mount_point_shows_the_mounted_root() {
    let t = tree();
    t.one.chmod("").unwrap();
    let point = t.all.stat("a/m").unwrap();
    assert_eq!(
        guesthouse_vfs::Metadata { dev: 0, ..point },
        t.one.stat("").unwrap()
    );
    assert_eq!(point.dev, 1);
    let listed = t.all.list_from("a", 0);
    assert_eq!(
        (listed[0].0.as_str(), listed[0].1, listed[0].2),
        ("m", point.ino, FileType::Dir)
    );
    t.all.touch("a/m").unwrap();
    assert_eq!(
        t.one.stat("").unwrap().modified,
        t.all.stat("a/m").unwrap().modified
    );
    let devs = ["f", "a", "gone", "a/m/deep", "a/m/deep/n/2", "gone/far/t/3"]
        .map(|path| t.all.stat(path).unwrap().dev);
    assert_eq!(devs, [0, 0, 0, 1, 2, 3]);
    let file = t
        .all
        .file("a/m/deep/n/2", OpenOptions::existing(Access::READ))
        .unwrap();
    assert_eq!(file.metadata().unwrap().dev, 2);
}

#[test]
fn what_is_on_the_trie_stays() {
    let t = tree();
    t.root.write("g", b"").unwrap();
    let before = (t.root.everything(""), t.one.everything(""));
    let cases = [
        ("rmdir a/m", t.all.rmdir("a/m"), Errno::Busy),
        ("rmdir a", t.all.rmdir("a"), Errno::Busy),
        ("rmdir a/m/deep", t.all.rmdir("a/m/deep"), Errno::Busy),
        ("rmdir gone", t.all.rmdir("gone"), Errno::Busy),
        ("rmdir root", t.all.rmdir(""), Errno::Busy),
        ("unlink a/m", t.all.unlink("a/m"), Errno::IsDir),
        ("unlink root", t.all.unlink(""), Errno::IsDir),
        ("mkdir a/m", t.all.mkdir("a/m"), Errno::Exist),
        ("mkdir gone/", t.all.mkdir("gone/"), Errno::Exist),
        ("symlink a/m", t.all.symlink("t", "a/m"), Errno::Exist),
        (
            "readlink a/m",
            t.all.read_link("a/m").map(drop),
            Errno::Invalid,
        ),
        ("rename a/m", t.all.rename("a/m", "a/z"), Errno::Busy),
        ("rename a", t.all.rename("a", "z"), Errno::Busy),
        ("rename gone", t.all.rename("gone", "z"), Errno::Busy),
        ("rename d onto a", t.all.rename("d", "a"), Errno::Busy),
        ("rename g onto a", t.all.rename("g", "a"), Errno::IsDir),
        ("rename a onto g", t.all.rename("a", "g"), Errno::NotDir),
        ("rename nothing", t.all.rename("no", "a"), Errno::NoEntry),
        ("rename g/ onto a", t.all.rename("g/", "a"), Errno::NotDir),
        ("rename root", t.all.rename("", "z"), Errno::Busy),
        ("link a", t.all.link("a", "z"), Errno::Permission),
        ("link onto a/m", t.all.link("g", "a"), Errno::Exist),
        ("link a/m", t.all.link("a/m", "z"), Errno::CrossDevice),
        ("open a/m", t.all.write("a/m", b""), Errno::IsDir),
        ("open a/m/", t.all.write("a/m/", b""), Errno::IsDir),
    ];
    for (case, answer, expected) in cases {
        assert_eq!(answer, Err(expected), "{case}");
    }
    let exclusive = t.all.open("a/m", OpenOptions::create_new());
    assert_eq!(exclusive.err(), Some(Errno::Exist));
    t.all.rename("a/m", "a/m").unwrap();
    assert_eq!((t.root.everything(""), t.one.everything("")), before);
}

#[test]
fn nothing_moves_between_mounts() {
    let t = tree();
    let cross = [
        ("f", "a/m/new"),
        ("a/m/1", "new"),
        ("a/m/1", "a/m/deep/n/new"),
        ("a/m/1", "gone/far/t/1"),
        ("a/m/1", "a/m/deep/n/2"),
    ];
    for (old, new) in cross {
        assert_eq!(t.all.rename(old, new), Err(Errno::CrossDevice), "{old}");
    }
    for (old, new) in &cross[..4] {
        assert_eq!(t.all.link(old, new), Err(Errno::CrossDevice), "{old}");
    }
    // Linux looks at both directories first, and link at both names.
    assert_eq!(t.all.rename("f", "a/m/no/x"), Err(Errno::NoEntry));
    assert_eq!(t.all.rename("f/x", "a/m/x"), Err(Errno::NotDir));
    assert_eq!(t.all.rename("no", "a/m/x"), Err(Errno::CrossDevice));
    assert_eq!(t.all.link("no", "a/m/x"), Err(Errno::NoEntry));
    assert_eq!(t.all.link("f", "a/m/1"), Err(Errno::Exist));
    assert_eq!(t.all.link("f", "a/m/x/"), Err(Errno::NoEntry));
    t.all.rename("a/m/1", "a/m/deep/1").unwrap();
    t.all.link("a/m/deep/1", "a/m/1").unwrap();
    assert_eq!(t.one.read("deep/1").unwrap(), b"1");
}

#[test]
fn synthetic_directories_hold_mounts_only() {
    let t = tree();
    let gone = t.all.stat("gone").unwrap();
    let far = t.all.stat("gone/far/").unwrap();
    assert_eq!((gone.file_type, gone.mode), (FileType::Dir, 0o555));
    assert_eq!((gone.nlink, far.nlink), (3, 3));
    assert_ne!(gone.ino, far.ino);
    assert_eq!(tree().all.stat("gone").unwrap(), gone);
    let cases = [
        ("create", t.all.write("gone/x", b""), Errno::ReadOnly),
        ("mkdir", t.all.mkdir("gone/x"), Errno::ReadOnly),
        ("symlink", t.all.symlink("t", "gone/x"), Errno::ReadOnly),
        ("rename in", t.all.rename("f", "gone/x"), Errno::ReadOnly),
        ("link in", t.all.link("f", "gone/x"), Errno::ReadOnly),
        (
            "from a mount",
            t.all.rename("a/m/1", "gone/x"),
            Errno::CrossDevice,
        ),
        (
            "rename mount",
            t.all.rename("gone/far", "gone/x"),
            Errno::Busy,
        ),
        ("remove mount", t.all.rmdir("gone/far"), Errno::Busy),
        ("touch", t.all.touch("gone"), Errno::ReadOnly),
        ("chmod", t.all.chmod("gone/far"), Errno::ReadOnly),
        ("open", t.all.read("gone/x").map(drop), Errno::NoEntry),
        ("mkdir below", t.all.mkdir("gone/x/y"), Errno::NoEntry),
        ("unlink", t.all.unlink("gone/x"), Errno::ReadOnly),
    ];
    for (case, answer, expected) in cases {
        assert_eq!(answer, Err(expected), "{case}");
    }
    assert_eq!(t.all.list("gone"), ["far"]);
    assert_eq!(t.all.list("gone/far"), ["t"]);
    let listed = t.all.list_from("", 0);
    let entry = listed.iter().find(|e| e.0 == "gone").unwrap();
    assert_eq!((entry.1, entry.2), (gone.ino, FileType::Dir));
    t.all.write("gone/far/t/x", b"x").unwrap();
    assert_eq!(t.three.read("x").unwrap(), b"x");
}

#[test]
fn a_listing_goes_on_after_any_entry_while_others_come_and_go() {
    let t = tree();
    for name in ["p", "q", "r"] {
        t.root.write(name, b"").unwrap();
    }
    let all = t.all.list_from("", 0);
    let names: Vec<_> = all.iter().map(|e| e.0.as_str()).collect();
    assert_eq!(names, ["a", "gone", "f", "d", "p", "q", "r"]);
    for (index, entry) in all.iter().enumerate() {
        assert_ne!(entry.3, 0);
        assert_eq!(t.all.list_from("", entry.3), all[index + 1..]);
    }
    t.root.unlink("p").unwrap();
    t.root.write("s", b"").unwrap();
    let rest: Vec<_> = t.all.list_from("", all[4].3);
    assert_eq!(rest[..2], all[5..]);
    assert_eq!(rest[2].0, "s");

    let mut stream = t.all.fs.open_dir_stream(t.all.dir).unwrap();
    let mut passed = Vec::new();
    let mut cookie = 0;
    loop {
        let (before, from) = (passed.len(), cookie);
        let mut one = |e: guesthouse_vfs::DirEntry<'_>| {
            if passed.len() > before {
                return ControlFlow::Break(());
            }
            passed.push(e.name.to_vec());
            cookie = e.next;
            ControlFlow::Continue(())
        };
        stream.next_from(from, &mut one).unwrap();
        if passed.len() == before {
            break;
        }
    }
    assert_eq!(passed, [&b"a"[..], b"gone", b"f", b"d", b"q", b"r", b"s"]);
}

#[test]
fn a_directory_handle_sees_the_mounts_below_it() {
    let t = tree();
    let a = t.all.from(t.all.dir("a").unwrap());
    assert_eq!(a.read("m/1").unwrap(), b"1");
    assert_eq!(a.read("m/deep/n/2").unwrap(), b"2");
    assert_eq!(a.list(""), ["m", "x"]);
    let gone = t.all.from(t.all.dir("gone").unwrap());
    assert_eq!(gone.read("far/t/3").unwrap(), b"3");
    // The host removes and replaces the directory: the mount and the handle stay.
    t.root.rename("a", "b").unwrap();
    t.root.symlink("d", "a").unwrap();
    assert_eq!(t.all.read("a/m/1").unwrap(), b"1");
    assert_eq!(t.all.read("a/x").unwrap(), b"x");
    assert_eq!(t.all.stat("a").unwrap().file_type, FileType::Dir);
    assert_eq!(a.read("m/1").unwrap(), b"1");
}

#[test]
fn a_released_directory_is_refused() {
    let t = tree();
    let d = t.all.from(t.all.dir("d").unwrap());
    d.write("x", b"x").unwrap();
    let again = d.from(d.dir("").unwrap());
    d.fs.release(d.dir);
    assert_eq!(d.read("x"), Err(Errno::BadFd));
    assert_eq!(d.fs.open_dir_stream(d.dir).err(), Some(Errno::BadFd));
    assert_eq!(again.read("x").unwrap(), b"x");
    again.fs.release(again.dir);
    let other = t.all.from(t.all.dir("d").unwrap());
    assert_eq!(again.read("x"), Err(Errno::BadFd));
    assert_eq!(other.read("x").unwrap(), b"x");
}

#[test]
fn a_stop_speaks_of_the_whole_path() {
    let t = tree();
    t.one.symlink("target", "deep/l").unwrap();
    let at = |path| {
        t.all
            .at(path, LastName::Follow, |p| t.all.fs.metadata(p))
            .err()
    };
    assert_eq!(at("a/m/deep/l"), Some(Stop::link(3, b"target"[..].into())));
    assert_eq!(at("a/m/deep/no/x"), Some(Stop::missing(3)));
    assert_eq!(at("gone/no"), Some(Stop::missing(1)));
    assert_eq!(at("a/m/1/x"), Some(Stop::failed(3, Errno::NotDir)));
    let stop = t.all.at("a/m/1", LastName::Act, |old| {
        t.all.at("a/m/deep/no/x", LastName::Act, |new| {
            t.all.fs.rename(old, new)
        })
    });
    let stop = stop.err().unwrap();
    assert_eq!(
        (stop.operand, stop.index, stop.cause),
        (Operand::Second, 3, Cause::Missing)
    );
}
