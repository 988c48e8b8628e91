use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guesthouse_vfs::NodeId;

/// What has been opened and not given back.
#[derive(Default)]
pub(super) struct Opened {
    dirs: Mutex<Dirs>,
    files: Arc<AtomicU64>,
    streams: Arc<AtomicU64>,
}

/// One open file or stream, until it is dropped.
pub(super) struct Ticket(Arc<AtomicU64>);

/// Another id than the filesystem below has for its root, so that the two cannot be mixed up.
pub(super) const ROOT: NodeId = NodeId {
    slot: u32::MAX,
    generation: u32::MAX,
};

#[derive(Default)]
struct Dirs {
    open: HashMap<NodeId, NodeId>,
    opened: u32,
}

impl Opened {
    fn lock(&self) -> MutexGuard<'_, Dirs> {
        self.dirs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An id of its own for each time that a directory is opened, so that one released too often does not hide one that never is.
    pub(super) fn dir(&self, inner: NodeId) -> NodeId {
        let mut dirs = self.lock();
        dirs.opened += 1;
        let dir = NodeId {
            slot: dirs.opened,
            generation: 0,
        };
        dirs.open.insert(dir, inner);
        dir
    }

    /// What the filesystem below calls an open directory.
    pub(super) fn inner(&self, dir: NodeId) -> Option<NodeId> {
        self.lock().open.get(&dir).copied()
    }

    pub(super) fn release(&self, dir: NodeId) -> Option<NodeId> {
        self.lock().open.remove(&dir)
    }

    pub(super) fn file(&self) -> Ticket {
        Ticket::of(&self.files)
    }

    pub(super) fn stream(&self) -> Ticket {
        Ticket::of(&self.streams)
    }

    pub(super) fn dirs(&self) -> u64 {
        self.lock().open.len() as u64
    }

    pub(super) fn files(&self) -> u64 {
        self.files.load(Ordering::SeqCst)
    }

    pub(super) fn streams(&self) -> u64 {
        self.streams.load(Ordering::SeqCst)
    }
}

impl Ticket {
    fn of(counter: &Arc<AtomicU64>) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(counter))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
