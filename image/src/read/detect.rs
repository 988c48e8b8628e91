use super::{ImageError, ImageErrorKind, tar};

/// What a buffer begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    Tar,
    Gzip,
    Zstd,
    Zip,
}

pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Of an entry, of an empty archive, of the first part of a split one.
const ZIP: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// What is recognised so that it can be named.
const NOT_READ: [(&[u8], &str); 6] = [
    (
        b"BZh",
        "it is compressed with bzip2, which is not supported; gzip and Zstandard are",
    ),
    (
        b"\xfd7zXZ\0",
        "it is compressed with xz, which is not supported; gzip and Zstandard are",
    ),
    (
        b"\x04\x22\x4d\x18",
        "it is compressed with LZ4, which is not supported; gzip and Zstandard are",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is a 7z archive, which is not supported; tar and zip are",
    ),
    (
        b"hsqs",
        "it is a SquashFS image, which is not supported; tar and zip are",
    ),
    (
        b"0707",
        "it is a cpio archive, which is not supported; tar and zip are",
    ),
];

/// Finds out what a buffer holds by its first bytes.
///
/// # Errors
/// [`ImageErrorKind::Unsupported`] for what is known and not read here; [`ImageErrorKind::Unknown`] for anything else.
pub(super) fn magic(bytes: &[u8]) -> Result<Magic, ImageError> {
    if bytes.starts_with(&GZIP) {
        return Ok(Magic::Gzip);
    }
    if bytes.starts_with(&ZSTD) || is_zstd_skippable(bytes) {
        return Ok(Magic::Zstd);
    }
    if ZIP.iter().any(|magic| bytes.starts_with(magic)) {
        return Ok(Magic::Zip);
    }
    if tar::is_tar(bytes) {
        return Ok(Magic::Tar);
    }
    if let Some((_, what)) = NOT_READ.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ImageError::new(ImageErrorKind::Unsupported, *what));
    }
    let what = if bytes.is_empty() {
        "it is empty"
    } else {
        "it is neither a tar archive, compressed or not, nor a zip archive"
    };
    Err(ImageError::new(ImageErrorKind::Unknown, what))
}

/// Whether a Zstandard frame begins that decoders pass over.
pub(super) fn is_zstd_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_told_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b"\x1f\x8b\x08"[..], Magic::Gzip),
            (b"\x28\xb5\x2f\xfd\0", Magic::Zstd),
            (b"\x50\x2a\x4d\x18\0\0\0\0", Magic::Zstd),
            (b"PK\x03\x04", Magic::Zip),
            (b"PK\x05\x06", Magic::Zip),
            (&[0; 1024], Magic::Tar),
        ] {
            assert_eq!(magic(bytes).expect("known"), expected);
        }
        let kind = |bytes: &[u8]| magic(bytes).expect_err("not read").kind();
        assert_eq!(kind(b"BZh91AY"), ImageErrorKind::Unsupported);
        assert_eq!(kind(b""), ImageErrorKind::Unknown);
        assert_eq!(kind(&[0; 511]), ImageErrorKind::Unknown);
        assert_eq!(kind(b"#!/bin/sh\n"), ImageErrorKind::Unknown);
    }
}
