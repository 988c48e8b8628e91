use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use guesthouse_vfs::{
    Access, FileSystem, MemFs, OpenOptions, OverlayFs, SetTime, SetTimes, Timestamp, Tree,
};

use super::{Overlay, memory, names, read};

const BLOCK: usize = 64 << 10;

/// A lower file of 1 MiB, each block of which is full of its own letter, and the overlay.
fn large() -> (Arc<MemFs>, Overlay, Vec<u8>) {
    let contents: Vec<u8> = (0..16 * BLOCK)
        .map(|at| b'a' + (at / BLOCK) as u8)
        .collect();
    let lower = MemFs::new();
    Tree::new(lower.clone()).write("f", &contents).unwrap();
    let upper = MemFs::new();
    (upper.clone(), Overlay::of(upper, lower), contents)
}

#[test]
fn a_handle_that_only_reads_sees_the_copy() {
    let overlay = Overlay::over(memory(&[("d/f", "lower")]));
    let tree = &overlay.tree;
    let mut reader = tree.open("d/f").unwrap();
    let mut writer = tree
        .open_with("d/f", OpenOptions::existing(Access::WRITE))
        .unwrap();
    writer.write_all(b"UP").unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "UPwer");
    // Also when the names go.
    tree.rename("d/f", "g").unwrap();
    tree.remove_file("g").unwrap();
    writer.write_all(b"!").unwrap();
    reader.seek(SeekFrom::Start(0)).unwrap();
    text.clear();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "UP!er");
    assert_eq!(read(&overlay.lower, "d/f"), "lower");
}

#[test]
fn a_file_without_a_name_is_written_in_the_upper() {
    let overlay = Overlay::over(memory(&[("f", "lower")]));
    let mut file = overlay
        .tree
        .open_with("f", OpenOptions::existing(Access::READ_WRITE))
        .unwrap();
    overlay.tree.remove_file("f").unwrap();
    file.write_all(b"UPPER and more").unwrap();
    assert_eq!(file.metadata().unwrap().nlink, 0);
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "UPPER and more");
    assert!(names(&overlay.tree, ".").is_empty() && names(&overlay.upper, ".").is_empty());
    assert_eq!(read(&overlay.lower, "f"), "lower");
}

#[test]
fn a_change_of_metadata_copies_no_contents() {
    let (upper, overlay, contents) = large();
    let tree = &overlay.tree;
    let times = SetTimes {
        accessed: SetTime::At(Timestamp::from_nanos(5)),
        modified: SetTime::At(Timestamp::from_nanos(7)),
    };
    tree.set_mode("f", 0o600).unwrap();
    tree.set_times("f", times).unwrap();
    tree.rename("f", "g").unwrap();
    tree.hard_link("g", "h").unwrap();
    assert_eq!(upper.usage().private_bytes, 0);
    let metadata = tree.metadata("h").unwrap();
    assert_eq!(
        (metadata.mode, metadata.nlink, metadata.size),
        (0o600, 2, contents.len() as u64)
    );
    assert_eq!(metadata.modified, Timestamp::from_nanos(7));
    assert_eq!(tree.read("h").unwrap(), contents);
    assert_eq!(upper.usage().private_bytes, 0);
}

#[test]
fn a_write_copies_only_the_blocks_around_it() {
    let (upper, overlay, mut contents) = large();
    let tree = &overlay.tree;
    let mut file = tree
        .open_with("f", OpenOptions::existing(Access::READ_WRITE))
        .unwrap();
    // In the middle of a block; over the edge of two; a whole block, which needs no copy.
    let writes = [
        (5 * BLOCK + 100, 10),
        (9 * BLOCK - 5, 10),
        (12 * BLOCK, BLOCK),
    ];
    for (at, len) in writes {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&vec![b'!'; len]).unwrap();
        contents[at..at + len].fill(b'!');
        assert_eq!(tree.read("f").unwrap(), contents);
    }
    assert_eq!(upper.usage().private_bytes, 4 * BLOCK as u64);
    overlay.fs.complete().unwrap();
    assert_eq!(overlay.upper.read("f").unwrap(), contents);
    assert_eq!(tree.read("f").unwrap(), contents);
}

