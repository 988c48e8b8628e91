//! The host's own operations on whole trees, with a fault at each operation of the filesystem.

use std::collections::BTreeMap;
use std::sync::Arc;

use guesthouse_vfs::{CopyOptions, Errno, FileType, MemFs, Tree, TreeResult};
use guesthouse_vfs_tests::fault::{Fault, FaultFs, Operation};

/// More than one piece of a copy.
fn large() -> Vec<u8> {
    (0..200_000_u32).map(|i| (i % 251) as u8).collect()
}

/// A filesystem that can fail, with a few nodes of each kind.
fn sample() -> (Arc<FaultFs>, Tree) {
    let fs = FaultFs::new(MemFs::new());
    let tree = Tree::new(fs.clone());
    let builder = tree.build().dir("home").file("src/etc/motd", "Welcome.\n");
    let builder = builder
        .file("src/data/large", large())
        .file("src/data/empty", "")
        .file("src/data/sub/deep/x", "x")
        .symlink("src/motd", "etc/motd")
        .hard_link("src/data/second", "src/etc/motd");
    builder.finish().unwrap();
    fs.reset();
    (fs, tree)
}

/// What is at each path below a directory: a file's contents, a link's target, nothing for a directory.
fn contents(tree: &Tree, path: &str) -> BTreeMap<Vec<u8>, (FileType, Vec<u8>)> {
    let walk = tree.walk(path).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let file_type = entry.metadata().file_type;
        let bytes = match file_type {
            FileType::File => tree.read(entry.path()).unwrap(),
            FileType::Symlink => tree.read_link(entry.path()).unwrap().into_vec(),
            _ => Vec::new(),
        };
        (entry.path()[path.len()..].to_vec(), (file_type, bytes))
    });
    walk.collect()
}

fn assert_nothing_open(fs: &FaultFs, fault: Fault) {
    let open = (fs.open_dirs(), fs.open_files(), fs.open_streams());
    assert_eq!(open, (0, 0, 0), "{fault:?}: something is left open");
}

/// Lets each operation of `act` fail once. It must fail with the same errno, leave nothing open, leave what `check` accepts, and succeed when it is tried again.
fn with_each_failure<T>(act: impl Fn(&Tree) -> TreeResult<T>, check: impl Fn(&Tree)) {
    let (fs, tree) = sample();
    act(&tree).unwrap();
    let operations = fs.asked().len() as u64;
    assert!(operations > 0);
    for nth in 1..=operations {
        let (fs, tree) = sample();
        let fault = Fault::failing(nth, Errno::Io);
        fs.inject(fault);
        let result = act(&tree).map(drop);
        let errno = result.map_err(|error| error.errno());
        assert_eq!(errno, Err(Errno::Io), "{fault:?}: {:?}", fs.asked().last());
        assert_nothing_open(&fs, fault);
        check(&tree);
        act(&tree).unwrap_or_else(|error| panic!("{fault:?}: tried again: {error}"));
        assert_nothing_open(&fs, fault);
    }
}

/// Lets each read and write of `act` be short, one at a time and all of them. It must succeed all the same.
fn with_each_short_transfer<T>(act: impl Fn(&Tree) -> TreeResult<T>, check: impl Fn(&Tree)) {
    let (fs, tree) = sample();
    act(&tree).unwrap();
    let asked = fs.asked();
    let moving = (1..).zip(&asked).filter(|(_, asked)| asked.may_be_short());
    let faults: Vec<Fault> = moving.map(|(nth, _)| Fault::short(nth, 1)).collect();
    assert!(!faults.is_empty());
    for fault in faults.into_iter().chain([Fault::short(1, 1000).lasting()]) {
        let (fs, tree) = sample();
        fs.inject(fault);
        act(&tree).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(fs.met() > 0);
        assert_nothing_open(&fs, fault);
        check(&tree);
    }
}

fn assert_sources_are_whole(tree: &Tree) {
    let (_, whole) = sample();
    assert_eq!(contents(tree, "/src"), contents(&whole, "/src"));
}

#[test]
fn reading() {
    with_each_failure(
        |tree| tree.read("/src/data/large"),
        assert_sources_are_whole,
    );
    with_each_failure(|tree| tree.list("/src/data"), assert_sources_are_whole);
    with_each_failure(|tree| tree.read_link("/src/motd"), assert_sources_are_whole);
    let read_whole = |tree: &Tree| {
        assert_eq!(tree.read("/src/data/large")?, large());
        tree.read_to_string("/src/motd")
    };
    with_each_short_transfer(read_whole, assert_sources_are_whole);
}

#[test]
fn walking() {
    with_each_failure(
        |tree| tree.walk("/src")?.collect::<TreeResult<Vec<_>>>(),
        assert_sources_are_whole,
    );
}

/// A walk that goes on after an error passes each node at most once and comes to an end.
#[test]
fn walking_on() {
    let (fs, tree) = sample();
    let all = tree.walk("/src").unwrap().count();
    let operations = fs.asked().len() as u64;
    for nth in 1..=operations {
        let fault = Fault::failing(nth, Errno::Access);
        fs.inject(fault);
        let mut passed: Vec<Vec<u8>> = match tree.walk("/src") {
            Ok(walk) => walk
                .take(2 * all)
                .flatten()
                .map(|entry| entry.path().to_vec())
                .collect(),
            Err(error) => {
                assert_eq!(error.errno(), Errno::Access);
                continue;
            }
        };
        let count = passed.len();
        passed.sort();
        passed.dedup();
        assert_eq!(passed.len(), count, "{fault:?}");
        assert!(count <= all, "{fault:?}");
        assert_nothing_open(&fs, fault);
    }
}

