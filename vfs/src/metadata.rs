use crate::Timestamp;

/// What kind of node a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileType {
    /// Something none of the others describes, such as a FIFO on the host.
    Unknown,
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A socket.
    Socket,
}

/// What a filesystem knows of a node, as `stat(2)` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The mount that the node lies on, by its position in the tree: 0 for the root mount. A backend reports 0.
    pub dev: u64,
    /// The inode number: equal for two names exactly when they name the same node of one filesystem.
    pub ino: u64,
    /// The kind of node.
    pub file_type: FileType,
    /// The permission bits (`0o7777`). Memory filesystems keep them and never check them.
    pub mode: u32,
    /// How many names the node has; for a directory at least 1, otherwise as the backend counts.
    pub nlink: u64,
    /// Length in bytes: of a file its contents, of a symbolic link its target, of a directory whatever the backend says.
    pub size: u64,
    /// Bytes of storage in use, holes left out.
    pub allocated: u64,
    /// When the contents were last read (never moved by reading where atime is off).
    pub accessed: Timestamp,
    /// When the contents last changed.
    pub modified: Timestamp,
    /// When contents or metadata last changed.
    pub changed: Timestamp,
    /// When the node was made, where that is known.
    pub created: Option<Timestamp>,
}

impl Metadata {
    /// What a simple filesystem knows of a node: type, inode number and size in bytes. One name, the usual permission bits (`0o755` for a directory, `0o777`
    /// for a symbolic link, `0o644` otherwise), all times at the epoch.
    #[must_use]
    pub const fn of(file_type: FileType, ino: u64, size: u64) -> Self {
        Self {
            dev: 0,
            ino,
            file_type,
            mode: match file_type {
                FileType::Dir => 0o755,
                FileType::Symlink => 0o777,
                _ => 0o644,
            },
            nlink: 1,
            size,
            allocated: size,
            accessed: Timestamp::EPOCH,
            modified: Timestamp::EPOCH,
            changed: Timestamp::EPOCH,
            created: None,
        }
    }
}

/// What becomes of one time of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetTime {
    /// It stays.
    #[default]
    Keep,
    /// The filesystem's present time.
    Now,
    /// This time.
    At(Timestamp),
}

/// New times of a node, as `utimensat(2)` takes them. Keeping both changes nothing, not even the time of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetTimes {
    /// The time of last access.
    pub accessed: SetTime,
    /// The time of last change of contents.
    pub modified: SetTime,
}
