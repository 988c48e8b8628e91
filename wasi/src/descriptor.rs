use std::fmt;
use std::sync::Arc;

use guesthouse_vfs::resolve::Start;
use guesthouse_vfs::{
    DirStream, Errno as VfsErrno, Metadata, OpenDir, OpenFile, Place, SetTimes, SyncKind,
};

use crate::abi::{Errno, FdFlags, FileType, Rights};
use crate::rights::DescriptorRights;
use crate::socket::{Listener, Socket};
use crate::stream::Stream;

/// What a number of the guest's stands for.
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// What is open.
    pub(crate) resource: Resource,
    /// What the guest may do with it.
    pub(crate) rights: DescriptorRights,
    /// How it behaves.
    pub(crate) flags: FdFlags,
}

/// What is open.
pub(crate) enum Resource {
    /// A file of a filesystem: anything but a directory.
    File(FileDescriptor),
    /// A directory of a filesystem.
    Dir(Box<DirDescriptor>),
    /// Standard input or output, a pipe.
    Stream(Arc<dyn Stream>),
    /// A connected socket.
    Socket(Arc<dyn Socket>),
    /// A socket that accepts connections.
    Listener(Arc<dyn Listener>),
}

/// An open file and where in it the guest is.
#[derive(Debug)]
pub(crate) struct FileDescriptor {
    pub(crate) file: OpenFile,
    /// Where the next `fd_read` or `fd_write` begins, in bytes; at most `i64::MAX`.
    pub(crate) offset: u64,
}

/// An open directory.
pub(crate) struct DirDescriptor {
    /// The listing in progress. It stands before `dir`, so that it is dropped before the directory that it needs.
    listing: Option<Box<dyn DirStream>>,
    dir: Arc<OpenDir>,
    /// Where absolute targets of symbolic links resolve; without it such a link is an error.
    root: Option<Arc<OpenDir>>,
    /// The name under which the host handed it in, if it did.
    preopen: Option<Box<str>>,
}

impl Descriptor {
    /// A stream that the host hands in.
    pub(crate) fn stream(stream: Arc<dyn Stream>, rights: DescriptorRights) -> Self {
        Self {
            resource: Resource::Stream(stream),
            rights,
            flags: FdFlags::empty(),
        }
    }

    /// A socket that the host hands in, or that a guest accepted.
    pub(crate) fn socket(socket: Resource) -> Self {
        Self {
            rights: match socket {
                Resource::Listener(_) => DescriptorRights::LISTENER,
                _ => DescriptorRights::SOCKET,
            },
            resource: socket,
            flags: FdFlags::empty(),
        }
    }

    /// What `fd_fdstat_get` calls it.
    pub(crate) fn file_type(&self) -> FileType {
        match &self.resource {
            Resource::File(file) => file.file.file_type().into(),
            Resource::Dir(_) => FileType::Directory,
            Resource::Stream(stream) => stream.file_type(),
            Resource::Socket(_) | Resource::Listener(_) => FileType::SocketStream,
        }
    }

    /// The open directory, if the guest may do with it what is `needed`.
    ///
    /// # Errors
    /// [`Errno::Notdir`] for anything else; [`Errno::Notcapable`].
    #[inline]
    pub(crate) fn dir(&self, needed: Rights) -> Result<&DirDescriptor, Errno> {
        match &self.resource {
            Resource::Dir(dir) => self.rights.need(needed).map(|()| &**dir),
            _ => Err(Errno::Notdir),
        }
    }

    /// As [`dir`](Self::dir).
    ///
    /// # Errors
    /// As [`dir`](Self::dir).
    #[inline]
    pub(crate) fn dir_mut(&mut self, needed: Rights) -> Result<&mut DirDescriptor, Errno> {
        match &mut self.resource {
            Resource::Dir(dir) => self.rights.need(needed).map(|()| &mut **dir),
            _ => Err(Errno::Notdir),
        }
    }

    /// The open file, if the guest may do with it what is `needed`.
    ///
    /// # Errors
    /// [`Errno::Isdir`] for a directory; [`Errno::Spipe`] for what has no positions; [`Errno::Notcapable`].
    #[inline]
    pub(crate) fn file_mut(&mut self, needed: Rights) -> Result<&mut FileDescriptor, Errno> {
        match &mut self.resource {
            Resource::File(file) => self.rights.need(needed).map(|()| file),
            Resource::Dir(_) => Err(Errno::Isdir),
            _ => Err(Errno::Spipe),
        }
    }
}

impl FileDescriptor {
    pub(crate) const fn new(file: OpenFile) -> Self {
        Self { file, offset: 0 }
    }

    /// Waits for what was written, as far as the flags say that each write does.
    pub(crate) fn sync_after_write(&self, flags: FdFlags) -> Result<(), VfsErrno> {
        if flags.contains(FdFlags::SYNC) {
            self.file.sync(SyncKind::All)
        } else if flags.contains(FdFlags::DSYNC) {
            self.file.sync(SyncKind::Data)
        } else {
            Ok(())
        }
    }
}

impl DirDescriptor {
    pub(crate) fn new(
        dir: Arc<OpenDir>,
        root: Option<Arc<OpenDir>>,
        preopen: Option<Box<str>>,
    ) -> Self {
        Self {
            listing: None,
            dir,
            root,
            preopen,
        }
    }

    /// A directory that was opened below this one.
    pub(crate) fn below(&self, dir: OpenDir) -> Self {
        Self::new(Arc::new(dir), self.root.clone(), None)
    }

    /// Where paths begin.
    pub(crate) fn start(&self) -> Start<'_> {
        Start {
            dir: &self.dir,
            root: self.root.as_deref(),
        }
    }

    /// The name under which the host handed it in, if it did.
    pub(crate) fn preopen(&self) -> Option<&str> {
        self.preopen.as_deref()
    }

    pub(crate) fn metadata(&self) -> Result<Metadata, VfsErrno> {
        let fs = self.dir.file_system();
        fs.metadata(Place::dir(self.dir.node()))
            .map_err(|stop| stop.errno())
    }

    pub(crate) fn set_times(&self, times: SetTimes) -> Result<(), VfsErrno> {
        let fs = self.dir.file_system();
        fs.set_times(Place::dir(self.dir.node()), times)
            .map_err(|stop| stop.errno())
    }

    pub(crate) fn sync(&self, kind: SyncKind) -> Result<(), VfsErrno> {
        self.dir.file_system().sync_dir(self.dir.node(), kind)
    }

    /// The listing, begun at the first call.
    pub(crate) fn listing(&mut self) -> Result<&mut dyn DirStream, VfsErrno> {
        let listing = match self.listing.take() {
            Some(listing) => listing,
            None => self.dir.file_system().open_dir_stream(self.dir.node())?,
        };
        Ok(self.listing.insert(listing).as_mut())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.fmt(f),
            Self::Dir(dir) => dir.fmt(f),
            Self::Stream(stream) => f.debug_tuple("Stream").field(&stream.file_type()).finish(),
            Self::Socket(_) => f.write_str("Socket"),
            Self::Listener(_) => f.write_str("Listener"),
        }
    }
}

impl fmt::Debug for DirDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirDescriptor")
            .field("dir", &self.dir)
            .field("preopen", &self.preopen)
            .finish_non_exhaustive()
    }
}
