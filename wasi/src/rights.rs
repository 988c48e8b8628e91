//! Which rights a descriptor has. What is reported is what is enforced.

use guesthouse_vfs::Access;

use crate::abi::{Errno, FdFlags, Rights};

/// The rights of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorRights {
    /// What it may be used for.
    pub base: Rights,
    /// What may be opened below it.
    pub inheriting: Rights,
}

/// What a file can do, opened for reading and writing.
const FILE: Rights = READING
    .union(WRITING)
    .union(Rights::FD_DATASYNC)
    .union(Rights::FD_SEEK)
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_SYNC)
    .union(Rights::FD_TELL)
    .union(Rights::FD_ADVISE)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::FD_FILESTAT_SET_TIMES)
    .union(Rights::POLL_FD_READWRITE);

/// What needs a file opened for reading.
const READING: Rights = Rights::FD_READ;

/// What needs a file opened for writing.
const WRITING: Rights = Rights::FD_WRITE
    .union(Rights::FD_ALLOCATE)
    .union(Rights::FD_FILESTAT_SET_SIZE);

/// What a directory can do. Neither `FD_WRITE` nor `FD_SEEK`, for C libraries take these for the answer to what a descriptor was opened for.
const DIR: Rights = Rights::PATH_CREATE_DIRECTORY
    .union(Rights::PATH_CREATE_FILE)
    .union(Rights::PATH_LINK_SOURCE)
    .union(Rights::PATH_LINK_TARGET)
    .union(Rights::PATH_OPEN)
    .union(Rights::FD_READDIR)
    .union(Rights::PATH_READLINK)
    .union(Rights::PATH_RENAME_SOURCE)
    .union(Rights::PATH_RENAME_TARGET)
    .union(Rights::PATH_FILESTAT_GET)
    .union(Rights::PATH_FILESTAT_SET_SIZE)
    .union(Rights::PATH_FILESTAT_SET_TIMES)
    .union(Rights::PATH_SYMLINK)
    .union(Rights::PATH_REMOVE_DIRECTORY)
    .union(Rights::PATH_UNLINK_FILE)
    .union(Rights::FD_DATASYNC)
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_SYNC)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::FD_FILESTAT_SET_TIMES);

impl DescriptorRights {
    /// Every right of a directory, and every right of what may be opened below it.
    pub const DIR: Self = Self {
        base: DIR,
        inheriting: DIR.union(FILE),
    };

    /// A stream that is read from.
    pub const INPUT: Self = Self::stream(Rights::FD_READ);

    /// A stream that is written to.
    pub const OUTPUT: Self = Self::stream(Rights::FD_WRITE);

    /// A connected socket.
    pub const SOCKET: Self = Self::stream(
        Rights::FD_READ
            .union(Rights::FD_WRITE)
            .union(Rights::SOCK_SHUTDOWN),
    );

    /// A socket that accepts connections, which have the rights of [`SOCKET`](Self::SOCKET).
    pub const LISTENER: Self = Self {
        base: Rights::SOCK_ACCEPT
            .union(Rights::FD_FDSTAT_SET_FLAGS)
            .union(Rights::FD_FILESTAT_GET)
            .union(Rights::POLL_FD_READWRITE),
        inheriting: Self::SOCKET.base,
    };

    const fn stream(transfer: Rights) -> Self {
        Self {
            base: transfer
                .union(Rights::FD_DATASYNC)
                .union(Rights::FD_FDSTAT_SET_FLAGS)
                .union(Rights::FD_SYNC)
                .union(Rights::FD_FILESTAT_GET)
                .union(Rights::POLL_FD_READWRITE),
            inheriting: Rights::empty(),
        }
    }

    /// # Errors
    /// [`Errno::Notcapable`] if one of `needed` is missing.
    #[inline]
    pub(crate) const fn need(self, needed: Rights) -> Result<(), Errno> {
        if self.base.contains(needed) {
            Ok(())
        } else {
            Err(Errno::Notcapable)
        }
    }
}

/// What a guest asks `path_open` for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// As the guest gave it; it may have bits without a name.
    pub(crate) base: u64,
    /// Likewise.
    pub(crate) inheriting: u64,
    /// The flags of the new descriptor; those about syncing need rights.
    pub(crate) fdflags: FdFlags,
    /// Grant what was requested and nothing else.
    pub(crate) strict: bool,
}

/// The kind of what `path_open` opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OpenedKind {
    File,
    Dir,
}

impl Request {
    /// What to open a file for below a directory with these inheriting rights: what the requested `FD_READ` and `FD_WRITE` say; neither
    /// means reading, as practice has it, but under strict rights really neither.
    ///
    /// # Errors
    /// [`Errno::Notcapable`] if the directory does not pass on the access, or the rights that the flags need, or, under strict rights, any of what was
    /// requested.
    pub(crate) fn access(self, parent: Rights) -> Result<Access, Errno> {
        let requested = Rights::from_bits_truncate(self.base);
        let transfer = requested.intersection(Rights::FD_READ | Rights::FD_WRITE);
        let beyond = (self.base | self.inheriting) & !parent.bits() != 0;
        let needed = transfer.union(self.syncing());
        if !parent.contains(needed) || (self.strict && beyond) {
            return Err(Errno::Notcapable);
        }
        let write = transfer.contains(Rights::FD_WRITE);
        Ok(Access {
            read: transfer.contains(Rights::FD_READ) || !(write || self.strict),
            write,
        })
    }

    /// The rights that the flags about syncing need.
    fn syncing(self) -> Rights {
        let mut needed = Rights::empty();
        if self.fdflags.contains(FdFlags::DSYNC) {
            needed = needed | Rights::FD_DATASYNC;
        }
        if self.fdflags.intersects(FdFlags::SYNC | FdFlags::RSYNC) {
            needed = needed | Rights::FD_SYNC;
        }
        needed
    }

    /// The rights of what was opened for `access`: whatever its kind can do, within what the directory passes on and, under strict rights, what was
    /// requested.
    pub(crate) fn granted(
        self,
        kind: OpenedKind,
        access: Access,
        parent: Rights,
    ) -> DescriptorRights {
        let (mut base, mut inheriting) = match kind {
            OpenedKind::Dir => (DIR, DescriptorRights::DIR.inheriting),
            OpenedKind::File => (FILE, Rights::empty()),
        };
        if !access.read {
            base = base.without(READING);
        }
        if !access.write {
            base = base.without(WRITING);
        }
        if self.strict {
            base = base.intersection(Rights::from_bits_truncate(self.base));
            inheriting = inheriting.intersection(Rights::from_bits_truncate(self.inheriting));
        }
        DescriptorRights {
            base: base.intersection(parent),
            inheriting: inheriting.intersection(parent),
        }
    }
}
