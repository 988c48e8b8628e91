//! What the tour builds, and how it looks at what is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// CRC-32 (IEEE), bit by bit: small rather than fast.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// `len` bytes that depend on `seed` alone (xorshift).
pub fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

/// Every room of the inn with its contents; sizes run from an empty file over page boundaries to many pages.
pub fn rooms() -> impl Iterator<Item = (String, Vec<u8>)> {
    const SIZES: [usize; 12] = [
        0, 1, 100, 4095, 4096, 4097, 8192, 12_345, 20_000, 65_535, 65_536, 100_001,
    ];
    SIZES.into_iter().zip(0..).map(|(size, index)| {
        let (floor, room) = (index / 3 + 1, index % 3 + 1);
        (
            format!("inn/floor-{floor}/room-{floor}0{room}/ledger.bin"),
            noise(index + 1, size),
        )
    })
}

pub fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Maps each path below `dir` to the length of the file, or `None` for a directory.
pub fn walk(dir: &Path) -> io::Result<BTreeMap<PathBuf, Option<u64>>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let is_dir = entry.file_type()?.is_dir();
            let len = if is_dir {
                None
            } else {
                Some(entry.metadata()?.len())
            };
            if is_dir {
                pending.push(entry.path());
            }
            found.insert(entry.path(), len);
        }
    }
    Ok(found)
}
