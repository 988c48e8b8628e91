//! Where a walk stops, and what it says.

use crate::ground::{Ground, READ, failed, link, missing, on_every_ground, outcome, p};
use guesthouse_vfs::{Errno, FileSystem, NodeId, OpenOptions, SetTimes};

on_every_ground! {
    a_missing_name_is_told_by_its_index
    a_link_on_the_way_is_reported_with_its_target
    a_file_on_the_way_is_no_directory
    not_being_a_directory_comes_before_the_length_of_the_next_name
    a_name_too_long_is_told_by_its_index
    paths_longer_than_the_kernels_limit_are_walked
    a_released_directory_is_a_bad_descriptor
    names_need_not_be_utf8
    a_removed_directory_is_empty_and_takes_nothing
    a_directory_handle_survives_renaming
}

fn stat(ground: &Ground, path: &str) -> Result<(), guesthouse_vfs::Stop> {
    outcome(ground.fs.metadata(p(path).follow(ground.fs.root())))
}

fn a_missing_name_is_told_by_its_index(ground: &Ground) {
    ground.put_dir("a/b");
    assert_eq!(stat(ground, "x"), missing(0));
    assert_eq!(stat(ground, "a/x"), missing(1));
    assert_eq!(stat(ground, "x/b/c"), missing(0));
    assert_eq!(stat(ground, "a/b/x"), missing(2));
    assert_eq!(stat(ground, "a/x/c/d"), missing(1));
    assert_eq!(outcome(ground.open("a/x/c", READ)), missing(1));
    assert_eq!(outcome(ground.open("a/x/c/", READ)), missing(1));
    let create = OpenOptions::create();
    assert_eq!(outcome(ground.open("a/x/c", create)), missing(1));
}

fn a_link_on_the_way_is_reported_with_its_target(ground: &Ground) {
    ground.put_dir("a/b");
    ground.put_link("b", "a/to_b");
    ground.put_link("../../outside/./x/", "a/b/out");
    assert_eq!(stat(ground, "a/to_b/c"), link(1, "b"));
    assert_eq!(stat(ground, "a/b/out/c/d"), link(2, "../../outside/./x/"));
    for options in [
        READ,
        OpenOptions::directory(),
        OpenOptions::create(),
        OpenOptions::create_new(),
    ] {
        assert_eq!(outcome(ground.open("a/to_b/c", options)), link(1, "b"));
    }
    let root = ground.fs.root();
    let path = p("a/to_b/c");
    let place = path.act(root);
    let fs = &ground.fs;
    assert_eq!(outcome(fs.create_dir(place, 0o777)), link(1, "b"));
    assert_eq!(outcome(fs.remove_dir(place)), link(1, "b"));
    assert_eq!(outcome(fs.unlink(place)), link(1, "b"));
    assert_eq!(outcome(fs.read_link(place)), link(1, "b"));
    assert_eq!(outcome(fs.symlink(b"t", place)), link(1, "b"));
    assert_eq!(outcome(fs.set_mode(place, 0o700)), link(1, "b"));
    let times = SetTimes::default();
    assert_eq!(outcome(fs.set_times(place, times)), link(1, "b"));
}

fn a_file_on_the_way_is_no_directory(ground: &Ground) {
    ground.put("a/file", "");
    // The name after the file is the one that cannot be looked up.
    assert_eq!(stat(ground, "a/file/x"), failed(2, Errno::NotDir));
    assert_eq!(stat(ground, "a/file/x/y"), failed(2, Errno::NotDir));
    assert_eq!(stat(ground, "a/file/"), failed(1, Errno::NotDir));
}

fn not_being_a_directory_comes_before_the_length_of_the_next_name(ground: &Ground) {
    ground.put("file", "");
    let path = format!("file/{}", "n".repeat(256));
    assert_eq!(stat(ground, &path), failed(1, Errno::NotDir));
}

