use std::borrow::Cow;

use bytes::Bytes;

/// Contents of a file that a filesystem can keep without copying them: they last as long as they are needed, or come with their memory.
///
/// For anything else that owns its memory, such as a memory map, there is [`Bytes::from_owner`].
pub trait Lend {
    /// The contents.
    fn lend(self) -> Bytes;
}

/// What `include_bytes!` gives.
impl<const N: usize> Lend for &'static [u8; N] {
    fn lend(self) -> Bytes {
        Bytes::from_static(self)
    }
}

/// What the crate `include_dir` gives.
impl Lend for &'static [u8] {
    fn lend(self) -> Bytes {
        Bytes::from_static(self)
    }
}

/// What `include_str!` gives.
impl Lend for &'static str {
    fn lend(self) -> Bytes {
        Bytes::from_static(self.as_bytes())
    }
}

/// What the crate `rust-embed` gives.
impl Lend for Cow<'static, [u8]> {
    fn lend(self) -> Bytes {
        match self {
            Cow::Borrowed(bytes) => bytes.lend(),
            Cow::Owned(bytes) => bytes.lend(),
        }
    }
}

impl Lend for Vec<u8> {
    fn lend(self) -> Bytes {
        Bytes::from(self)
    }
}

impl Lend for String {
    fn lend(self) -> Bytes {
        Bytes::from(self)
    }
}

impl Lend for Bytes {
    fn lend(self) -> Self {
        self
    }
}
