use std::fmt;
use std::sync::Arc;

use super::file::ReadOnlyNodeFile;
use super::reader::{Guard, NodeDirStream, ROOT, Reader};
use super::walk;
use crate::{
    DirStream, Errno, FileSystem, Metadata, Mount, NodeFileSystem, NodeId, OpenOptions, Opened,
    OpenedFile, Place, SetTimes, SyncKind, Walk, refusal,
};

/// Makes a [`NodeFileSystem`] a filesystem that nothing changes: every change is `EROFS`, with Linux's precedence.
///
/// It has no lock of its own around the implementation, so that reads run side by side.
pub struct ReadOnlyNodeFs<T: NodeFileSystem> {
    reader: Arc<Reader<Plain<T>>>,
}

struct Plain<T>(T);

impl<T: NodeFileSystem> Guard for Plain<T> {
    type Fs = T;

    fn look<R>(&self, work: impl FnOnce(&T) -> R) -> R {
        work(&self.0)
    }
}

impl<T: NodeFileSystem> ReadOnlyNodeFs<T> {
    /// Adapts `fs`.
    #[must_use]
    pub fn new(fs: T) -> Arc<Self> {
        Arc::new(Self {
            reader: Reader::new(Plain(fs)),
        })
    }
}

impl<T: NodeFileSystem> FileSystem for ReadOnlyNodeFs<T> {
    fn root(&self) -> NodeId {
        ROOT
    }

    fn release(&self, dir: NodeId) {
        self.reader.release(dir);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let failed = |errno| refusal::at_last(place, errno);
        let options = refusal::open(self, place, options)?;
        let start = self.reader.start(place)?;
        let found = walk::node(&self.reader.guard.0, start, place)?;
        walk::check_open(found.metadata.file_type, options).map_err(failed)?;
        if found.is_dir() {
            return self
                .reader
                .keep(found.node)
                .map(Opened::Dir)
                .map_err(failed);
        }
        Ok(Opened::File(OpenedFile {
            file_type: found.metadata.file_type,
            mount: Mount {
                read_only: true,
                ..Mount::default()
            },
            file: Arc::new(ReadOnlyNodeFile {
                reader: Arc::clone(&self.reader),
                node: found.node,
            }),
        }))
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        NodeDirStream::open(&self.reader, dir)
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        self.reader.metadata(place)
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        refusal::set_times(self, place, times)
    }

    fn set_mode(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::set_mode(self, place))
    }

    fn create_dir(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::create_dir(self, place))
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(self, place, Errno::Busy))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(self, place, Errno::IsDir))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        self.reader.read_link(place)
    }

    fn symlink(&self, _target: &[u8], place: Place<'_>) -> Walk<()> {
        Err(refusal::symlink(self, place))
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::link(self, old, new))
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::rename(self, old, new))
    }

    fn sync_dir(&self, dir: NodeId, _kind: SyncKind) -> Result<(), Errno> {
        self.reader.dir(dir).map(drop)
    }
}

impl<T: NodeFileSystem> fmt::Debug for ReadOnlyNodeFs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnlyNodeFs").finish_non_exhaustive()
    }
}
