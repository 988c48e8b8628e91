use std::fmt;

/// Why a filesystem operation did not succeed.
///
/// The set is closed and carries meaning, not numbers: wire numbers exist only in the WASI crate, and exactly one function of
/// each platform turns the operating system's errors into these. Names follow POSIX, which is also the reference for their meaning
/// (<https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html#tag_16_03>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errno {
    /// `EACCES`: the host's permission bits forbid it. Memory filesystems keep mode bits but never check them.
    Access,
    /// `EAGAIN`: the operation would have to wait.
    Again,
    /// `EBADF`: the handle is closed, or was not opened for this kind of access.
    BadFd,
    /// `EBUSY`: the node is a mount point (or leads to one), or the system uses it.
    Busy,
    /// `EDQUOT`: the host's quota is used up.
    Quota,
    /// `EEXIST`: the name is taken.
    Exist,
    /// `EFBIG`: the file would become larger than the filesystem allows for one file.
    FileTooBig,
    /// `EINTR`: a signal interrupted the host's call.
    Interrupted,
    /// `EINVAL`: an argument is out of its domain; also a directory renamed into itself.
    Invalid,
    /// `EIO`: the host's device failed, or an error that has no other place here.
    Io,
    /// `EISDIR`: a directory where a file is needed.
    IsDir,
    /// `ELOOP`: too many symbolic links, or one where none may be followed.
    Loop,
    /// `EMFILE`: this process or guest has too many open files.
    TooManyOpenFiles,
    /// `EMLINK`: the node has too many names.
    TooManyLinks,
    /// `ENAMETOOLONG`: a name or the whole path is too long.
    NameTooLong,
    /// `ENFILE`: the system has too many open files.
    SystemFileTableFull,
    /// `ENODEV` or `ENXIO`: no such device.
    NoDevice,
    /// `ENOENT`: no node of that name.
    NoEntry,
    /// `ENOMEM`: the host has no memory left.
    NoMemory,
    /// `ENOSPC`: no space, or a limit of the filesystem (bytes, nodes) is reached.
    NoSpace,
    /// `ENOTDIR`: a component that must be a directory is not one.
    NotDir,
    /// `ENOTEMPTY`: the directory has entries.
    NotEmpty,
    /// `ENOTSUP`: this kind of node or this filesystem cannot do that.
    NotSupported,
    /// `EOVERFLOW`: a value does not fit its type.
    Overflow,
    /// `EPERM`: not allowed whoever asks; also a path that would leave its directory.
    Permission,
    /// `EPIPE`: nobody reads the other end.
    BrokenPipe,
    /// `EROFS`: the filesystem or mount is read-only.
    ReadOnly,
    /// `ESPIPE`: the file has no positions.
    IllegalSeek,
    /// `ETXTBSY`: a running program's file.
    TextBusy,
    /// `EXDEV`: the two paths lie on different filesystems or mounts.
    CrossDevice,
}

impl Errno {
    /// The POSIX name and a short text.
    #[must_use]
    pub fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Access => ("EACCES", "permission denied"),
            Self::Again => ("EAGAIN", "resource temporarily unavailable"),
            Self::BadFd => ("EBADF", "bad file descriptor"),
            Self::Busy => ("EBUSY", "resource busy"),
            Self::Quota => ("EDQUOT", "quota exceeded"),
            Self::Exist => ("EEXIST", "file exists"),
            Self::FileTooBig => ("EFBIG", "file too large"),
            Self::Interrupted => ("EINTR", "interrupted"),
            Self::Invalid => ("EINVAL", "invalid argument"),
            Self::Io => ("EIO", "input/output error"),
            Self::IsDir => ("EISDIR", "is a directory"),
            Self::Loop => ("ELOOP", "too many symbolic links"),
            Self::TooManyOpenFiles => ("EMFILE", "too many open files"),
            Self::TooManyLinks => ("EMLINK", "too many links"),
            Self::NameTooLong => ("ENAMETOOLONG", "name too long"),
            Self::SystemFileTableFull => ("ENFILE", "too many open files in the system"),
            Self::NoDevice => ("ENODEV", "no such device"),
            Self::NoEntry => ("ENOENT", "no such file or directory"),
            Self::NoMemory => ("ENOMEM", "out of memory"),
            Self::NoSpace => ("ENOSPC", "no space left"),
            Self::NotDir => ("ENOTDIR", "not a directory"),
            Self::NotEmpty => ("ENOTEMPTY", "directory not empty"),
            Self::NotSupported => ("ENOTSUP", "operation not supported"),
            Self::Overflow => ("EOVERFLOW", "value too large"),
            Self::Permission => ("EPERM", "operation not permitted"),
            Self::BrokenPipe => ("EPIPE", "broken pipe"),
            Self::ReadOnly => ("EROFS", "read-only filesystem"),
            Self::IllegalSeek => ("ESPIPE", "illegal seek"),
            Self::TextBusy => ("ETXTBSY", "text file busy"),
            Self::CrossDevice => ("EXDEV", "cross-device link"),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe().1)
    }
}

impl std::error::Error for Errno {}
