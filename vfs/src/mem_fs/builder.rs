use std::sync::{Arc, RwLock};

use super::chunk_pool::ChunkPool;
use super::limits::{Limits, Storage};
use super::state::State;
use super::tree::Tree;
use super::{MemFs, Shared};
use crate::{Clock, SystemClock};

/// Settings for a new [`MemFs`].
#[derive(Clone)]
pub struct MemFsBuilder {
    clock: Arc<dyn Clock>,
    limits: Limits,
    chunk_pool: ChunkPool,
    strict_atime: bool,
}

impl Default for MemFsBuilder {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            chunk_pool: ChunkPool::default(),
            strict_atime: false,
        }
    }
}

impl MemFsBuilder {
    /// Where the times of nodes come from. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// What the filesystem may hold. Default: [`Limits::default`].
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The pool that memory for contents comes from. Default: a pool of its own that keeps at most 4 MiB.
    #[must_use]
    pub fn chunk_pool(self, chunk_pool: ChunkPool) -> Self {
        Self { chunk_pool, ..self }
    }

    /// Whether reading a file, a directory or a link moves its time of last access. Default: no, as with `noatime`.
    #[must_use]
    pub fn strict_atime(self, strict_atime: bool) -> Self {
        Self {
            strict_atime,
            ..self
        }
    }

    /// An empty filesystem with these settings.
    #[must_use]
    pub fn build(self) -> Arc<MemFs> {
        let now = self.clock.now();
        Arc::new(MemFs {
            shared: Arc::new(Shared {
                state: RwLock::new(State::of(Tree::new(now))),
                storage: Storage::new(self.chunk_pool, 0, &self.limits),
                limits: self.limits,
                clock: self.clock,
                strict_atime: self.strict_atime,
            }),
        })
    }
}
