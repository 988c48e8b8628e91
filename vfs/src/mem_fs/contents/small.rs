use std::iter;
use std::sync::Arc;

use super::source::Source;
use super::{SMALL_MAX, to_u64};
use crate::Errno;
use crate::mem_fs::limits::{Charge, Storage};

/// Up to 4 KiB in one shared buffer. It may be longer than the contents while they grow; the rest of it is zeros.
#[derive(Clone, Default)]
pub(in crate::mem_fs) struct Small {
    buffer: Option<Arc<[u8]>>,
    owner: u32,
    len: u16,
    /// Takes no part; its unused values are where the enums around this type keep their tags.
    _niche: bool,
}

impl Small {
    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(super) fn allocated(&self) -> u64 {
        to_u64(self.capacity())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer.as_deref().unwrap_or_default()[..self.len()]
    }

    pub(super) fn charged(&self, owner: u32) -> Charge {
        Charge {
            private: if self.owner == owner {
                self.allocated()
            } else {
                0
            },
            logical: self.allocated(),
        }
    }

    /// Fills `to`, which ends before the end.
    pub(super) fn read(&self, to: &mut [u8], offset: u64) {
        let from = usize::try_from(offset).ok();
        if let Some(bytes) = from.and_then(|from| self.bytes().get(from..from + to.len())) {
            to.copy_from_slice(bytes);
        }
    }

    /// Writes up to `wanted` bytes, which end within the largest buffer.
    pub(super) fn write(
        &mut self,
        storage: &Storage,
        source: &mut Source<'_>,
        offset: u64,
        wanted: usize,
    ) -> Result<usize, Errno> {
        let offset = usize::try_from(offset).map_err(|_| Errno::NoSpace)?;
        let end = self.prepare(storage, offset, offset + wanted)?;
        let Some(buffer) = self.buffer.as_mut().and_then(Arc::get_mut) else {
            return Err(Errno::Io);
        };
        source.fill(&mut buffer[offset..end]);
        self.set_end(self.len().max(end));
        Ok(end - offset)
    }

    pub(super) fn set_len(&mut self, storage: &Storage, len: usize) -> Result<(), Errno> {
        if len < self.len() {
            match self.buffer.as_mut().and_then(Arc::get_mut) {
                Some(buffer) => buffer[len..].fill(0),
                // A snapshot has the buffer too.
                None => return self.replace(storage, len, len),
            }
        } else if len > self.capacity() {
            self.replace(storage, len, len)?;
        }
        self.set_end(len);
        Ok(())
    }

    pub(super) fn allocate(&mut self, storage: &Storage, end: usize) -> Result<(), Errno> {
        let capacity = self.capacity().max(end);
        self.own(storage, capacity)?;
        self.set_end(self.len().max(end));
        Ok(())
    }

    /// Whether nothing has been written to either since they were one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let shared = match (&self.buffer, &other.buffer) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        shared && self.len == other.len
    }

    /// Gives back what there is to spare. Of a buffer that a snapshot shares that would free nothing.
    pub(super) fn trim(&mut self, storage: &Storage) {
        /// What the allocator would round up anyway.
        const SLACK: usize = 16;
        let unshared = self.buffer.as_mut().and_then(Arc::get_mut).is_some();
        if self.capacity() - self.len() >= SLACK && self.owner == storage.owner && unshared {
            // It needs less than before; should the charge fail nevertheless, the buffer stays as it is.
            let _: Result<(), Errno> = self.replace(storage, self.len(), self.len());
        }
    }

    /// Makes the buffer ready to be written from `offset` to `end`, or to an earlier end if there is too little storage, and says to which.
    fn prepare(&mut self, storage: &Storage, offset: usize, end: usize) -> Result<usize, Errno> {
        let capacity = self.capacity();
        if end <= capacity {
            return self.own(storage, capacity).map(|()| end);
        }
        let generous = end.max((2 * capacity).min(SMALL_MAX));
        if self.own(storage, generous).is_ok() || self.own(storage, end).is_ok() {
            return Ok(end);
        }
        let available = storage.available();
        let left = usize::try_from(available.private.min(available.logical)).unwrap_or(SMALL_MAX);
        let kept = if self.owner == storage.owner {
            capacity
        } else {
            0
        };
        let end = end.min(kept.saturating_add(left)).max(capacity);
        if end <= offset {
            return Err(Errno::NoSpace);
        }
        self.own(storage, end).map(|()| end)
    }

    /// Makes the buffer ours alone and at least this long.
    fn own(&mut self, storage: &Storage, capacity: usize) -> Result<(), Errno> {
        let ours = self.owner == storage.owner
            && self.capacity() >= capacity
            && self
                .buffer
                .as_mut()
                .is_none_or(|b| Arc::get_mut(b).is_some());
        if ours {
            return Ok(());
        }
        self.replace(storage, self.len(), capacity)
    }

    /// Puts a buffer of this capacity with the first `len` bytes in the place of the present one.
    fn replace(&mut self, storage: &Storage, len: usize, capacity: usize) -> Result<(), Errno> {
        let old = self.charged(storage.owner);
        let new = to_u64(capacity);
        storage.charge(Charge {
            private: new.saturating_sub(old.private),
            logical: new.saturating_sub(old.logical),
        })?;
        storage.refund(Charge {
            private: old.private.saturating_sub(new),
            logical: old.logical.saturating_sub(new),
        });
        let kept = &self.bytes()[..len.min(self.len())];
        let buffer = if capacity == kept.len() {
            Arc::from(kept)
        } else {
            let mut buffer: Arc<[u8]> = iter::repeat_n(0, capacity).collect();
            if let Some(bytes) = Arc::get_mut(&mut buffer) {
                bytes[..kept.len()].copy_from_slice(kept);
            }
            buffer
        };
        self.buffer = (capacity > 0).then_some(buffer);
        self.owner = storage.owner;
        self.set_end(len);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.len())
    }

    fn set_end(&mut self, len: usize) {
        debug_assert!(len <= SMALL_MAX);
        self.len = u16::try_from(len).unwrap_or(u16::MAX);
    }
}
