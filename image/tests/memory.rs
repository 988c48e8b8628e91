//! What a bomb costs: a process of its own, so that nothing else shows in its peak.
#![cfg(target_os = "linux")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use guesthouse_image::{Image, ImageErrorKind, ImageOptions};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .expect("a number")
        .trim()
        .parse::<u64>()
        .expect("a number")
        * 1024
}

/// The same member of gzip, and the same frame of Zstandard, again and again: each 1 MiB of zeros.
fn bombs() -> [Vec<u8>; 2] {
    let zeros = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&zeros).expect("in memory");
    let member = encoder.finish().expect("in memory");
    let frame = compress_to_vec(&zeros[..], CompressionLevel::Fastest);
    [member.repeat(4096), frame.repeat(4096)]
}

#[test]
fn a_bomb_costs_no_more_than_the_limit() {
    const LIMIT: u64 = 16 << 20;
    const SLACK: u64 = 8 << 20;
    let bombs = bombs();
    let before = peak();
    let options = ImageOptions::new().memory_bytes(LIMIT);
    for bomb in bombs {
        // 4 GiB from less than 5 MiB.
        assert!(bomb.len() < 5 << 20);
        let error = Image::from_bytes(bomb.into(), &options).expect_err("a bomb");
        assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
        let taken = peak() - before;
        assert!(taken <= LIMIT + SLACK, "it took {taken} bytes");
    }
}
