use bytes::Bytes;
use guesthouse_image::{Image, ImageErrorKind, ImageFormat, ImageOptions, NoteKind};
use guesthouse_vfs::{FileType, Timestamp};

use crate::ground::{listing, load, refuse, tree};
use crate::zip_bytes::{ZipEntry, zip};

fn kind_and_text(entries: &[ZipEntry]) -> (ImageErrorKind, String) {
    let error = refuse(zip(entries));
    (error.kind(), error.to_string())
}

#[test]
fn a_tree_comes_out_as_it_went_in() {
    let text = "text ".repeat(1000);
    let image = load(zip(&[
        ZipEntry::stored("bin/", "").mode(0o040_755),
        ZipEntry::stored("bin/tool", "#!").mode(0o104_755),
        ZipEntry::deflated("deep/er/text", &text),
        ZipEntry::stored("link", "bin/tool").mode(0o120_777),
        ZipEntry::stored(b"\xff\xfe", "").mode(0),
    ]));
    assert_eq!(image.format(), ImageFormat::Zip);
    assert_eq!(
        listing(&image),
        [
            "/\\xff\\xfe ".to_owned(),
            "/bin dir".into(),
            "/bin/tool #!".into(),
            "/deep dir".into(),
            "/deep/er dir".into(),
            format!("/deep/er/text {text}"),
            "/link -> bin/tool".into(),
        ]
    );
    let tree = tree(&image);
    let mode = |path: &str| tree.metadata(path).expect(path).mode;
    assert_eq!(mode("/bin/tool"), 0o4755);
    assert_eq!(mode("/bin"), 0o755);
    for path in ["/bin", "/bin/tool", "/link"] {
        let time = tree.symlink_metadata(path).expect(path).modified;
        assert_eq!(time, Timestamp::from_parts(1_000_000_000, 0), "{path}");
    }
    assert_eq!(image.notes(), []);
}

#[test]
fn stored_contents_are_borrowed_from_the_buffer() {
    let data = vec![7; 1 << 20];
    let archive = Bytes::from(zip(&[ZipEntry::stored("large", &data)]));
    // Nothing may be allocated, and nothing needs to be.
    let options = ImageOptions::new().memory_bytes(0);
    let image = Image::from_bytes(archive.clone(), &options).expect("an image");
    assert_eq!(image.file_system().usage().private_bytes, 0);
    assert!(!archive.is_unique(), "the image holds on to the buffer");
    assert_eq!(tree(&image).read("/large").expect("the file"), data);
}

#[test]
fn an_empty_archive_is_an_empty_tree() {
    assert_eq!(listing(&load(zip(&[]))), [""; 0]);
}

#[test]
fn the_extended_time_is_exact() {
    // Info-ZIP's extended timestamp; DOS's counts in two seconds.
    let extra = [&b"UT\x05\0\x01"[..], &1_600_000_001_u32.to_le_bytes()].concat();
    let entry = ZipEntry {
        extra,
        ..ZipEntry::stored("file", "")
    };
    let image = load(zip(&[entry]));
    let modified = tree(&image).metadata("file").expect("the file").modified;
    assert_eq!(modified, Timestamp::from_parts(1_600_000_001, 0));
}

#[test]
fn names_that_lead_out_are_refused_or_confined() {
    for name in ["../x", "a/../../x", ".."] {
        let (kind, text) = kind_and_text(&[ZipEntry::stored(name, "")]);
        assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    }
    let image = load(zip(&[ZipEntry::stored("/etc/passwd", "x")]));
    assert_eq!(listing(&image), ["/etc dir", "/etc/passwd x"]);
    assert_eq!(image.notes()[0].kind, NoteKind::Absolute);
}

#[test]
fn backslashes_of_dos_are_slashes() {
    let dos = |name: &str| ZipEntry {
        made_by: 20,
        attributes: 0,
        ..ZipEntry::stored(name, "x")
    };
    let image = load(zip(&[dos("a\\b")]));
    assert_eq!(listing(&image), ["/a dir", "/a/b x"]);
    assert_eq!(image.notes()[0].kind, NoteKind::Backslashes);
    let image = load(zip(&[dos("d\\")]));
    assert_eq!(
        tree(&image).metadata("d").expect("the directory").mode,
        0o755
    );
    for name in ["..\\x", "C:\\x", "c:x"] {
        let (kind, text) = kind_and_text(&[dos(name)]);
        assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    }
    // Elsewhere it is a character like any.
    let image = load(zip(&[ZipEntry::stored("..\\x", "x")]));
    assert_eq!(listing(&image), ["/..\\\\x x"]);
}

#[test]
fn entries_that_overlap_are_refused() {
    // Every entry of the directory means the same bytes: a bomb that no ratio shows.
    let first = ZipEntry::deflated("bomb", vec![0; 1000]);
    let again = ZipEntry {
        offset: Some(0),
        ..first.clone()
    };
    let (kind, text) = kind_and_text(&[first, again]);
    assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    // One header within the contents of another.
    let inner = zip(&[ZipEntry::stored("inner", "abc")]);
    let outer = ZipEntry::stored("outer", &inner);
    let quoted = ZipEntry {
        offset: Some(35),
        ..ZipEntry::stored("inner", "abc")
    };
    let (kind, text) = kind_and_text(&[outer, quoted]);
    assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    assert!(text.contains("overlap"), "{text}");
}

