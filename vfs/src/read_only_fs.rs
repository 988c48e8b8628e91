use std::fmt;
use std::sync::Arc;

use crate::{
    DirStream, Errno, FileSystem, Metadata, Mount, NodeId, OpenOptions, Opened, OpenedFile, Place,
    SetTimes, SyncKind, Walk, refusal,
};

/// A filesystem through which nothing can be changed.
///
/// It is the one choke point for read-only mounts: operations on paths are refused here, and what is opened carries
/// [`Mount::read_only`], with which its descriptor refuses the rest. The wrapped filesystem can still be changed by whoever holds it directly, and
/// what is read then is new.
///
/// Where several errors apply, the answer is Linux's for a read-only mount: `EEXIST` before `EROFS` for what makes a name, `EROFS` even for a missing name
/// for what removes or moves one. Two differences: a device cannot be opened for writing either, and where reading moves the time of last access below, it still does.
pub struct ReadOnlyFs {
    inner: Arc<dyn FileSystem>,
}

impl ReadOnlyFs {
    /// A read-only view of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn FileSystem>) -> Arc<Self> {
        Arc::new(Self { inner })
    }
}

impl FileSystem for ReadOnlyFs {
    fn root(&self) -> NodeId {
        self.inner.root()
    }

    fn release(&self, dir: NodeId) {
        self.inner.release(dir);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let options = refusal::open(&*self.inner, place, options)?;
        Ok(match self.inner.open(place, options)? {
            Opened::File(OpenedFile {
                file,
                file_type,
                mount,
            }) => Opened::File(OpenedFile {
                file,
                file_type,
                mount: Mount {
                    read_only: true,
                    ..mount
                },
            }),
            dir @ Opened::Dir(_) => dir,
        })
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        self.inner.open_dir_stream(dir)
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        self.inner.metadata(place)
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        refusal::set_times(&*self.inner, place, times)
    }

    fn set_mode(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::set_mode(&*self.inner, place))
    }

    fn create_dir(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::create_dir(&*self.inner, place))
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(&*self.inner, place, Errno::Busy))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(&*self.inner, place, Errno::IsDir))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        self.inner.read_link(place)
    }

    fn symlink(&self, _target: &[u8], place: Place<'_>) -> Walk<()> {
        Err(refusal::symlink(&*self.inner, place))
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::link(&*self.inner, old, new))
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::rename(&*self.inner, old, new))
    }

    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        self.inner.sync_dir(dir, kind)
    }
}

impl fmt::Debug for ReadOnlyFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnlyFs").finish_non_exhaustive()
    }
}
