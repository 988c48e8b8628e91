//! What `write_layer` writes for changes that are hard to say.

use std::sync::Arc;

use guesthouse_image::{ImageErrorKind, LayerOptions, TarNoteReason, write_layer};
use guesthouse_vfs::{
    Change, ChangeKind, DevFs, FileType, FixedClock, MemFs, MountFs, Timestamp, Tree,
};

use sha2::{Digest, Sha256};

use crate::layer_property::check_fork;

/// A fork of a tree that has these files, and the tree.
fn fork_of(paths: &[&str]) -> (Arc<MemFs>, Tree, Tree) {
    let base = MemFs::new();
    let before = Tree::new(base.clone());
    for path in paths {
        before.build().file(path, path).finish().unwrap();
    }
    let fork = base.fork();
    let after = Tree::new(fork.clone());
    (fork, after, before)
}

/// The names in the layer of a fork, in order; a link with what it leads to. Applied on `before`, the layer gives the fork.
fn layer(fork: &Arc<MemFs>, before: &Tree) -> Vec<String> {
    let mut layer = Vec::new();
    let changes = fork.changes().unwrap();
    let tree = Tree::new(fork.clone());
    write_layer(&changes, &tree, &mut layer, &LayerOptions::default()).unwrap();
    check_fork(fork, before);
    names(&layer)
}

fn names(layer: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for entry in tar::Archive::new(layer).entries().unwrap() {
        let entry = entry.unwrap();
        let mut name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        if let Some(link) = entry.link_name_bytes() {
            name = format!("{name} -> {}", String::from_utf8_lossy(&link));
        }
        names.push(name);
    }
    names
}

#[test]
fn no_change_is_an_empty_layer() {
    let (fork, _, before) = fork_of(&["a"]);
    assert_eq!(layer(&fork, &before), [""; 0]);
}

#[test]
fn a_renamed_directory_is_written_whole_and_its_old_name_is_gone() {
    let (fork, after, before) = fork_of(&["d/one", "d/sub/two", "d/three", "keep/x"]);
    after.remove_file("d/three").unwrap();
    after.rename("d/one", "d/1").unwrap();
    after.rename("d", "keep/e").unwrap();
    let expected = [
        "./",
        ".wh.d",
        "keep/",
        "keep/e/",
        "keep/e/1",
        "keep/e/sub/",
        "keep/e/sub/two",
    ];
    assert_eq!(layer(&fork, &before), expected);
}

#[test]
fn swapped_directories_hide_what_was_in_each() {
    let (fork, after, before) = fork_of(&["a/one", "b/two"]);
    after.rename("a", "tmp").unwrap();
    after.rename("b", "a").unwrap();
    after.rename("tmp", "b").unwrap();
    let expected = [
        "./",
        "a/",
        "a/.wh..wh..opq",
        "a/two",
        "b/",
        "b/.wh..wh..opq",
        "b/one",
    ];
    assert_eq!(layer(&fork, &before), expected);
}

#[test]
fn a_directory_made_again_hides_what_was_in_it_at_any_depth() {
    let (fork, after, before) = fork_of(&["d/sub/old", "d/sub/same"]);
    after.rename("d", "away").unwrap();
    after.build().file("d/sub/same", "new").finish().unwrap();
    after.remove_dir_all("away").unwrap();
    let expected = ["./", "d/", "d/.wh..wh..opq", "d/sub/", "d/sub/same"];
    assert_eq!(layer(&fork, &before), expected);
}

#[test]
fn a_file_in_the_place_of_a_directory_needs_no_whiteout_nor_does_the_reverse() {
    let (fork, after, before) = fork_of(&["d/x", "f"]);
    after.remove_dir_all("d").unwrap();
    after.write("d", "file").unwrap();
    after.remove_file("f").unwrap();
    after.build().file("f/y", "below").finish().unwrap();
    assert_eq!(layer(&fork, &before), ["./", "d", "f/", "f/y"]);
}

