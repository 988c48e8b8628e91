use guesthouse_vfs::{Advice, FileType, Metadata, OpenOptions, SetTimes, SyncKind};

/// What a call works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path, from the open directory of that name or from the case's working directory.
    Path {
        /// The open directory.
        at: Option<String>,
        /// The path's bytes, as a guest would give them.
        path: Vec<u8>,
    },
    /// An open file or directory itself.
    Handle(String),
}

impl Target {
    /// A path from the case's working directory.
    #[must_use]
    pub fn path(path: impl Into<Vec<u8>>) -> Self {
        Self::Path {
            at: None,
            path: path.into(),
        }
    }

    /// A path from the open directory `at`.
    #[must_use]
    pub fn below(at: &str, path: impl Into<Vec<u8>>) -> Self {
        Self::Path {
            at: Some(at.into()),
            path: path.into(),
        }
    }
}

/// One call of the filesystem: what a [`Subject`](crate::Subject) performs.
///
/// Handles and streams have names, so that a call is plain data and can be printed, generated and sent to several subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `openat`; the result gets the name `bind`.
    Open {
        /// The name of the handle.
        bind: String,
        /// The path, or a directory handle to be opened once more.
        target: Target,
        /// Whether a symbolic link as the last name is followed.
        follow: bool,
        /// The flags.
        options: OpenOptions,
    },
    /// `close`; later use of the handle must be refused with `EBADF`.
    Close(String),
    /// `fstatat` or `fstat`.
    Stat {
        /// The node.
        target: Target,
        /// Whether a symbolic link as the last name is followed.
        follow: bool,
    },
    /// `utimensat` or `futimens`.
    SetTimes {
        /// The node.
        target: Target,
        /// Whether a symbolic link as the last name is followed.
        follow: bool,
        /// The new times.
        times: SetTimes,
    },
    /// `fchmodat` or `fchmod`.
    SetMode {
        /// The node.
        target: Target,
        /// Whether a symbolic link as the last name is followed.
        follow: bool,
        /// The permission bits.
        mode: u32,
    },
    /// `mkdirat`.
    CreateDir {
        /// The new directory.
        target: Target,
        /// The permission bits.
        mode: u32,
    },
    /// `unlinkat` with `AT_REMOVEDIR`.
    RemoveDir(Target),
    /// `unlinkat`.
    Unlink(Target),
    /// `readlinkat`.
    ReadLink(Target),
    /// `symlinkat`.
    Symlink {
        /// What the link says.
        to: Vec<u8>,
        /// The new link.
        target: Target,
    },
    /// `linkat`.
    Link {
        /// The existing node.
        old: Target,
        /// Whether a symbolic link as the last name of `old` is followed.
        follow: bool,
        /// The new name.
        new: Target,
    },
    /// `renameat`.
    Rename {
        /// The existing name.
        old: Target,
        /// The new name.
        new: Target,
    },
    /// `preadv`, with one buffer of each of these lengths (bytes).
    Read {
        /// The open file.
        file: String,
        /// Where to begin, in bytes.
        offset: u64,
        /// The lengths of the buffers.
        lengths: Vec<usize>,
    },
    /// `pwritev`.
    Write {
        /// The open file.
        file: String,
        /// Where to begin, in bytes.
        offset: u64,
        /// The buffers.
        buffers: Vec<Vec<u8>>,
    },
    /// `write` with `O_APPEND`.
    Append {
        /// The open file.
        file: String,
        /// The buffers.
        buffers: Vec<Vec<u8>>,
    },
    /// `ftruncate`.
    SetLen {
        /// The open file.
        file: String,
        /// The new length in bytes.
        len: u64,
    },
    /// `posix_fallocate`.
    Allocate {
        /// The open file.
        file: String,
        /// Where the range begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
    },
    /// `fsync` or `fdatasync`, of a file or directory.
    Sync {
        /// The handle.
        handle: String,
        /// Which of the two.
        kind: SyncKind,
    },
    /// `posix_fadvise`.
    Advise {
        /// The open file.
        file: String,
        /// Where the range begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
        /// The advice.
        advice: Advice,
    },
    /// Begins a listing of the open directory `dir` under the name `bind`.
    OpenStream {
        /// The name of the stream.
        bind: String,
        /// The open directory.
        dir: String,
    },
    /// At most `limit` entries after `cookie`.
    NextEntries {
        /// The stream.
        stream: String,
        /// Where to go on.
        cookie: u64,
        /// How many entries.
        limit: usize,
    },
}

/// What a call that succeeded gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing but success.
    Done,
    /// A handle for a node of this kind.
    Opened(FileType),
    /// The number of bytes written.
    Written(usize),
    /// The number of bytes appended, and the offset after them.
    Appended(usize, u64),
    /// Contents, or a link's target.
    Bytes(Vec<u8>),
    /// Metadata.
    Stat(Metadata),
    /// Entries, in the order in which they came.
    Entries(Vec<Entry>),
}

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: Vec<u8>,
    /// The inode number.
    pub ino: u64,
    /// The kind.
    pub file_type: FileType,
    /// The cookie after it.
    pub next: u64,
}
