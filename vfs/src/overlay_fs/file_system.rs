use std::sync::Arc;

use super::directories::ROOT;
use super::file::{OverlayFile, RenumberedFile};
use super::lock;
use super::merged_stream::MergedStream;
use super::open::OpenedNode;
use super::remove::Garbage;
use super::state::State;
use super::{OverlayFs, Shared};
use crate::{
    DirStream, Errno, FileSystem, FileType, Metadata, Mount, NodeId, OpenOptions, Opened,
    OpenedFile, Place, SetTimes, SyncKind, Walk,
};

impl FileSystem for OverlayFs {
    fn root(&self) -> NodeId {
        ROOT
    }

    fn release(&self, dir: NodeId) {
        let released = lock::write(&self.shared.state).dirs.close(dir);
        released.release(&self.shared.layers);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let shared = &self.shared;
        let opened = lock::write(&shared.state).open(place, options)?;
        let (file, ino) = match opened {
            OpenedNode::Dir(id) => return Ok(Opened::Dir(id)),
            OpenedNode::Shared(node) => {
                return Ok(Opened::File(OpenedFile {
                    file: Arc::new(OverlayFile::new(Arc::clone(shared), node)),
                    file_type: FileType::File,
                    mount: Mount::default(),
                }));
            }
            OpenedNode::Upper(file, ino) => (file, ino),
            OpenedNode::Device(file, ino) => (file, Some(ino)),
        };
        Ok(Opened::File(OpenedFile {
            file: Arc::new(RenumberedFile {
                shared: Arc::clone(shared),
                file: file.file,
                ino,
            }),
            file_type: file.file_type,
            mount: Mount {
                dev: 0,
                ..file.mount
            },
        }))
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        lock::read(&self.shared.state).dirs.ino(dir)?;
        let shared = Arc::clone(&self.shared);
        Ok(Box::new(MergedStream::new(shared, dir)))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        lock::read(&self.shared.state).metadata(place)
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        lock::write(&self.shared.state).set_times(place, times)
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        lock::write(&self.shared.state).set_mode(place, mode)
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        lock::write(&self.shared.state).create_dir(place, mode)
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        self.shared.removing(|state| state.remove_dir(place))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        self.shared.removing(|state| state.unlink(place))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        lock::read(&self.shared.state).read_link(place)
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        lock::write(&self.shared.state).symlink(target, place)
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        lock::write(&self.shared.state).link(old, new)
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        self.shared.removing(|state| state.rename(old, new))
    }

    /// A directory that is not in the upper has not been changed: there is nothing to wait for.
    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        let state = lock::read(&self.shared.state);
        let ino = state.dirs.ino(dir)?;
        let directory = state.dirs.get(ino).ok_or(Errno::BadFd)?;
        match directory.upper {
            Some(node) => state.layers.upper.sync_dir(node, kind),
            None => Ok(()),
        }
    }
}

impl Shared {
    /// Runs an operation that may take the last of something away, and drops that when the lock is gone.
    fn removing(&self, operation: impl FnOnce(&mut State) -> Walk<Garbage>) -> Walk<()> {
        let mut state = lock::write(&self.state);
        let removed = operation(&mut state)?;
        drop(state);
        drop(removed.file);
        removed.dirs.release(&self.layers);
        Ok(())
    }
}
