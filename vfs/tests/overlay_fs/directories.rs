use guesthouse_vfs::{Errno, MemFs};

use super::{Overlay, errno, memory, names, over_several, read};

#[test]
fn names_that_look_like_whiteouts_are_ordinary() {
    let overlay = Overlay::over(memory(&[("d/a", "lower"), ("d/.wh.b", "lower")]));
    let tree = &overlay.tree;
    tree.write("d/.wh.a", "mine").unwrap();
    tree.write("d/.wh..wh..opq", "mine").unwrap();
    tree.remove_file("d/a").unwrap();
    assert_eq!(names(tree, "d"), [".wh..wh..opq", ".wh.a", ".wh.b"]);
    assert_eq!(read(tree, "d/.wh.a"), "mine");
    // Nothing that the guest did not make is in the upper.
    assert_eq!(names(&overlay.upper, "d"), [".wh..wh..opq", ".wh.a"]);
}

#[test]
fn a_directory_made_anew_does_not_show_the_old_one() {
    let overlay = Overlay::over(memory(&[("d/a", ""), ("d/e/f", "")]));
    let tree = &overlay.tree;
    tree.remove_dir_all("d").unwrap();
    tree.create_dir("d").unwrap();
    assert!(names(tree, "d").is_empty());
    assert_eq!(errno(tree.read("d/a")), Errno::NoEntry);
    tree.create_dir("d/e").unwrap();
    assert!(names(tree, "d/e").is_empty());
    tree.remove_dir("d/e").unwrap();
    tree.remove_dir("d").unwrap();
    assert!(names(tree, ".").is_empty());
}

#[test]
fn a_directory_with_nothing_but_hidden_names_is_empty() {
    let overlay = Overlay::over(memory(&[("d/a", ""), ("d/b", ""), ("e/", "")]));
    let tree = &overlay.tree;
    tree.remove_file("d/a").unwrap();
    assert_eq!(errno(tree.remove_dir("d")), Errno::NotEmpty);
    assert_eq!(errno(tree.rename("e", "d")), Errno::NotEmpty);
    tree.remove_file("d/b").unwrap();
    tree.rename("e", "d").unwrap();
    assert!(names(tree, "d").is_empty());
    tree.remove_dir("d").unwrap();
    assert!(names(tree, ".").is_empty());
}

#[test]
fn a_merged_directory_moves_over_a_hidden_name() {
    let lower = memory(&[("d/a", "1"), ("d/e/b", "2"), ("x/old", ""), ("y", "")]);
    let overlay = Overlay::over(lower);
    let tree = &overlay.tree;
    tree.write("d/c", "3").unwrap();
    tree.remove_dir_all("x").unwrap();
    tree.rename("d", "x").unwrap();
    assert_eq!(names(tree, "."), ["x", "y"]);
    assert_eq!(names(tree, "x"), ["a", "c", "e"]);
    tree.remove_file("y").unwrap();
    tree.rename("x", "y").unwrap();
    assert_eq!(read(tree, "y/e/b"), "2");
    assert_eq!(names(tree, "."), ["y"]);
    // The contents stay where they are until somebody changes them.
    assert_eq!(names(&overlay.upper, "y"), ["c"]);
}

#[test]
fn a_chain_of_renames_keeps_what_is_below() {
    let overlay = Overlay::over(memory(&[("a/f", "f"), ("a/g/h", "h"), ("b/", "")]));
    let tree = &overlay.tree;
    tree.rename("a", "b/a").unwrap();
    tree.write("b/a/f", "changed").unwrap();
    tree.rename("b/a/g", "g").unwrap();
    tree.rename("b", "c").unwrap();
    tree.write("g/h", "changed, too").unwrap();
    tree.rename("g", "c/a/g2").unwrap();
    tree.create_dir("a").unwrap();
    assert!(names(tree, "a").is_empty());
    assert_eq!(read(tree, "c/a/f"), "changed");
    assert_eq!(read(tree, "c/a/g2/h"), "changed, too");
    assert_eq!(names(tree, "c/a"), ["f", "g2"]);
    assert_eq!(read(&overlay.lower, "a/g/h"), "h");
}

#[test]
fn directories_swap() {
    let overlay = Overlay::over(memory(&[("a/1", "a"), ("b/1", "b"), ("b/2", "b")]));
    let tree = &overlay.tree;
    tree.rename("a", "t").unwrap();
    tree.rename("b", "a").unwrap();
    tree.rename("t", "b").unwrap();
    assert_eq!(
        (read(tree, "a/1"), read(tree, "b/1")),
        ("b".into(), "a".into())
    );
    assert_eq!(
        (names(tree, "a"), names(tree, "b").len()),
        (vec!["1".into(), "2".into()], 1)
    );
    tree.write("a/1", "new").unwrap();
    tree.rename("a", "t").unwrap();
    tree.rename("b", "a").unwrap();
    tree.rename("t", "b").unwrap();
    assert_eq!(
        (read(tree, "a/1"), read(tree, "b/1")),
        ("a".into(), "new".into())
    );
}