#[test]
fn what_two_readers_would_read_differently_is_refused() {
    let twice = [ZipEntry::stored("a", "1"), ZipEntry::stored("./a", "2")];
    let (kind, text) = kind_and_text(&twice);
    assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    let other_name = ZipEntry {
        local_name: b"b".to_vec(),
        ..ZipEntry::stored("a", "")
    };
    let (kind, text) = kind_and_text(&[other_name]);
    assert_eq!(kind, ImageErrorKind::Corrupt, "{text}");
    // Directories may come twice.
    let dirs = [ZipEntry::stored("d/", ""), ZipEntry::stored("d/", "")];
    assert_eq!(listing(&load(zip(&dirs))), ["/d dir"]);
}

#[test]
fn wrong_checksums_and_lengths_are_found() {
    for entry in [
        ZipEntry::stored("a", "abc"),
        ZipEntry::deflated("a", "abcabcabcabc"),
    ] {
        let crc = entry.crc ^ 1;
        let (kind, text) = kind_and_text(&[ZipEntry {
            crc,
            ..entry.clone()
        }]);
        assert_eq!(kind, ImageErrorKind::Corrupt, "{text}");
        assert!(text.contains("checksum"), "{text}");
        for len in [entry.len - 1, entry.len + 1, 0, u32::MAX - 1] {
            let lie = ZipEntry {
                len,
                ..entry.clone()
            };
            let (kind, text) = kind_and_text(&[lie]);
            assert_eq!(kind, ImageErrorKind::Corrupt, "{text}");
        }
    }
}

#[test]
fn what_is_not_supported_is_named() {
    let encrypted = ZipEntry {
        flags: 1,
        ..ZipEntry::stored("a", "abc")
    };
    let (kind, text) = kind_and_text(&[encrypted]);
    assert_eq!(kind, ImageErrorKind::Unsupported, "{text}");
    let lzma = ZipEntry {
        method: 14,
        ..ZipEntry::stored("a", "abc")
    };
    let (kind, text) = kind_and_text(&[lzma]);
    assert_eq!(kind, ImageErrorKind::Unsupported, "{text}");
    assert!(text.contains("LZMA"), "{text}");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let entries: Vec<_> = (0..20)
        .map(|n| ZipEntry::deflated(format!("{n}"), vec![0; 1 << 16]))
        .collect();
    let options = ImageOptions::new().memory_bytes(10 << 16);
    let error = Image::from_bytes(zip(&entries).into(), &options).expect_err("a bomb");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge);
    assert!(error.to_string().contains("entry 10:"), "{error}");
}

#[test]
fn special_files_are_left_out_and_noted() {
    let image = load(zip(&[ZipEntry::stored("null", "").mode(0o020_666)]));
    assert_eq!(listing(&image), [""; 0]);
    let expected = NoteKind::Special(FileType::CharDevice);
    assert_eq!(image.notes()[0].kind, expected);
}

#[test]
fn links_of_zip_cannot_be_written_through() {
    let (kind, text) = kind_and_text(&[
        ZipEntry::stored("etc", "../../etc").mode(0o120_777),
        ZipEntry::stored("etc/passwd", "x"),
    ]);
    assert_eq!(kind, ImageErrorKind::Refused, "{text}");
    let long = ZipEntry::stored("link", vec![b'x'; 4096]).mode(0o120_777);
    let (kind, text) = kind_and_text(&[long]);
    assert_eq!(kind, ImageErrorKind::Refused, "{text}");
}

#[test]
fn a_cut_archive_is_corrupt() {
    let whole = zip(&[ZipEntry::stored("a", "abc"), ZipEntry::deflated("b", "abc")]);
    for cut in 4..whole.len() {
        let error = refuse(whole[..cut].to_vec());
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{cut}: {error}");
    }
}

/// A file upon a directory, and the reverse, replaced each other.
#[test]
fn a_name_is_one_thing_only() {
    let file = |name: &str| ZipEntry::stored(name, "x");
    let dir = |name: &str| ZipEntry::stored(name, "").mode(0o040_755);
    for entries in [
        [file("a/b"), file("a")],
        [file("a"), dir("a/")],
        [dir("a/"), file("a")],
        [file("a").mode(0o120_777), dir("a/")],
    ] {
        let (kind, text) = kind_and_text(&entries);
        assert_eq!(kind, ImageErrorKind::Refused, "{text}");
        assert!(text.contains("it is there twice"), "{text}");
    }
    load(zip(&[dir("a/"), file("a/b"), dir("a/")]));
}

/// What reads from the front believes the header in front of the contents.
#[test]
fn sizes_and_encryption_are_the_same_in_both_headers() {
    let good = zip(&[ZipEntry::stored("a", "data")]);
    for (at, changed) in [(6, 1), (18, 3), (22, 3)] {
        let mut archive = good.clone();
        archive[at] = changed;
        let error = refuse(archive);
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("its header differs"), "{error}");
    }
}