#[test]
fn whiteouts_come_before_the_rest_of_their_directory() {
    let (fork, after, before) = fork_of(&["d/a", "d/z", "d-/y", "z"]);
    for path in ["d/z", "d-/y", "z"] {
        after.remove_file(path).unwrap();
    }
    after.write("d/a", "more").unwrap();
    let expected = ["./", ".wh.z", "d/", "d/.wh.z", "d/a", "d-/", "d-/.wh.y"];
    assert_eq!(layer(&fork, &before), expected);
}

/// The directories above a changed file have not changed, but whoever applies the layer may change their times by it.
#[test]
fn directories_on_the_way_are_written_though_they_have_not_changed() {
    let (fork, after, before) = fork_of(&["a/b/c/f", "a/x"]);
    after.write("a/b/c/f", "2").unwrap();
    let expected = ["./", "a/", "a/b/", "a/b/c/", "a/b/c/f"];
    assert_eq!(layer(&fork, &before), expected);
}

#[test]
fn all_names_of_a_file_are_written_if_one_is() {
    let base = MemFs::new();
    let tree = Tree::new(base.clone());
    let steps = tree.build().file("a", "1").hard_link("d/b", "a");
    steps.hard_link("z", "a").finish().unwrap();
    let forked = || {
        let fork = base.fork();
        (fork.clone(), Tree::new(fork), Tree::new(base.fork()))
    };
    let (fork, after, before) = forked();
    after.hard_link("z", "d/new").unwrap();
    let expected = ["./", "a", "d/", "d/b -> a", "d/new -> a", "z -> a"];
    assert_eq!(layer(&fork, &before), expected);

    let (fork, after, before) = forked();
    after.rename("a", "zz").unwrap();
    let expected = ["./", ".wh.a", "d/", "d/b", "z -> d/b", "zz -> d/b"];
    assert_eq!(layer(&fork, &before), expected);

    let (fork, after, before) = forked();
    after.remove_file("a").unwrap();
    assert_eq!(layer(&fork, &before), ["./", ".wh.a"]);
}

#[test]
fn a_name_that_a_layer_cannot_hold_is_refused_before_anything_is_written() {
    for (steps, path) in [
        (vec![("d/.wh.new", "")], "d/.wh.new"),
        (vec![("d/.wh..wh..opq", "")], "d/.wh..wh..opq"),
        (vec![("new/.wh.dir/f", "")], "new/.wh.dir"),
        (vec![("a", "x"), ("z/.wh.z", "")], "z/.wh.z"),
    ] {
        let (fork, after, _) = fork_of(&["a", "d/x"]);
        for (path, text) in steps {
            after.build().file(path, text).finish().unwrap();
        }
        refuses(&fork, path);
    }
    // What the base had, and no layer made: it can't be said to be gone, nor what is in it to be new.
    let (fork, after, _) = fork_of(&[".wh.a", ".wh.d/x"]);
    after.remove_file(".wh.a").unwrap();
    refuses(&fork, ".wh.a");
    let (fork, after, _) = fork_of(&[".wh.a", ".wh.d/x"]);
    after.write(".wh.d/x", "2").unwrap();
    refuses(&fork, ".wh.d");
    // Inside of what was moved as a whole.
    let (fork, after, _) = fork_of(&["d/sub/.wh.x"]);
    after.rename("d", "e").unwrap();
    refuses(&fork, "e/sub/.wh.x");
    // What has not changed does not matter.
    let (fork, after, _) = fork_of(&[".wh.a", "d/x"]);
    after.write("d/x", "2").unwrap();
    let tree = Tree::new(fork.clone());
    let changes = fork.changes().unwrap();
    write_layer(&changes, &tree, Vec::new(), &LayerOptions::default()).unwrap();
}

