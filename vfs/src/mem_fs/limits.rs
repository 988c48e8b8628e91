use std::sync::atomic::{AtomicU64, Ordering};

use super::chunk_pool::ChunkPool;
use crate::Errno;

/// What a memory filesystem may hold. All limits are on by default.
///
/// Storage is charged before it is allocated and refunded when the last use of it in this filesystem ends. An operation that would pass a limit
/// fails with the errno named below and changes nothing, but for a write, which is cut short and fails only where no byte fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of storage that the filesystem itself has allocated for contents and targets of symbolic links (`ENOSPC`). Contents above
    /// 4 KiB are stored, and counted, in pages of 4 KiB and blocks of 64 KiB. What is borrowed from the host or inherited
    /// by a fork is not counted until it is written. Default: 1 GiB.
    pub private_bytes: u64,
    /// Bytes of storage in sight, allocated, inherited or borrowed: what `du` would add up (`ENOSPC`). Holes of sparse files are not counted, nor what is
    /// written over borrowed bytes, which are. Default: 64 GiB.
    pub logical_bytes: u64,
    /// The largest size of one file in bytes, holes included (`EFBIG`). Default: 16 TiB, as on ext4.
    pub file_size: u64,
    /// Files, directories and symbolic links, with those that are open but have no name any more (`ENOSPC`). Default: 1,048,576.
    ///
    /// Measured, with what the allocator adds and without names: a node takes 83 bytes, an empty directory 64 more, a symbolic link 64 more and its
    /// target. Contents of up to 4 KiB add their length and about 30 bytes; the index of larger ones adds 130 bytes to those that are a hole, and about 1 KiB
    /// to those that are a page. A million files of 64 bytes take 227 MiB in one directory, and 254 MiB with 100 in a directory, names included.
    pub nodes: u64,
    /// Names in all directories together (`ENOSPC`). Default: 1,048,576.
    ///
    /// Measured: a name of up to 22 bytes takes 60 bytes of memory, a longer one about 35 more and its length, and each but the first of a file 20 more.
    pub names: u64,
    /// Names of one file, or directories in one directory (`EMLINK`). Default: 1,048,576.
    pub links: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            private_bytes: 1 << 30,
            logical_bytes: 64 << 30,
            file_size: 16 << 40,
            nodes: 1 << 20,
            names: 1 << 20,
            links: 1 << 20,
        }
    }
}

/// What a memory filesystem holds; [`Limits`] says what each number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of storage that the filesystem itself has allocated.
    pub private_bytes: u64,
    /// The most that `private_bytes` has ever been.
    pub peak_private_bytes: u64,
    /// Bytes of storage in sight.
    pub logical_bytes: u64,
    /// Nodes, the root among them.
    pub nodes: u64,
    /// Names in all directories.
    pub names: u64,
}

/// Where contents get their memory from, and who pays for it.
pub(super) struct Storage {
    pub(super) pool: ChunkPool,
    /// This filesystem's depth in the line of forks. What lower depths allocated was inherited.
    pub(super) owner: u32,
    pub(super) file_size: u64,
    private: Meter,
    logical: Meter,
}

/// A charge or refund in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) private: u64,
    pub(super) logical: u64,
}

impl Charge {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            private: self.private + other.private,
            logical: self.logical + other.logical,
        }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self {
            private: self.private - other.private,
            logical: self.logical - other.logical,
        }
    }
}

impl Storage {
    /// The storage of a filesystem that begins with this many logical bytes.
    pub(super) fn new(pool: ChunkPool, owner: u32, limits: &Limits, logical: u64) -> Self {
        Self {
            pool,
            owner,
            // Offsets are signed 64-bit numbers everywhere.
            file_size: limits.file_size.min(i64::MAX.unsigned_abs()),
            private: Meter::new(limits.private_bytes, 0),
            logical: Meter::new(limits.logical_bytes, logical),
        }
    }

    pub(super) fn logical(&self) -> u64 {
        self.logical.used.load(Ordering::Relaxed)
    }

    pub(super) fn charge(&self, bytes: Charge) -> Result<(), Errno> {
        self.private.charge(bytes.private)?;
        self.logical.charge(bytes.logical).inspect_err(|_| {
            self.private.refund(bytes.private);
        })
    }

    pub(super) fn refund(&self, bytes: Charge) {
        self.private.refund(bytes.private);
        self.logical.refund(bytes.logical);
    }

    /// How much could be charged at this moment.
    pub(super) fn available(&self) -> Charge {
        Charge {
            private: self.private.available(),
            logical: self.logical.available(),
        }
    }

    pub(super) fn usage(&self, nodes: u64, names: u64) -> Usage {
        Usage {
            private_bytes: self.private.used.load(Ordering::Relaxed),
            peak_private_bytes: self.private.peak.load(Ordering::Relaxed),
            logical_bytes: self.logical(),
            nodes,
            names,
        }
    }
}

/// Counts bytes against a limit. Files are written under their own locks only, so it is atomic.
struct Meter {
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

impl Meter {
    const fn new(limit: u64, used: u64) -> Self {
        Self {
            limit,
            used: AtomicU64::new(used),
            peak: AtomicU64::new(0),
        }
    }

    fn charge(&self, bytes: u64) -> Result<(), Errno> {
        if bytes == 0 {
            return Ok(());
        }
        let charged = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        let before = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, charged)
            .map_err(|_| Errno::NoSpace)?;
        self.peak.fetch_max(before + bytes, Ordering::Relaxed);
        Ok(())
    }

    fn refund(&self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        let refunded = |used: u64| Some(used.saturating_sub(bytes));
        let before = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, refunded);
        debug_assert!(
            before.is_ok_and(|before| before >= bytes),
            "more was refunded than charged"
        );
    }

    fn available(&self) -> u64 {
        self.limit.saturating_sub(self.used.load(Ordering::Relaxed))
    }
}
