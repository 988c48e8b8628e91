//! Copies between trees, and between a tree and the host.
#![cfg(all(unix, feature = "host"))]

mod host;

use std::io::{Seek, SeekFrom, Write};

use guesthouse_vfs::{
    AbsoluteLinks, CopyOptions, CopyProgress, CopyReport, Errno, LeftOutReason, Limits, MemFs,
    SetTime, SetTimes, Timestamp, Tree,
};
use tempfile::TempDir;

/// Everything a tree holds, one line a node.
fn describe(tree: &Tree) -> Vec<String> {
    let describe = |entry: guesthouse_vfs::TreeEntry| {
        let path = entry.path_lossy().into_owned();
        let holds = if entry.is_symlink() {
            let target = tree.read_link(&path).unwrap();
            format!("-> {}", String::from_utf8_lossy(&target))
        } else if entry.is_file() {
            let contents = tree.read_to_string(&path).unwrap();
            format!("{contents:?} {:o}", entry.metadata().mode & 0o777)
        } else {
            format!("{:o}", entry.metadata().mode & 0o777)
        };
        format!("{path} {holds}")
    };
    let entries = tree.walk("/").unwrap();
    entries.map(|entry| describe(entry.unwrap())).collect()
}

fn memory() -> Tree {
    Tree::new(MemFs::new())
}

fn host() -> (TempDir, Tree) {
    let temporary = tempfile::tempdir().unwrap();
    let tree = Tree::open_host(temporary.path()).unwrap();
    (temporary, tree)
}

fn left_out(report: &CopyReport) -> Vec<String> {
    report.left_out.iter().map(ToString::to_string).collect()
}

fn keep_absolute() -> CopyOptions<'static> {
    CopyOptions {
        absolute_links: AbsoluteLinks::Keep,
        ..CopyOptions::default()
    }
}

const ACCESSED: Timestamp = Timestamp::from_nanos(1_100_000_000_000_000_001);
const MODIFIED: Timestamp = Timestamp::from_nanos(1_200_000_000_000_000_002);

fn fill(tree: &Tree) {
    tree.build()
        .file("a/f", "text")
        .executable("a/b/x", "#!")
        .hard_link("a/second", "a/f")
        .symlink("a/b/inner", "../f")
        .symlink("a/dangling", "b/gone")
        .dir("empty")
        .mode("empty", 0o711)
        .mode("a/f", 0o604)
        .finish()
        .unwrap();
    let times = SetTimes {
        accessed: SetTime::At(ACCESSED),
        modified: SetTime::At(MODIFIED),
    };
    for path in ["a/f", "a/b", "a", "empty"] {
        tree.set_times(path, times).unwrap();
    }
}

#[test]
fn a_copy_has_contents_links_modes_and_times() {
    let (_temporary, host) = host();
    let trees = [memory(), host];
    fill(&trees[0]);
    let report = trees[0].copy_to("/", &trees[1], "/", CopyOptions::default());
    let report = report.unwrap();
    let counts = (
        report.dirs,
        report.files,
        report.hard_links,
        report.symlinks,
    );
    assert_eq!(counts, (4, 2, 1, 2));
    assert_eq!((report.bytes, report.nodes()), (6, 9));
    assert_eq!(report.left_out, []);
    let back = memory();
    trees[1]
        .copy_to(".", &back, "x/y", CopyOptions::default())
        .unwrap();
    let back = back.subtree("x/y").unwrap();
    let expected = [
        "/a 755",
        "/a/b 755",
        "/a/b/inner -> ../f",
        "/a/b/x \"#!\" 755",
        "/a/dangling -> b/gone",
        "/a/f \"text\" 604",
        "/a/second \"text\" 604",
        "/empty 711",
    ];
    check_times(&back);
    for tree in [&trees[1], &back] {
        assert_eq!(describe(tree), expected);
        let [one, other] = ["a/f", "a/second"].map(|path| tree.metadata(path).unwrap());
        assert_eq!((one.ino, one.nlink), (other.ino, 2));
    }
}

/// The times that [`fill`] set; reading on the host moves the time of access, so this comes first.
fn check_times(tree: &Tree) {
    for path in ["a/f", "a/b", "a", "empty"] {
        let metadata = tree.metadata(path).unwrap();
        let times = [metadata.accessed, metadata.modified];
        assert_eq!(times, [ACCESSED, MODIFIED], "{path}");
    }
}

