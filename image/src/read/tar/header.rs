use guesthouse_vfs::Timestamp;
use tar::Header;

use crate::read::{ImageError, ImageErrorKind};

/// The length of a header, and what everything is padded to, in bytes.
pub(super) const BLOCK: usize = 512;

/// A header with a checksum that is right.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    header: &'a Header,
}

impl<'a> Block<'a> {
    /// Takes 512 bytes for a header.
    ///
    /// # Errors
    /// [`ImageErrorKind::Corrupt`] for another length or a wrong checksum.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ImageError> {
        if bytes.len() != BLOCK {
            return Err(corrupt("the archive ends in a header"));
        }
        let header = Header::from_byte_slice(bytes);
        let stored = number(&header.as_old().cksum)?;
        let others = bytes
            .iter()
            .enumerate()
            .filter(|(at, _)| !(148..156).contains(at));
        // Some old programs added up signed bytes; GNU tar takes both.
        let (mut unsigned, mut signed) = (8 * i128::from(b' '), 8 * i128::from(b' '));
        for (_, &byte) in others {
            unsigned += i128::from(byte);
            signed += i128::from(byte.cast_signed());
        }
        if stored != unsigned && stored != signed {
            return Err(corrupt("the checksum of a header is wrong"));
        }
        Ok(Self { header })
    }

    pub(super) fn type_flag(&self) -> u8 {
        let [flag] = self.header.as_old().linkflag;
        flag
    }

    /// The name, with the prefix that POSIX's format may have in front of it.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.header.as_old().name);
        match self.header.as_ustar().map(|ustar| text(&ustar.prefix)) {
            Some(prefix) if !prefix.is_empty() => [prefix, name].join(&b'/'),
            _ => name.to_vec(),
        }
    }

    pub(super) fn link_name(&self) -> &'a [u8] {
        text(&self.header.as_old().linkname)
    }

    pub(super) fn mode(&self) -> Result<u32, ImageError> {
        let mode = number(&self.header.as_old().mode)?;
        Ok(u32::try_from(mode & 0o7777).unwrap_or(0))
    }

    /// How many bytes are stored.
    pub(super) fn size(&self) -> Result<u64, ImageError> {
        length(&self.header.as_old().size)
    }

    pub(super) fn modified(&self) -> Result<Timestamp, ImageError> {
        time(&self.header.as_old().mtime)
    }

    /// The time of access, which GNU tar's format has where it was asked for.
    pub(super) fn accessed(&self) -> Result<Option<Timestamp>, ImageError> {
        match self.header.as_gnu().map(|gnu| &gnu.atime) {
            Some(field) if field.iter().any(|&byte| !matches!(byte, 0 | b' ')) => {
                time(field).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The fields for sparse files, in GNU tar's format.
    pub(super) fn gnu(&self) -> Option<&'a tar::GnuHeader> {
        self.header.as_gnu()
    }
}

/// A field of text, which ends with its first NUL or with the field.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A field for a length in bytes.
pub(super) fn length(field: &[u8]) -> Result<u64, ImageError> {
    let length = number(field)?;
    i64::try_from(length)
        .ok()
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| corrupt("a length in its header is negative or above 2^63"))
}

fn time(field: &[u8]) -> Result<Timestamp, ImageError> {
    let seconds = number(field)?;
    let end = if seconds < 0 { i64::MIN } else { i64::MAX };
    Ok(Timestamp::from_parts(
        i64::try_from(seconds).unwrap_or(end),
        0,
    ))
}

/// A number: octal digits between spaces and NULs, or, where the top bit of the first byte is set, big-endian in two's complement (GNU tar's and star's
/// extension). An empty field is 0.
pub(super) fn number(field: &[u8]) -> Result<i128, ImageError> {
    if let [first @ (0x80 | 0xff), rest @ ..] = field {
        let start = if *first == 0xff { -1 } else { 0 };
        let digit = |value: i128, byte: &u8| (value << 8) | i128::from(*byte);
        return Ok(rest.iter().fold(start, digit));
    }
    let padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field
        .iter()
        .position(|byte| !padding(byte))
        .unwrap_or(field.len());
    let digits = field.get(start..).unwrap_or_default();
    let digits = digits.split(padding).next().unwrap_or_default();
    digits.iter().try_fold(0, |value, &byte| match byte {
        b'0'..=b'7' => Ok(value * 8 + i128::from(byte - b'0')),
        _ => Err(corrupt("a field of its header is no number")),
    })
}

pub(super) fn corrupt(what: &str) -> ImageError {
    ImageError::new(ImageErrorKind::Corrupt, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        for (field, value) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"\0\0\0\0", 0),
            (b"77777777777 ", 0o77_777_777_777),
            (b"777777777777", 0o777_777_777_777),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", 256),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
            (
                b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
                i128::from(i64::MAX),
            ),
        ] {
            assert_eq!(number(field).expect("a number"), value, "{field:?}");
        }
        for field in [&b"12x"[..], b"8", b"-1", b"\x81\0\0"] {
            assert!(number(field).is_err(), "{field:?}");
        }
    }

    #[test]
    fn a_length_is_an_offset() {
        assert!(length(b"\x80\0\0\0\x80\0\0\0\0\0\0\0").is_err());
        assert!(length(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        let most = length(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff").expect("the most");
        assert_eq!(most, i64::MAX.unsigned_abs());
    }

    #[test]
    fn times_are_clamped() {
        let late = time(b"\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").expect("a time");
        assert_eq!(late.as_nanos(), i64::MAX);
        let early = time(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").expect("a time");
        assert_eq!(early.as_nanos(), -1_000_000_000);
    }
}
