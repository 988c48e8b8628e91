//! Copies that fail halfway.

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use guesthouse_vfs::{Access, Errno, Limits, MemFs, OpenOptions, Tree};

use super::{Overlay, errno, memory, names, read};

fn limited(limits: Limits) -> Arc<MemFs> {
    MemFs::builder().limits(limits).build()
}

/// All operations that copy the lower `d/f`, each of which is to fail.
fn try_all(tree: &Tree) -> Vec<Errno> {
    vec![
        errno(tree.set_mode("d/f", 0o600)),
        errno(tree.rename("d/f", "d/g")),
        errno(tree.rename("d", "e")),
        errno(tree.hard_link("d/f", "d/g")),
        errno(tree.write("d/f", "changed")),
        errno(tree.remove_file("d/f")),
        errno(tree.create_dir("d/x")),
    ]
}

#[test]
fn without_room_for_a_node_nothing_changes() {
    let upper = limited(Limits {
        nodes: 1,
        ..Limits::default()
    });
    let overlay = Overlay::of(upper.clone(), memory(&[("d/f", "lower")]));
    let tree = &overlay.tree;
    let before = tree.metadata("d/f").unwrap();
    let dir = tree.metadata("d").unwrap();
    assert_eq!(try_all(tree), [Errno::NoSpace; 7]);
    assert_eq!(tree.metadata("d/f").unwrap(), before);
    assert_eq!(tree.metadata("d").unwrap(), dir);
    assert_eq!(
        (names(tree, "."), names(tree, "d")),
        (vec!["d".into()], vec!["f".into()])
    );
    assert_eq!(upper.usage().nodes, 1);
    assert!(overlay.fs.changes().unwrap().is_empty());
}

#[test]
fn room_for_the_directory_alone_leaves_no_part_of_the_file() {
    let upper = limited(Limits {
        nodes: 2,
        ..Limits::default()
    });
    let overlay = Overlay::of(upper, memory(&[("d/f", "lower")]));
    let tree = &overlay.tree;
    let before = tree.metadata("d").unwrap();
    assert_eq!(errno(tree.set_mode("d/f", 0o600)), Errno::NoSpace);
    assert_eq!(errno(tree.write("d/f", "changed")), Errno::NoSpace);
    assert!(names(&overlay.upper, "d").is_empty());
    assert_eq!(read(tree, "d/f"), "lower");
    let after = tree.metadata("d").unwrap();
    assert_eq!(
        (after.modified, after.changed, after.mode, after.nlink),
        (before.modified, before.changed, before.mode, before.nlink)
    );
    assert!(overlay.fs.changes().unwrap().is_empty());
}

#[test]
fn a_file_too_long_for_the_upper_is_not_begun() {
    let upper = limited(Limits {
        file_size: 100,
        ..Limits::default()
    });
    let overlay = Overlay::of(upper, memory(&[("d/f", &"x".repeat(101))]));
    let tree = &overlay.tree;
    assert_eq!(errno(tree.set_mode("d/f", 0o600)), Errno::FileTooBig);
    assert!(names(&overlay.upper, "d").is_empty());
    // Cutting it needs no copy of what is cut off.
    tree.write("d/f", "short").unwrap();
    assert_eq!(read(tree, "d/f"), "short");
}

#[test]
fn without_room_for_a_block_the_contents_stay() {
    let upper = limited(Limits {
        private_bytes: 32 << 10,
        ..Limits::default()
    });
    let text = "x".repeat(300 << 10);
    let overlay = Overlay::of(upper, memory(&[("f", &text)]));
    let tree = &overlay.tree;
    let mut file = tree
        .open_with("f", OpenOptions::existing(Access::READ_WRITE))
        .unwrap();
    file.seek(SeekFrom::Start(100_000)).unwrap();
    let modified = tree.metadata("f").unwrap().modified;
    assert!(file.write_all(b"changed").is_err());
    assert_eq!(read(tree, "f"), text);
    assert_eq!(tree.metadata("f").unwrap().modified, modified);
    // When there is room it goes on.
    tree.rename("f", "g").unwrap();
    file.set_len(1000).unwrap();
    file.seek(SeekFrom::Start(10)).unwrap();
    file.write_all(b"changed").unwrap();
    assert_eq!(&read(tree, "g")[..20], "xxxxxxxxxxchangedxxx");
}