#[test]
fn a_copy_merges_and_replaces_files_and_links() {
    let (from, to) = (memory(), memory());
    fill(&from);
    to.build()
        .file("a/f", "old and longer")
        .file("a/kept", "kept")
        .file("target", "untouched")
        .symlink("a/dangling", "../target")
        .symlink("a/b", "../elsewhere")
        .hard_link("also", "a/f")
        .finish()
        .unwrap();
    // A link is in the way of the directory `a/b`, and is not followed.
    let error = from
        .copy_to("/", &to, "/", CopyOptions::default())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::Exist);
    assert_eq!(error.to_string(), "cannot copy /a/b to /a/b: file exists");
    to.remove_file("a/b").unwrap();
    from.copy_to("/", &to, "/", CopyOptions::default()).unwrap();
    assert_eq!(to.read("a/f").unwrap(), b"text");
    assert_eq!(to.read("a/kept").unwrap(), b"kept");
    assert_eq!(to.read("also").unwrap(), b"old and longer");
    assert_eq!(to.read("target").unwrap(), b"untouched");
    assert_eq!(&*to.read_link("a/dangling").unwrap(), b"b/gone");
    // A directory is in the way of a file.
    to.remove_file("a/f").unwrap();
    to.create_dir("a/f").unwrap();
    let error = from
        .copy_to("/", &to, "/", CopyOptions::default())
        .unwrap_err();
    assert_eq!((error.errno(), error.path()), (Errno::IsDir, &b"/a/f"[..]));
    // A file is in the way of a directory.
    to.write("plain", "").unwrap();
    let error = from
        .copy_to("a", &to, "plain", CopyOptions::default())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::Exist);
}

#[test]
fn a_single_file_is_copied_to_the_name_that_is_given() {
    let (from, to) = (memory(), memory());
    fill(&from);
    let report = from
        .copy_to("a/b/inner", &to, "/new/name", CopyOptions::default())
        .unwrap();
    assert_eq!((report.files, report.nodes()), (1, 1));
    assert_eq!(describe(&to), ["/new 755", "/new/name \"text\" 604"]);
    from.copy_to("a/b/x", &to, "top", CopyOptions::default())
        .unwrap();
    assert_eq!(to.read("top").unwrap(), b"#!");
    for wrong in ["/", ".", "new", "new/", "new/."] {
        let error = from
            .copy_to("a/f", &to, wrong, CopyOptions::default())
            .unwrap_err();
        assert_eq!(error.errno(), Errno::IsDir, "{wrong}");
    }
    let error = from
        .copy_to("gone", &to, "x", CopyOptions::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot copy gone to x: no such file or directory"
    );
    from.copy_to("a/f", &from, "a/f", CopyOptions::default())
        .unwrap();
    assert_eq!(from.read("a/f").unwrap(), b"text");
}

#[test]
fn links_that_lead_outside_are_left_out_and_reported() {
    let (from, to) = (memory(), memory());
    from.build()
        .file("secret", "")
        .file("d/f", "")
        .symlink("d/up", "../secret")
        .symlink("d/sub/up", "../../secret")
        .symlink("d/sub/absolute", "/d/f")
        .symlink("d/sub/inner", "../f")
        .symlink("d/sub/around", "../../d/f")
        // Each step of these looks harmless.
        .symlink("d/here", ".")
        .symlink("d/deep/er/far", "../../here/deep")
        .symlink("d/trick", "deep/er/far/../../secret")
        // Harmless until somebody makes what its target names.
        .symlink("d/later", "gone/../../secret")
        .symlink("d/loop", "loop")
        .finish()
        .unwrap();
    let report = from.copy_to("d", &to, "/", CopyOptions::default()).unwrap();
    let expected = [
        "d/later: a link that leads outside, to gone/../../secret",
        "d/sub/absolute: a link that leads outside, to /d/f",
        "d/sub/around: a link that leads outside, to ../../d/f",
        "d/sub/up: a link that leads outside, to ../../secret",
        "d/trick: a link that leads outside, to deep/er/far/../../secret",
        "d/up: a link that leads outside, to ../secret",
    ];
    assert_eq!(left_out(&report), expected);
    assert!(matches!(
        report.left_out[0].reason,
        LeftOutReason::LeadsOutside(_)
    ));
    let kept = ["/deep/er/far", "/here", "/loop", "/sub/inner"];
    let links: Vec<String> = to
        .walk("/")
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.is_symlink())
        .map(|entry| entry.path_lossy().into_owned())
        .collect();
    assert_eq!(links, kept);
    let whole = memory();
    let report = from.copy_to("/", &whole, "/", keep_absolute()).unwrap();
    assert_eq!(
        left_out(&report),
        ["/d/later: a link that leads outside, to gone/../../secret"; 0]
    );
    assert_eq!(describe(&whole), describe(&from));
}

