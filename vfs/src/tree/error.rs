use std::borrow::Cow;
use std::{fmt, io};

use crate::Errno;

/// What went wrong with a [`Tree`](super::Tree), and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeError {
    operation: &'static str,
    path: Box<[u8]>,
    new_path: Option<Box<[u8]>>,
    errno: Errno,
}

/// The outcome of an operation on a [`Tree`](super::Tree).
pub type TreeResult<T> = Result<T, TreeError>;

impl TreeError {
    pub(super) fn new(operation: &'static str, path: &[u8], errno: Errno) -> Self {
        Self {
            operation,
            path: path.into(),
            new_path: None,
            errno,
        }
    }

    pub(super) fn between(
        operation: &'static str,
        path: &[u8],
        new_path: &[u8],
        errno: Errno,
    ) -> Self {
        Self {
            new_path: Some(new_path.into()),
            ..Self::new(operation, path, errno)
        }
    }

    /// What was tried, such as `create directory`.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// The path that was given, or the one below it at which an operation on many nodes stopped.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The second path of an operation on two, such as the new name of a rename.
    #[must_use]
    pub fn new_path(&self) -> Option<&[u8]> {
        self.new_path.as_deref()
    }

    /// Why it failed.
    #[must_use]
    pub const fn errno(&self) -> Errno {
        self.errno
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}", self.operation, lossy(&self.path))?;
        if let Some(new_path) = &self.new_path {
            write!(f, " to {}", lossy(new_path))?;
        }
        write!(f, ": {}", self.errno)
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.errno)
    }
}

impl From<TreeError> for io::Error {
    fn from(error: TreeError) -> Self {
        Self::new(kind(error.errno), error)
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::new(kind(errno), errno)
    }
}

/// The path as text; bytes that aren't UTF-8 become U+FFFD.
pub(super) fn lossy(path: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(path)
}

fn kind(errno: Errno) -> io::ErrorKind {
    use io::ErrorKind as Kind;
    match errno {
        Errno::Access | Errno::Permission => Kind::PermissionDenied,
        Errno::Again => Kind::WouldBlock,
        Errno::Busy => Kind::ResourceBusy,
        Errno::Quota => Kind::QuotaExceeded,
        Errno::Exist => Kind::AlreadyExists,
        Errno::FileTooBig => Kind::FileTooLarge,
        Errno::Interrupted => Kind::Interrupted,
        Errno::Invalid => Kind::InvalidInput,
        Errno::IsDir => Kind::IsADirectory,
        Errno::TooManyLinks => Kind::TooManyLinks,
        Errno::NameTooLong => Kind::InvalidFilename,
        Errno::NoEntry => Kind::NotFound,
        Errno::NoMemory => Kind::OutOfMemory,
        Errno::NoSpace => Kind::StorageFull,
        Errno::NotDir => Kind::NotADirectory,
        Errno::NotEmpty => Kind::DirectoryNotEmpty,
        Errno::NotSupported => Kind::Unsupported,
        Errno::BrokenPipe => Kind::BrokenPipe,
        Errno::ReadOnly => Kind::ReadOnlyFilesystem,
        Errno::IllegalSeek => Kind::NotSeekable,
        Errno::TextBusy => Kind::ExecutableFileBusy,
        Errno::CrossDevice => Kind::CrossesDevices,
        Errno::BadFd
        | Errno::Io
        | Errno::Loop
        | Errno::TooManyOpenFiles
        | Errno::SystemFileTableFull
        | Errno::NoDevice
        | Errno::Overflow => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_was_tried_where_and_why() {
        let error = TreeError::new("open", b"a/\xffb", Errno::NoEntry);
        assert_eq!(
            error.to_string(),
            "cannot open a/\u{fffd}b: no such file or directory"
        );
        let error = TreeError::between("rename", b"a", b"b/c", Errno::NotDir);
        assert_eq!(error.to_string(), "cannot rename a to b/c: not a directory");
        let error = io::Error::from(error);
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        assert_eq!(error.to_string(), "cannot rename a to b/c: not a directory");
        let inner = error.get_ref().and_then(|inner| inner.source());
        assert_eq!(
            inner.map(ToString::to_string).as_deref(),
            Some("not a directory")
        );
    }
}
