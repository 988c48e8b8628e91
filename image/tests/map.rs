//! Archives that are mapped instead of read.
// Elsewhere a file that is mapped cannot be removed.
#![cfg(all(unix, feature = "mmap"))]

use guesthouse_image::{Image, ImageOptions};
use guesthouse_vfs::Tree;

#[test]
fn a_mapped_archive_takes_no_memory() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("a.tar");
    let mut builder = tar::Builder::new(Vec::new());
    let data = vec![7; 1 << 20];
    let mut header = tar::Header::new_gnu();
    header.set_size(data.len() as u64);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, "large", &data[..])
        .expect("in memory");
    std::fs::write(&path, builder.into_inner().expect("in memory")).expect("a file");

    // SAFETY: nobody knows of the file but this test, which does not write to it again.
    let options = unsafe { ImageOptions::new().memory_bytes(0).map_file() };
    let image = Image::open(&path, &options).expect("an image");
    assert_eq!(image.file_system().usage().private_bytes, 0);
    // Gone by name only: the map keeps it.
    std::fs::remove_file(&path).expect("the file");
    let tree = Tree::new(image.fork());
    drop(image);
    assert_eq!(tree.read("large").expect("the file"), data);
    tree.write("large", "changed").expect("a write to the fork");

    std::fs::write(&path, "").expect("a file");
    let empty = Image::open(&path, &options).expect_err("an empty file cannot be mapped, nor read");
    assert!(empty.to_string().contains("it is empty"), "{empty}");
}
