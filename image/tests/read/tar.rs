use bytes::Bytes;
use guesthouse_image::{ImageErrorKind, ImageFormat, ImageOptions, NoteKind};
use guesthouse_vfs::{FileType, Timestamp};

use crate::ground::{listing, load, refuse, tree};
use crate::tar_bytes::TarBytes;

#[test]
fn a_tree_comes_out_as_it_went_in() {
    let image = load(
        TarBytes::new()
            .dir("./")
            .dir("bin/")
            .file("bin/tool", "#!")
            .symlink("bin/link", "/bin/tool")
            .hard_link("bin/other", "bin/tool")
            .file("deep/er/file", "x")
            .end(),
    );
    assert_eq!(image.format(), ImageFormat::Tar);
    assert_eq!(
        listing(&image),
        [
            "/bin dir",
            "/bin/link -> /bin/tool",
            "/bin/other #!",
            "/bin/tool #!",
            "/deep dir",
            "/deep/er dir",
            "/deep/er/file x",
        ]
    );
    let tree = tree(&image);
    let tool = tree.metadata("/bin/tool").expect("the file");
    assert_eq!(tool.nlink, 2);
    assert_eq!(tool.mode, 0o644);
    assert_eq!(tree.metadata("/bin").expect("the directory").mode, 0o755);
    for path in ["/", "/bin", "/bin/tool", "/deep/er/file"] {
        let time = tree.symlink_metadata(path).expect(path).modified;
        assert_eq!(time, Timestamp::from_parts(1_000_000_000, 0), "{path}");
    }
    assert_eq!(image.notes(), []);
    assert!(image.config().is_none());
}

#[test]
fn contents_are_borrowed_from_the_buffer() {
    let data = vec![7; 1 << 20];
    let archive = Bytes::from(
        TarBytes::new()
            .file("large", &data)
            .file("small", "abc")
            .end(),
    );
    let image = load(archive.clone());
    assert_eq!(image.file_system().usage().private_bytes, 0);
    assert!(!archive.is_unique(), "the image holds on to the buffer");
    let fork = image.fork();
    assert_eq!(
        guesthouse_vfs::Tree::new(fork)
            .read("/large")
            .expect("the file"),
        data
    );
    drop(image);
    assert!(archive.is_unique());
}

#[test]
fn special_files_are_left_out_and_noted() {
    let image = load(
        TarBytes::new()
            .entry(b'3', b"dev/null", b"", b"")
            .entry(b'6', b"fifo", b"", b"")
            .file("file", "")
            .end(),
    );
    assert_eq!(listing(&image), ["/file "]);
    let kinds: Vec<_> = image.notes().iter().map(|note| note.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            NoteKind::Special(FileType::CharDevice),
            NoteKind::Special(FileType::Unknown)
        ]
    );
}

#[test]
fn nothing_else_is_taken_for_an_archive() {
    for bytes in [&b""[..], b"hello", &[1; 4096]] {
        assert_eq!(refuse(bytes.to_vec()).kind(), ImageErrorKind::Unknown);
    }
}

#[test]
fn an_error_names_the_file_the_entry_and_the_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("app.tar");
    std::fs::write(&path, TarBytes::new().file("a/../../etc/passwd", "x").end()).expect("a file");
    let error = guesthouse_image::Image::open(&path, &ImageOptions::new()).expect_err("no image");
    assert_eq!(error.kind(), ImageErrorKind::Refused);
    let expected = format!(
        "cannot read {}: entry a/../../etc/passwd: its name has `..` in it",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn extended_headers_have_long_names_and_exact_times() {
    let long = ["long"; 300].join("/");
    let target = "t".repeat(3000);
    let image = load(
        TarBytes::new()
            .pax(&[
                ("path", long.as_bytes()),
                ("mtime", b"-1.25"),
                ("atime", b"7"),
            ])
            .file("short", "x")
            .pax(&[("linkpath", target.as_bytes())])
            .symlink("link", "short")
            .pax(&[("path", b"\xff\xfe")])
            .file("bytes", "y")
            .end(),
    );
    let tree = tree(&image);
    let metadata = tree.metadata(&long).expect("the long name");
    assert_eq!(metadata.modified, Timestamp::from_nanos(-1_250_000_000));
    assert_eq!(metadata.accessed, Timestamp::from_parts(7, 0));
    assert_eq!(
        &*tree.read_link("link").expect("the link"),
        target.as_bytes()
    );
    assert_eq!(tree.read(b"\xff\xfe").expect("the file"), b"y");
}

/// Two names of one directory: which one's times it had, was left to chance.
#[test]
fn the_last_times_of_a_directory_hold() {
    for _ in 0..16 {
        let image = load(
            TarBytes::new()
                .dir("d/sub/")
                .symlink("link", "d")
                .pax(&[("mtime", b"7")])
                .dir("link/sub/")
                .end(),
        );
        let modified = tree(&image).metadata("d/sub").expect("it").modified;
        assert_eq!(modified, Timestamp::from_parts(7, 0));
    }
}
