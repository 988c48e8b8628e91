use std::borrow::Cow;

use rawzip::CreatorSystem;

use crate::read::{ImageError, ImageErrorKind};

/// The name with slashes between its parts.
///
/// The format demands slashes. Some programs for DOS and Windows write backslashes all the same; in what they made, and only there, a name without a slash has its
/// backslashes taken as slashes, as Info-ZIP does. On other systems a backslash is a character like any.
///
/// # Errors
/// [`ImageErrorKind::Refused`] for a name from DOS or Windows that begins with a drive.
pub(super) fn separated(raw: &[u8], system: CreatorSystem) -> Result<Cow<'_, [u8]>, ImageError> {
    let of_dos = [
        CreatorSystem::FAT,
        CreatorSystem::NTFS,
        CreatorSystem::MVS,
        CreatorSystem::VFAT,
    ]
    .contains(&system);
    if !of_dos {
        return Ok(Cow::Borrowed(raw));
    }
    if matches!(raw, [drive, b':', ..] if drive.is_ascii_alphabetic()) {
        let what = "its name begins with a drive";
        return Err(ImageError::new(ImageErrorKind::Refused, what));
    }
    if raw.contains(&b'/') || !raw.contains(&b'\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let slash = |&byte: &u8| if byte == b'\\' { b'/' } else { byte };
    Ok(Cow::Owned(raw.iter().map(slash).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_are_separators_only_in_what_dos_made() {
        for (raw, system, expected) in [
            ("a\\b", CreatorSystem::FAT, "a/b"),
            ("a\\b\\", CreatorSystem::NTFS, "a/b/"),
            ("a/b\\c", CreatorSystem::FAT, "a/b\\c"),
            ("a\\b", CreatorSystem::UNIX, "a\\b"),
            ("C:\\b", CreatorSystem::UNIX, "C:\\b"),
            ("..\\b", CreatorSystem::FAT, "../b"),
        ] {
            let name = separated(raw.as_bytes(), system).expect(raw);
            assert_eq!(&*name, expected.as_bytes(), "{raw}");
        }
        for raw in ["C:\\b", "c:/b", "c:b"] {
            assert!(
                separated(raw.as_bytes(), CreatorSystem::FAT).is_err(),
                "{raw}"
            );
        }
    }
}
