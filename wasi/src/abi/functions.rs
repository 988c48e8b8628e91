//! The table of functions: what adapters register, what traces decode, and what the specification is compared with.

use Kind::{
    Advice, Bytes, Ciovecs, ClockId, Cookie, Events, ExitCode, Fd, FdFlags, FileDelta, FileSize,
    FstFlags, Iovecs, LookupFlags, OFlags, Out, Path, Pointers, RiFlags, Rights, SdFlags, SiFlags,
    Signal, Size, Subscriptions, Timestamp, Whence,
};

/// A function that guests import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in order: the results too, for they are addresses to write to.
    pub params: &'static [Param],
    /// Whether it returns an errno; `proc_exit` never returns.
    pub returns: bool,
}

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in the specification, or what a result stands for.
    pub name: &'static str,
    /// What it means.
    pub kind: Kind,
}

/// What a parameter means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A descriptor's number.
    Fd,
    /// The address and length of a path, in two values.
    Path,
    /// The address of a list of buffers to fill and their number, in two values.
    Iovecs,
    /// The address of a list of buffers to take from and their number, in two values.
    Ciovecs,
    /// The address of bytes; their length follows as a [`Size`](Self::Size) or is known by both sides.
    Bytes,
    /// The address of a list of addresses.
    Pointers,
    /// The address of subscriptions.
    Subscriptions,
    /// The address of room for events.
    Events,
    /// A number of bytes or of things.
    Size,
    /// A position or length in a file, in bytes.
    FileSize,
    /// A distance in a file, in bytes; signed.
    FileDelta,
    /// Nanoseconds.
    Timestamp,
    /// Where a listing goes on.
    Cookie,
    /// A [`ClockId`](super::ClockId).
    ClockId,
    /// An [`Advice`](super::Advice).
    Advice,
    /// A [`Whence`](super::Whence).
    Whence,
    /// A [`Signal`](super::Signal).
    Signal,
    /// An exit code.
    ExitCode,
    /// [`LookupFlags`](super::LookupFlags).
    LookupFlags,
    /// [`OFlags`](super::OFlags).
    OFlags,
    /// [`FdFlags`](super::FdFlags).
    FdFlags,
    /// [`FstFlags`](super::FstFlags).
    FstFlags,
    /// [`Rights`](super::Rights).
    Rights,
    /// [`RiFlags`](super::RiFlags).
    RiFlags,
    /// [`SiFlags`](super::SiFlags).
    SiFlags,
    /// [`SdFlags`](super::SdFlags).
    SdFlags,
    /// The address where a result goes.
    Out(Outcome),
}

/// What a function writes to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A `u32`: a number of bytes or of things.
    Size,
    /// A `u64`: a position in a file, in bytes.
    FileSize,
    /// A `u64`: nanoseconds.
    Timestamp,
    /// A `u32`: a descriptor's number.
    Fd,
    /// A `u16`: [`RoFlags`](super::RoFlags).
    RoFlags,
    /// An [`Fdstat`](super::Fdstat).
    Fdstat,
    /// A [`Filestat`](super::Filestat), in `wasi_unstable` an [`UnstableFilestat`](super::UnstableFilestat).
    Filestat,
    /// A [`Prestat`](super::Prestat).
    Prestat,
}

/// The type of a value that crosses into WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `i32`
    I32,
    /// `i64`
    I64,
}

impl Kind {
    /// The values that it takes.
    #[must_use]
    pub const fn values(self) -> &'static [ValueType] {
        match self {
            Path | Iovecs | Ciovecs => &[ValueType::I32, ValueType::I32],
            FileSize | FileDelta | Timestamp | Cookie | Rights => &[ValueType::I64],
            _ => &[ValueType::I32],
        }
    }

    /// The name of its type in the specification; `None` where that is a pointer.
    #[must_use]
    pub const fn type_name(self) -> Option<&'static str> {
        Some(match self {
            Fd => "fd",
            Path => "string",
            Iovecs => "iovec_array",
            Ciovecs => "ciovec_array",
            Bytes | Pointers | Subscriptions | Events => return None,
            Size => "size",
            FileSize => "filesize",
            FileDelta => "filedelta",
            Timestamp => "timestamp",
            Cookie => "dircookie",
            ClockId => "clockid",
            Advice => "advice",
            Whence => "whence",
            Signal => "signal",
            ExitCode => "exitcode",
            LookupFlags => "lookupflags",
            OFlags => "oflags",
            FdFlags => "fdflags",
            FstFlags => "fstflags",
            Rights => "rights",
            RiFlags => "riflags",
            SiFlags => "siflags",
            SdFlags => "sdflags",
            Out(outcome) => outcome.type_name(),
        })
    }
}

impl Outcome {
    /// The name of its type in the specification.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::FileSize => "filesize",
            Self::Timestamp => "timestamp",
            Self::Fd => "fd",
            Self::RoFlags => "roflags",
            Self::Fdstat => "fdstat",
            Self::Filestat => "filestat",
            Self::Prestat => "prestat",
        }
    }
}

impl Function {
    /// The values that it takes, in order.
    pub fn values(&self) -> impl Iterator<Item = ValueType> {
        self.params
            .iter()
            .flat_map(|param| param.kind.values())
            .copied()
    }
}

const fn function(name: &'static str, params: &'static [Param]) -> Function {
    Function {
        name,
        params,
        returns: true,
    }
}

