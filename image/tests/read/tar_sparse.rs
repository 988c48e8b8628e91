use guesthouse_image::{Image, ImageErrorKind, ImageOptions};
use guesthouse_vfs::Limits;

use crate::ground::{load, tree};
use crate::tar_bytes::{TarBytes, header, sign};

/// A file in GNU tar's old format: `parts` are offsets and lengths, the first four in the header.
fn gnu(name: &str, real_size: u64, parts: &[(u64, u64)], stored: &[u8]) -> TarBytes {
    let mut block = header(b'S', name.as_bytes(), b"", stored.len() as u64);
    block[257..265].copy_from_slice(b"ustar  \0");
    block[345..].fill(0);
    let (inline, extended) = parts.split_at(parts.len().min(4));
    put_parts(&mut block[386..482], inline);
    block[482] = u8::from(!extended.is_empty());
    block[483..495].copy_from_slice(&number(real_size));
    sign(&mut block);
    let mut bytes = block.to_vec();
    let chunks: Vec<_> = extended.chunks(21).collect();
    for (at, chunk) in chunks.iter().enumerate() {
        let mut more = [0; 512];
        put_parts(&mut more[..504], chunk);
        more[504] = u8::from(at + 1 < chunks.len());
        bytes.extend_from_slice(&more);
    }
    TarBytes(bytes).data(stored)
}

fn put_parts(field: &mut [u8], parts: &[(u64, u64)]) {
    for (place, (offset, len)) in field.chunks_mut(24).zip(parts) {
        place[..12].copy_from_slice(&number(*offset));
        place[12..].copy_from_slice(&number(*len));
    }
}

/// In binary where octal digits do not suffice.
fn number(value: u64) -> [u8; 12] {
    let octal = format!("{value:011o}\0");
    match octal.as_bytes().try_into() {
        Ok(octal) => octal,
        Err(_) => {
            let mut binary = [0; 12];
            binary[0] = 0x80;
            binary[4..].copy_from_slice(&value.to_be_bytes());
            binary
        }
    }
}

/// The same file in POSIX's format 1.0.
fn pax(name: &str, real_size: &str, map: &str, stored: &[u8]) -> TarBytes {
    let mut data = map.as_bytes().to_vec();
    data.resize(data.len().next_multiple_of(512), 0);
    data.extend_from_slice(stored);
    TarBytes::new()
        .pax(&[
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", name.as_bytes()),
            ("GNU.sparse.realsize", real_size.as_bytes()),
        ])
        .file("GNUSparseFile.0/x", data)
}

#[test]
fn holes_are_holes() {
    let stored = [vec![1; 512], vec![2; 100]].concat();
    let pax_01 = TarBytes::new()
        .pax(&[
            ("GNU.sparse.size", b"10000000"),
            ("GNU.sparse.name", b"f"),
            ("GNU.sparse.map", b"0,512,9000000,100"),
        ])
        .file("x", &stored);
    let pax_00 = TarBytes::new()
        .pax(&[
            ("GNU.sparse.size", b"10000000"),
            ("GNU.sparse.numblocks", b"2"),
            ("GNU.sparse.offset", b"0"),
            ("GNU.sparse.numbytes", b"512"),
            ("GNU.sparse.offset", b"9000000"),
            ("GNU.sparse.numbytes", b"100"),
        ])
        .file("f", &stored);
    for archive in [
        gnu(
            "f",
            10_000_000,
            &[(0, 512), (9_000_000, 100), (10_000_000, 0)],
            &stored,
        ),
        pax("f", "10000000", "2\n0\n512\n9000000\n100\n", &stored),
        pax_01,
        pax_00,
    ] {
        let image = load(archive.file("after", "x").end());
        let tree = tree(&image);
        let metadata = tree.metadata("f").expect("the file");
        assert_eq!(metadata.size, 10_000_000);
        assert!(metadata.allocated <= 128 << 10, "{}", metadata.allocated);
        let contents = tree.read("f").expect("the file");
        assert_eq!(&contents[..512], &[1; 512]);
        assert!(contents[512..9_000_000].iter().all(|&byte| byte == 0));
        assert_eq!(&contents[9_000_000..9_000_100], &[2; 100]);
        assert!(contents[9_000_100..].iter().all(|&byte| byte == 0));
        assert_eq!(tree.read("after").expect("the next"), b"x");
    }
}

#[test]
fn long_maps_go_on_after_the_header() {
    let parts: Vec<_> = (0..50).map(|n| (n * 8192, 1)).collect();
    let image = load(gnu("f", 500_000, &parts, &[7; 50]).file("after", "x").end());
    let contents = tree(&image).read("f").expect("the file");
    assert_eq!(contents.iter().filter(|&&byte| byte == 7).count(), 50);
    assert!(tree(&image).exists("after"));
}

#[test]
fn maps_that_do_not_fit_are_corrupt() {
    for archive in [
        gnu("f", 100, &[(0, 10), (5, 10)], &[1; 20]),
        gnu("f", 100, &[(50, 10), (0, 10)], &[1; 20]),
        gnu("f", 100, &[(95, 10)], &[1; 10]),
        gnu("f", 100, &[(0, 30)], &[1; 20]),
        gnu("f", 100, &[(0, 10)], &[1; 20]),
        gnu("f", 100, &[(i64::MAX.unsigned_abs(), 10)], &[1; 10]),
        gnu("f", u64::MAX, &[(0, 10)], &[1; 10]),
        pax("f", "100", "1\n0\n200\n", &[1; 200]),
        pax("f", "100", "9999999999\n0\n1\n", &[1; 1]),
        pax("f", "100", "2\n0\n1", &[]),
        pax("f", "-1", "0\n", &[]),
        TarBytes::new()
            .pax(&[("GNU.sparse.major", b"1")])
            .file("f", "0\n"),
        TarBytes::new()
            .pax(&[("GNU.sparse.numbytes", b"1")])
            .file("f", "x"),
        TarBytes::new()
            .pax(&[("GNU.sparse.major", b"2"), ("GNU.sparse.size", b"1")])
            .file("f", "x"),
    ] {
        let error = Image::from_bytes(archive.end().into(), &ImageOptions::new());
        let error = error.expect_err("a bad map");
        assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{error}");
    }
    let mut endless = gnu("f", 100, &[(0, 1); 5], &[]).end();
    endless[512 + 504] = 1;
    endless.truncate(1024);
    assert!(Image::from_bytes(endless.into(), &ImageOptions::new()).is_err());
}

#[test]
fn a_small_archive_of_a_large_file_is_held_to_the_limits() {
    let huge = load(gnu("f", 1 << 40, &[(1 << 39, 1)], b"x").end());
    assert_eq!(tree(&huge).metadata("f").expect("the file").size, 1 << 40);
    assert!(huge.file_system().usage().private_bytes <= 64 << 10);
    let options = ImageOptions::new();
    let error = Image::from_bytes(gnu("f", 1 << 50, &[], b"").end().into(), &options);
    assert_eq!(
        error.expect_err("too large").kind(),
        ImageErrorKind::TooLarge
    );
    // Each byte that is stored takes a page.
    let parts: Vec<_> = (0..2000).map(|n| (n << 20, 1)).collect();
    let limited = ImageOptions::new().limits(Limits {
        private_bytes: 1 << 20,
        ..Limits::default()
    });
    let bomb = gnu("f", 1 << 40, &parts, &[7; 2000]).end();
    let error = Image::from_bytes(bomb.into(), &limited).expect_err("too large");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
}
