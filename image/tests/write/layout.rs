//! An image layout, opened again, is the tree that went into it.

use std::fs;
use std::path::Path;

use guesthouse_image::{
    Image, ImageConfig, ImageErrorKind, ImageFormat, ImageOptions, LayoutOptions, LayoutWriter,
    Platform,
};
use guesthouse_vfs::{MemFs, Timestamp, Tree};
use proptest::prelude::*;
use serde_json::Value;

use crate::programs::{Op, ops, run};
use crate::seen::seen;

/// Writes the tree that `programs` make one after the other, a layer for each, and returns it.
fn write(dir: &Path, programs: &[Vec<Op>], options: LayoutOptions) -> Tree {
    let mut layout = LayoutWriter::create(dir, options).unwrap();
    let mut fs = MemFs::new();
    for (number, program) in programs.iter().enumerate() {
        fs = fs.fork();
        run(&fs, program);
        let tree = Tree::new(fs.clone());
        let report = match number {
            0 => layout.add_tree(&tree).unwrap(),
            _ => layout.add_changes(&fs.changes().unwrap(), &tree).unwrap(),
        };
        assert_eq!(report.tar.notes, []);
    }
    layout.finish(&ImageConfig::default(), None).unwrap();
    Tree::new(fs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn layers_on_layers_give_the_last_tree(
        programs in prop::collection::vec(ops(30), 1..5),
        gzip in any::<bool>(),
    ) {
        let host = tempfile::tempdir().unwrap();
        let dir = host.path().join("image");
        let options = LayoutOptions { gzip, ..LayoutOptions::default() };
        let tree = write(&dir, &programs, options);
        let image = Image::open(&dir, &ImageOptions::new()).unwrap();
        prop_assert_eq!(image.format(), ImageFormat::OciLayout);
        prop_assert_eq!(image.notes(), &[]);
        prop_assert_eq!(seen(&Tree::new(image.fork())), seen(&tree));
    }
}

#[test]
fn what_the_image_says_of_itself_is_kept() {
    let host = tempfile::tempdir().unwrap();
    let mut config = ImageConfig::default();
    config.platform = Some("linux/arm/v7".parse::<Platform>().unwrap());
    config.env = vec!["PATH=/bin".to_owned(), "A=b=c".to_owned()];
    config.entrypoint = vec!["/bin/app".to_owned()];
    config.cmd = vec!["-v".to_owned(), "two words".to_owned()];
    config.working_dir = "/srv".to_owned();
    config.user = "1000".to_owned();
    config.labels = vec![("a".to_owned(), "\"é\n".to_owned())];
    let mut layout = LayoutWriter::create(host.path(), LayoutOptions::default()).unwrap();
    layout.add_tree(&Tree::new(MemFs::new())).unwrap();
    layout.finish(&config, Some("app:1.2")).unwrap();
    for options in [
        ImageOptions::new(),
        ImageOptions::new().reference("app:1.2"),
    ] {
        let image = Image::open(host.path(), &options).unwrap();
        assert_eq!(image.config(), Some(&config));
    }
    let wrong = ImageOptions::new().reference("app:1.3");
    assert!(Image::open(host.path(), &wrong).is_err());
}

#[test]
fn the_same_trees_give_the_same_image() {
    let index = |gzip| {
        let host = tempfile::tempdir().unwrap();
        let options = LayoutOptions {
            gzip,
            modified: Some(Timestamp::EPOCH),
        };
        let steps = |text: &str| vec![Op::Mkdir("a".to_owned()), Op::Write(text.to_owned(), 9)];
        write(host.path(), &[steps("a/b"), steps("a/c")], options);
        fs::read(host.path().join("index.json")).unwrap()
    };
    assert_eq!(index(false), index(false));
    assert_eq!(index(true), index(true));
    assert_ne!(index(true), index(false));
}

/// Each file below `blobs/sha256` is named by its digest and used, and nothing is left over.
#[test]
fn a_layout_has_no_more_than_it_needs() {
    let host = tempfile::tempdir().unwrap();
    let program = vec![Op::Write("f".to_owned(), 100)];
    write(
        host.path(),
        &[program.clone(), program],
        LayoutOptions::default(),
    );
    let names = |dir: &Path| -> Vec<String> {
        let names = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let top = names(host.path());
    assert_eq!(top, ["blobs", "index.json", "oci-layout"]);
    let blobs = host.path().join("blobs/sha256");
    let json = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let digits = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap();
        let digits = digest.strip_prefix("sha256:").unwrap().to_owned();
        let len = fs::metadata(blobs.join(&digits)).unwrap().len();
        assert_eq!(descriptor["size"], len);
        digits
    };
    let index = json(&host.path().join("index.json"));
    let manifest = digits(&index["manifests"][0]);
    let document = json(&blobs.join(&manifest));
    let mut used = vec![manifest, digits(&document["config"])];
    used.extend(document["layers"].as_array().unwrap().iter().map(digits));
    assert_eq!(used.len(), 4);
    used.sort();
    assert_eq!(names(&blobs), used);
}

#[test]
fn a_layout_does_not_touch_what_is_there_and_a_failed_layer_leaves_nothing() {
    let host = tempfile::tempdir().unwrap();
    fs::write(host.path().join("mine"), "").unwrap();
    let error = LayoutWriter::create(host.path(), LayoutOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ImageErrorKind::Refused);

    let dir = host.path().join("image");
    let mut layout = LayoutWriter::create(&dir, LayoutOptions::default()).unwrap();
    let tree = Tree::new(MemFs::new());
    tree.write(".wh.a", "").unwrap();
    let error = layout.add_tree(&tree).unwrap_err();
    assert_eq!(error.kind(), ImageErrorKind::Refused);
    assert_eq!(fs::read_dir(dir.join("blobs/sha256")).unwrap().count(), 0);
    assert!(!dir.join("index.json").exists());

    tree.rename(".wh.a", "a").unwrap();
    layout.add_tree(&tree).unwrap();
    layout.finish(&ImageConfig::default(), None).unwrap();
    let image = Image::open(&dir, &ImageOptions::new()).unwrap();
    assert_eq!(seen(&Tree::new(image.fork())), seen(&tree));
}

/// The name of a whiteout is four bytes longer than any file's.
#[test]
fn a_file_with_the_longest_name_can_be_gone() {
    let host = tempfile::tempdir().unwrap();
    let dir = host.path().join("image");
    let name = "n".repeat(255);
    let programs = [
        vec![Op::Write(name.clone(), 5)],
        vec![Op::Remove(name.clone())],
    ];
    let tree = write(&dir, &programs, LayoutOptions::default());
    assert!(!tree.exists(&name));
    let image = Image::open(&dir, &ImageOptions::new()).unwrap();
    assert_eq!(seen(&Tree::new(image.fork())), seen(&tree));
}
