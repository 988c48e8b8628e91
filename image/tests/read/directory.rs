#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use guesthouse_image::{Image, ImageErrorKind, ImageFormat, ImageOptions, NoteKind};
use guesthouse_vfs::{FileType, Limits, Tree};

use crate::ground::{listing, tree};

#[test]
fn a_directory_is_copied() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = dir.path();
    std::fs::create_dir(host.join("bin")).expect("a directory");
    std::fs::write(host.join("bin/tool"), "#!").expect("a file");
    let mode = std::fs::Permissions::from_mode(0o4711);
    std::fs::set_permissions(host.join("bin/tool"), mode).expect("a mode");
    std::fs::hard_link(host.join("bin/tool"), host.join("other")).expect("a link");
    symlink("/bin/tool", host.join("absolute")).expect("a link");
    symlink("../../etc/passwd", host.join("out")).expect("a link");
    let _socket = UnixListener::bind(host.join("socket")).expect("a socket");
    let image = Image::open(host, &ImageOptions::new()).expect("an image");
    assert_eq!(image.format(), ImageFormat::Directory);
    assert_eq!(
        listing(&image),
        [
            "/absolute -> /bin/tool",
            "/bin dir",
            "/bin/tool #!",
            "/other #!"
        ]
    );
    let metadata = tree(&image).metadata("/absolute").expect("the file");
    assert_eq!((metadata.mode, metadata.nlink), (0o711, 2));
    let on_host = std::fs::metadata(host.join("bin/tool")).expect("the file");
    let modified = on_host.modified().expect("a time");
    assert_eq!(metadata.modified, modified.into());
    let mut kinds: Vec<_> = image.notes().iter().map(|note| note.kind.clone()).collect();
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    let target: &[u8] = b"../../etc/passwd";
    assert_eq!(
        kinds,
        [
            NoteKind::LeadsNowhere(target.into()),
            NoteKind::Special(FileType::Socket)
        ]
    );
}

#[test]
fn a_directory_is_held_to_the_limits() {
    let dir = tempfile::tempdir().expect("a directory");
    for n in 0..20 {
        std::fs::write(dir.path().join(n.to_string()), "x").expect("a file");
    }
    let options = ImageOptions::new().limits(Limits {
        nodes: 10,
        ..Limits::default()
    });
    let error = Image::open(dir.path(), &options).expect_err("too many");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
}

#[test]
fn what_is_not_there_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("gone.tar");
    let error = Image::open(&path, &ImageOptions::new()).expect_err("nothing there");
    assert_eq!(error.kind(), ImageErrorKind::Io);
    assert!(error.to_string().contains("gone.tar"), "{error}");
}

#[test]
fn forks_are_independent() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("a"), "1").expect("a file");
    let image = Image::open(dir.path(), &ImageOptions::new()).expect("an image");
    let one = Tree::new(image.fork());
    one.write("a", "2").expect("a write");
    assert_eq!(Tree::new(image.fork()).read("a").expect("the file"), b"1");
}
