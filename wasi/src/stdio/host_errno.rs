use std::io;

use crate::abi::Errno;

/// The one place where errors of host streams and sockets become WASI's. (Those of host files come through `vfs`.)
#[cfg(unix)]
pub(crate) fn from_rustix(errno: rustix::io::Errno) -> Errno {
    use rustix::io::Errno as Host;

    match errno {
        // On some systems these two are the same number, which a match could not name twice.
        errno if errno == Host::AGAIN || errno == Host::WOULDBLOCK => Errno::Again,
        errno if errno == Host::NOTSUP || errno == Host::OPNOTSUPP => Errno::Notsup,
        Host::ACCESS => Errno::Acces,
        Host::ADDRINUSE => Errno::Addrinuse,
        Host::ADDRNOTAVAIL => Errno::Addrnotavail,
        Host::AFNOSUPPORT => Errno::Afnosupport,
        Host::BADF => Errno::Badf,
        Host::BUSY => Errno::Busy,
        Host::CONNABORTED => Errno::Connaborted,
        Host::CONNREFUSED => Errno::Connrefused,
        Host::CONNRESET => Errno::Connreset,
        Host::DESTADDRREQ => Errno::Destaddrreq,
        Host::DQUOT => Errno::Dquot,
        Host::FBIG => Errno::Fbig,
        Host::HOSTUNREACH => Errno::Hostunreach,
        Host::INPROGRESS => Errno::Inprogress,
        Host::INTR => Errno::Intr,
        Host::INVAL => Errno::Inval,
        Host::ISCONN => Errno::Isconn,
        Host::ISDIR => Errno::Isdir,
        Host::MFILE => Errno::Mfile,
        Host::MSGSIZE => Errno::Msgsize,
        Host::NETDOWN => Errno::Netdown,
        Host::NETRESET => Errno::Netreset,
        Host::NETUNREACH => Errno::Netunreach,
        Host::NFILE => Errno::Nfile,
        Host::NOBUFS => Errno::Nobufs,
        Host::NODEV => Errno::Nodev,
        Host::NOMEM => Errno::Nomem,
        Host::NOSPC => Errno::Nospc,
        Host::NOTCONN => Errno::Notconn,
        Host::NOTSOCK => Errno::Notsock,
        Host::NXIO => Errno::Nxio,
        Host::PERM => Errno::Perm,
        Host::PIPE => Errno::Pipe,
        Host::PROTO => Errno::Proto,
        Host::TIMEDOUT => Errno::Timedout,
        _ => Errno::Io,
    }
}

/// As [`from_rustix`], for the errors of the host's readers and writers, which may have no number.
pub(crate) fn from_io(error: &io::Error) -> Errno {
    use io::ErrorKind;

    #[cfg(unix)]
    if let Some(errno) = rustix::io::Errno::from_io_error(error) {
        return from_rustix(errno);
    }
    match error.kind() {
        ErrorKind::WouldBlock => Errno::Again,
        ErrorKind::BrokenPipe | ErrorKind::WriteZero => Errno::Pipe,
        ErrorKind::ConnectionAborted => Errno::Connaborted,
        ErrorKind::ConnectionReset => Errno::Connreset,
        ErrorKind::NotConnected => Errno::Notconn,
        ErrorKind::Interrupted => Errno::Intr,
        ErrorKind::InvalidInput => Errno::Inval,
        ErrorKind::OutOfMemory => Errno::Nomem,
        ErrorKind::PermissionDenied => Errno::Acces,
        ErrorKind::StorageFull => Errno::Nospc,
        ErrorKind::TimedOut => Errno::Timedout,
        ErrorKind::Unsupported => Errno::Notsup,
        _ => Errno::Io,
    }
}

/// What a host thread gets that uses the end of a pipe.
pub(super) fn to_io(errno: Errno) -> io::Error {
    let kind = match errno {
        Errno::Pipe => io::ErrorKind::BrokenPipe,
        Errno::Connreset => io::ErrorKind::ConnectionReset,
        Errno::Nospc => io::ErrorKind::StorageFull,
        Errno::Timedout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, errno)
}