/// Builds a list of parameters: `params![fd: Fd, path: Path]`.
macro_rules! params {
    ($($name:ident: $kind:expr),*) => {
        &[$(Param { name: stringify!($name), kind: $kind }),*]
    };
}

/// The functions of `wasi_snapshot_preview1`, by name. Those of `wasi_unstable` are the same without `sock_accept`; see
/// [`is_unstable`].
#[rustfmt::skip] // One function, one line.
pub const FUNCTIONS: [Function; 46] = [
    function("args_get", params![argv: Pointers, argv_buf: Bytes]),
    function("args_sizes_get", params![argc: Out(Outcome::Size), argv_buf_size: Out(Outcome::Size)]),
    function("clock_res_get", params![id: ClockId, resolution: Out(Outcome::Timestamp)]),
    function("clock_time_get", params![id: ClockId, precision: Timestamp, time: Out(Outcome::Timestamp)]),
    function("environ_get", params![environ: Pointers, environ_buf: Bytes]),
    function("environ_sizes_get", params![environc: Out(Outcome::Size), environ_buf_size: Out(Outcome::Size)]),
    function("fd_advise", params![fd: Fd, offset: FileSize, len: FileSize, advice: Advice]),
    function("fd_allocate", params![fd: Fd, offset: FileSize, len: FileSize]),
    function("fd_close", params![fd: Fd]),
    function("fd_datasync", params![fd: Fd]),
    function("fd_fdstat_get", params![fd: Fd, stat: Out(Outcome::Fdstat)]),
    function("fd_fdstat_set_flags", params![fd: Fd, flags: FdFlags]),
    function("fd_fdstat_set_rights", params![fd: Fd, fs_rights_base: Rights, fs_rights_inheriting: Rights]),
    function("fd_filestat_get", params![fd: Fd, stat: Out(Outcome::Filestat)]),
    function("fd_filestat_set_size", params![fd: Fd, size: FileSize]),
    function("fd_filestat_set_times", params![fd: Fd, atim: Timestamp, mtim: Timestamp, fst_flags: FstFlags]),
    function("fd_pread", params![fd: Fd, iovs: Iovecs, offset: FileSize, nread: Out(Outcome::Size)]),
    function("fd_prestat_dir_name", params![fd: Fd, path: Bytes, path_len: Size]),
    function("fd_prestat_get", params![fd: Fd, prestat: Out(Outcome::Prestat)]),
    function("fd_pwrite", params![fd: Fd, iovs: Ciovecs, offset: FileSize, nwritten: Out(Outcome::Size)]),
    function("fd_read", params![fd: Fd, iovs: Iovecs, nread: Out(Outcome::Size)]),
    function("fd_readdir", params![fd: Fd, buf: Bytes, buf_len: Size, cookie: Cookie, bufused: Out(Outcome::Size)]),
    function("fd_renumber", params![fd: Fd, to: Fd]),
    function("fd_seek", params![fd: Fd, offset: FileDelta, whence: Whence, newoffset: Out(Outcome::FileSize)]),
    function("fd_sync", params![fd: Fd]),
    function("fd_tell", params![fd: Fd, offset: Out(Outcome::FileSize)]),
    function("fd_write", params![fd: Fd, iovs: Ciovecs, nwritten: Out(Outcome::Size)]),
    function("path_create_directory", params![fd: Fd, path: Path]),
    function("path_filestat_get", params![fd: Fd, flags: LookupFlags, path: Path, stat: Out(Outcome::Filestat)]),
    function("path_filestat_set_times", params![fd: Fd, flags: LookupFlags, path: Path, atim: Timestamp, mtim: Timestamp, fst_flags: FstFlags]),
    function("path_link", params![old_fd: Fd, old_flags: LookupFlags, old_path: Path, new_fd: Fd, new_path: Path]),
    function("path_open", params![fd: Fd, dirflags: LookupFlags, path: Path, oflags: OFlags, fs_rights_base: Rights, fs_rights_inheriting: Rights, fdflags: FdFlags, opened_fd: Out(Outcome::Fd)]),
    function("path_readlink", params![fd: Fd, path: Path, buf: Bytes, buf_len: Size, bufused: Out(Outcome::Size)]),
    function("path_remove_directory", params![fd: Fd, path: Path]),
    function("path_rename", params![fd: Fd, old_path: Path, new_fd: Fd, new_path: Path]),
    function("path_symlink", params![old_path: Path, fd: Fd, new_path: Path]),
    function("path_unlink_file", params![fd: Fd, path: Path]),
    function("poll_oneoff", params![in: Subscriptions, out: Events, nsubscriptions: Size, nevents: Out(Outcome::Size)]),
    Function { name: "proc_exit", params: params![rval: ExitCode], returns: false },
    function("proc_raise", params![sig: Signal]),
    function("random_get", params![buf: Bytes, buf_len: Size]),
    function("sched_yield", params![]),
    function("sock_accept", params![fd: Fd, flags: FdFlags, accepted_fd: Out(Outcome::Fd)]),
    function("sock_recv", params![fd: Fd, ri_data: Iovecs, ri_flags: RiFlags, ro_datalen: Out(Outcome::Size), ro_flags: Out(Outcome::RoFlags)]),
    function("sock_send", params![fd: Fd, si_data: Ciovecs, si_flags: SiFlags, so_datalen: Out(Outcome::Size)]),
    function("sock_shutdown", params![fd: Fd, how: SdFlags]),
];

/// Whether `wasi_unstable` has the function too.
#[must_use]
pub fn is_unstable(function: &Function) -> bool {
    function.name != "sock_accept"
}
