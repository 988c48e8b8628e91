//! Custom filesystems through the single-name traits.

mod paths;
mod toy;

use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;

use guesthouse_vfs::{
    Access, Cause, Errno, FileType, LastName, NodeFs, OpenOptions, Operand, ReadOnlyNodeFs, Stop,
};
use paths::Paths;
use toy::ToyFs;

const READ: OpenOptions = OpenOptions::existing(Access::READ);
const WRITE: OpenOptions = OpenOptions::existing(Access::WRITE);

/// `d/`, `d/in`, `empty/`, `f`, `l -> f`, `dangling -> nowhere`, `to_d -> d`.
fn tree() -> Paths {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.mkdir("d").unwrap();
    fs.mkdir("empty").unwrap();
    fs.write("d/in", b"inside").unwrap();
    fs.write("f", b"hello").unwrap();
    fs.symlink("f", "l").unwrap();
    fs.symlink("nowhere", "dangling").unwrap();
    fs.symlink("d", "to_d").unwrap();
    fs
}

fn stop(fs: &Paths, path: &str, last: LastName, options: OpenOptions) -> Stop {
    fs.at(path, last, |place| fs.fs.open(place, options))
        .err()
        .unwrap()
}

#[test]
fn a_walk_says_where_and_why_it_stopped() {
    let fs = tree();
    let at = |path, last| fs.at(path, last, |place| fs.fs.metadata(place)).err();
    let link = |index, target: &[u8]| Some(Stop::link(index, target.into()));
    assert_eq!(at("d/no/x", LastName::Act), Some(Stop::missing(1)));
    assert_eq!(at("d/no", LastName::Act), Some(Stop::missing(1)));
    assert_eq!(
        at("f/x", LastName::Act),
        Some(Stop::failed(1, Errno::NotDir))
    );
    assert_eq!(
        at("f/", LastName::Act),
        Some(Stop::failed(0, Errno::NotDir))
    );
    assert_eq!(at("to_d/in", LastName::Act), link(0, b"d"));
    assert_eq!(at("l", LastName::Follow), link(0, b"f"));
    assert_eq!(at("l", LastName::Act), None);
    let long = "n".repeat(256);
    assert_eq!(
        at(&format!("d/{long}"), LastName::Act),
        Some(Stop::failed(1, Errno::NameTooLong))
    );
    let created = stop(&fs, "dangling", LastName::Follow, OpenOptions::create());
    assert_eq!(created.cause, Cause::Link(b"nowhere"[..].into()));
    let second = fs.at("f", LastName::Act, |old| {
        fs.at("d/no/x", LastName::Act, |new| fs.fs.link(old, new))
    });
    assert_eq!(
        second.err().map(|s| (s.operand, s.index)),
        Some((Operand::Second, 1))
    );
}

#[test]
fn open_answers_in_the_documented_order() {
    let fs = tree();
    let with = |options, change: fn(&mut OpenOptions)| {
        let mut options: OpenOptions = options;
        change(&mut options);
        options
    };
    let directory = |o: &mut OpenOptions| o.directory = true;
    let truncate = |o: &mut OpenOptions| o.truncate = true;
    let cases = [
        ("f", READ, Ok(())),
        ("d", READ, Ok(())),
        ("", READ, Ok(())),
        ("d", WRITE, Err(Errno::IsDir)),
        ("d", with(READ, truncate), Err(Errno::IsDir)),
        ("d", OpenOptions::create(), Err(Errno::IsDir)),
        ("", OpenOptions::create(), Err(Errno::IsDir)),
        ("", OpenOptions::create_new(), Err(Errno::Exist)),
        ("f", OpenOptions::create_new(), Err(Errno::Exist)),
        ("dangling", OpenOptions::create_new(), Err(Errno::Exist)),
        ("new/", OpenOptions::create(), Err(Errno::IsDir)),
        ("f", OpenOptions::directory(), Err(Errno::NotDir)),
        (
            "f",
            with(OpenOptions::create(), directory),
            Err(Errno::Invalid),
        ),
        ("new", WRITE, Err(Errno::NoEntry)),
        ("l", READ, Err(Errno::Loop)),
    ];
    for (path, options, expected) in cases {
        let opened = fs.open(path, options).map(drop);
        assert_eq!(opened, expected, "{path} {options:?}");
    }
    let nofollow = stop(&fs, "l", LastName::Act, READ);
    assert_eq!(nofollow, Stop::failed(0, Errno::Loop));
}

