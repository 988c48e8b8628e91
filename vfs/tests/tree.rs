//! [`Tree`] on the backends that hold data of their own.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};

use guesthouse_vfs::{
    Errno, FileType, MemFs, Name, OpenOptions, Place, SetTime, SetTimes, Timestamp, Tree,
    TreeResult,
};

/// Runs a test on an empty tree in memory, and on one in an empty directory of the host.
macro_rules! on_every_backend {
    ($($(#[$doc:meta])* fn $name:ident($tree:ident: &Tree) $body:block)*) => {
        $(fn $name($tree: &Tree) $body)*
        mod in_memory {
            use super::*;
            $($(#[$doc])* #[test] fn $name() { super::$name(&Tree::new(MemFs::new())); })*
        }
        #[cfg(feature = "host")]
        mod on_the_host {
            use super::*;
            $($(#[$doc])* #[test] fn $name() {
                let temporary = tempfile::tempdir().unwrap();
                super::$name(&Tree::open_host(temporary.path()).unwrap());
            })*
        }
    };
}

fn errno<T>(result: TreeResult<T>) -> Option<Errno> {
    result.err().map(|error| error.errno())
}

fn names(tree: &Tree, path: &str) -> Vec<String> {
    let entries = tree.list(path).unwrap();
    entries
        .iter()
        .map(|entry| entry.name_lossy().into_owned())
        .collect()
}

on_every_backend! {
    fn what_is_written_is_read(tree: &Tree) {
        tree.write("a", "one").unwrap();
        assert_eq!(tree.read("/a").unwrap(), b"one");
        tree.write(b"/a", vec![b'x']).unwrap();
        assert_eq!(tree.read_to_string("a").unwrap(), "x");
        tree.write("a", b"\xff").unwrap();
        assert_eq!(errno(tree.read_to_string("a")), Some(Errno::Invalid));
        assert_eq!(errno(tree.write("gone/a", "")), Some(Errno::NoEntry));
        assert_eq!(errno(tree.read("gone")), Some(Errno::NoEntry));
        assert_eq!(errno(tree.read("/")), Some(Errno::IsDir));
        assert_eq!(errno(tree.write("/", "")), Some(Errno::IsDir));
    }

    fn names_need_not_be_utf8(tree: &Tree) {
        tree.write(b"\xff\xfe", "odd").unwrap();
        let entries = tree.list("/").unwrap();
        assert_eq!(entries[0].name(), b"\xff\xfe");
        assert_eq!(entries[0].path(), b"/\xff\xfe");
        assert_eq!(tree.read(entries[0].path()).unwrap(), b"odd");
    }

    fn a_file_is_read_written_and_sought(tree: &Tree) {
        let mut file = tree.create_new("f").unwrap();
        assert_eq!(errno(tree.create_new("f")), Some(Errno::Exist));
        write!(file, "hello world").unwrap();
        assert_eq!(file.stream_position().unwrap(), 11);
        assert_eq!(file.seek(SeekFrom::End(-5)).unwrap(), 6);
        let mut end = String::new();
        file.read_to_string(&mut end).unwrap();
        assert_eq!(end, "world");
        assert_eq!(file.seek(SeekFrom::Start(20)).unwrap(), 20);
        file.write_all(b"!").unwrap();
        assert_eq!(file.metadata().unwrap().size, 21);
        assert_eq!(&tree.read("f").unwrap()[9..], b"ld\0\0\0\0\0\0\0\0\0!");
        file.rewind().unwrap();
        for (to, wrong) in [(SeekFrom::Current(-1), true), (SeekFrom::Start(1 << 63), true), (SeekFrom::Current(3), false)] {
            assert_eq!(file.seek(to).is_err(), wrong, "{to:?}");
        }
        file.set_len(4).unwrap();
        assert_eq!(tree.read("f").unwrap(), b"hell");
        file.sync_all().unwrap();
    }

    fn appending_goes_to_the_end(tree: &Tree) {
        let mut log = tree.append("log").unwrap();
        let mut other = tree.append("log").unwrap();
        writeln!(log, "one").unwrap();
        writeln!(other, "two").unwrap();
        log.rewind().unwrap();
        writeln!(log, "three").unwrap();
        let lines: Vec<String> = BufReader::new(tree.open("log").unwrap()).lines().map(Result::unwrap).collect();
        assert_eq!(lines, ["one", "two", "three"]);
    }

    fn access_is_what_was_asked_for(tree: &Tree) {
        tree.write("f", "text").unwrap();
        let mut reading = tree.open("f").unwrap();
        assert!(reading.write_all(b"x").is_err());
        let mut writing = tree.open_with("f", OpenOptions::existing(guesthouse_vfs::Access::WRITE)).unwrap();
        assert!(writing.read(&mut [0]).is_err());
        assert_eq!(errno(tree.open_with("d", OpenOptions::directory())), Some(Errno::NoEntry));
        tree.create_dir("d").unwrap();
        assert_eq!(errno(tree.open_with("d", OpenOptions::directory())), Some(Errno::IsDir));
    }

    fn directories_are_made_with_their_parents(tree: &Tree) {
        assert_eq!(errno(tree.create_dir("a/b")), Some(Errno::NoEntry));
        tree.create_dir_all("/a/b/c/").unwrap();
        tree.create_dir_all("a/b/c").unwrap();
        tree.create_dir_all("/").unwrap();
        tree.create_dir_all("x/../y").unwrap();
        assert_eq!(names(tree, "/"), ["a", "x", "y"]);
        tree.write("f", "").unwrap();
        tree.symlink("dead", "gone").unwrap();
        assert_eq!(errno(tree.create_dir_all("f")), Some(Errno::Exist));
        assert_eq!(errno(tree.create_dir_all("f/g")), Some(Errno::NotDir));
        assert_eq!(errno(tree.create_dir_all("dead/x")), Some(Errno::Exist));
        assert_eq!(errno(tree.create_dir_all("")), Some(Errno::NoEntry));
        assert_eq!(errno(tree.create_dir_all("../x")), Some(Errno::Permission));
    }

    fn a_builder_makes_what_it_says_and_reports_the_first_failure(tree: &Tree) {
        tree.build()
            .file("a/b/f", "text")
            .executable("bin/x", "#!")
            .dir("d/e")
            .symlink("a/l", "b/f")
            .hard_link("other/f", "a/b/f")
            .mode("d", 0o700)
            .finish()
            .unwrap();
        assert_eq!(tree.read("/a/l").unwrap(), b"text");
        assert_eq!(tree.metadata("other/f").unwrap().nlink, 2);
        assert_eq!(tree.metadata("bin/x").unwrap().mode & 0o777, 0o755);
        assert_eq!(tree.metadata("d").unwrap().mode & 0o777, 0o700);
        let failed = tree.build().dir("a/b/f").file("after", "").finish().unwrap_err();
        assert_eq!((failed.errno(), failed.path()), (Errno::Exist, &b"a/b/f"[..]));
        assert!(!tree.exists("after"));
    }

    fn links_are_followed_or_not(tree: &Tree) {
        tree.build().file("d/f", "1234").symlink("l", "d/f").symlink("abs", "/d").symlink("dead", "gone").finish().unwrap();
        assert_eq!(tree.metadata("l").unwrap().file_type, FileType::File);
        assert_eq!(tree.symlink_metadata("l").unwrap().file_type, FileType::Symlink);
        assert_eq!(&*tree.read_link("l").unwrap(), b"d/f");
        assert_eq!(errno(tree.read_link("d")), Some(Errno::Invalid));
        assert_eq!(tree.read("abs/f").unwrap(), b"1234");
        assert!(tree.exists("l") && !tree.exists("dead") && !tree.exists("gone"));
        tree.write("dead", "through").unwrap();
        assert_eq!(tree.read("gone").unwrap(), b"through");
        tree.hard_link("l", "l2").unwrap();
        assert_eq!(tree.symlink_metadata("l2").unwrap().file_type, FileType::Symlink);
    }

    fn nodes_are_renamed_and_removed(tree: &Tree) {
        tree.build().file("f", "").dir("d").symlink("l", "d").finish().unwrap();
        tree.rename("f", "/d/g").unwrap();
        assert_eq!(names(tree, "d"), ["g"]);
        assert_eq!(errno(tree.remove_dir("d")), Some(Errno::NotEmpty));
        assert_eq!(errno(tree.remove_file("d")), Some(Errno::IsDir));
        assert_eq!(errno(tree.remove_dir("/")), Some(Errno::Invalid));
        tree.remove_file("l").unwrap();
        tree.remove_file("d/g").unwrap();
        tree.remove_dir("d").unwrap();
        assert_eq!(names(tree, "/"), [""; 0]);
        let error = tree.rename("f", "x").unwrap_err();
        assert_eq!(error.to_string(), "cannot rename f to x: no such file or directory");
        assert_eq!(error.new_path(), Some(&b"x"[..]));
        assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
    }

    fn times_and_modes_are_set(tree: &Tree) {
        tree.build().file("f", "").symlink("l", "f").finish().unwrap();
        let time = Timestamp::from_parts(1_000_000_000, 5_000);
        tree.set_times("l", SetTimes { accessed: SetTime::Keep, modified: SetTime::At(time) }).unwrap();
        tree.set_mode("l", 0o640).unwrap();
        let metadata = tree.metadata("f").unwrap();
        assert_eq!((metadata.modified, metadata.mode & 0o777), (time, 0o640));
        assert_ne!(tree.symlink_metadata("l").unwrap().modified, time);
    }

    fn a_listing_gives_each_name_once(tree: &Tree) {
        let mut builder = tree.build();
        for i in 0..1000 {
            builder = builder.file(format!("d/{i:03}"), "");
        }
        builder.finish().unwrap();
        let mut read: Vec<Vec<u8>> = tree.read_dir("d").unwrap().map(|entry| entry.unwrap().path().to_vec()).collect();
        read.sort();
        let expected: Vec<Vec<u8>> = (0..1000).map(|i| format!("d/{i:03}").into_bytes()).collect();
        assert_eq!(read, expected);
        assert_eq!(errno(tree.read_dir("d/000")), Some(Errno::NotDir));
        assert_eq!(errno(tree.list("gone")), Some(Errno::NoEntry));
    }

    fn what_goes_while_it_is_listed_is_left_out(tree: &Tree) {
        tree.build().file("a", "").file("b", "").file("c", "").finish().unwrap();
        let mut listing = tree.read_dir(".").unwrap();
        let first = listing.next().unwrap().unwrap();
        for name in ["a", "b", "c"] {
            if first.name() != name.as_bytes() {
                tree.remove_file(name).unwrap();
            }
        }
        assert!(listing.next().is_none());
    }

    fn a_walk_passes_each_node_once_and_follows_no_link(tree: &Tree) {
        tree.build()
            .file("a/b/f", "12")
            .dir("a/empty")
            .symlink("a/up", "..")
            .symlink("a/self", "self")
            .file("z", "")
            .finish()
            .unwrap();
        let walk = tree.walk("/").unwrap().map(Result::unwrap);
        let paths: Vec<(String, usize)> = walk.map(|entry| (entry.path_lossy().into_owned(), entry.depth())).collect();
        let expected = [("/a", 0), ("/a/b", 1), ("/a/b/f", 2), ("/a/empty", 1), ("/a/self", 1), ("/a/up", 1), ("/z", 0)];
        assert_eq!(paths, expected.map(|(path, depth)| (path.to_owned(), depth)));
        let mut walk = tree.walk("a").unwrap();
        assert_eq!(walk.next().unwrap().unwrap().path(), b"a/b");
        walk.skip_dir();
        assert_eq!(walk.next().unwrap().unwrap().path(), b"a/empty");
        // The directory in which the last node is.
        let mut walk = tree.walk("/").unwrap();
        while let Some(entry) = walk.next() {
            let entry = entry.unwrap();
            let (dir, names) = (walk.dir().unwrap(), [Name::new(entry.name()).unwrap()]);
            let again = dir.file_system().metadata(Place::act(dir.node(), &names));
            assert_eq!(again.unwrap(), *entry.metadata(), "{}", entry.path_lossy());
        }
    }

    fn a_tree_is_removed_and_what_its_links_lead_to_is_not(tree: &Tree) {
        tree.build()
            .file("keep/f", "")
            .file("d/a/b/c", "")
            .symlink("d/a/out", "../../keep")
            .symlink("l", "keep")
            .finish()
            .unwrap();
        tree.remove_dir_all("d").unwrap();
        tree.remove_dir_all("l").unwrap();
        assert_eq!(names(tree, "/"), ["keep"]);
        assert_eq!(names(tree, "keep"), ["f"]);
        assert_eq!(errno(tree.remove_dir_all("keep/f")), Some(Errno::NotDir));
        assert_eq!(errno(tree.remove_dir_all("gone")), Some(Errno::NoEntry));
        tree.remove_dir_all("/").unwrap();
        assert_eq!(names(tree, "/"), [""; 0]);
    }

    /// Deeper than a path can be long, and than this process may have files open.
    fn a_deep_tree_is_walked_copied_and_removed(tree: &Tree) {
        const DEPTH: usize = 1200;
        let mut below = tree.clone();
        below.write("0", "").unwrap();
        for depth in 1..=DEPTH {
            below.create_dir("dir").unwrap();
            below = below.subtree("dir").unwrap();
            if depth % 100 == 0 {
                below.write("after", "x").unwrap();
            }
        }
        let count = |tree: &Tree| tree.walk("/").unwrap().map(Result::unwrap).count();
        assert_eq!(count(tree), DEPTH + DEPTH / 100 + 1);
        let copy = Tree::new(MemFs::new());
        let report = tree.copy_to("/", &copy, "/", Default::default()).unwrap();
        assert_eq!(report.dirs, DEPTH as u64 + 1);
        assert_eq!(count(&copy), count(tree));
        drop(below);
        tree.remove_dir_all("dir").unwrap();
        assert_eq!(names(tree, "/"), ["0"]);
    }

    fn a_subtree_is_its_own_root(tree: &Tree) {
        tree.build().file("d/f", "in").file("f", "out").symlink("d/abs", "/f").symlink("d/up", "../f").finish().unwrap();
        let below = tree.subtree("d").unwrap();
        assert_eq!(below.read("/abs").unwrap(), b"in");
        assert_eq!(errno(below.read("up")), Some(Errno::Permission));
        assert_eq!(errno(below.read("../f")), Some(Errno::Permission));
        tree.rename("d", "moved").unwrap();
        assert_eq!(below.read("f").unwrap(), b"in");
    }
}

/// A guest that swaps a directory for a link while the host removes the tree must not lead the host elsewhere (the story of CVE-2022-21658 in
/// Rust's own `remove_dir_all`).
#[test]
fn hammer_removal_against_swapped_links() {
    let tree = Tree::new(MemFs::new());
    tree.build().file("keep/f", "kept").finish().unwrap();
    std::thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            for _ in 0..3000 {
                // Each of these may fail: the other thread is at work.
                let _ = tree.create_dir_all("d/sub/deep");
                let _ = tree.rename("d/sub", "aside");
                let _ = tree.symlink("d/sub", "../keep");
                let _ = tree.rename("d", "elsewhere");
                let _ = tree.symlink("d", "keep");
                let _ = tree.remove_file("d");
                let _ = tree.remove_dir_all("elsewhere");
                let _ = tree.remove_dir_all("aside");
            }
        });
        while !swapping.is_finished() {
            let _ = tree.remove_dir_all("d");
        }
    });
    assert_eq!(tree.read("keep/f").unwrap(), b"kept");
}
