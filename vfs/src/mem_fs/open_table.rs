use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, RwLock};

use super::contents::Contents;
use super::inode::{Inode, Node, Times, inode_number};
use super::lock;
use crate::{Errno, FileType, Metadata, NodeId};

/// What is open: directories by their ids, files by their slots. It lies beside the tree, and a snapshot has no part in it.
pub(super) struct OpenTable {
    dirs: Vec<OpenDir>,
    dir_of_slot: HashMap<u32, u32, BuildHasherDefault<SlotHasher>>,
    free_dirs: Vec<u32>,
    files: HashMap<u32, OpenFile, BuildHasherDefault<SlotHasher>>,
    /// Nodes that have no name any more and live on in the tree because they are open. A snapshot leaves them out.
    pub(super) nameless: BTreeSet<u32>,
    /// The slots of files whose state has moved from the tree to their cell.
    taken: Vec<u32>,
}

/// An entry of the table of directories: free when its count is 0.
struct OpenDir {
    slot: u32,
    generation: u32,
    count: u32,
}

struct OpenFile {
    cell: Arc<Cell>,
    count: u32,
    /// Where its slot is in the list of the taken ones.
    taken_at: Option<usize>,
}

/// An open file's own place, which its handles share.
pub(super) struct Cell {
    pub(super) slot: u32,
    /// Changed under the tree's lock only; here so that `fstat` can do without that lock.
    pub(super) nlink: AtomicU32,
    pub(super) state: RwLock<FileState>,
}

/// What can change about an open file. The tree's inode is out of date once the state was taken, that is, while somebody may write.
pub(super) struct FileState {
    pub(super) contents: Contents,
    pub(super) times: Times,
    pub(super) mode: u16,
}

impl OpenTable {
    /// A table in which the root is open, for good.
    pub(super) fn new(root: u32) -> Self {
        Self {
            dirs: vec![OpenDir {
                slot: root,
                generation: 0,
                count: 1,
            }],
            dir_of_slot: HashMap::from_iter([(root, 0)]),
            free_dirs: Vec::new(),
            files: HashMap::default(),
            nameless: BTreeSet::new(),
            taken: Vec::new(),
        }
    }

    pub(super) const ROOT: NodeId = NodeId {
        slot: 0,
        generation: 0,
    };

    /// The slot of an open directory.
    ///
    /// # Errors
    /// [`Errno::BadFd`] if it was released.
    pub(super) fn dir(&self, id: NodeId) -> Result<u32, Errno> {
        let open = self.dirs.get(id.slot as usize);
        open.filter(|open| open.generation == id.generation && open.count > 0)
            .map(|open| open.slot)
            .ok_or(Errno::BadFd)
    }

    /// Opens a directory once more.
    ///
    /// # Errors
    /// [`Errno::TooManyOpenFiles`].
    pub(super) fn open_dir(&mut self, slot: u32) -> Result<NodeId, Errno> {
        if let Some(&at) = self.dir_of_slot.get(&slot)
            && let Some(open) = self.dirs.get_mut(at as usize)
        {
            // The root's count means nothing; it is never released.
            if at != Self::ROOT.slot {
                open.count = open.count.checked_add(1).ok_or(Errno::TooManyOpenFiles)?;
            }
            return Ok(NodeId {
                slot: at,
                generation: open.generation,
            });
        }
        if let Some(at) = self.free_dirs.pop()
            && let Some(open) = self.dirs.get_mut(at as usize)
        {
            open.slot = slot;
            open.count = 1;
            self.dir_of_slot.insert(slot, at);
            return Ok(NodeId {
                slot: at,
                generation: open.generation,
            });
        }
        let at = u32::try_from(self.dirs.len()).map_err(|_| Errno::TooManyOpenFiles)?;
        self.dirs.push(OpenDir {
            slot,
            generation: 0,
            count: 1,
        });
        self.dir_of_slot.insert(slot, at);
        Ok(NodeId {
            slot: at,
            generation: 0,
        })
    }

