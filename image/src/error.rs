use std::error::Error;
use std::fmt;

/// Why an image could not be read or written.
#[derive(Debug)]
pub struct ImageError {
    kind: ImageErrorKind,
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
    /// Reading or writing failed.
    Io,
}

impl ImageError {
    pub(crate) fn new(kind: ImageErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
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

    /// What sort of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ImageErrorKind {
        self.kind
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
