use std::sync::{Arc, RwLock, RwLockReadGuard};

use super::inode::{Inode, Node};
use super::limits::{Charge, Storage, Usage};
use super::lock;
use super::open_table::{Cell, FileState};
use super::state::State;
use super::tree::Tree;
use super::{MemFs, Shared};

impl MemFs {
    /// A further filesystem with the same content, independent from now on: neither sees what the other changes.
    ///
    /// Constant time in the size of the tree; it grows with the number of files that are open for writing or have no name any more. What is open in this filesystem is not open in
    /// the fork. The fork has the same limits, clock and pool. What it inherits counts as logical and not as private bytes; whoever writes first
    /// copies 4 KiB of a file.
    #[must_use]
    pub fn fork(&self) -> Arc<Self> {
        let shared = &*self.shared;
        let (tree, logical) = {
            let state = lock::read(&shared.state);
            state.snapshot(&shared.storage)
        };
        Arc::new(Self {
            shared: Arc::new(Shared {
                state: RwLock::new(State::of(tree)),
                storage: shared.storage.inherit(&shared.limits, logical),
                limits: shared.limits,
                clock: Arc::clone(&shared.clock),
                strict_atime: shared.strict_atime,
            }),
        })
    }

    /// Counts from scratch what [`usage`](Self::usage) keeps account of, in time proportional to the tree. The two agree whenever no call is under way;
    /// the peak is taken over.
    #[must_use]
    pub fn recount(&self) -> Usage {
        let shared = &*self.shared;
        let owner = shared.storage.owner;
        let state = lock::read(&shared.state);
        let taken = state.lock_taken();
        let mut charged = Charge::default();
        let (mut nodes, mut names) = (0, 0);
        state.tree.for_each(|_, inode| {
            nodes += 1;
            charged = charged.plus(inode.recount(owner));
            if let Node::Dir(directory) = &inode.node {
                names += directory.len() as u64;
            }
        });
        for (_, file) in &taken {
            charged = charged.plus(file.contents.recount(owner));
        }
        Usage {
            private_bytes: charged.private,
            logical_bytes: charged.logical,
            ..shared.storage.usage(nodes, names)
        }
    }
}

impl State {
    /// The tree as it is at this moment, with what has been written to open files and without what only lives on because it is open, and its logical bytes.
    fn snapshot(&self, storage: &Storage) -> (Tree, u64) {
        let taken = self.lock_taken();
        let mut logical = storage.logical();
        let mut tree = self.tree.clone();
        for slot in &self.open.nameless {
            logical -= tree
                .remove(*slot)
                .map_or(0, |inode| inode.charged(0).logical);
        }
        for (cell, file) in &taken {
            match tree.inode_mut(cell.slot) {
                Some(inode) => inode.take_over(file),
                None => logical -= file.contents.allocated(),
            }
        }
        (tree, logical)
    }

    /// Locks all files that somebody may write, in the order of their slots, so that what is read from them is of one moment.
    fn lock_taken(&self) -> Vec<(&Cell, RwLockReadGuard<'_, FileState>)> {
        let cells = self.open.taken_files().into_iter();
        cells.map(|cell| (cell, lock::read(&cell.state))).collect()
    }
}

impl Inode {
    /// Shares what a file's cell knows.
    fn take_over(&mut self, file: &FileState) {
        self.node = Node::File(file.contents.clone());
        self.times = file.times;
        self.mode = file.mode;
    }
}