#[test]
fn a_tree_is_not_copied_into_itself() {
    let tree = memory();
    fill(&tree);
    let report = tree
        .copy_to("/", &tree, "a/copy", CopyOptions::default())
        .unwrap();
    assert_eq!(left_out(&report), ["/a/copy: the place that is copied to"]);
    assert!(tree.exists("a/copy/a/f") && !tree.exists("a/copy/a/copy"));
    for same in ["/", ".", "a/.."] {
        let error = tree
            .copy_to("/", &tree, same, CopyOptions::default())
            .unwrap_err();
        assert_eq!(error.errno(), Errno::Invalid, "{same}");
    }
}

#[test]
fn holes_stay_holes() {
    const LEN: u64 = 1 << 26;
    let (_temporary, host) = host();
    let trees = [memory(), host, memory()];
    let mut file = trees[0].create("f").unwrap();
    for (offset, text) in [
        (0, "start"),
        (LEN / 2 + 4090, "across a block"),
        (LEN - 3, "end"),
    ] {
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    trees[0].create("hole").unwrap().set_len(LEN).unwrap();
    for (from, to) in [(0, 1), (1, 2)] {
        trees[from]
            .copy_to("/", &trees[to], "/", CopyOptions::default())
            .unwrap();
        for path in ["f", "hole"] {
            let metadata = trees[to].metadata(path).unwrap();
            assert_eq!(metadata.size, LEN, "{path}");
            assert!(
                metadata.allocated <= 1 << 20,
                "{path}: {}",
                metadata.allocated
            );
        }
    }
    let mut file = trees[2].open("f").unwrap();
    let mut part = [0; 20];
    file.seek(SeekFrom::Start(LEN / 2 + 4088)).unwrap();
    std::io::Read::read_exact(&mut file, &mut part).unwrap();
    assert_eq!(&part, b"\0\0across a block\0\0\0\0");
}

/// A guest makes a file of terabytes with one call. The copy read all of it, hole by hole, for an hour.
#[test]
fn a_hole_of_terabytes_is_passed_over() {
    const LEN: u64 = 8 << 40;
    let (from, to) = (memory(), memory());
    let mut file = from.create("f").unwrap();
    file.seek(SeekFrom::Start(LEN / 2)).unwrap();
    file.write_all(b"middle").unwrap();
    file.set_len(LEN).unwrap();
    from.copy_to("/", &to, "/", CopyOptions::default()).unwrap();
    let copy = to.open("f").unwrap();
    assert_eq!(copy.metadata().unwrap().size, LEN);
    let data = copy.descriptor().next_data(0).unwrap().unwrap();
    assert!((LEN / 2 - 4096..=LEN / 2).contains(&data), "{data}");
    let mut part = [0; 8];
    let slices = &mut [std::io::IoSliceMut::new(&mut part)];
    copy.descriptor().read_at(slices, LEN / 2).unwrap();
    assert_eq!(&part, b"middle\0\0");
    assert_eq!(copy.descriptor().next_data(LEN / 2 + 4096), Ok(None));
}

#[test]
fn a_limit_ends_a_copy_with_the_path_that_met_it() {
    let from = memory();
    from.write("small", "x").unwrap();
    from.write("zlarge", vec![b'x'; 1 << 20]).unwrap();
    let limits = Limits {
        logical_bytes: 1 << 16,
        ..Limits::default()
    };
    let to = Tree::new(MemFs::builder().limits(limits).build());
    let error = from
        .copy_to("/", &to, "/in", CopyOptions::default())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::NoSpace);
    assert_eq!(
        error.to_string(),
        "cannot copy /zlarge to /in/zlarge: no space left"
    );
    assert_eq!(to.read("in/small").unwrap(), b"x");
}

#[test]
fn progress_is_reported() {
    let (from, to) = (memory(), memory());
    from.write("a", vec![1; 1_000_000]).unwrap();
    from.write("b", "12").unwrap();
    let mut seen: Vec<(Vec<u8>, u64, u64)> = Vec::new();
    let mut progress =
        |now: &CopyProgress<'_>| seen.push((now.path.to_vec(), now.nodes, now.bytes));
    let options = CopyOptions {
        progress: Some(&mut progress),
        ..CopyOptions::default()
    };
    from.copy_to("/", &to, "/", options).unwrap();
    assert_eq!(seen.first(), Some(&(b"/a".to_vec(), 0, 0)));
    assert_eq!(seen.last(), Some(&(b"/b".to_vec(), 1, 1_000_000)));
    assert!(
        seen.iter()
            .any(|(_, _, bytes)| (1..1_000_000).contains(bytes))
    );
    assert!(seen.is_sorted_by_key(|(_, _, bytes)| *bytes));
}
