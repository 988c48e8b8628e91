//! A directory of the host as an archive, and a tree out to the host.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use guesthouse_image::{Image, ImageOptions, TarNoteReason, TarOptions, write_tar};
use guesthouse_vfs::{CopyOptions, FileType, Tree};

use crate::seen::seen;

#[test]
fn a_directory_of_the_host_comes_back_and_its_sockets_are_noted() {
    let host = tempfile::tempdir().unwrap();
    let at = |name: &str| host.path().join(name);
    fs::create_dir_all(at("d/e")).unwrap();
    fs::write(at("d/f"), "text").unwrap();
    fs::hard_link(at("d/f"), at("d/e/g")).unwrap();
    std::os::unix::fs::symlink("e/g", at("d/l")).unwrap();
    let sparse = File::create(at("sparse")).unwrap();
    sparse.write_all_at(b"x", 5 << 20).unwrap();
    sparse.set_len(64 << 20).unwrap();
    fs::set_permissions(at("d/f"), fs::Permissions::from_mode(0o751)).unwrap();
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_millis(1500);
    File::open(at("d/f"))
        .unwrap()
        .set_modified(before_1970)
        .unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();

    let tree = Tree::open_host(host.path()).unwrap();
    let mut archive = Vec::new();
    let report = write_tar(&tree, "/", &mut archive, &TarOptions::default()).unwrap();
    assert!(archive.len() < 1 << 20, "{}", archive.len());
    assert_eq!(report.notes.len(), 1);
    let reason = TarNoteReason::Special(FileType::Socket);
    assert_eq!(report.notes[0].reason, reason);
    assert_eq!(report.notes[0].to_string(), "/socket: a socket, left out");

    let image = Image::from_bytes(Bytes::from(archive), &ImageOptions::new()).unwrap();
    let mut expected = seen(&tree);
    expected.remove(&b"socket"[..]);
    assert_eq!(seen(&Tree::new(image.fork())), expected);

    // And out again.
    let out = tempfile::tempdir().unwrap();
    let copy = out.path().join("copy");
    let options = CopyOptions::default();
    let report = Tree::new(image.fork())
        .copy_out("/", &copy, options)
        .unwrap();
    assert_eq!(report.left_out, []);
    let link = fs::read_link(copy.join("d/l")).unwrap();
    assert_eq!(link.as_os_str(), "e/g");
    let copied = |name: &str| fs::metadata(copy.join(name)).unwrap();
    assert_eq!(copied("d/f").mode() & 0o7777, 0o751);
    assert_eq!(copied("d/f").modified().unwrap(), before_1970);
    assert_eq!(copied("d/f").ino(), copied("d/e/g").ino());
    assert_eq!(copied("sparse").len(), 64 << 20);
    assert!(copied("sparse").blocks() * 512 < 1 << 20);
    for name in ["", "d", "d/e"] {
        let before = fs::metadata(at(name)).unwrap();
        assert_eq!(copied(name).modified().unwrap(), before.modified().unwrap());
        assert_eq!(copied(name).mode(), before.mode());
    }
}
