use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::walk;
use crate::node_table::NodeTable;
use crate::{
    DirEntry, DirStream, Errno, FileType, Metadata, NodeFileSystem, NodeId, Place, Stop, Walk,
    refusal,
};

/// How an adapter gets at the filesystem it owns.
pub(super) trait Guard: Send + Sync + 'static {
    type Fs: NodeFileSystem;

    /// Looks at the filesystem, together with others that look.
    fn look<R>(&self, work: impl FnOnce(&Self::Fs) -> R) -> R;
}

pub(super) type NodeOf<G> = <<G as Guard>::Fs as NodeFileSystem>::Node;

/// The part of an adapter that changes nothing; its files and streams share it.
///
/// The guard's lock and that of the table are never held together, and neither is held while a node from the table is dropped.
pub(super) struct Reader<G: Guard> {
    pub(super) guard: G,
    open: Mutex<NodeTable<NodeOf<G>>>,
}

/// The root's id; its slot is not in the table.
pub(super) const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};

impl<G: Guard> Reader<G> {
    pub(super) fn new(guard: G) -> Arc<Self> {
        Arc::new(Self {
            guard,
            open: Mutex::new(NodeTable::starting_at(ROOT.slot + 1)),
        })
    }

    /// The node of an open directory.
    pub(super) fn dir(&self, id: NodeId) -> Result<NodeOf<G>, Errno> {
        if id == ROOT {
            return Ok(self.guard.look(NodeFileSystem::root));
        }
        self.table().get(id).cloned().ok_or(Errno::BadFd)
    }

    /// The node in which a walk begins.
    pub(super) fn start(&self, place: Place<'_>) -> Walk<NodeOf<G>> {
        self.dir(place.dir).map_err(|errno| Stop::failed(0, errno))
    }

    /// Counts a directory as open.
    pub(super) fn keep(&self, dir: NodeOf<G>) -> Result<NodeId, Errno> {
        let kept = self.table().insert(dir);
        kept.map_err(|_dropped_without_lock| Errno::TooManyOpenFiles)
    }

    pub(super) fn release(&self, id: NodeId) {
        let released = self.table().remove(id);
        drop(released);
    }

    pub(super) fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let start = self.start(place)?;
        self.guard
            .look(|fs| walk::node(fs, start, place))
            .map(|found| found.metadata)
    }

    pub(super) fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let start = self.start(place)?;
        self.guard.look(|fs| {
            let found = walk::node(fs, start, place)?;
            if found.metadata.file_type != FileType::Symlink {
                return Err(refusal::at_last(place, Errno::Invalid));
            }
            fs.read_link(&found.node)
                .map_err(|errno| refusal::at_last(place, errno))
        })
    }

    fn table(&self) -> MutexGuard<'_, NodeTable<NodeOf<G>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listing of a directory of an adapted filesystem.
pub(super) struct NodeDirStream<G: Guard> {
    reader: Arc<Reader<G>>,
    dir: NodeId,
}

impl<G: Guard> NodeDirStream<G> {
    pub(super) fn open(reader: &Arc<Reader<G>>, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        reader.dir(dir)?;
        Ok(Box::new(Self {
            reader: Arc::clone(reader),
            dir,
        }))
    }
}

impl<G: Guard> DirStream for NodeDirStream<G> {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let dir = self.reader.dir(self.dir)?;
        self.reader.guard.look(|fs| fs.list(&dir, cookie, sink))
    }
}
