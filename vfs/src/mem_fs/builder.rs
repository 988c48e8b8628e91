use std::sync::{Arc, RwLock};

use super::chunk_pool::ChunkPool;
use super::limits::{Limits, Storage};
use super::state::State;
use super::tree::Tree;
use super::{Base, MemFs, Shared, Snapshot};
use crate::{Clock, SystemClock};

/// Settings for a new [`MemFs`], be it empty or a fork.
#[derive(Clone)]
pub struct MemFsBuilder {
    settings: Settings,
    /// What a fork begins with.
    origin: Option<Snapshot>,
}

/// What can be chosen about a filesystem.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    pub(super) chunk_pool: ChunkPool,
    pub(super) strict_atime: bool,
}

impl Default for MemFsBuilder {
    fn default() -> Self {
        Self {
            settings: Settings {
                clock: Arc::new(SystemClock),
                limits: Limits::default(),
                chunk_pool: ChunkPool::default(),
                strict_atime: false,
            },
            origin: None,
        }
    }
}

impl MemFsBuilder {
    pub(super) const fn for_fork(origin: Snapshot, settings: Settings) -> Self {
        Self {
            settings,
            origin: Some(origin),
        }
    }

    /// Where the times of nodes come from. Default: [`SystemClock`]; for a fork, its origin's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// What the filesystem may hold. Default: [`Limits::default`]; for a fork, its origin's.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// The pool that memory for contents comes from. Default: a pool of its own that keeps at most 4 MiB; for a fork, its origin's.
    #[must_use]
    pub fn chunk_pool(mut self, chunk_pool: ChunkPool) -> Self {
        self.settings.chunk_pool = chunk_pool;
        self
    }

    /// Whether reading a file, a directory or a link moves its time of last access. Default: no, as with `noatime`; for a fork, as with its origin.
    #[must_use]
    pub fn strict_atime(mut self, strict_atime: bool) -> Self {
        self.settings.strict_atime = strict_atime;
        self
    }

    /// An empty filesystem with these settings, or the fork that they are for.
    #[must_use]
    pub fn build(self) -> Arc<MemFs> {
        let Self { settings, origin } = self;
        let Settings {
            clock,
            limits,
            chunk_pool,
            strict_atime,
        } = settings;
        let (tree, owner, logical, base) = match origin {
            None => {
                let now = clock.now();
                (Tree::new(now), 0, 0, Base::Empty(now))
            }
            Some(origin) => (
                origin.tree().copy(),
                // A line of 4 billion forks is out of reach; at its end private bytes would be counted too high, not too low.
                origin.depth().saturating_add(1),
                origin.logical_bytes(),
                Base::Fork(origin),
            ),
        };
        Arc::new(MemFs {
            shared: Arc::new(Shared {
                state: RwLock::new(State::of(tree)),
                storage: Storage::new(chunk_pool, owner, &limits, logical),
                limits,
                clock,
                strict_atime,
                base,
            }),
        })
    }
}
