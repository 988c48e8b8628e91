use super::{ImageError, ImageErrorKind, tar};

/// What a buffer begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    Tar,
}

/// Finds out what a buffer holds by its first bytes.
///
/// # Errors
/// [`ImageErrorKind::Unsupported`] for what is known and not read here; [`ImageErrorKind::Unknown`] for anything else.
pub(super) fn magic(bytes: &[u8]) -> Result<Magic, ImageError> {
    if tar::is_tar(bytes) {
        return Ok(Magic::Tar);
    }
    Err(ImageError::new(
        ImageErrorKind::Unknown,
        "it is no archive and no image that can be read",
    ))
}
