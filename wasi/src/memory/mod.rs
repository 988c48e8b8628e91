//! Guest memory: the only module that does arithmetic on guest addresses.

mod iovecs;
mod ranges;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::abi::Errno;

pub use iovecs::IOVECS_MAX;
pub(crate) use iovecs::{Iovecs, with_iovecs};
pub(crate) use ranges::{Array, Buffer, Out};

/// How many bytes are moved at a time to and from a memory that has no slices.
const STAGE: usize = 4096;

/// The linear memory of a guest, for the length of one host call.
///
/// It may grow between calls, never shrink. An adapter implements it over what its engine offers; the implementation for `[u8]` does all that is
/// needed where the memory is a slice. Memories shared between threads are refused by the adapters: their bytes can change while they are read.
pub trait GuestMemory {
    /// How long the memory is, in bytes.
    fn size(&self) -> u64;

    /// Copies `into.len()` bytes from `address` on.
    ///
    /// # Errors
    /// [`Errno::Fault`] if the range is not within the memory; then `into` is unchanged.
    fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Errno>;

    /// Copies `bytes` to `address`.
    ///
    /// # Errors
    /// [`Errno::Fault`] if the range is not within the memory; then nothing is written.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno>;

    /// The `len` bytes from `address` on, or `None` if the range is not within the memory or the memory has no slices (a browser's).
    fn slice(&self, address: u32, len: u32) -> Option<&[u8]>;

    /// As [`slice`](Self::slice), to write to.
    fn slice_mut(&mut self, address: u32, len: u32) -> Option<&mut [u8]>;
}

impl GuestMemory for [u8] {
    #[inline]
    fn size(&self) -> u64 {
        self.len() as u64
    }

    #[inline]
    fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Errno> {
        let range = range(address, into.len()).ok_or(Errno::Fault)?;
        into.copy_from_slice(self.get(range).ok_or(Errno::Fault)?);
        Ok(())
    }

    #[inline]
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        let range = range(address, bytes.len()).ok_or(Errno::Fault)?;
        self.get_mut(range)
            .ok_or(Errno::Fault)?
            .copy_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn slice(&self, address: u32, len: u32) -> Option<&[u8]> {
        self.get(range(address, usize::try_from(len).ok()?)?)
    }

    #[inline]
    fn slice_mut(&mut self, address: u32, len: u32) -> Option<&mut [u8]> {
        self.get_mut(range(address, usize::try_from(len).ok()?)?)
    }
}

impl<M: GuestMemory + ?Sized> GuestMemory for &mut M {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Errno> {
        (**self).read(address, into)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        (**self).write(address, bytes)
    }

    fn slice(&self, address: u32, len: u32) -> Option<&[u8]> {
        (**self).slice(address, len)
    }

    fn slice_mut(&mut self, address: u32, len: u32) -> Option<&mut [u8]> {
        (**self).slice_mut(address, len)
    }
}

#[inline]
fn range(address: u32, len: usize) -> Option<Range<usize>> {
    let start = usize::try_from(address).ok()?;
    Some(start..start.checked_add(len)?)
}

/// Checks that `len` bytes from `address` on are within the memory. An empty range may begin at its very end.
///
/// # Errors
/// [`Errno::Fault`].
#[inline]
pub(crate) fn check<M: GuestMemory + ?Sized>(mem: &M, address: u32, len: u32) -> Result<(), Errno> {
    // Two 32-bit numbers never overflow 64 bits.
    if u64::from(address) + u64::from(len) <= mem.size() {
        Ok(())
    } else {
        Err(Errno::Fault)
    }
}
