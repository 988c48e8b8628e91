use std::ops::ControlFlow;
use std::sync::Arc;

use super::Shared;
use super::inode::inode_number;
use super::lock;
use super::state::State;
use crate::{DirEntry, DirStream, Errno, NodeId};

/// A listing of an open directory. Cookies are the entries' sequence numbers.
pub(super) struct MemDirStream {
    shared: Arc<Shared>,
    dir: NodeId,
    /// Entries from this sequence number on came after the listing began. Without a bound, a guest that makes an entry for each one it reads
    /// would read for ever.
    bound: u64,
}

impl MemDirStream {
    pub(super) const fn new(shared: Arc<Shared>, dir: NodeId) -> Self {
        Self {
            shared,
            dir,
            bound: 0,
        }
    }
}

impl DirStream for MemDirStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let shared = Arc::clone(&self.shared);
        if !shared.strict_atime {
            return self.list(&lock::read(&shared.state), cookie, sink);
        }
        let now = shared.clock.now();
        let mut state = lock::write(&shared.state);
        let slot = state.open.dir(self.dir)?;
        state.change(slot, |times, _| times.accessed = now);
        self.list(&state, cookie, sink)
    }
}

impl MemDirStream {
    fn list(
        &mut self,
        state: &State,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let slot = state.open.dir(self.dir)?;
        let directory = state.tree.directory(slot).ok_or(Errno::BadFd)?;
        if cookie >= directory.next_sequence() {
            return Err(Errno::Invalid);
        }
        // The start, or a cookie from a later listing.
        if cookie == 0 || cookie >= self.bound {
            self.bound = directory.next_sequence();
        }
        let bound = self.bound;
        directory.visit_after(cookie, &mut |sequence, entry| {
            if sequence >= bound {
                return ControlFlow::Break(());
            }
            sink(DirEntry {
                name: entry.name.as_bytes(),
                ino: inode_number(entry.slot),
                file_type: entry.file_type.file_type(),
                next: sequence,
            })
        });
        Ok(())
    }
}