#[test]
fn cutting_copies_nothing_and_uncovers_nothing() {
    let (upper, overlay, mut contents) = large();
    let tree = &overlay.tree;
    let file = tree
        .open_with("f", OpenOptions::existing(Access::READ_WRITE))
        .unwrap();
    file.set_len(3 * BLOCK as u64 + 7).unwrap();
    file.set_len(5 * BLOCK as u64).unwrap();
    contents.truncate(3 * BLOCK + 7);
    contents.resize(5 * BLOCK, 0);
    assert_eq!(tree.read("f").unwrap(), contents);
    assert_eq!(upper.usage().private_bytes, 0);
    tree.write("f", "anew").unwrap();
    assert_eq!(read(tree, "f"), "anew");
    assert_eq!(read(&overlay.upper, "f"), "anew");
}

#[test]
fn completing_keeps_times_and_holes() {
    let lower = MemFs::new();
    let tree = Tree::new(lower.clone());
    tree.write("f", "begins").unwrap();
    let file = tree
        .open_with("f", OpenOptions::existing(Access::READ_WRITE))
        .unwrap();
    file.set_len(1 << 30).unwrap();
    drop(file);
    let upper = MemFs::new();
    let overlay = Overlay::of(upper.clone(), lower);
    overlay.tree.set_mode("f", 0o640).unwrap();
    let before = overlay.tree.metadata("f").unwrap();
    overlay.fs.complete().unwrap();
    let after = overlay.tree.metadata("f").unwrap();
    assert_eq!(
        (before.modified, before.accessed, before.size),
        (after.modified, after.accessed, after.size)
    );
    assert!(upper.usage().private_bytes <= BLOCK as u64);
    let mut file = overlay.upper.open("f").unwrap();
    let mut start = [0; 8];
    file.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"begins\0\0");
}

#[test]
fn names_of_one_file_stay_one_file() {
    let lower = memory(&[("d/a", "lower"), ("e/", "")]);
    Tree::new(lower.clone()).hard_link("d/a", "e/b").unwrap();
    Tree::new(lower.clone()).hard_link("d/a", "c").unwrap();
    let overlay = Overlay::over(lower);
    let tree = &overlay.tree;
    tree.write("d/a", "changed").unwrap();
    assert_eq!(
        (read(tree, "e/b"), read(tree, "c")),
        ("changed".into(), "changed".into())
    );
    assert_eq!(tree.metadata("c").unwrap().nlink, 3);
    // The copy's only name goes; the others still show it.
    tree.remove_file("d/a").unwrap();
    assert_eq!(read(tree, "e/b"), "changed");
    assert_eq!(tree.metadata("e/b").unwrap().nlink, 2);
    // It is given a name again, and a new one.
    tree.hard_link("e/b", "f").unwrap();
    tree.write("f", "again").unwrap();
    tree.rename("e", "g").unwrap();
    assert_eq!(
        (read(tree, "g/b"), read(tree, "c")),
        ("again".into(), "again".into())
    );
    assert_eq!(tree.metadata("g/b").unwrap().nlink, 3);
    for name in ["g/b", "f", "c"] {
        tree.remove_file(name).unwrap();
    }
    assert_eq!(names(tree, "."), ["d", "g"]);
    assert_eq!(read(&overlay.lower, "c"), "lower");
}

#[test]
fn a_lower_overlay_that_goes_on_being_used_elsewhere_is_not_written() {
    let image = memory(&[("f", "image")]);
    let base = OverlayFs::builder(MemFs::new())
        .lower(image)
        .build()
        .unwrap();
    Tree::new(base.clone()).write("g", "base").unwrap();
    let guests: Vec<Tree> = (0..3)
        .map(|_| {
            let lower: Arc<dyn FileSystem> = base.clone();
            Tree::new(
                OverlayFs::builder(MemFs::new())
                    .lower(lower)
                    .build()
                    .unwrap(),
            )
        })
        .collect();
    for (number, guest) in guests.iter().enumerate() {
        guest.write("f", number.to_string()).unwrap();
        guest.remove_file("g").unwrap();
    }
    for (number, guest) in guests.iter().enumerate() {
        assert_eq!(read(guest, "f"), number.to_string());
    }
    let base = Tree::new(base);
    assert_eq!(
        (read(&base, "f"), read(&base, "g")),
        ("image".into(), "base".into())
    );
}
