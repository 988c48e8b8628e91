use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, Mutex, PoisonError};

/// Memory for file contents that goes round between filesystems instead of back to the system.
///
/// A value to share: clones are the same pool. Touching fresh memory costs page faults, several times the price of zeroing it again, so a host
/// that sets up and tears down many filesystems gives them one pool. Chunks come back when the contents that use them are dropped, wherever that
/// is; what exceeds the bound is freed. Recycled memory is zeroed before anyone can read it.
#[derive(Clone)]
pub struct ChunkPool {
    shared: Arc<Shared>,
}

struct Shared {
    max_bytes: usize,
    shelves: Mutex<Shelves>,
}

#[derive(Default)]
struct Shelves {
    bytes: usize,
    pages: Vec<Box<[u8]>>,
    blocks: Vec<Box<[u8]>>,
}

/// The unit of copy-on-write, in bytes.
pub(super) const PAGE: usize = 4096;

/// The unit in which large runs are stored, in bytes.
pub(super) const BLOCK: usize = 16 * PAGE;

impl ChunkPool {
    /// A pool that keeps at most this many bytes of unused memory.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                max_bytes,
                shelves: Mutex::default(),
            }),
        }
    }

    /// How many bytes of unused memory the pool holds.
    #[must_use]
    pub fn idle_bytes(&self) -> usize {
        self.shared.lock().bytes
    }

    /// A page of zeros, but for `dirty`, which the caller overwrites before anybody else sees it.
    pub(super) fn page(&self, owner: u32, dirty: Range<usize>) -> Chunk {
        let recycled = self.shared.take(PAGE, |shelves| &mut shelves.pages);
        self.chunk(recycled, PAGE, owner, dirty)
    }

    /// A block of zeros, but for `dirty`, which the caller overwrites before anybody else sees it.
    pub(super) fn block(&self, owner: u32, dirty: Range<usize>) -> Chunk {
        let recycled = self.shared.take(BLOCK, |shelves| &mut shelves.blocks);
        self.chunk(recycled, BLOCK, owner, dirty)
    }

    fn chunk(
        &self,
        recycled: Option<Box<[u8]>>,
        len: usize,
        owner: u32,
        dirty: Range<usize>,
    ) -> Chunk {
        let bytes = match recycled {
            Some(mut bytes) => {
                bytes[..dirty.start].fill(0);
                bytes[dirty.end..].fill(0);
                bytes
            }
            None => vec![0; len].into_boxed_slice(),
        };
        Chunk {
            bytes,
            owner,
            pool: self.clone(),
        }
    }
}

impl Default for ChunkPool {
    /// A pool that keeps at most 4 MiB.
    fn default() -> Self {
        Self::new(4 << 20)
    }
}

impl fmt::Debug for ChunkPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkPool")
            .field("max_bytes", &self.shared.max_bytes)
            .field("idle_bytes", &self.idle_bytes())
            .finish()
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(
        &self,
        len: usize,
        shelf: impl FnOnce(&mut Shelves) -> &mut Vec<Box<[u8]>>,
    ) -> Option<Box<[u8]>> {
        let mut shelves = self.lock();
        let bytes = shelf(&mut shelves).pop()?;
        shelves.bytes -= len;
        Some(bytes)
    }
}

/// A page or a block in use. It returns to its pool when dropped.
pub(super) struct Chunk {
    bytes: Box<[u8]>,
    /// The filesystem that was charged for it, by its depth in the line of forks.
    pub(super) owner: u32,
    pool: ChunkPool,
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Chunk {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        let shared = &self.pool.shared;
        let mut shelves = shared.lock();
        if shelves.bytes + bytes.len() > shared.max_bytes {
            // Freed after the lock is let go.
            drop(shelves);
            return;
        }
        shelves.bytes += bytes.len();
        if bytes.len() == PAGE {
            shelves.pages.push(bytes);
        } else {
            shelves.blocks.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recycled_memory_is_zeroed_but_for_what_is_overwritten() {
        let pool = ChunkPool::new(BLOCK + PAGE);
        for (make, len) in [
            (
                ChunkPool::page as fn(&ChunkPool, u32, Range<usize>) -> Chunk,
                PAGE,
            ),
            (ChunkPool::block, BLOCK),
        ] {
            let mut chunk = make(&pool, 0, 0..0);
            assert!(chunk.iter().all(|&b| b == 0));
            chunk.fill(0xee);
            let address = chunk.as_ptr();
            drop(chunk);
            let chunk = make(&pool, 0, 10..20);
            assert_eq!(chunk.as_ptr(), address, "the memory was not recycled");
            assert_eq!(chunk.len(), len);
            assert!(chunk[..10].iter().chain(&chunk[20..]).all(|&b| b == 0));
        }
    }

    #[test]
    fn a_pool_keeps_no_more_than_its_bound() {
        let pool = ChunkPool::new(2 * PAGE);
        let chunks: Vec<_> = (0..5).map(|_| pool.page(0, 0..0)).collect();
        assert_eq!(pool.idle_bytes(), 0);
        drop(chunks);
        assert_eq!(pool.idle_bytes(), 2 * PAGE);
        drop(pool.block(0, 0..0));
        assert_eq!(pool.idle_bytes(), 2 * PAGE);
    }
}
