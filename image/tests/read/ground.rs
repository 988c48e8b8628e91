//! What the cases stand on: load bytes, look at the tree.

use bytes::Bytes;
use guesthouse_image::{Image, ImageError, ImageErrorKind, ImageOptions};
use guesthouse_vfs::Tree;

use crate::tar_bytes::TarBytes;

pub(crate) fn load(bytes: impl Into<Bytes>) -> Image {
    Image::from_bytes(bytes.into(), &ImageOptions::new()).expect("an image")
}

pub(crate) fn refuse(bytes: impl Into<Bytes>) -> ImageError {
    Image::from_bytes(bytes.into(), &ImageOptions::new()).expect_err("no image")
}

pub(crate) fn tree(image: &Image) -> Tree {
    Tree::new(image.file_system().clone())
}

/// The tree as lines, `path kind mode mtime contents`, sorted.
pub(crate) fn listing(image: &Image) -> Vec<String> {
    let tree = tree(image);
    let mut lines = Vec::new();
    for entry in tree.walk("/").expect("a tree") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata();
        let path = entry.path();
        let what = match metadata.file_type {
            guesthouse_vfs::FileType::Dir => "dir".to_owned(),
            guesthouse_vfs::FileType::Symlink => {
                format!(
                    "-> {}",
                    tree.read_link(path).expect("a link").escape_ascii()
                )
            }
            _ => format!("{}", tree.read(path).expect("a file").escape_ascii()),
        };
        lines.push(format!("{} {what}", path.escape_ascii()));
    }
    lines.sort();
    lines
}

/// How an archive is refused, and what is said.
pub(crate) fn refused(archive: TarBytes) -> (ImageErrorKind, String) {
    let error = refuse(archive.end());
    (error.kind(), error.to_string())
}

#[track_caller]
pub(crate) fn assert_refused(archive: TarBytes, kind: ImageErrorKind, part: &str) {
    let (found, text) = refused(archive);
    assert_eq!(found, kind, "{text}");
    assert!(text.contains(part), "{text}");
}