fn refuses(fork: &Arc<MemFs>, path: &str) {
    let mut out = Vec::new();
    let changes = fork.changes().unwrap();
    let tree = Tree::new(fork.clone());
    let options = LayerOptions::default();
    let error = write_layer(&changes, &tree, &mut out, &options).unwrap_err();
    assert_eq!(error.kind(), ImageErrorKind::Refused);
    let text = error.to_string();
    let expected = format!("cannot write {path} to a layer: ");
    let longer = format!("cannot write {path}/");
    assert!(
        text.starts_with(&expected) || text.starts_with(&longer),
        "{text}"
    );
    assert_eq!(out, b"");
}

#[test]
fn a_device_in_the_place_of_a_file_is_noted_and_the_file_is_gone() {
    let mounted = MountFs::builder(MemFs::new());
    let devices = DevFs::new(Arc::new(|_: &mut [u8]| Ok(())));
    let tree = Tree::new(mounted.mount("/dev", devices).unwrap().build());
    let change = |kind, file_type| Change {
        path: b"dev/null"[..].into(),
        kind,
        file_type,
    };
    let changes = [
        change(ChangeKind::Removed, FileType::File),
        change(ChangeKind::Created, FileType::CharDevice),
    ];
    let mut out = Vec::new();
    let report = write_layer(&changes, &tree, &mut out, &LayerOptions::default()).unwrap();
    assert_eq!(names(&out), ["./", "dev/", "dev/.wh.null"]);
    let reason = TarNoteReason::Special(FileType::CharDevice);
    assert_eq!(report.tar.notes[0].reason, reason);
    assert_eq!(report.tar.notes.len(), 1);
}

#[test]
fn changes_of_another_tree_are_an_error_before_anything_is_written() {
    let tree = Tree::new(MemFs::new());
    let change = Change {
        path: b"d/none"[..].into(),
        kind: ChangeKind::Created,
        file_type: FileType::File,
    };
    let mut out = Vec::new();
    let error = write_layer(&[change], &tree, &mut out, &LayerOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot archive d: no such file or directory"
    );
    assert_eq!(out, b"");
}

#[test]
fn the_digest_is_that_of_the_tar_and_the_same_each_time() {
    let layer = |seconds: i64| {
        let now = FixedClock(Timestamp::from_nanos(seconds * 1_000_000_000));
        let fork = MemFs::builder().clock(Arc::new(now)).build().fork();
        let tree = Tree::new(fork.clone());
        tree.build()
            .file("f", "text")
            .symlink("l", "f")
            .finish()
            .unwrap();
        let options = LayerOptions {
            modified: Some(Timestamp::EPOCH),
        };
        let mut out = Vec::new();
        let report = write_layer(&fork.changes().unwrap(), &tree, &mut out, &options).unwrap();
        assert_eq!(report.tar.archive_bytes, out.len() as u64);
        (report.diff_id, out)
    };
    let (diff_id, out) = layer(1);
    assert_eq!(diff_id, format!("sha256:{:x}", Sha256::digest(&out)));
    assert_eq!(layer(2), (diff_id, out));
}

/// Directories deeper than a path may be long, moved, with a change at the bottom.
#[test]
fn deep_trees_are_written_without_paths() {
    const DEPTH: usize = 4000;
    let base = MemFs::new();
    let mut below = Tree::new(base.clone());
    for _ in 0..DEPTH {
        below.create_dir("d").unwrap();
        below = below.subtree("d").unwrap();
    }
    below.write("f", "1").unwrap();
    let fork = base.fork();
    let after = Tree::new(fork.clone());
    let mut below = after.clone();
    for _ in 0..DEPTH {
        below = below.subtree("d").unwrap();
    }
    below.write("f", "2").unwrap();
    let check = || {
        let changes = fork.changes().unwrap();
        let report = write_layer(&changes, &after, Vec::new(), &LayerOptions::default()).unwrap();
        assert_eq!((report.tar.dirs, report.tar.files), (DEPTH as u64 + 1, 1));
    };
    check();
    after.rename("d", "e").unwrap();
    check();
}
