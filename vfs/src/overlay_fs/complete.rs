use std::sync::Arc;

use super::changes::{joined, list, names_of};
use super::directories::ROOT;
use super::file::OverlayFile;
use super::open::OpenedNode;
use super::state::times_of;
use super::{OverlayFs, lock};
use crate::{Access, Errno, FileType, OpenOptions, Place};

/// How many bytes are copied while others wait for the file.
const PIECE: u64 = 1 << 20;

impl OverlayFs {
    /// Copies what the upper's files still lack, so that each has all its contents.
    ///
    /// A file that was changed is in the upper with its full length, and with holes where nobody needed its contents yet. While the overlay lives nobody sees that; before the upper
    /// is used without it, as a directory of the host may be, call this when no guest is at work any more. Times of access and modification stay.
    ///
    /// The upper is then what was made and changed, but not what was removed or moved away: names that are hidden, and the lower contents of
    /// directories that were moved, are known to this overlay only. [`changes`](Self::changes) tells them.
    ///
    /// # Errors
    /// [`Errno::NoSpace`] and the like; what was copied by then stays.
    pub fn complete(&self) -> Result<(), Errno> {
        let upper = &self.shared.layers.upper;
        let mut dirs = vec![Vec::new()];
        while let Some(dir) = dirs.pop() {
            let entries = match list(&**upper, upper.root(), &dir) {
                // Somebody removed it meanwhile.
                Err(Errno::NoEntry) => continue,
                entries => entries?,
            };
            for entry in entries {
                let path = joined(&dir, &entry.name);
                match entry.file_type {
                    FileType::Dir => dirs.push(path),
                    FileType::File => match self.complete_file(&path) {
                        Ok(()) | Err(Errno::NoEntry) => {}
                        Err(errno) => return Err(errno),
                    },
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn complete_file(&self, path: &[u8]) -> Result<(), Errno> {
        let shared = &self.shared;
        let names = names_of(path);
        let upper = &shared.layers.upper;
        let at = Place::act(upper.root(), &names);
        let metadata = upper.metadata(at).map_err(|stop| stop.errno())?;
        let open = |access| {
            let mut state = lock::write(&shared.state);
            let ino = state.ino_of_upper(shared.layers.upper_number(&metadata));
            let lacks = state.files.get(&ino).map(|entry| {
                let io = lock::read(&entry.node.io);
                io.copied.as_ref().is_some_and(|c| !c.is_complete())
            });
            if lacks != Some(true) {
                return Ok(None);
            }
            let opened = state.open(Place::act(ROOT, &names), OpenOptions::existing(access));
            opened.map(Some).map_err(|stop| stop.errno())
        };
        let opened = match open(Access::READ_WRITE) {
            // The host looks at the mode, which the owner may change.
            Err(Errno::Access) => {
                let set = |mode| upper.set_mode(at, mode).map_err(|stop| stop.errno());
                set(metadata.mode | 0o600)?;
                let opened = open(Access::READ_WRITE);
                set(metadata.mode)?;
                opened?
            }
            opened => opened?,
        };
        let Some(OpenedNode::Shared(node)) = opened else {
            return Ok(());
        };
        let _open = OverlayFile::new(Arc::clone(shared), Arc::clone(&node));
        let mut at = 0_u64;
        loop {
            let mut io = lock::write(&node.io);
            let size = io.pair()?.upper.metadata()?.size;
            let end = at.saturating_add(PIECE).min(size);
            let copied = io.change(|pair, copied| {
                let before = times_of(&pair.upper.metadata()?);
                let copied = pair.copy(copied, at, end);
                pair.upper.set_times(before)?;
                copied
            });
            copied.unwrap_or(Ok(()))?;
            if end == size {
                return Ok(());
            }
            at = end;
        }
    }
}