fn a_name_too_long_is_told_by_its_index(ground: &Ground) {
    ground.put_dir("a");
    let long = "n".repeat(256);
    for (path, index) in [
        (long.clone(), 0),
        (format!("a/{long}"), 1),
        (format!("a/{long}/x"), 1),
        (format!("{long}/a"), 0),
    ] {
        assert_eq!(stat(ground, &path), failed(index, Errno::NameTooLong));
    }
    // A missing name on the way is met first.
    assert_eq!(stat(ground, &format!("x/{long}")), missing(0));
    let root = ground.fs.root();
    let made = ground.fs.create_dir(p(&long).act(root), 0o777);
    assert_eq!(outcome(made), failed(0, Errno::NameTooLong));
}

fn paths_longer_than_the_kernels_limit_are_walked(ground: &Ground) {
    let name = "d".repeat(200);
    let mut path = String::new();
    for _ in 0..30 {
        path.push_str(&name);
        ground
            .fs
            .create_dir(p(&path).act(ground.fs.root()), 0o777)
            .expect("one more directory");
        path.push('/');
    }
    assert!(path.len() > 4096);
    assert_eq!(stat(ground, &path), Ok(()));
    assert_eq!(stat(ground, &format!("{path}x")), missing(30));
}

fn a_released_directory_is_a_bad_descriptor(ground: &Ground) {
    ground.put_dir("a");
    let dir = ground.dir("a");
    ground.fs.release(dir);
    let fs = &ground.fs;
    let bad = failed(0, Errno::BadFd);
    assert_eq!(outcome(fs.metadata(p("").act(dir))), bad);
    assert_eq!(outcome(fs.open(p("x").act(dir), READ)), bad);
    assert_eq!(outcome(fs.create_dir(p("x").act(dir), 0o777)), bad);
    assert_eq!(fs.open_dir_stream(dir).err(), Some(Errno::BadFd));
    assert_eq!(
        fs.sync_dir(dir, guesthouse_vfs::SyncKind::All),
        Err(Errno::BadFd)
    );
    let never_given = NodeId {
        slot: 4711,
        generation: 0,
    };
    assert_eq!(outcome(fs.metadata(p("").act(never_given))), bad);
}

fn names_need_not_be_utf8(ground: &Ground) {
    let name = guesthouse_vfs::Name::new(b"\xff\xfe\\:").expect("a name");
    let names = [name];
    let place = guesthouse_vfs::Place::act(ground.fs.root(), &names);
    ground.fs.create_dir(place, 0o777).expect("a directory");
    ground.fs.metadata(place).expect("it is there");
    ground.fs.remove_dir(place).expect("and can go");
}

fn a_removed_directory_is_empty_and_takes_nothing(ground: &Ground) {
    ground.put_dir("a");
    let dir = ground.dir("a");
    let fs = &ground.fs;
    fs.remove_dir(p("a").act(fs.root())).expect("removed");
    assert_eq!(ground.list(dir), Vec::<String>::new());
    assert_eq!(outcome(fs.metadata(p("x").follow(dir))), missing(0));
    let none = failed(0, Errno::NoEntry);
    assert_eq!(outcome(fs.create_dir(p("x").act(dir), 0o777)), none);
    assert_eq!(outcome(fs.symlink(b"t", p("x").act(dir))), none);
    let create = OpenOptions::create_new();
    assert_eq!(outcome(fs.open(p("x").act(dir), create)), none);
    assert!(fs.metadata(p("").act(dir)).is_ok());
    fs.release(dir);
}

fn a_directory_handle_survives_renaming(ground: &Ground) {
    ground.put("a/file", "here");
    let dir = ground.dir("a");
    let fs = &ground.fs;
    fs.rename(p("a").act(fs.root()), p("b").act(fs.root()))
        .expect("renamed");
    assert_eq!(ground.list(dir), ["file"]);
    fs.release(dir);
}