#[test]
fn files_are_made_cut_and_filled() {
    let fs = tree();
    let file = fs
        .file(
            "new",
            OpenOptions {
                mode: 0o751,
                ..OpenOptions::create_new()
            },
        )
        .unwrap();
    let parts = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
    assert_eq!(file.write_at(&parts, 2), Ok(4));
    assert_eq!(file.append(&[IoSlice::new(b"ef")]), Ok((8, 2)));
    let (mut a, mut b) = ([9; 3], [9; 9]);
    let read = file.read_at(&mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)], 0);
    assert_eq!(read, Ok(8));
    assert_eq!((&a, &b[..5]), (b"\0\0a", &b"bcdef"[..]));
    assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut a)], 8), Ok(0));
    file.set_len(3).unwrap();
    file.allocate(4, 4).unwrap();
    assert_eq!(fs.read("new").unwrap(), b"\0\0a\0\0\0\0\0");
    file.set_mode(0o600).unwrap();
    assert_eq!(fs.stat("new").unwrap().mode, 0o600);
    let cut = OpenOptions {
        truncate: true,
        ..WRITE
    };
    fs.file("new", cut).unwrap();
    assert_eq!(file.metadata().unwrap().size, 0);
}

#[test]
fn names_are_made_removed_and_linked() {
    let fs = tree();
    let cases = [
        ("mkdir f", fs.mkdir("f"), Err(Errno::Exist)),
        ("mkdir new/", fs.mkdir("new/"), Ok(())),
        ("mkdir nothing", fs.mkdir(""), Err(Errno::Exist)),
        ("rmdir d", fs.rmdir("d"), Err(Errno::NotEmpty)),
        ("rmdir f", fs.rmdir("f"), Err(Errno::NotDir)),
        ("rmdir to_d", fs.rmdir("to_d"), Err(Errno::NotDir)),
        ("rmdir nothing", fs.rmdir(""), Err(Errno::Busy)),
        ("rmdir new/", fs.rmdir("new/"), Ok(())),
        ("unlink d", fs.unlink("d"), Err(Errno::IsDir)),
        ("unlink nothing", fs.unlink(""), Err(Errno::IsDir)),
        ("unlink f/", fs.unlink("f/"), Err(Errno::NotDir)),
        ("unlink no", fs.unlink("no"), Err(Errno::NoEntry)),
        ("symlink x/", fs.symlink("t", "x/"), Err(Errno::NoEntry)),
        ("symlink f", fs.symlink("t", "f"), Err(Errno::Exist)),
        ("link d x", fs.link("d", "x"), Err(Errno::Permission)),
        ("link d f", fs.link("d", "f"), Err(Errno::Exist)),
        ("link f d", fs.link("f", "d"), Err(Errno::Exist)),
        ("link f x/", fs.link("f", "x/"), Err(Errno::NoEntry)),
        ("link f/ x", fs.link("f/", "x"), Err(Errno::NotDir)),
        ("link f d/x", fs.link("f", "d/x"), Ok(())),
        ("chmod l", fs.chmod("l"), Err(Errno::NotSupported)),
        ("touch l", fs.touch("l"), Ok(())),
    ];
    for (case, answer, expected) in cases {
        assert_eq!(answer, expected, "{case}");
    }
    assert_eq!(fs.stat("d/x").unwrap().ino, fs.stat("f").unwrap().ino);
    assert_eq!(fs.stat("f").unwrap().nlink, 2);
    fs.unlink("f").unwrap();
    assert_eq!(fs.read("d/x").unwrap(), b"hello");
    assert_eq!(fs.read_link("l").unwrap(), b"f");
    assert_eq!(fs.read_link("d"), Err(Errno::Invalid));
}

#[test]
fn rename_replaces_what_fits_and_refuses_the_rest() {
    let fs = tree();
    fs.mkdir("d/deep").unwrap();
    let before = fs.everything("");
    let cases = [
        ("f", "d", Errno::IsDir),
        ("d", "f", Errno::NotDir),
        ("d", "d/deep/x", Errno::Invalid),
        ("d", "d/deep", Errno::Invalid),
        ("empty", "d", Errno::NotEmpty),
        ("d/deep", "d", Errno::NotEmpty),
        ("d/in", "d", Errno::NotEmpty),
        ("f/", "x", Errno::NotDir),
        ("f", "x/", Errno::NotDir),
        ("no", "x", Errno::NoEntry),
        ("no", "no/x", Errno::NoEntry),
        ("", "x", Errno::Busy),
        ("f", "", Errno::Busy),
        ("f", "f/x", Errno::NotDir),
        ("to_d/in", "x", Errno::Loop),
    ];
    for (old, new, expected) in cases {
        assert_eq!(fs.rename(old, new), Err(expected), "{old} {new}");
    }
    fs.rename("f", "f").unwrap();
    assert_eq!(fs.everything(""), before);
    fs.rename("d/deep/", "empty/").unwrap();
    fs.rename("f", "l").unwrap();
    fs.rename("d", "empty/d/").unwrap();
    assert_eq!(fs.read("empty/d/in").unwrap(), b"inside");
    assert_eq!(fs.read("l").unwrap(), b"hello");
    assert_eq!(fs.stat("d").err(), Some(Errno::NoEntry));
}

