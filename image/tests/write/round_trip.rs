//! A tree, written and read again, is the same tree.

use bytes::Bytes;
use guesthouse_image::{Image, ImageOptions, TarOptions, write_tar};
use guesthouse_vfs::{MemFs, Tree};
use proptest::prelude::*;

use crate::programs::{ops, run};
use crate::seen::seen;

fn round_trip(tree: &Tree) {
    let mut archive = Vec::new();
    let report = write_tar(tree, "/", &mut archive, &TarOptions::default()).unwrap();
    assert_eq!(report.notes, []);
    let image = Image::from_bytes(Bytes::from(archive), &ImageOptions::new()).unwrap();
    assert_eq!(image.notes(), []);
    assert_eq!(seen(&Tree::new(image.fork())), seen(tree));
}

/// Names and targets of any bytes, as short and as long as they may be.
fn odd_name() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'a'), Just(b'.'), Just(b'\n'), Just(b' '), 1..=255u8];
    let text = prop::collection::vec(byte, 1..=255);
    let name = prop_oneof![text, "[a-zé日]{1,85}".prop_map(String::into_bytes)];
    name.prop_map(|mut name| {
        name.iter_mut()
            .filter(|byte| **byte == b'/')
            .for_each(|byte| *byte = b'-');
        if name.iter().all(|&byte| byte == b'.') {
            name.push(b'x');
            name.remove(0);
        }
        name
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back(ops in ops(60)) {
        let fs = MemFs::new();
        run(&fs, &ops);
        round_trip(&Tree::new(fs));
    }

    #[test]
    fn odd_names_come_back(names in prop::collection::vec((odd_name(), odd_name(), 0..4u8), 1..12)) {
        let tree = Tree::new(MemFs::new());
        for (one, other, kind) in names {
            let below = [&one[..], &other[..]].join(&b'/');
            let _ = match kind {
                0 => tree.write(&one, b"1"),
                1 => tree.build().dir(&one).file(&below, "2").finish(),
                2 => tree.symlink(&one, &other),
                _ => tree.write(&other, b"3").and_then(|()| tree.hard_link(&other, &one)),
            };
        }
        round_trip(&tree);
    }
}

/// What a guest nested deeper than any path is long could be written, and not read.
#[test]
fn deep_trees_come_back() {
    let tree = Tree::new(MemFs::new());
    let mut below = tree.subtree("/").unwrap();
    for _ in 0..2200 {
        below.create_dir("d").unwrap();
        below = below.subtree("d").unwrap();
    }
    below.write("first", "1").unwrap();
    below.symlink("link", "first").unwrap();
    below.hard_link("first", "second").unwrap();
    let archive = |tree: &Tree| {
        let mut archive = Vec::new();
        let report = write_tar(tree, "/", &mut archive, &TarOptions::default()).unwrap();
        assert_eq!((report.notes, report.dirs), (vec![], 2201));
        archive
    };
    // Paths would be too long to look at it in another way.
    let written = archive(&tree);
    let image = Image::from_bytes(written.clone().into(), &ImageOptions::new()).unwrap();
    assert_eq!(image.notes(), []);
    assert!(archive(&Tree::new(image.fork())) == written);
}
