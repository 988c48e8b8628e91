use std::sync::Arc;

use bytes::Bytes;

use super::contents::Contents;
use super::create::{OpenContext, OpenedNode};
use super::dir_stream::MemDirStream;
use super::directory::EntryType;
use super::file::MemFile;
use super::inode::{Inode, Node, Target, mode_bits};
use super::lock;
use super::open_table::OpenTable;
use super::state::{Found, Spot, State};
use super::{MemFs, Shared};
use crate::{
    DirStream, Errno, FileSystem, FileType, Metadata, Mount, NodeId, OpenOptions, Opened,
    OpenedFile, Place, SetTimes, Stop, SyncKind, Timestamp, Walk,
};

impl MemFs {
    /// Makes a file whose contents are these bytes, without copying them: a `&'static [u8]`, a memory map, a shared buffer. What is written later is copied, page by
    /// page. The last name of `place` is taken as it is.
    ///
    /// The bytes count as [`Limits::logical_bytes`](super::Limits::logical_bytes), not as private ones.
    ///
    /// # Errors
    /// After the walk: [`Errno::Exist`] if the name is taken or there is none; [`Errno::IsDir`] for a trailing slash on a free name; [`Errno::NoEntry`] in a
    /// directory that was removed; [`Errno::NoSpace`]; [`Errno::FileTooBig`].
    pub fn add_bytes(&self, place: Place<'_>, mode: u32, bytes: Bytes) -> Walk<()> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        // Where the call fails, the last share goes when the lock is gone: dropping it runs the owner's code.
        let _last_share = bytes.clone();
        let mut state = lock::write(&shared.state);
        let spot = new_name(state.find(&place)?, &place, Errno::IsDir)?;
        let make = || Contents::borrowed(&shared.storage, bytes).map(Node::File);
        state.create_node(&spot, mode, &shared.limits, now, make)?;
        Ok(())
    }
}

impl FileSystem for MemFs {
    fn root(&self) -> NodeId {
        OpenTable::ROOT
    }

    fn release(&self, dir: NodeId) {
        let mut state = lock::write(&self.shared.state);
        let removed = state.release(dir);
        drop(state);
        drop(removed);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let shared = &*self.shared;
        let context = OpenContext {
            storage: &shared.storage,
            limits: &shared.limits,
            now: if options.create || options.truncate {
                shared.clock.now()
            } else {
                Default::default()
            },
            strict_atime: shared.strict_atime,
        };
        let opened = lock::write(&shared.state).open(&place, &options, &context)?;
        match opened {
            OpenedNode::Dir(id) => Ok(Opened::Dir(id)),
            OpenedNode::File(cell, cut_off) => {
                drop(cut_off);
                let writable = options.access.write;
                Ok(Opened::File(OpenedFile {
                    file: Arc::new(MemFile::new(Arc::clone(&self.shared), cell, writable)),
                    file_type: FileType::File,
                    mount: Mount::default(),
                }))
            }
        }
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        lock::read(&self.shared.state).open.dir(dir)?;
        Ok(Box::new(MemDirStream::new(Arc::clone(&self.shared), dir)))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let state = lock::read(&self.shared.state);
        let (index, slot) = state.find_node(&place)?;
        state
            .metadata(slot)
            .map_err(|errno| Stop::failed(index, errno))
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        let now = self.shared.clock.now();
        let mut state = lock::write(&self.shared.state);
        let (_, slot) = state.find_node(&place)?;
        state.change(slot, |t, _| t.set(times, now));
        Ok(())
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let now = self.shared.clock.now();
        let mut state = lock::write(&self.shared.state);
        let (index, slot) = state.find_node(&place)?;
        let inode = state.tree.inode(slot);
        if inode.is_some_and(|inode| inode.entry_type() == EntryType::Symlink) {
            return Err(Stop::failed(index, Errno::NotSupported));
        }
        state.change(slot, |times, bits| {
            *bits = mode_bits(mode);
            times.changed = now;
        });
        Ok(())
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        let mut state = lock::write(&shared.state);
        let place = Place {
            must_be_dir: false,
            ..place
        };
        let spot = new_name(state.find(&place)?, &place, Errno::NoEntry)?;
        state.create_dir(&spot, mode, &shared.limits, now)
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        self.shared
            .removing(|shared, state, now| state.remove_dir(&place, &shared.storage, now))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        self.shared
            .removing(|shared, state, now| state.unlink(&place, &shared.storage, now))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let shared = &*self.shared;
        if !shared.strict_atime {
            return lock::read(&shared.state)
                .read_link(&place)
                .map(|found| found.1);
        }
        let now = shared.clock.now();
        let mut state = lock::write(&shared.state);
        let (slot, target) = state.read_link(&place)?;
        state.change(slot, |times, _| times.accessed = now);
        Ok(target)
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        let mut state = lock::write(&shared.state);
        let spot = new_name(state.find(&place)?, &place, Errno::NoEntry)?;
        let make = || Target::new(&shared.storage, target).map(|t| Node::Symlink(Arc::new(t)));
        state.create_node(&spot, 0o777, &shared.limits, now, make)?;
        Ok(())
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        lock::write(&shared.state).link(&old, &new, &shared.limits, now)
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        self.shared.removing(|shared, state, now| {
            state.rename(&old, &new, &shared.storage, &shared.limits, now)
        })
    }

    fn sync_dir(&self, dir: NodeId, _kind: SyncKind) -> Result<(), Errno> {
        lock::read(&self.shared.state).open.dir(dir).map(drop)
    }
}

impl Shared {
    /// Runs an operation that may take a node out of the tree, and drops the node when the lock is gone.
    fn removing(
        &self,
        operation: impl FnOnce(&Self, &mut State, Timestamp) -> Walk<Option<Inode>>,
    ) -> Walk<()> {
        let now = self.clock.now();
        let mut state = lock::write(&self.state);
        let removed = operation(self, &mut state, now)?;
        drop(state);
        drop(removed);
        Ok(())
    }
}

/// The free name that a new node is to get. `slash`: what a trailing slash on a free name is answered with.
fn new_name<'a>(found: Found<'a>, place: &Place<'_>, slash: Errno) -> Walk<Spot<'a>> {
    match found {
        Found::Itself(_) => Err(Stop::failed(0, Errno::Exist)),
        Found::Taken(taken) => Err(taken.spot.failed(Errno::Exist)),
        Found::Free(spot) if place.must_be_dir => Err(spot.failed(slash)),
        Found::Free(spot) => Ok(spot),
    }
}
