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
                // Begins anew after 4 billion forks in a line: see RATIONALE.md, "How are private bytes told from inherited ones?".
                origin.depth().wrapping_add(1),
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

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::*;
    use crate::mem_fs::lock;
    use crate::{Access, FileSystem, Name, OpenOptions, Opened, Place};

    fn write(fs: &MemFs, options: OpenOptions, len: usize) {
        let name = [Name::new(b"f").unwrap()];
        match fs.open(Place::act(fs.root(), &name), options) {
            Ok(Opened::File(opened)) => {
                let written = opened.file.write_at(&[IoSlice::new(&vec![1; len])], 0);
                assert_eq!(written, Ok(len));
            }
            _ => panic!("it is a file"),
        }
    }

    /// A host that forks the latest state again and again comes there in days. What forks inherited then seemed to be their own, and its refunds made the
    /// account wrap: from then on nothing could be written.
    #[test]
    fn a_line_of_four_billion_forks_goes_on() {
        for len in [100, 5000, 100_000] {
            let first = MemFs::new();
            let tree = lock::read(&first.shared.state).tree.copy();
            let settings = MemFsBuilder::default().settings;
            let mut fs = Snapshot::new(tree, 0, u32::MAX - 1, settings).fork();
            write(&fs, OpenOptions::create(), len);
            for _ in 0..3 {
                assert_eq!(fs.usage(), fs.recount());
                fs = fs.fork();
                assert_eq!(fs.usage().private_bytes, 0);
                assert_eq!(fs.usage(), fs.recount());
                let options = OpenOptions {
                    truncate: true,
                    ..OpenOptions::existing(Access::WRITE)
                };
                write(&fs, options, len);
                assert!(fs.usage().private_bytes >= len as u64);
            }
            assert_eq!(fs.usage(), fs.recount());
        }
    }
}