#[test]
fn a_file_hides_directories_below_it() {
    let layers = [
        memory(&[("d/top", "")]),
        memory(&[("d", "a file"), ("e/middle", "")]),
        memory(&[("d/bottom", ""), ("e", "a file")]),
    ];
    let tree = over_several(&layers);
    assert_eq!(names(&tree, "d"), ["top"]);
    assert_eq!(names(&tree, "e"), ["middle"]);
    tree.remove_dir_all("d").unwrap();
    assert_eq!(errno(tree.metadata("d")), Errno::NoEntry);
    let tree = over_several(&layers[1..]);
    assert_eq!(read(&tree, "d"), "a file");
    assert_eq!(errno(tree.read("d/bottom")), Errno::NotDir);
}

#[test]
fn a_populated_upper_is_merged_and_hides() {
    let lower = memory(&[("d/a", "lower"), ("d/b", "lower"), ("x/y", "")]);
    let upper = memory(&[("d/a", "upper"), ("d/c", "upper"), ("x", "a file")]);
    let overlay = Overlay::of(upper, lower);
    let tree = &overlay.tree;
    assert_eq!(names(tree, "d"), ["a", "b", "c"]);
    assert_eq!(read(tree, "d/a"), "upper");
    assert_eq!(read(tree, "x"), "a file");
    tree.remove_file("d/a").unwrap();
    assert_eq!(names(tree, "d"), ["b", "c"]);
    tree.remove_file("x").unwrap();
    assert_eq!(names(tree, "."), ["d"]);
}

#[test]
fn numbers_stay_when_nodes_are_copied_and_moved() {
    let lower = memory(&[("d/e/f", "1"), ("d/g", "2"), ("h", "3")]);
    let overlay = Overlay::over(lower);
    let tree = &overlay.tree;
    let ino = |path: &str| tree.symlink_metadata(path).unwrap().ino;
    let before: Vec<u64> = ["d", "d/e", "d/e/f", "d/g", "h"].map(ino).into();
    tree.write("new", "").unwrap();
    tree.write("d/e/f", "changed").unwrap();
    tree.rename("d", "x").unwrap();
    tree.rename("h", "x/h").unwrap();
    let after: Vec<u64> = ["x", "x/e", "x/e/f", "x/g", "x/h"].map(ino).into();
    assert_eq!(before, after);
    let mut all = after;
    all.extend([ino("new"), ino(".")]);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 7);
}

#[test]
fn names_need_not_be_utf_8() {
    let overlay = Overlay::over(MemFs::new());
    overlay.lower.create_dir(b"\xff").unwrap();
    overlay.lower.write(b"\xff/\xfe", "1").unwrap();
    let tree = &overlay.tree;
    tree.rename(b"\xff", b"\x80").unwrap();
    tree.write(b"\x80/\xfe", "2").unwrap();
    tree.rename(b"\x80/\xfe", b"\xc3").unwrap();
    assert_eq!(tree.read(b"\xc3").unwrap(), b"2");
    assert!(tree.list(b"\x80").unwrap().is_empty());
}

#[test]
fn what_changes_a_layer_behind_its_back_harms_nobody() {
    let overlay = Overlay::over(memory(&[("d/a", "a"), ("d/e/f", "f"), ("g", "g")]));
    let tree = &overlay.tree;
    let open = tree.subtree("d/e").unwrap();
    tree.write("d/a", "changed").unwrap();
    tree.rename("d/e", "e").unwrap();
    overlay.lower.remove_dir_all("d").unwrap();
    overlay.lower.write("d", "now a file").unwrap();
    overlay.lower.remove_file("g").unwrap();
    overlay.upper.remove_dir_all("d").unwrap();
    overlay.upper.symlink("d", "/etc").unwrap();
    // What it answers is nobody's promise.
    for path in ["d", "d/a", "e", "e/f", "g", "d/e"] {
        let _undefined = tree.read(path);
        let _undefined = tree.list(path);
        let _undefined = tree.write(path, "x");
        let _undefined = tree.rename(path, "z");
        let _undefined = tree.remove_file(path);
        let _undefined = tree.remove_dir(path);
    }
    let _undefined = open.write("f", "x");
    let _undefined = open.list(".");
    let _undefined = overlay.fs.changes();
    let _undefined = overlay.fs.complete();
}
