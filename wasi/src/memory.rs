//! Guest memory: the only file that does arithmetic on guest addresses.

use std::borrow::Cow;
use std::io::IoSlice;
use std::ops::Range;

use crate::abi::{Errno, IOVEC_SIZE};

/// The most buffers that one call may list: `IOV_MAX` of Linux.
pub const IOVECS_MAX: u32 = 1024;

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
    address: u32,
    len: u32,
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
fn count_of(count: usize, most: u32) -> u32 {
    u32::try_from(count).map_or(most, |count| count.min(most))
}

/// The buffers that a guest lists for one call, read once: what the guest changes afterwards doesn't count.
///
/// `N` is the most there can be; [`with_iovecs`] picks it, so that a call with a few buffers moves a few bytes only.
pub(crate) struct Iovecs<const N: usize> {
    buffers: [Buffer; N],
    count: usize,
}

impl<const N: usize> Iovecs<N> {
    /// # Errors
    /// [`Errno::Inval`] for more than `N` buffers; [`Errno::Fault`] if the list is not within the memory; then, for each buffer in order, [`Errno::Fault`]
    /// if it is not, and [`Errno::Inval`] if together they are longer than a `u32` can say.
    #[inline]
    pub(crate) fn read<M: GuestMemory + ?Sized>(
        mem: &M,
        address: u32,
        count: u32,
    ) -> Result<Self, Errno> {
        let mut iovecs = Self {
            buffers: [Buffer::default(); N],
            count: count as usize,
        };
        let places = iovecs
            .buffers
            .get_mut(..count as usize)
            .ok_or(Errno::Inval)?;
        let list = Array::<{ IOVEC_SIZE as usize }>::new(mem, address, count)?;
        let mut total = 0_u32;
        for (index, place) in (0..).zip(places) {
            let [a, b, c, d, e, f, g, h] = list.get(mem, index)?;
            let address = u32::from_le_bytes([a, b, c, d]);
            *place = Buffer::new(mem, address, u32::from_le_bytes([e, f, g, h]))?;
            total = total.checked_add(place.len).ok_or(Errno::Inval)?;
        }
        Ok(iovecs)
    }

    /// The length of all buffers together, in bytes.
    pub(crate) fn total(&self) -> u32 {
        self.buffers().iter().map(|buffer| buffer.len).sum()
    }

    fn buffers(&self) -> &[Buffer] {
        self.buffers.get(..self.count).unwrap_or(&[])
    }

    /// Has `read` fill the buffers one by one, for they may overlap, until it fills less than it was given.
    ///
    /// `read` gets the bytes of (a piece of) one buffer and how many were filled before, and returns how many it filled. The result is how many it
    /// filled in all; an error after the first bytes is not reported.
    pub(crate) fn scatter<M, E>(
        &self,
        mem: &mut M,
        mut read: impl FnMut(&mut [u8], u32) -> Result<usize, E>,
    ) -> Result<u32, E>
    where
        M: GuestMemory + ?Sized,
        E: From<Errno>,
    {
        let mut total = 0;
        for buffer in self.buffers().iter().filter(|buffer| buffer.len > 0) {
            let filled = buffer.fill(mem, &mut |bytes, before| read(bytes, total + before));
            let count = match filled {
                Ok(count) => count,
                Err(_) if total > 0 => break,
                Err(error) => return Err(error),
            };
            total += count;
            if count < buffer.len {
                break;
            }
        }
        Ok(total)
    }

    /// Has `write` take the bytes of the buffers in order, all in one call where the memory has slices, until it takes less than it was given.
    ///
    /// `write` gets bytes and how many were taken before, and returns how many it took. The result is how many it took in all; an error after the first
    /// bytes is not reported. It isn't called where there are no bytes.
    pub(crate) fn gather<M, E>(
        &self,
        mem: &M,
        mut write: impl FnMut(&[IoSlice<'_>], u32) -> Result<usize, E>,
    ) -> Result<u32, E>
    where
        M: GuestMemory + ?Sized,
        E: From<Errno>,
    {
        let length = self.total();
        if length == 0 {
            return Ok(0);
        }
        let mut slices = [IoSlice::new(&[]); N];
        for (slice, buffer) in slices.iter_mut().zip(self.buffers()) {
            match mem.slice(buffer.address, buffer.len) {
                Some(bytes) => *slice = IoSlice::new(bytes),
                None => return self.gather_staged(mem, write),
            }
        }
        Ok(count_of(write(&slices[..self.count], 0)?, length))
    }

    /// [`gather`](Self::gather) from a memory that has no slices.
    #[cold]
    fn gather_staged<M, E>(
        &self,
        mem: &M,
        mut write: impl FnMut(&[IoSlice<'_>], u32) -> Result<usize, E>,
    ) -> Result<u32, E>
    where
        M: GuestMemory + ?Sized,
        E: From<Errno>,
    {
        let mut stage = [0; STAGE];
        let mut total = 0;
        for buffer in self.buffers() {
            let mut done = 0;
            while done < buffer.len {
                let size = (buffer.len - done).min(STAGE as u32);
                let piece = &mut stage[..size as usize];
                mem.read(buffer.address_of(done)?, piece)?;
                let count = match write(&[IoSlice::new(piece)], total) {
                    Ok(count) => count_of(count, size),
                    Err(_) if total > 0 => return Ok(total),
                    Err(error) => return Err(error),
                };
                done += count;
                total += count;
                if count < size {
                    return Ok(total);
                }
            }
        }
        Ok(total)
    }
}

/// Reads the guest's list of buffers, `count` of them at `address`, into [`Iovecs`] of a fitting size, and goes on with them.
macro_rules! with_iovecs {
    ($mem:expr, $address:expr, $count:expr, |$iovecs:ident| $body:expr) => {
        match $count {
            0..=1 => $crate::memory::Iovecs::<1>::read(&*$mem, $address, $count)
                .map_err($crate::Stop::from)
                .and_then(|$iovecs| $body),
            2..=8 => $crate::memory::Iovecs::<8>::read(&*$mem, $address, $count)
                .map_err($crate::Stop::from)
                .and_then(|$iovecs| $body),
            9..=64 => $crate::memory::Iovecs::<64>::read(&*$mem, $address, $count)
                .map_err($crate::Stop::from)
                .and_then(|$iovecs| $body),
            _ => $crate::memory::Iovecs::<{ $crate::memory::IOVECS_MAX as usize }>::read(
                &*$mem, $address, $count,
            )
            .map_err($crate::Stop::from)
            .and_then(|$iovecs| $body),
        }
    };
}

pub(crate) use with_iovecs;
