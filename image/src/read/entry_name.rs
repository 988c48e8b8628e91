use std::borrow::Cow;

use guesthouse_vfs::NAME_MAX;

use super::{ImageError, ImageErrorKind};

/// The longest name of an entry that is read or written, in bytes, without needless slashes. Guests can nest directories deeper than the longest path that a system
/// call takes; what they have made is to come back.
pub(crate) const ENTRY_NAME_MAX: usize = 65_535;

/// The name of an entry as a path from the root of the image: ordinary names and single slashes, or nothing for the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntryName<'a> {
    path: Cow<'a, [u8]>,
    /// It began with a slash.
    pub(super) absolute: bool,
    /// It ended in a slash, or in a dot: it can only be a directory.
    pub(super) of_dir: bool,
}

impl<'a> EntryName<'a> {
    /// Takes apart the name that an archive gives.
    ///
    /// # Errors
    /// [`ImageErrorKind::Corrupt`] for an empty name and for one with a NUL; [`ImageErrorKind::Refused`] for one that is too long, or has `..` in it.
    pub(super) fn new(raw: &'a [u8]) -> Result<Self, ImageError> {
        use ImageErrorKind::{Corrupt, Refused};
        if raw.is_empty() {
            return Err(ImageError::new(Corrupt, "its name is empty"));
        }
        if raw.contains(&0) {
            return Err(ImageError::new(Corrupt, "its name has a NUL in it"));
        }
        let mut plain = true;
        let mut len = 0;
        let mut of_dir = false;
        for part in raw.split(|&byte| byte == b'/') {
            of_dir = matches!(part, b"" | b".");
            plain &= !of_dir;
            if part == b".." {
                return Err(ImageError::new(Refused, "its name has `..` in it"));
            }
            // A whiteout says in a layer that a name is gone, which may be as long as a name can be.
            let hidden = part.strip_prefix(b".wh.").unwrap_or(part);
            if hidden.len() > NAME_MAX {
                let what = format!("a part of its name is longer than {NAME_MAX} bytes");
                return Err(ImageError::new(Refused, what));
            }
            if !of_dir {
                len += part.len() + 1;
            }
        }
        if len > ENTRY_NAME_MAX + 1 {
            let what = format!("its name is longer than {ENTRY_NAME_MAX} bytes");
            return Err(ImageError::new(Refused, what));
        }
        let path = if plain {
            Cow::Borrowed(raw)
        } else {
            let parts = raw.split(|&byte| byte == b'/');
            let names: Vec<&[u8]> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
            Cow::Owned(names.join(&b'/'))
        };
        Ok(Self {
            path,
            absolute: raw.starts_with(b"/"),
            of_dir,
        })
    }

    /// The path from the root, empty for the root itself.
    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The path of the directory that holds it, and its last name. `None` for the root.
    pub(super) fn split(&self) -> Option<(&[u8], &[u8])> {
        split(&self.path)
    }
}

/// The path of the directory that holds what a path leads to, and its last name. `None` for the root, whose path is empty.
pub(super) fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.is_empty() {
        return None;
    }
    Some(match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => {
            let (parent, name) = path.split_at(slash);
            (parent, name.get(1..).unwrap_or_default())
        }
        None => (&[][..], path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_reduced_to_ordinary_ones() {
        for (raw, path, absolute, of_dir) in [
            ("a", "a", false, false),
            ("a/b", "a/b", false, false),
            ("./a//b/", "a/b", false, true),
            ("/a/./b", "a/b", true, false),
            ("a/.", "a", false, true),
            (".", "", false, true),
            ("./", "", false, true),
            ("//", "", true, true),
            ("...", "...", false, false),
            ("a\\..\\b", "a\\..\\b", false, false),
        ] {
            let name = EntryName::new(raw.as_bytes()).expect(raw);
            assert_eq!(name.path(), path.as_bytes(), "{raw}");
            assert_eq!((name.absolute, name.of_dir), (absolute, of_dir), "{raw}");
        }
    }

    #[test]
    fn a_name_that_leads_out_is_refused() {
        for raw in ["..", "../a", "a/..", "a/../b", "/../a", "./.."] {
            let error = EntryName::new(raw.as_bytes()).expect_err(raw);
            assert_eq!(error.kind(), ImageErrorKind::Refused, "{raw}");
        }
        for raw in [&b""[..], b"a\0b"] {
            let error = EntryName::new(raw).expect_err("no name");
            assert_eq!(error.kind(), ImageErrorKind::Corrupt);
        }
    }

    #[test]
    fn names_have_lengths() {
        assert!(EntryName::new(&[b'x'; 255]).is_ok());
        assert!(EntryName::new(&[b".wh.", &[b'x'; 255][..]].concat()).is_ok());
        assert!(EntryName::new(&[b".wh.", &[b'x'; 256][..]].concat()).is_err());
        assert!(EntryName::new(&[b'x'; 256]).is_err());
        assert!(EntryName::new("x/".repeat(32_768).as_bytes()).is_ok());
        assert!(EntryName::new("x/".repeat(32_769).as_bytes()).is_err());
        assert!(EntryName::new("./".repeat(5000).as_bytes()).is_ok());
    }

    #[test]
    fn a_name_splits_into_its_directory_and_the_rest() {
        let split = |raw: &str| {
            let name = EntryName::new(raw.as_bytes()).expect(raw);
            name.split()
                .map(|(dir, last)| (dir.to_vec(), last.to_vec()))
        };
        assert_eq!(split("a/b/c"), Some((b"a/b".to_vec(), b"c".to_vec())));
        assert_eq!(split("a/"), Some((b"".to_vec(), b"a".to_vec())));
        assert_eq!(split("./"), None);
    }
}
