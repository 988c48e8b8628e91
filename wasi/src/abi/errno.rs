use std::fmt;

use super::wire::wire_enum;

wire_enum! {
    /// Why a call did not succeed, with the numbers that both ABIs give.
    ///
    /// # References
    /// `$errno` in `typenames.witx`; the names are POSIX's without the leading E.
    pub enum Errno: u16 {
        /// It did succeed.
        Success = "success",
        /// Argument list too long.
        TooBig = "2big",
        /// Permission denied.
        Acces = "acces",
        /// Address in use.
        Addrinuse = "addrinuse",
        /// Address not available.
        Addrnotavail = "addrnotavail",
        /// Address family not supported.
        Afnosupport = "afnosupport",
        /// It would have to wait.
        Again = "again",
        /// Connection already in progress.
        Already = "already",
        /// Bad file descriptor.
        Badf = "badf",
        /// Bad message.
        Badmsg = "badmsg",
        /// Device or resource busy.
        Busy = "busy",
        /// Operation cancelled.
        Canceled = "canceled",
        /// No child processes.
        Child = "child",
        /// Connection aborted.
        Connaborted = "connaborted",
        /// Connection refused.
        Connrefused = "connrefused",
        /// Connection reset.
        Connreset = "connreset",
        /// A deadlock would occur.
        Deadlk = "deadlk",
        /// Destination address required.
        Destaddrreq = "destaddrreq",
        /// Mathematics argument out of its domain.
        Dom = "dom",
        /// Quota used up.
        Dquot = "dquot",
        /// File exists.
        Exist = "exist",
        /// An address outside the guest's memory.
        Fault = "fault",
        /// File too large.
        Fbig = "fbig",
        /// Host unreachable.
        Hostunreach = "hostunreach",
        /// Identifier removed.
        Idrm = "idrm",
        /// Illegal byte sequence.
        Ilseq = "ilseq",
        /// Operation in progress.
        Inprogress = "inprogress",
        /// Interrupted.
        Intr = "intr",
        /// Invalid argument.
        Inval = "inval",
        /// Input/output error.
        Io = "io",
        /// Socket is connected.
        Isconn = "isconn",
        /// Is a directory.
        Isdir = "isdir",
        /// Too many symbolic links, or one where none may be followed.
        Loop = "loop",
        /// Too many descriptors.
        Mfile = "mfile",
        /// Too many links.
        Mlink = "mlink",
        /// Message too large.
        Msgsize = "msgsize",
        /// Reserved.
        Multihop = "multihop",
        /// Name or path too long.
        Nametoolong = "nametoolong",
        /// Network is down.
        Netdown = "netdown",
        /// Connection aborted by the network.
        Netreset = "netreset",
        /// Network unreachable.
        Netunreach = "netunreach",
        /// Too many files open in the system.
        Nfile = "nfile",
        /// No buffer space available.
        Nobufs = "nobufs",
        /// No such device.
        Nodev = "nodev",
        /// No such file or directory.
        Noent = "noent",
        /// Not an executable format.
        Noexec = "noexec",
        /// No locks available.
        Nolck = "nolck",
        /// Reserved.
        Nolink = "nolink",
        /// Not enough memory.
        Nomem = "nomem",
        /// No message of that type.
        Nomsg = "nomsg",
        /// Protocol not available.
        Noprotoopt = "noprotoopt",
        /// No space left.
        Nospc = "nospc",
        /// Function not supported.
        Nosys = "nosys",
        /// Socket is not connected.
        Notconn = "notconn",
        /// Not a directory, or a symbolic link to one.
        Notdir = "notdir",
        /// Directory not empty.
        Notempty = "notempty",
        /// State not recoverable.
        Notrecoverable = "notrecoverable",
        /// Not a socket.
        Notsock = "notsock",
        /// Not supported.
        Notsup = "notsup",
        /// Not a terminal.
        Notty = "notty",
        /// No such device or address.
        Nxio = "nxio",
        /// Value too large for its type.
        Overflow = "overflow",
        /// The previous owner died.
        Ownerdead = "ownerdead",
        /// Operation not permitted.
        Perm = "perm",
        /// Broken pipe.
        Pipe = "pipe",
        /// Protocol error.
        Proto = "proto",
        /// Protocol not supported.
        Protonosupport = "protonosupport",
        /// Protocol wrong type for socket.
        Prototype = "prototype",
        /// Result too large.
        Range = "range",
        /// Read-only filesystem.
        Rofs = "rofs",
        /// Invalid seek.
        Spipe = "spipe",
        /// No such process.
        Srch = "srch",
        /// Reserved.
        Stale = "stale",
        /// Timed out.
        Timedout = "timedout",
        /// Text file busy.
        Txtbsy = "txtbsy",
        /// Cross-device link.
        Xdev = "xdev",
        /// The descriptor lacks a right.
        Notcapable = "notcapable",
    }
}

impl From<guesthouse_vfs::Errno> for Errno {
    fn from(errno: guesthouse_vfs::Errno) -> Self {
        use guesthouse_vfs::Errno as Vfs;
        match errno {
            Vfs::Access => Self::Acces,
            Vfs::Again => Self::Again,
            Vfs::BadFd => Self::Badf,
            Vfs::Busy => Self::Busy,
            Vfs::Quota => Self::Dquot,
            Vfs::Exist => Self::Exist,
            Vfs::FileTooBig => Self::Fbig,
            Vfs::Interrupted => Self::Intr,
            Vfs::Invalid => Self::Inval,
            Vfs::Io => Self::Io,
            Vfs::IsDir => Self::Isdir,
            Vfs::Loop => Self::Loop,
            Vfs::TooManyOpenFiles => Self::Mfile,
            Vfs::TooManyLinks => Self::Mlink,
            Vfs::NameTooLong => Self::Nametoolong,
            Vfs::SystemFileTableFull => Self::Nfile,
            Vfs::NoDevice => Self::Nodev,
            Vfs::NoEntry => Self::Noent,
            Vfs::NoMemory => Self::Nomem,
            Vfs::NoSpace => Self::Nospc,
            Vfs::NotDir => Self::Notdir,
            Vfs::NotEmpty => Self::Notempty,
            Vfs::NotSupported => Self::Notsup,
            Vfs::Overflow => Self::Overflow,
            Vfs::Permission => Self::Perm,
            Vfs::BrokenPipe => Self::Pipe,
            Vfs::ReadOnly => Self::Rofs,
            Vfs::IllegalSeek => Self::Spipe,
            Vfs::TextBusy => Self::Txtbsy,
            Vfs::CrossDevice => Self::Xdev,
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", self.name().to_ascii_uppercase())
    }
}

impl std::error::Error for Errno {}
