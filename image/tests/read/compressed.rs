use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use guesthouse_image::{Image, ImageErrorKind, ImageFormat, ImageOptions, NoteKind};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::ground::{listing, load, refuse};
use crate::tar_bytes::TarBytes;

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn archive() -> Vec<u8> {
    let data: Vec<u8> = (0..20_000_u32).flat_map(|n| n.to_le_bytes()).collect();
    TarBytes::new()
        .file("numbers", data)
        .file("text", "abc")
        .end()
}

#[test]
fn a_compressed_archive_is_unpacked_into_one_buffer() {
    for compressed in [gzip(&archive()), zstd(&archive())] {
        let image = load(compressed);
        assert_eq!(image.format(), ImageFormat::Tar);
        assert_eq!(listing(&image).len(), 2);
        assert_eq!(image.file_system().usage().private_bytes, 0);
        assert_eq!(image.notes(), []);
    }
}

#[test]
fn members_and_frames_follow_each_other() {
    let archive = archive();
    let (front, back) = archive.split_at(1_234);
    let skippable = [&b"\x5a\x2a\x4d\x18\x03\0\0\0"[..], b"abc"].concat();
    for parts in [
        [gzip(front), gzip(b""), gzip(back)].concat(),
        [&skippable[..], &zstd(front), &skippable, &zstd(back)].concat(),
    ] {
        assert_eq!(listing(&load(parts)), listing(&load(archive.clone())));
    }
}

#[test]
fn what_comes_after_it_is_not_read_and_noted() {
    for compressed in [gzip(&archive()), zstd(&archive())] {
        let padded = [&compressed[..], &[0; 700]].concat();
        assert_eq!(load(padded).notes(), []);
        let garbage = [&compressed[..], b"garbage"].concat();
        let image = load(garbage);
        let kinds: Vec<_> = image.notes().iter().map(|note| &note.kind).collect();
        assert_eq!(kinds, [&NoteKind::TrailingBytes]);
    }
}

#[test]
fn a_wrong_checksum_is_found() {
    let gzipped = gzip(&archive());
    for at in [gzipped.len() - 8, gzipped.len() - 4] {
        let mut broken = gzipped.clone();
        broken[at] ^= 1;
        let error = refuse(broken);
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{error}");
    }
    let mut broken = zstd(&archive());
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let error = refuse(broken);
    assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn what_is_cut_short_is_corrupt() {
    for compressed in [gzip(&archive()), zstd(&archive())] {
        for cut in [5, 20, compressed.len() / 2, compressed.len() - 1] {
            let error = refuse(compressed[..cut].to_vec());
            assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{cut}: {error}");
        }
    }
}

#[test]
fn a_frame_is_held_to_what_it_says() {
    // A window of 256 MiB.
    let error = refuse(b"\x28\xb5\x2f\xfd\x00\x90\x01\0\0".to_vec());
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
    // One raw block of 512 zeros, and a length in two bytes, which count from 256.
    let frame = |len: u16| {
        let header = [&b"\x28\xb5\x2f\xfd\x60"[..], &(len - 256).to_le_bytes()].concat();
        [&header[..], b"\x01\x10\0", &[0; 512]].concat()
    };
    assert_eq!(listing(&load(frame(512))), [""; 0]);
    for len in [511, 513] {
        let error = refuse(frame(len));
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{len}: {error}");
    }
}

#[test]
fn only_a_tar_is_looked_for_inside() {
    for inside in [&b"hello"[..], b"", &gzip(&archive()), b"PK\x05\x06"] {
        for compressed in [gzip(inside), zstd(inside)] {
            assert_eq!(refuse(compressed).kind(), ImageErrorKind::Unknown);
        }
    }
    for known in [&b"BZh91AY&SY"[..], b"\xfd7zXZ\0\0", b"7z\xbc\xaf\x27\x1c"] {
        assert_eq!(refuse(known.to_vec()).kind(), ImageErrorKind::Unsupported);
    }
}

#[test]
fn the_limit_holds_whatever_the_sizes_claim() {
    let bomb = vec![0; 10 << 20];
    let archive = TarBytes::new().file("zeros", &bomb).end();
    let options = ImageOptions::new().memory_bytes(1 << 20);
    for compressed in [gzip(&archive), zstd(&archive)] {
        let error = Image::from_bytes(compressed.into(), &options).expect_err("a bomb");
        assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
        assert!(error.to_string().contains("1048576 bytes"), "{error}");
    }
    // A gzip file that claims to be 4 GiB long when unpacked, and one that claims to be empty.
    for claimed in [u32::MAX, 0] {
        let mut lie = gzip(&TarBytes::new().file("a", "b").end());
        let at = lie.len() - 4;
        lie[at..].copy_from_slice(&claimed.to_le_bytes());
        let error = Image::from_bytes(lie.into(), &options).expect_err("a lie");
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{error}");
    }
}
