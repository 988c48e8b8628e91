use std::fmt;

/// The longest name that Linux and our memory filesystems accept, in bytes (`NAME_MAX`).
pub const NAME_MAX: usize = 255;

/// One ordinary component of a path: not empty, not `.` or `..`, with no slash and no NUL. It need not be UTF-8.
///
/// Its length is not checked here: a backend answers [`Errno::NameTooLong`](crate::Errno::NameTooLong) when the walk comes to it, as Linux does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'a>(&'a [u8]);

impl<'a> Name<'a> {
    /// The name of these bytes, or `None` if they are not one ordinary component.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let plain =
            !matches!(bytes, b"" | b"." | b"..") && !bytes.iter().any(|b| matches!(b, b'/' | 0));
        plain.then_some(Self(bytes))
    }

    /// Fills room for names that aren't there yet; never walked.
    pub(crate) const PLACEHOLDER: Self = Self(b"_");

    /// The name of these bytes, of which the caller knows that they are one ordinary component.
    pub(crate) const fn new_unchecked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The name's bytes.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn only_ordinary_components_are_names() {
        for bad in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0"] {
            assert_eq!(Name::new(bad), None, "{bad:?}");
        }
        for good in [&b"..."[..], b".a", b"\xff\xfe", b"a b", b"\\"] {
            assert_eq!(Name::new(good).map(Name::as_bytes), Some(good));
        }
    }
}
