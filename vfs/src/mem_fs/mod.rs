//! A filesystem in memory: a slab of inodes that copies on write.
//!
//! # Locks
//! ```text
//! an outer filesystem's lock
//!   -> tree      Shared::state    RwLock: the tree and the table of what is open
//!     -> file    Cell::state      RwLock, one for each open file: contents, times, mode
//!       -> pool  ChunkPool        Mutex: unused memory
//! ```
//! A lock is taken only while those above it are held or none is. Reading and writing an open file takes its own lock only; every other call takes
//! the tree's, once. The sink of a listing runs under the tree's lock. Handles and large contents are never dropped under a lock of the tree: what an operation
//! takes out of it is returned and dropped afterwards. Poisoning is ignored (see `lock`).
//!
//! # Snapshots
//! Everything below the tree's lock is a persistent structure whose clone is a pointer: `Slab` of inodes, `Map` of directory entries and of a file's
//! blocks, chunks. A change copies the pages on its way that a snapshot shares and changes the others in place. What is open
//! lies beside the tree: the state of a file that somebody may write lives in its `Cell`, and a snapshot copies it from there.
//!
//! # Changes
//! `changes` compares two trees by what they don't share: pages of inodes, then nodes of the maps in those directories and files that differ. An inode
//! knows one of its names (directory and sequence number of the entry), the table `FurtherNames` the others, so the way from a node to its paths
//! needs no search. Generations tell nodes apart that had the same slot at different times or in different forks.

mod builder;
mod changes;
mod chunk_pool;
mod contents;
mod create;
mod dir_stream;
mod directory;
mod file;
mod file_system;
mod generation;
mod inode;
mod limits;
mod lock;
mod map;
mod names;
mod open_table;
mod remove;
mod rename;
mod short_name;
mod slab;
mod snapshot;
mod state;
mod tree;

use std::fmt;
use std::sync::{Arc, RwLock};

pub use self::builder::MemFsBuilder;
pub use self::chunk_pool::ChunkPool;
pub use self::limits::{Limits, Usage};
pub use self::snapshot::Snapshot;

use self::limits::Storage;
use self::state::State;
use crate::{Clock, Timestamp};

/// A filesystem in memory, with hard links, symbolic links, sparse files, and limits that are on by default.
///
/// Names are any bytes up to 255 of them. Permission bits are kept and never checked; owners and extended attributes are not kept. A directory's size is
/// the number of its entries, and it counts 2 links and one for each directory in it. Listings are in the order in which names were made.
pub struct MemFs {
    shared: Arc<Shared>,
}

/// What the filesystem and its open files share.
struct Shared {
    state: RwLock<State>,
    storage: Storage,
    limits: Limits,
    clock: Arc<dyn Clock>,
    strict_atime: bool,
    base: Base,
}

/// What a filesystem began with.
enum Base {
    /// A root that was made at this time.
    Empty(Timestamp),
    Fork(Snapshot),
}

impl MemFs {
    /// An empty filesystem with the default limits and the system's clock.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::builder().build()
    }

    /// Settings for a new filesystem.
    #[must_use]
    pub fn builder() -> MemFsBuilder {
        MemFsBuilder::default()
    }

    /// What the filesystem holds at this moment.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let state = lock::read(&self.shared.state);
        self.shared
            .storage
            .usage(state.tree.nodes(), state.tree.names())
    }

    /// What the filesystem may hold.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }
}

impl fmt::Debug for MemFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemFs")
            .field("usage", &self.usage())
            .field("limits", self.limits())
            .finish_non_exhaustive()
    }
}
