use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use guesthouse_vfs::{DirEntry, DirStream, Errno, NodeId};

use super::tree::Tree;

/// A listing of an open directory of the model, in the order in which the names came.
pub(super) struct Listing {
    pub(super) tree: Arc<Mutex<Tree>>,
    pub(super) dir: NodeId,
}

impl DirStream for Listing {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tree.opened_dir(self.dir)?;
        let entries = tree.entries(dir).clone();
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.sequence);
        for (name, entry) in entries {
            if entry.sequence <= cookie {
                continue;
            }
            let listed = DirEntry {
                name,
                ino: entry.ino,
                file_type: tree.metadata(entry.ino).file_type,
                next: entry.sequence,
            };
            if sink(listed).is_break() {
                break;
            }
        }
        Ok(())
    }
}
