//! What is in a file: one exact buffer while it is small, else pages and blocks in a persistent map.
//!
//! Everything here is a value: a clone shares its memory, and whoever writes first copies a page. What is past the end in stored memory
//! is always zero, so growing a file touches nothing.

mod block;
mod large;
mod ledger;
mod small;
mod source;
mod split;

use std::io::{IoSlice, IoSliceMut};
use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use self::large::Large;
use self::small::Small;
use self::source::Source;
use super::limits::{Charge, Storage};
use crate::Errno;

/// The contents of one file.
#[derive(Clone)]
pub(super) enum Contents {
    Small(Small),
    Large(Arc<Large>),
}

/// The largest file that is kept in one buffer, in bytes.
const SMALL_MAX: usize = super::chunk_pool::PAGE;

impl Default for Contents {
    fn default() -> Self {
        Self::Small(Small::default())
    }
}

impl Contents {
    /// Contents that lie in the host's memory until they are written over.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`]; [`Errno::NoSpace`].
    pub(super) fn borrowed(storage: &Storage, bytes: Bytes) -> Result<Self, Errno> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if to_u64(bytes.len()) > storage.file_size {
            return Err(Errno::FileTooBig);
        }
        Ok(Self::Large(Arc::new(Large::borrowed(storage, bytes)?)))
    }

    /// Bytes to the end.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Small(small) => to_u64(small.len()),
            Self::Large(large) => large.len(),
        }
    }

    /// Bytes of storage in sight.
    pub(super) fn allocated(&self) -> u64 {
        match self {
            Self::Small(small) => small.allocated(),
            Self::Large(large) => large.allocated(),
        }
    }

    /// Reads what there is from `offset` on.
    pub(super) fn read(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> usize {
        let mut done = 0;
        for buf in bufs {
            let Some(rest) = self.len().checked_sub(offset.saturating_add(to_u64(done))) else {
                break;
            };
            let wanted = usize::try_from(rest).unwrap_or(usize::MAX).min(buf.len());
            if wanted == 0 {
                continue;
            }
            let start = offset + to_u64(done);
            match self {
                Self::Small(small) => small.read(&mut buf[..wanted], start),
                Self::Large(large) => large.read(&mut buf[..wanted], start),
            }
            done += wanted;
        }
        done
    }

    /// Where the next stored byte lies, from `offset` on.
    pub(super) fn next_data(&self, offset: u64) -> Option<u64> {
        let data = match self {
            Self::Small(_) => Some(offset),
            Self::Large(large) => large.next_data(offset),
        };
        data.filter(|data| *data < self.len())
    }

    /// Writes as much as the limits allow and says how much.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`] or [`Errno::NoSpace`] if not a byte could be written.
    pub(super) fn write(
        &mut self,
        storage: &Storage,
        bufs: &[IoSlice<'_>],
        offset: u64,
    ) -> Result<usize, Errno> {
        let mut source = Source::new(bufs);
        let room = storage.file_size.saturating_sub(offset);
        let wanted = source
            .len()
            .min(usize::try_from(room).unwrap_or(usize::MAX));
        if wanted == 0 {
            return if source.len() == 0 {
                Ok(0)
            } else {
                Err(Errno::FileTooBig)
            };
        }
        let small_room = small_room(offset);
        if let Self::Small(small) = self {
            if wanted <= small_room {
                return small.write(storage, &mut source, offset, wanted);
            }
            if let Err(error) = self.make_large(storage) {
                let Self::Small(small) = self else {
                    return Err(error);
                };
                if small_room == 0 {
                    return Err(error);
                }
                // Too little is left for a page, but perhaps not for some bytes of the small buffer.
                return small.write(storage, &mut source, offset, wanted.min(small_room));
            }
        }
        let Self::Large(large) = self else {
            return Err(Errno::Io);
        };
        match Arc::make_mut(large).write(storage, &mut source, offset, wanted) {
            0 => Err(Errno::NoSpace),
            written => Ok(written),
        }
    }

    /// Cuts the contents, or lets them grow by a hole.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`] where they would grow; [`Errno::NoSpace`] where the last page is shared with a snapshot and there is none for a copy. Cutting to
    /// nothing always succeeds.
    pub(super) fn set_len(&mut self, storage: &Storage, len: u64) -> Result<(), Errno> {
        // A fork can have inherited more than its own limit allows.
        if len > storage.file_size && len > self.len() {
            return Err(Errno::FileTooBig);
        }
        if len == 0 {
            drop(self.clear(storage));
            return Ok(());
        }
        if let Self::Small(small) = self {
            match usize::try_from(len) {
                Ok(len) if len <= SMALL_MAX => return small.set_len(storage, len),
                _ => self.make_large(storage)?,
            }
        }
        match self {
            Self::Large(large) => Arc::make_mut(large).set_len(storage, len),
            Self::Small(_) => Err(Errno::Io),
        }
    }

    /// Cuts the contents to nothing and returns what there was, to be dropped without a lock: it can be large, or somebody's own.
    pub(super) fn clear(&mut self, storage: &Storage) -> Self {
        storage.refund(self.charged(storage.owner));
        mem::take(self)
    }

    /// Allocates and unshares the storage of the range and makes the contents reach to its end.
    ///
    /// # Errors
    /// [`Errno::Invalid`] for an empty range; [`Errno::FileTooBig`]; [`Errno::NoSpace`], and then the contents are as before.
    pub(super) fn allocate(
        &mut self,
        storage: &Storage,
        offset: u64,
        len: u64,
    ) -> Result<(), Errno> {
        if len == 0 {
            return Err(Errno::Invalid);
        }
        let end = offset.checked_add(len).ok_or(Errno::FileTooBig)?;
        if end > storage.file_size {
            return Err(Errno::FileTooBig);
        }
        if let Self::Small(small) = self {
            match usize::try_from(end) {
                Ok(end) if end <= SMALL_MAX => return small.allocate(storage, end),
                _ => self.make_large(storage)?,
            }
        }
        match self {
            Self::Large(large) => Arc::make_mut(large).allocate(storage, offset, end),
            Self::Small(_) => Err(Errno::Io),
        }
    }

    /// Whether nothing has been written to either since they were one, so that they show the same. It takes time in proportion to what they don't share.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.is_same(b),
            (Self::Large(a), Self::Large(b)) => Arc::ptr_eq(a, b) || a.is_same(b),
            // A write that failed can have made small contents large.
            (Self::Small(small), Self::Large(large)) | (Self::Large(large), Self::Small(small)) => {
                let mut bytes = [0; SMALL_MAX];
                let bytes = &mut bytes[..small.len()];
                large.len() == to_u64(bytes.len()) && {
                    large.read(bytes, 0);
                    bytes == small.bytes()
                }
            }
        }
    }

    /// Gives back what a small buffer has to spare for growing.
    pub(super) fn trim(&mut self, storage: &Storage) {
        if let Self::Small(small) = self {
            small.trim(storage);
        }
    }

    /// What is charged for these contents, to be refunded before they are dropped.
    pub(super) fn charged(&self, owner: u32) -> Charge {
        match self {
            Self::Small(small) => small.charged(owner),
            Self::Large(large) => large.charged(owner),
        }
    }

    /// The same, counted from scratch.
    pub(super) fn recount(&self, owner: u32) -> Charge {
        match self {
            Self::Small(small) => small.charged(owner),
            Self::Large(large) => large.recount(owner),
        }
    }

    fn make_large(&mut self, storage: &Storage) -> Result<(), Errno> {
        if let Self::Small(small) = self {
            *self = Self::Large(Arc::new(Large::from_small(storage, small)?));
        }
        Ok(())
    }
}

/// How many bytes from `offset` on a small buffer could take.
fn small_room(offset: u64) -> usize {
    usize::try_from(offset).map_or(0, |offset| SMALL_MAX.saturating_sub(offset))
}

/// Lengths in memory always fit 64 bits.
const fn to_u64(len: usize) -> u64 {
    len as u64
}

#[cfg(test)]
mod tests;
