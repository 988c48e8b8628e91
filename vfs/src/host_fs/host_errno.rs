use std::io;

use crate::Errno;

/// What an error of the host means here. The one place where the host's errors come in.
///
/// On Unix it goes by number; an error that the standard library made itself, and every error on Windows, by its kind. What has no place in the closed set
/// ([`Errno`]) is [`Errno::Io`].
pub(super) fn host_errno(error: &io::Error) -> Errno {
    #[cfg(unix)]
    if let Some(errno) = rustix::io::Errno::from_io_error(error) {
        return from_number(errno);
    }
    from_kind(error.kind())
}

#[cfg(unix)]
fn from_number(errno: rustix::io::Errno) -> Errno {
    use rustix::io::Errno as Host;
    // Where two names have one number on a system (`EAGAIN` and `EWOULDBLOCK`, on Linux also `ENOTSUP` and `EOPNOTSUPP`), a guard lets both stand.
    match errno {
        Host::ACCESS => Errno::Access,
        Host::AGAIN => Errno::Again,
        Host::BADF => Errno::BadFd,
        Host::BUSY => Errno::Busy,
        Host::DQUOT => Errno::Quota,
        Host::EXIST => Errno::Exist,
        Host::FBIG => Errno::FileTooBig,
        Host::INTR => Errno::Interrupted,
        Host::INVAL => Errno::Invalid,
        // A name that the host's file system cannot spell (case-folding or UTF-8 only).
        Host::ILSEQ => Errno::Invalid,
        Host::ISDIR => Errno::IsDir,
        Host::LOOP => Errno::Loop,
        Host::MFILE => Errno::TooManyOpenFiles,
        Host::MLINK => Errno::TooManyLinks,
        Host::NAMETOOLONG => Errno::NameTooLong,
        Host::NFILE => Errno::SystemFileTableFull,
        Host::NODEV | Host::NXIO => Errno::NoDevice,
        Host::NOENT => Errno::NoEntry,
        Host::NOMEM => Errno::NoMemory,
        Host::NOSPC => Errno::NoSpace,
        Host::NOTDIR => Errno::NotDir,
        Host::NOTEMPTY => Errno::NotEmpty,
        // A call that the kernel or a filter does not have, or the file system does not do.
        Host::NOTSUP | Host::NOSYS | Host::NOTTY => Errno::NotSupported,
        other if other == Host::OPNOTSUPP => Errno::NotSupported,
        Host::OVERFLOW => Errno::Overflow,
        Host::PERM => Errno::Permission,
        Host::PIPE => Errno::BrokenPipe,
        Host::ROFS => Errno::ReadOnly,
        Host::SPIPE => Errno::IllegalSeek,
        Host::TXTBSY => Errno::TextBusy,
        Host::XDEV => Errno::CrossDevice,
        // `EIO` itself; a network file system that is gone (`ESTALE`, `ETIMEDOUT`); all the rest.
        _ => Errno::Io,
    }
}

fn from_kind(kind: io::ErrorKind) -> Errno {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => Errno::NoEntry,
        Kind::PermissionDenied => Errno::Access,
        Kind::AlreadyExists => Errno::Exist,
        Kind::WouldBlock => Errno::Again,
        Kind::NotADirectory => Errno::NotDir,
        Kind::IsADirectory => Errno::IsDir,
        Kind::DirectoryNotEmpty => Errno::NotEmpty,
        Kind::ReadOnlyFilesystem => Errno::ReadOnly,
        Kind::InvalidInput | Kind::InvalidFilename => Errno::Invalid,
        Kind::StorageFull => Errno::NoSpace,
        Kind::NotSeekable => Errno::IllegalSeek,
        Kind::QuotaExceeded => Errno::Quota,
        Kind::FileTooLarge => Errno::FileTooBig,
        Kind::ResourceBusy => Errno::Busy,
        Kind::ExecutableFileBusy => Errno::TextBusy,
        Kind::CrossesDevices => Errno::CrossDevice,
        Kind::TooManyLinks => Errno::TooManyLinks,
        Kind::Interrupted => Errno::Interrupted,
        Kind::Unsupported => Errno::NotSupported,
        Kind::OutOfMemory => Errno::NoMemory,
        Kind::BrokenPipe => Errno::BrokenPipe,
        _ => Errno::Io,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::host_errno;
    use crate::Errno;

    #[cfg(unix)]
    #[test]
    fn numbers_are_mapped_by_meaning() {
        use rustix::io::Errno as Host;
        for (host, ours) in [
            (Host::ACCESS, Errno::Access),
            (Host::NOENT, Errno::NoEntry),
            (Host::NXIO, Errno::NoDevice),
            (Host::OPNOTSUPP, Errno::NotSupported),
            (Host::NOTSUP, Errno::NotSupported),
            (Host::WOULDBLOCK, Errno::Again),
            (Host::LOOP, Errno::Loop),
            (Host::STALE, Errno::Io),
            (Host::XDEV, Errno::CrossDevice),
        ] {
            assert_eq!(host_errno(&host.into()), ours, "{host:?}");
        }
    }

    #[test]
    fn errors_without_a_number_are_mapped_by_kind() {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "a path with NUL");
        assert_eq!(host_errno(&error), Errno::Invalid);
        let error = io::Error::other("anything");
        assert_eq!(host_errno(&error), Errno::Io);
    }
}
