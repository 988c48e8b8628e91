use std::error::Error;
use std::fmt;

/// Why an image could not be read or written: what was read, which of its entries is meant, and the reason.
#[derive(Debug)]
pub struct ImageError {
    kind: ImageErrorKind,
    /// What was being worked on, the innermost first: an entry, a layer, a file.
    within: Vec<String>,
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What sort of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageErrorKind {
    /// It is nothing that can be read as an image.
    Unknown,
    /// It uses a feature of its format that is not supported.
    Unsupported,
    /// It contradicts itself: a checksum, a length, a digest, a missing part.
    Corrupt,
    /// It asks for something that no image may: a name that leads out, a device.
    Refused,
    /// It is larger than the limits allow.
    TooLarge,
    /// It holds several images, or none, that fit what was asked for.
    NoMatch,
    /// Reading or writing failed.
    Io,
}

impl ImageError {
    pub(crate) fn new(kind: ImageErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            within: Vec::new(),
            what: what.into(),
            source: None,
        }
    }

    pub(crate) fn caused_by(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// Says in front of it what it happened in: an entry, then a layer, then a file.
    pub(crate) fn within(mut self, what: impl Into<String>) -> Self {
        self.within.push(what.into());
        self
    }

    /// What sort of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ImageErrorKind {
        self.kind
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in self.within.iter().rev() {
            write!(f, "{what}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl Error for ImageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// A name out of an archive as text for a terminal: what is not UTF-8 or would not print is escaped, and of a long one only the beginning is shown.
pub(crate) fn shown(name: &[u8]) -> String {
    const SHOWN_MAX: usize = 200;
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '"' => text.push(c),
                '\\' => text.push(c),
                _ => text.extend(c.escape_debug()),
            }
        }
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        if text.len() > SHOWN_MAX {
            let cut = text.floor_char_boundary(SHOWN_MAX);
            text.truncate(cut);
            text.push('…');
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_and_why() {
        let error = ImageError::new(ImageErrorKind::Refused, "its name leads out of the image")
            .within("entry ../x")
            .within("cannot read a.tar");
        assert_eq!(
            error.to_string(),
            "cannot read a.tar: entry ../x: its name leads out of the image"
        );
        assert_eq!(error.kind(), ImageErrorKind::Refused);
    }

    #[test]
    fn names_cannot_speak_to_the_terminal() {
        assert_eq!(shown(b"a\x1b[31m\xffb\n"), "a\\u{1b}[31m\u{fffd}b\\n");
        assert_eq!(shown("größe".as_bytes()), "größe");
        assert!(shown(&[b'x'; 4096]).len() < 210);
        assert!(shown("\u{1b}".repeat(4096).as_bytes()).len() < 210);
    }
}
