use std::borrow::Cow;

use super::{GuestMemory, STAGE, check};
use crate::abi::Errno;

/// Where a result goes: `N` bytes that were found to be within the memory before the call had any effect.
#[derive(Clone, Copy)]
pub(crate) struct Out<const N: usize>(u32);

impl<const N: usize> Out<N> {
    /// # Errors
    /// [`Errno::Fault`].
    #[inline]
    pub(crate) fn new<M: GuestMemory + ?Sized>(mem: &M, address: u32) -> Result<Self, Errno> {
        check(mem, address, N as u32)?;
        Ok(Self(address))
    }

    /// # Errors
    /// [`Errno::Fault`], which a memory that does not shrink never gives.
    #[inline]
    pub(crate) fn put<M: GuestMemory + ?Sized>(
        self,
        mem: &mut M,
        bytes: [u8; N],
    ) -> Result<(), Errno> {
        mem.write(self.0, &bytes)
    }
}

/// `len` records of `SIZE` bytes, one after the other, found to be within the memory.
#[derive(Clone, Copy)]
pub(crate) struct Array<const SIZE: usize> {
    address: u32,
    len: u32,
}

impl<const SIZE: usize> Array<SIZE> {
    /// # Errors
    /// [`Errno::Fault`].
    pub(crate) fn new<M: GuestMemory + ?Sized>(
        mem: &M,
        address: u32,
        len: u32,
    ) -> Result<Self, Errno> {
        let bytes = len.checked_mul(SIZE as u32).ok_or(Errno::Fault)?;
        check(mem, address, bytes)?;
        Ok(Self { address, len })
    }

    /// The address of the record `index`.
    fn address_of(self, index: u32) -> Result<u32, Errno> {
        if index >= self.len {
            return Err(Errno::Fault);
        }
        let offset = index.checked_mul(SIZE as u32).ok_or(Errno::Fault)?;
        self.address.checked_add(offset).ok_or(Errno::Fault)
    }

    /// # Errors
    /// [`Errno::Fault`] for an index past the end.
    pub(crate) fn get<M: GuestMemory + ?Sized>(
        self,
        mem: &M,
        index: u32,
    ) -> Result<[u8; SIZE], Errno> {
        let mut record = [0; SIZE];
        mem.read(self.address_of(index)?, &mut record)?;
        Ok(record)
    }

    /// # Errors
    /// [`Errno::Fault`] for an index past the end.
    pub(crate) fn put<M: GuestMemory + ?Sized>(
        self,
        mem: &mut M,
        index: u32,
        record: [u8; SIZE],
    ) -> Result<(), Errno> {
        mem.write(self.address_of(index)?, &record)
    }
}

/// A range of bytes, found to be within the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buffer {
    pub(super) address: u32,
    pub(super) len: u32,
}

impl Buffer {
    /// # Errors
    /// [`Errno::Fault`].
    #[inline]
    pub(crate) fn new<M: GuestMemory + ?Sized>(
        mem: &M,
        address: u32,
        len: u32,
    ) -> Result<Self, Errno> {
        check(mem, address, len)?;
        Ok(Self { address, len })
    }

    /// Its length in bytes.
    pub(crate) const fn len(self) -> u32 {
        self.len
    }

    /// The address of the byte `offset`, which may be the one after the last; for pointers that the guest gets back.
    ///
    /// # Errors
    /// [`Errno::Fault`] past the end.
    pub(crate) fn address_of(self, offset: u32) -> Result<u32, Errno> {
        if offset > self.len {
            return Err(Errno::Fault);
        }
        self.address.checked_add(offset).ok_or(Errno::Fault)
    }

    /// Writes as much of `bytes` from `offset` on as there is room for, and returns how much that is.
    ///
    /// # Errors
    /// [`Errno::Fault`], which a memory that does not shrink never gives.
    pub(crate) fn write_at<M: GuestMemory + ?Sized>(
        self,
        mem: &mut M,
        offset: u32,
        bytes: &[u8],
    ) -> Result<u32, Errno> {
        let room = self.len.saturating_sub(offset);
        let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(room);
        mem.write(
            self.address_of(offset.min(self.len))?,
            &bytes[..count as usize],
        )?;
        Ok(count)
    }

    /// The bytes, borrowed where the memory has slices.
    ///
    /// # Errors
    /// [`Errno::Fault`], which a memory that does not shrink never gives.
    pub(crate) fn bytes<M: GuestMemory + ?Sized>(self, mem: &M) -> Result<Cow<'_, [u8]>, Errno> {
        if let Some(bytes) = mem.slice(self.address, self.len) {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut bytes = vec![0; self.len as usize];
        mem.read(self.address, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    /// Has `fill` fill the range from its front on, in one piece where the memory has slices, until it fills less than it was given.
    ///
    /// `fill` gets the bytes and how many came before them, and returns how many it filled. The result is how many it filled in all; an error after
    /// the first bytes is not reported.
    pub(crate) fn fill<M, E>(
        self,
        mem: &mut M,
        fill: &mut impl FnMut(&mut [u8], u32) -> Result<usize, E>,
    ) -> Result<u32, E>
    where
        M: GuestMemory + ?Sized,
        E: From<Errno>,
    {
        if let Some(bytes) = mem.slice_mut(self.address, self.len) {
            return Ok(count_of(fill(bytes, 0)?, self.len));
        }
        let mut stage = [0; STAGE];
        let mut done = 0;
        while done < self.len {
            let size = (self.len - done).min(STAGE as u32);
            let piece = &mut stage[..size as usize];
            let count = match fill(piece, done) {
                Ok(count) => count_of(count, size),
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            };
            mem.write(self.address_of(done)?, &piece[..count as usize])?;
            done += count;
            if count < size {
                break;
            }
        }
        Ok(done)
    }
}

/// Nobody fills more than there is; a filesystem that says so is not believed.
pub(super) fn count_of(count: usize, most: u32) -> u32 {
    u32::try_from(count).map_or(most, |count| count.min(most))
}