    /// Closes a directory once, and returns its slot if that was the last time.
    pub(super) fn close_dir(&mut self, id: NodeId) -> Option<u32> {
        if id == Self::ROOT {
            return None;
        }
        let slot = self.dir(id).ok()?;
        let open = self.dirs.get_mut(id.slot as usize)?;
        open.count -= 1;
        if open.count > 0 {
            return None;
        }
        // A place whose generations are used up is not used again.
        if let Some(next) = open.generation.checked_add(1) {
            open.generation = next;
            self.free_dirs.push(id.slot);
        }
        self.dir_of_slot.remove(&slot);
        Some(slot)
    }

    pub(super) fn is_dir_open(&self, slot: u32) -> bool {
        self.dir_of_slot.contains_key(&slot)
    }

    pub(super) fn file(&self, slot: u32) -> Option<&Arc<Cell>> {
        if self.files.is_empty() {
            return None;
        }
        self.files.get(&slot).map(|open| &open.cell)
    }

    /// The cell of a file whose state in the tree is out of date.
    pub(super) fn taken_file(&self, slot: u32) -> Option<&Cell> {
        if self.taken.is_empty() {
            return None;
        }
        let open = self.files.get(&slot)?;
        open.taken_at.map(|_| &*open.cell)
    }

    /// Marks the state of an open file as moved to its cell. `false`: it was already.
    pub(super) fn take(&mut self, slot: u32) -> bool {
        match self.files.get_mut(&slot) {
            Some(open) if open.taken_at.is_none() => {
                open.taken_at = Some(self.taken.len());
                self.taken.push(slot);
                true
            }
            _ => false,
        }
    }

    /// The cells of all files whose state in the tree is out of date, in the order in which they are locked: by slot.
    pub(super) fn taken_files(&self) -> Vec<&Cell> {
        let files = self.taken.iter().filter_map(|slot| self.files.get(slot));
        let mut cells: Vec<_> = files.map(|open| &*open.cell).collect();
        cells.sort_unstable_by_key(|cell| cell.slot);
        cells
    }

    /// Opens a file once more.
    ///
    /// # Errors
    /// [`Errno::TooManyOpenFiles`].
    pub(super) fn open_file(&mut self, slot: u32, inode: &Inode) -> Result<Arc<Cell>, Errno> {
        let open = self.files.entry(slot).or_insert_with(|| OpenFile {
            cell: Arc::new(Cell::new(slot, inode)),
            count: 0,
            taken_at: None,
        });
        open.count = open.count.checked_add(1).ok_or(Errno::TooManyOpenFiles)?;
        Ok(Arc::clone(&open.cell))
    }

    /// Closes a file once. If that was the last time, returns its cell and whether the tree's state is out of date.
    pub(super) fn close_file(&mut self, slot: u32) -> Option<(Arc<Cell>, bool)> {
        let open = self.files.get_mut(&slot)?;
        open.count -= 1;
        if open.count > 0 {
            return None;
        }
        let open = self.files.remove(&slot)?;
        if let Some(at) = open.taken_at {
            self.taken.swap_remove(at);
            let moved = self.taken.get(at);
            if let Some(moved) = moved.and_then(|slot| self.files.get_mut(slot)) {
                moved.taken_at = Some(at);
            }
        }
        Some((open.cell, open.taken_at.is_some()))
    }
}

impl Cell {
    fn new(slot: u32, inode: &Inode) -> Self {
        let contents = match &inode.node {
            Node::File(contents) => contents.clone(),
            Node::Dir(_) | Node::Symlink(_) => Contents::default(),
        };
        Self {
            slot,
            nlink: AtomicU32::new(inode.nlink),
            state: RwLock::new(FileState {
                contents,
                times: inode.times,
                mode: inode.mode,
            }),
        }
    }

    pub(super) fn metadata(&self) -> Metadata {
        let state = lock::read(&self.state);
        Metadata {
            dev: 0,
            ino: inode_number(self.slot),
            file_type: FileType::File,
            mode: u32::from(state.mode),
            nlink: u64::from(self.nlink.load(Ordering::Relaxed)),
            size: state.contents.len(),
            allocated: state.contents.allocated(),
            accessed: state.times.accessed,
            modified: state.times.modified,
            changed: state.times.changed,
            created: Some(state.times.created),
        }
    }
}

/// Slots are small numbers that the filesystem chose itself: one multiplication spreads them.
#[derive(Default)]
struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, slot: u32) {
        self.0 = (self.0 ^ u64::from(slot)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
