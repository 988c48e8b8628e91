use guesthouse_image::{Image, ImageErrorKind, ImageOptions, NoteKind};
use guesthouse_vfs::Timestamp;

use crate::ground::{assert_refused, listing, load, refuse, refused, tree};
use crate::tar_bytes::{TarBytes, header, sign};

#[test]
fn broken_headers_are_found() {
    let mut bytes = TarBytes::new().file("a", "x").file("b", "y").end();
    bytes[1024] ^= 1;
    let error = refuse(bytes.clone());
    assert_eq!(error.kind(), ImageErrorKind::Corrupt);
    assert!(
        error.to_string().contains("byte 1024: the checksum"),
        "{error}"
    );
    // Where the first one is broken it is no archive at all.
    bytes[0] ^= 1;
    assert_eq!(refuse(bytes).kind(), ImageErrorKind::Unknown);
}

#[test]
fn every_cut_is_noticed() {
    let whole = TarBytes::new()
        .pax(&[("path", b"long name")])
        .file("a", vec![7; 700])
        .file("b", "y")
        .end();
    let ends = whole.len() - 1024;
    for cut in 512..ends {
        match Image::from_bytes(whole[..cut].to_vec().into(), &ImageOptions::new()) {
            // Between two entries nobody can tell; the padding after contents may be missing.
            Ok(image) => assert_eq!(image.notes()[0].kind, NoteKind::NoEndMarker, "{cut}"),
            Err(error) => assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{cut}: {error}"),
        }
    }
    for cut in ends + 512..=whole.len() {
        let image = load(whole[..cut].to_vec());
        assert_eq!(listing(&image).len(), 2, "{cut}");
    }
    let lone = [&whole[..ends + 512], &header(b'0', b"hidden", b"", 0)[..]].concat();
    let image = load(lone);
    assert_eq!(image.notes()[0].kind, NoteKind::TrailingBytes);
}

#[test]
fn sizes_are_not_trusted() {
    for size in [2000, 1 << 30, 0o77_777_777_777] {
        let archive = TarBytes::new().header(b'0', b"f", b"", size);
        assert_refused(archive, ImageErrorKind::Corrupt, "in the middle");
    }
    for binary in [u64::MAX, 1 << 63, (1 << 63) - 1, (1 << 63) - 1000] {
        let mut block = header(b'0', b"f", b"", 0);
        block[124..136].copy_from_slice(&[&[0x80, 0, 0, 0][..], &binary.to_be_bytes()].concat());
        sign(&mut block);
        let (kind, text) = refused(TarBytes(block.to_vec()));
        assert_eq!(kind, ImageErrorKind::Corrupt, "{text}");
        let text = binary.to_string();
        let pax = TarBytes::new()
            .pax(&[("size", text.as_bytes())])
            .file("f", "");
        let (kind, text) = refused(pax);
        assert_eq!(kind, ImageErrorKind::Corrupt, "{text}");
    }
}

#[test]
fn extended_headers_have_a_limit() {
    for flag in *b"xgLK" {
        let archive = TarBytes::new()
            .header(flag, b"pax", b"", 4 << 30)
            .file("f", "");
        assert_refused(archive, ImageErrorKind::TooLarge, "longer than 1048576");
        let alone = TarBytes::new().entry(flag, b"pax", b"", b"");
        if flag != b'g' {
            assert_refused(alone, ImageErrorKind::Corrupt, "ends where an entry begins");
        }
    }
    let global = TarBytes::new()
        .entry(b'g', b"pax", b"", b"15 mtime=12.50\n")
        .file("f", "");
    let modified = tree(&load(global.end()))
        .metadata("f")
        .expect("the file")
        .modified;
    assert_eq!(modified, Timestamp::from_nanos(12_500_000_000));
}

#[test]
fn absurd_times_are_clamped() {
    let far = [&[0x80][..], &[0x7f; 11]].concat();
    let past = [0xff; 12];
    let mut archive = TarBytes::new();
    for (name, field) in [("far", &far[..]), ("past", &past)] {
        let mut block = header(b'0', name.as_bytes(), b"", 0);
        block[136..148].copy_from_slice(field);
        sign(&mut block);
        archive.0.extend_from_slice(&block);
    }
    let tree = tree(&load(archive.end()));
    let time = |path: &str| tree.metadata(path).expect(path).modified;
    assert_eq!(time("far"), Timestamp::from_nanos(i64::MAX));
    assert_eq!(time("past"), Timestamp::from_parts(-1, 0));
}

#[test]
fn unknown_entries_are_left_out_and_volumes_refused() {
    let image = load(
        TarBytes::new()
            .entry(b'Z', b"vendor", b"", b"data")
            .entry(b'V', b"label", b"", b"")
            .entry(b'D', b"dumped", b"", b"Yf\0")
            .entry(b'7', b"contiguous", b"", b"x")
            .entry(0, b"old", b"", b"x")
            .entry(0, b"old-dir/", b"", b"")
            .entry(b'0', b"bsd-dir/", b"", b"")
            .end(),
    );
    assert_eq!(
        listing(&image),
        [
            "/bsd-dir dir",
            "/contiguous x",
            "/dumped dir",
            "/old x",
            "/old-dir dir"
        ]
    );
    let kinds: Vec<_> = image.notes().iter().map(|note| note.kind.clone()).collect();
    assert_eq!(
        kinds,
        [NoteKind::UnknownType(b'Z'), NoteKind::UnknownType(b'V')]
    );
    let volume = TarBytes::new().entry(b'M', b"rest", b"", b"x");
    assert_refused(volume, ImageErrorKind::Unsupported, "another volume");
}

#[test]
fn checksums_of_signed_bytes_are_right_as_well() {
    let mut block = header(b'0', b"\xff\xff", b"", 0);
    block[148..156].fill(b' ');
    let sum: i32 = block
        .iter()
        .map(|&byte| i32::from(byte.cast_signed()))
        .sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    assert_eq!(
        listing(&load(TarBytes(block.to_vec()).end())),
        ["/\\xff\\xff "]
    );
}

#[test]
fn a_malformed_link_is_refused() {
    let target = |target: &[u8]| {
        TarBytes::new()
            .pax(&[("linkpath", target)])
            .symlink("l", "")
    };
    assert_refused(
        TarBytes::new().symlink("l", ""),
        ImageErrorKind::Corrupt,
        "empty",
    );
    assert_refused(target(b"a\0b"), ImageErrorKind::Corrupt, "NUL");
    assert_refused(
        target(&[b'x'; 4096]),
        ImageErrorKind::Refused,
        "longer than 4095",
    );
    let name = TarBytes::new().pax(&[("path", b"a\0b")]).file("f", "");
    assert_refused(name, ImageErrorKind::Corrupt, "NUL");
}

/// Each entry took a copy of them: 20 MB took as long as 40 GB.
#[test]
fn global_headers_cannot_name_all_entries() {
    for record in [
        &b"8 path=\n11 path=ab\n"[..],
        b"15 linkpath=ab\n",
        b"9 size=1\n",
        b"23 GNU.sparse.offset=1\n",
    ] {
        let archive = TarBytes::new()
            .entry(b'g', b"pax", b"", record)
            .file("f", "");
        assert_refused(archive, ImageErrorKind::Unsupported, "a global header has");
    }
}
