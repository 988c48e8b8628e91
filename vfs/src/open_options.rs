/// What an open file may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its contents may be read.
    pub read: bool,
    /// Its contents may be written.
    pub write: bool,
}

impl Access {
    /// Reading only (`O_RDONLY`).
    pub const READ: Self = Self {
        read: true,
        write: false,
    };
    /// Writing only (`O_WRONLY`).
    pub const WRITE: Self = Self {
        read: false,
        write: true,
    };
    /// Both (`O_RDWR`).
    pub const READ_WRITE: Self = Self {
        read: true,
        write: true,
    };
}

/// How a backend opens or creates a node: the flags of `open(2)`.
///
/// There is no append flag: appending is an operation of [`File`](crate::File), because guests switch it on and off while a file is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// What the file is opened for. Writing to a directory is `EISDIR`.
    pub access: Access,
    /// Make an empty regular file if the name is free (`O_CREAT`).
    pub create: bool,
    /// With `create`: fail with `EEXIST` if the name is taken, a symbolic link included (`O_EXCL`). The place then says [`Act`](crate::LastName::Act).
    pub exclusive: bool,
    /// Cut a regular file to length 0 (`O_TRUNC`). Needs write access.
    pub truncate: bool,
    /// Fail with `ENOTDIR` unless the node is a directory (`O_DIRECTORY`). With `create` it is `EINVAL`.
    pub directory: bool,
    /// The permission bits of a file that is made.
    pub mode: u32,
}

impl OpenOptions {
    /// Opens what exists, for this access.
    #[must_use]
    pub const fn existing(access: Access) -> Self {
        Self {
            access,
            create: false,
            exclusive: false,
            truncate: false,
            directory: false,
            mode: 0o644,
        }
    }

    /// Opens an existing directory.
    #[must_use]
    pub const fn directory() -> Self {
        Self {
            directory: true,
            ..Self::existing(Access::READ)
        }
    }

    /// Makes a new file for reading and writing; fails if the name is taken.
    #[must_use]
    pub const fn create_new() -> Self {
        Self {
            create: true,
            exclusive: true,
            ..Self::existing(Access::READ_WRITE)
        }
    }

    /// Opens or makes a file for reading and writing.
    #[must_use]
    pub const fn create() -> Self {
        Self {
            create: true,
            ..Self::existing(Access::READ_WRITE)
        }
    }

    /// Whether opening may change the filesystem or allows changing it afterwards.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.access.write || self.create || self.truncate
    }
}