#[test]
fn writing() {
    // Writing anew begins by cutting the file: what is there is a part of what was to be written, or what was there before.
    let parts = |tree: &Tree| {
        let found = tree.read("/src/etc/motd").unwrap();
        assert!(found == b"Welcome.\n" || large().starts_with(&found));
        assert_eq!(tree.read("/src/data/large").unwrap(), large());
    };
    with_each_failure(|tree| tree.write("/src/etc/motd", large()), parts);
    let whole = |tree: &Tree| assert_eq!(tree.read("/src/etc/motd").unwrap(), large());
    with_each_short_transfer(|tree| tree.write("/src/etc/motd", large()), whole);
}

#[test]
fn making_directories() {
    with_each_failure(
        |tree| tree.create_dir_all("/home/a/b/c"),
        assert_sources_are_whole,
    );
}

#[test]
fn moving() {
    with_each_failure(
        |tree| {
            tree.rename("/src/data", "/src/moved")
                .and_then(|()| tree.rename("/src/moved", "/src/data"))
        },
        |tree| {
            // Whichever of the two failed: the directory has one of the names.
            if tree.exists("/src/moved") {
                tree.rename("/src/moved", "/src/data").unwrap();
            }
            assert_sources_are_whole(tree);
        },
    );
}

#[test]
fn removing() {
    let act = |tree: &Tree| {
        // When it is tried again, it may be gone but for its name's removal.
        tree.create_dir_all("/src/x")?;
        tree.remove_dir_all("/src")
    };
    let (_, whole) = sample();
    let whole = contents(&whole, "/src");
    with_each_failure(act, |tree| {
        assert!(tree.exists("/home"));
        if tree.exists("/src") {
            for (path, node) in contents(tree, "/src") {
                let made_here = path == b"/x";
                assert!(
                    made_here || whole.get(&path) == Some(&node),
                    "what is left is as it was"
                );
            }
        }
    });
}

#[test]
fn copying_within() {
    let (_, whole) = sample();
    let whole = contents(&whole, "/src");
    let copy = |tree: &Tree| {
        let _gone = tree.remove_dir_all("/home/copy");
        tree.copy_to("/src", tree, "/home/copy", CopyOptions::default())
    };
    // `remove_dir_all` fails first where there is nothing, and its failure is not looked at.
    let (fs, tree) = sample();
    copy(&tree).unwrap();
    let operations = fs.asked().len() as u64;
    for nth in 1..=operations {
        let (fs, tree) = sample();
        let fault = Fault::failing(nth, Errno::NoSpace);
        fs.inject(fault);
        match copy(&tree) {
            Ok(_) => assert!(nth <= 2, "{fault:?} is lost"),
            Err(error) => assert_eq!(error.errno(), Errno::NoSpace),
        }
        assert_nothing_open(&fs, fault);
        assert_sources_are_whole(&tree);
        copy(&tree).unwrap();
        assert_eq!(contents(&tree, "/home/copy"), whole);
    }
    with_each_short_transfer(copy, |tree| {
        assert_eq!(contents(tree, "/home/copy"), whole);
    });
}

/// From one filesystem to another: either may fail. What was copied by then stays and is right.
#[test]
fn copying_between() {
    let copy =
        |from: &Tree, to: &Tree| from.copy_to("/src", to, "/home/copy", CopyOptions::default());
    let ((from_fs, from), (to_fs, to)) = (sample(), sample());
    let whole = contents(&from, "/src");
    from_fs.reset();
    let report = copy(&from, &to).unwrap();
    let operations = [from_fs.asked().len(), to_fs.asked().len()];
    for (failing, operations) in operations.into_iter().enumerate() {
        for nth in 1..=operations as u64 {
            let ((from_fs, from), (to_fs, to)) = (sample(), sample());
            let fault = Fault::failing(nth, Errno::Quota);
            [&from_fs, &to_fs][failing].inject(fault);
            let error = copy(&from, &to).unwrap_err();
            assert_eq!(error.errno(), Errno::Quota, "{fault:?}");
            assert_nothing_open(&from_fs, fault);
            assert_nothing_open(&to_fs, fault);
            assert_sources_are_whole(&from);
            assert_sources_are_whole(&to);
            if to.exists("/home/copy") {
                for (path, (file_type, bytes)) in contents(&to, "/home/copy") {
                    let (right_type, right) = &whole[&path];
                    assert_eq!(file_type, *right_type);
                    assert!(
                        right.starts_with(&bytes),
                        "{fault:?}: {}",
                        path.escape_ascii()
                    );
                }
                to.remove_dir_all("/home/copy").unwrap();
            }
            assert_eq!(copy(&from, &to).unwrap(), report);
            assert_eq!(contents(&to, "/home/copy"), whole);
        }
    }
}

#[test]
fn building() {
    let build = |tree: &Tree| {
        let builder = tree.build().file("home/a/b", "1").symlink("home/l", "a/b");
        builder
            .hard_link("home/c", "home/a/b")
            .executable("home/x", "2")
            .finish()
    };
    let (fs, tree) = sample();
    build(&tree).unwrap();
    let operations = fs.asked().len() as u64;
    for nth in 1..=operations {
        let (fs, tree) = sample();
        let fault = Fault::failing(nth, Errno::Io);
        fs.inject(fault);
        match build(&tree) {
            // A directory that is there need not be made.
            Ok(()) => assert_eq!(
                fs.asked()[nth as usize - 1],
                Operation::CreateDir,
                "{fault:?}"
            ),
            Err(error) => assert_eq!(error.errno(), Errno::Io, "{fault:?}"),
        }
        assert_nothing_open(&fs, fault);
        assert_sources_are_whole(&tree);
    }
}
