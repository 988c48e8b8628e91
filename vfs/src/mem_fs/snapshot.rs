use std::fmt;
use std::sync::{Arc, RwLockReadGuard};

use super::builder::Settings;
use super::inode::{Inode, Node};
use super::limits::{Charge, Storage, Usage};
use super::lock;
use super::open_table::{Cell, FileState};
use super::state::State;
use super::tree::Tree;
use super::{MemFs, MemFsBuilder, Shared};

/// What a memory filesystem held at one moment. It never changes; clones are the same snapshot.
///
/// Many forks of one tree are best made of one snapshot: [`fork`](Self::fork) takes no lock, and reads nothing that anybody writes. A snapshot keeps the memory of what
/// it shows; nobody is charged for what only snapshots and bases of forks still hold.
///
/// ```
/// use guesthouse_vfs::{ChangeKind, Limits, MemFs, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let image = MemFs::new();
/// Tree::new(image.clone()).build().file("etc/motd", "hello").file("var/log", "").finish()?;
/// let image = image.snapshot();
///
/// // For each guest a fork, with limits of its own. It is made in constant time and pays for what it writes.
/// let limits = Limits { private_bytes: 1 << 20, ..Limits::default() };
/// let guest = image.fork_builder().limits(limits).build();
/// Tree::new(guest.clone()).write("etc/motd", "hi")?;
///
/// let changes = guest.changes()?;
/// assert_eq!(changes.len(), 1);
/// assert_eq!(&*changes[0].path, b"etc/motd");
/// assert!(matches!(changes[0].kind, ChangeKind::Modified(what) if what.contents));
/// assert_eq!(Tree::new(image.fork()).read("etc/motd")?, b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Snapshot {
    frozen: Arc<Frozen>,
}

struct Frozen {
    tree: Tree,
    logical_bytes: u64,
    /// The depth in the line of forks of the filesystem that this is a snapshot of.
    depth: u32,
    settings: Settings,
}

impl Snapshot {
    pub(super) fn new(tree: Tree, logical_bytes: u64, depth: u32, settings: Settings) -> Self {
        Self {
            frozen: Arc::new(Frozen {
                tree,
                logical_bytes,
                depth,
                settings,
            }),
        }
    }

    /// A new filesystem with this content, independent of all others. It has the limits, the clock, the pool and the handling of access times of the filesystem that this is a
    /// snapshot of.
    ///
    /// Constant time, whatever the size of the tree, and about 650 bytes. What the fork inherits counts as logical and not as private bytes; whoever writes first
    /// copies 4 KiB of the file and about 4 KiB of what leads there.
    #[must_use]
    pub fn fork(&self) -> Arc<MemFs> {
        self.fork_builder().build()
    }

    /// Settings for a fork of one's own, to begin with those of the filesystem that this is a snapshot of.
    ///
    /// What a fork inherits counts against its limits. Where that is more than they allow, it can shrink and not grow.
    #[must_use]
    pub fn fork_builder(&self) -> MemFsBuilder {
        MemFsBuilder::for_fork(self.clone(), self.frozen.settings.clone())
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.frozen.tree
    }

    pub(super) fn logical_bytes(&self) -> u64 {
        self.frozen.logical_bytes
    }

    pub(super) fn depth(&self) -> u32 {
        self.frozen.depth
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("logical_bytes", &self.frozen.logical_bytes)
            .field("nodes", &self.tree().nodes())
            .field("names", &self.tree().names())
            .finish_non_exhaustive()
    }
}

impl MemFs {
    /// What the filesystem holds at this moment, with what has been written to open files, and without what only lives on because it is open.
    ///
    /// Constant time and memory in the size of the tree; they grow with the number of files that are open for writing or have no name any more.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let shared = &*self.shared;
        let (tree, logical) = {
            let state = lock::read(&shared.state);
            state.snapshot(&shared.storage)
        };
        Snapshot::new(tree, logical, shared.storage.owner, shared.settings())
    }

    /// A further filesystem with the same content, independent from now on: neither sees what the other changes.
    ///
    /// The same as [`snapshot`](Self::snapshot) and [`Snapshot::fork`]. What is open in this filesystem is not open in the fork.
    #[must_use]
    pub fn fork(&self) -> Arc<Self> {
        self.snapshot().fork()
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

impl Shared {
    fn settings(&self) -> Settings {
        Settings {
            clock: Arc::clone(&self.clock),
            limits: self.limits,
            chunk_pool: self.storage.pool.clone(),
            strict_atime: self.strict_atime,
        }
    }
}

impl State {
    /// The tree as it is at this moment, with what has been written to open files and without what only lives on because it is open, and its logical bytes.
    fn snapshot(&self, storage: &Storage) -> (Tree, u64) {
        let taken = self.lock_taken();
        let mut logical = storage.logical();
        let mut tree = self.tree.copy();
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
