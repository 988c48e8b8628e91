//! Compressed archives, unpacked into one buffer.

use std::io;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::budget::Budget;
use super::buffer::{Buffer, Charged};
use super::detect::{GZIP, Magic, is_zstd_skippable, magic};
use super::{ImageError, ImageErrorKind};

/// The most that gzip makes of a byte.
const DEFLATE_RATIO_MAX: u64 = 1032;

/// The largest window that Zstandard may ask for, in bytes; the program `zstd` takes no more either unless it is told to.
const ZSTD_WINDOW_MAX: u64 = 128 << 20;

/// What was unpacked, and whether bytes came after it that are no part of it.
pub(super) struct Unpacked {
    pub(super) unpacked: Charged,
    pub(super) trailing: bool,
}

/// Unpacks a buffer that is compressed; `None` if it is not.
///
/// # Errors
/// [`ImageErrorKind::Corrupt`]; [`ImageErrorKind::TooLarge`] as soon as the budget is used up, whatever sizes the headers claim.
pub(super) fn decompress(
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Option<Unpacked>, ImageError> {
    match magic(bytes) {
        Ok(Magic::Gzip) => gunzip(bytes, budget).map(Some),
        Ok(Magic::Zstd) => unzstd(bytes, budget).map(Some),
        _ => Ok(None),
    }
}

/// A gzip file, which may have several members.
fn gunzip(compressed: &[u8], budget: &mut Budget) -> Result<Unpacked, ImageError> {
    let claimed = compressed
        .last_chunk()
        .copied()
        .map_or(0, u32::from_le_bytes);
    let most = (compressed.len() as u64).saturating_mul(DEFLATE_RATIO_MAX);
    let mut buffer = Buffer::new(u64::from(claimed).min(most), budget)?;
    let mut rest = compressed;
    while rest.starts_with(&GZIP) {
        let mut decoder = GzDecoder::new(rest);
        buffer.append(&mut decoder, corrupt_gzip)?;
        rest = decoder.into_inner();
    }
    Ok(Unpacked {
        unpacked: buffer.finish(),
        // Tapes and some programs pad with zeros.
        trailing: rest.iter().any(|&byte| byte != 0),
    })
}

fn corrupt_gzip(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Corrupt, "its gzip compression is corrupt").caused_by(error)
}

/// A Zstandard file, which may have several frames.
///
/// # References
/// <https://www.rfc-editor.org/rfc/rfc8878#name-zstandard-frames>
fn unzstd(compressed: &[u8], budget: &mut Budget) -> Result<Unpacked, ImageError> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW_MAX);
    let mut buffer = Buffer::new(0, budget)?;
    let mut rest = compressed;
    loop {
        if is_zstd_skippable(rest) {
            rest = skip_frame(rest)?;
        } else if magic(rest).is_ok_and(|magic| magic == Magic::Zstd) {
            let mut frame =
                StreamingDecoder::new_with_decoder(&mut rest, &mut decoder).map_err(bad_frame)?;
            let before = buffer.len();
            buffer.append(&mut frame, corrupt_zstd)?;
            let claimed = decoder.content_size();
            // 0: it is not told.
            if claimed != 0 && claimed != buffer.len() - before {
                return Err(corrupt_zstd(io::Error::other("a length is wrong")));
            }
            let stored = decoder.get_checksum_from_data();
            if stored.is_some() && stored != decoder.get_calculated_checksum() {
                return Err(corrupt_zstd(io::Error::other("a checksum is wrong")));
            }
        } else {
            break;
        }
    }
    Ok(Unpacked {
        unpacked: buffer.finish(),
        trailing: rest.iter().any(|&byte| byte != 0),
    })
}

/// Goes on behind a frame that is not for us.
fn skip_frame(bytes: &[u8]) -> Result<&[u8], ImageError> {
    let (_, rest) = bytes.split_at_checked(4).unwrap_or_default();
    rest.split_first_chunk()
        .and_then(|(len, rest)| rest.get(usize::try_from(u32::from_le_bytes(*len)).ok()?..))
        .ok_or_else(|| corrupt_zstd(io::ErrorKind::UnexpectedEof.into()))
}

fn bad_frame(error: FrameDecoderError) -> ImageError {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. } => ImageError::new(
            ImageErrorKind::TooLarge,
            "its Zstandard compression takes too much memory to unpack",
        )
        .caused_by(error),
        error => corrupt_zstd(io::Error::other(error)),
    }
}

fn corrupt_zstd(error: io::Error) -> ImageError {
    ImageError::new(
        ImageErrorKind::Corrupt,
        "its Zstandard compression is corrupt",
    )
    .caused_by(error)
}

/// Bytes that were not charged for, since somebody else owns them.
pub(super) const fn borrowed(bytes: Bytes) -> Charged {
    Charged { bytes, charge: 0 }
}