#[test]
fn a_rename_between_two_names_of_one_node_does_nothing() {
    let fs = tree();
    fs.link("f", "g").unwrap();
    fs.rename("f", "g").unwrap();
    assert_eq!(fs.stat("f").unwrap().nlink, 2);
}

#[test]
fn an_open_directory_survives_rename_and_removal() {
    let fs = tree();
    let d = fs.from(fs.dir("d").unwrap());
    fs.rename("d", "empty/e").unwrap();
    assert_eq!(d.read("in").unwrap(), b"inside");
    d.unlink("in").unwrap();
    fs.rmdir("empty/e").unwrap();
    assert_eq!(d.list(""), Vec::<String>::new());
    let made = [
        d.mkdir("x"),
        d.write("x", b""),
        d.symlink("t", "x"),
        fs.at("f", LastName::Act, |f| {
            d.at("x", LastName::Act, |x| d.fs.link(f, x))
        })
        .map_err(|s| s.errno()),
        fs.at("f", LastName::Act, |f| {
            d.at("x", LastName::Act, |x| d.fs.rename(f, x))
        })
        .map_err(|s| s.errno()),
    ];
    assert_eq!(made, [Err(Errno::NoEntry); 5]);
}

#[test]
fn a_released_directory_is_refused() {
    let fs = tree();
    let d = fs.from(fs.dir("d").unwrap());
    let again = d.dir("").unwrap();
    let mut stream = d.fs.open_dir_stream(d.dir).unwrap();
    d.fs.release(d.dir);
    assert_eq!(d.stat("in"), Err(Errno::BadFd));
    assert_eq!(d.mkdir("x"), Err(Errno::BadFd));
    assert_eq!(
        d.fs.sync_dir(d.dir, guesthouse_vfs::SyncKind::All),
        Err(Errno::BadFd)
    );
    assert_eq!(
        stream.next_from(0, &mut |_| ControlFlow::Continue(())),
        Err(Errno::BadFd)
    );
    assert!(d.from(again).stat("in").is_ok());
    d.fs.release(d.fs.root());
    assert!(fs.stat("f").is_ok());
}

#[test]
fn a_listing_goes_on_after_an_entry_that_is_gone() {
    let fs = tree();
    let all = fs.list_from("", 0);
    let names: Vec<_> = all.iter().map(|e| e.0.as_str()).collect();
    assert_eq!(names, ["d", "empty", "f", "l", "dangling", "to_d"]);
    assert_eq!(all[2].2, FileType::File);
    fs.unlink("f").unwrap();
    assert_eq!(fs.list_from("", all[2].3), all[3..]);
}

#[test]
fn the_read_only_adapter_refuses_changes_as_linux_does() {
    let fs = Paths::new(ReadOnlyNodeFs::new(ToyFs::new()));
    assert_eq!(fs.write("new", b""), Err(Errno::ReadOnly));
    assert_eq!(fs.mkdir("new"), Err(Errno::ReadOnly));
    assert_eq!(fs.mkdir("new/x"), Err(Errno::NoEntry));
    assert_eq!(fs.mkdir(""), Err(Errno::Exist));
    assert_eq!(fs.unlink("missing"), Err(Errno::ReadOnly));
    assert_eq!(fs.touch(""), Err(Errno::ReadOnly));
    assert_eq!(fs.list(""), Vec::<String>::new());
    let root = fs.dir("").unwrap();
    fs.fs.release(root);
    assert_eq!(fs.from(root).stat(""), Err(Errno::BadFd));
}

/// A file is replaced again and again while others look: its name is there at any time.
#[test]
fn hammer_replacing_is_atomic() {
    let fs = tree();
    let paths = || fs.from(fs.dir);
    std::thread::scope(|scope| {
        let mover = paths();
        scope.spawn(move || {
            for _ in 0..1000 {
                mover.write("d/new", b"hello").unwrap();
                mover.rename("d/new", "f").unwrap();
            }
        });
        for _ in 0..2 {
            let looker = paths();
            scope.spawn(move || {
                for _ in 0..2000 {
                    assert_eq!(looker.read("f").unwrap(), b"hello");
                }
            });
        }
    });
}
