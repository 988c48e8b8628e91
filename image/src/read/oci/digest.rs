use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::shown;
use crate::read::{ImageError, ImageErrorKind};

/// The SHA-256 of a blob; what the whole layout refers to it by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:` and 64 small hexadecimal digits, and nothing else: it becomes part of a path.
    ///
    /// # Errors
    /// [`ImageErrorKind::Unsupported`] for another algorithm; [`ImageErrorKind::Corrupt`].
    pub(super) fn parse(text: &str) -> Result<Self, ImageError> {
        let (algorithm, hex) = text.split_once(':').unwrap_or_default();
        if matches!(algorithm, "sha512" | "blake3") {
            let what = format!("digests of the kind {algorithm} are not supported, only sha256");
            return Err(ImageError::new(ImageErrorKind::Unsupported, what));
        }
        let digest = (algorithm == "sha256")
            .then(|| Self::from_hex(hex))
            .flatten();
        digest.ok_or_else(|| {
            let what = format!("`{}` is no digest", shown(text.as_bytes()));
            ImageError::new(ImageErrorKind::Corrupt, what)
        })
    }

    fn from_hex(hex: &str) -> Option<Self> {
        let (pairs, odd) = hex.as_bytes().as_chunks::<2>();
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|&[high, low]| Some((digit(high)? << 4) | digit(low)?))
            .collect();
        let bytes = bytes.filter(|_| odd.is_empty())?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Where a layout has the blob.
    pub(super) fn path(&self) -> String {
        let text = self.to_string();
        format!("blobs/{}", text.replace(':', "/"))
    }

    /// # Errors
    /// [`ImageErrorKind::Corrupt`] if the bytes have another digest.
    pub(super) fn verify(&self, bytes: &[u8]) -> Result<(), ImageError> {
        let found = Self::of(bytes);
        if found != *self {
            let what = format!("its digest is {found} and should be {self}");
            return Err(ImageError::new(ImageErrorKind::Corrupt, what));
        }
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's example `abc`.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_that_of_the_standard() {
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        let digest = Digest::parse(ABC).expect("a digest");
        digest.verify(b"abc").expect("the same");
        assert!(digest.verify(b"abd").is_err());
        assert_eq!(digest.path(), ABC.replace("sha256:", "blobs/sha256/"));
    }

    #[test]
    fn nothing_else_is_a_digest() {
        let upper = ABC.to_uppercase().replace("SHA256", "sha256");
        let long = format!("{ABC}00");
        for text in [
            "",
            "sha256",
            "sha256:",
            "sha256:../../x",
            "../sha256:ba",
            &ABC[..70],
            &upper,
            &long,
            "md5:d41d8cd98f00b204e9800998ecf8427e",
        ] {
            let error = Digest::parse(text).expect_err(text);
            assert_eq!(error.kind(), ImageErrorKind::Corrupt, "{text}");
        }
        let sha512 = Digest::parse("sha512:00").expect_err("another kind");
        assert_eq!(sha512.kind(), ImageErrorKind::Unsupported);
    }
}
