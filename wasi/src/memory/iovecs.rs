use std::io::{IoSlice, IoSliceMut};

use super::ranges::count_of;
use super::{Array, Buffer, GuestMemory, STAGE};
use crate::abi::{Errno, IOVEC_SIZE};

/// The most buffers that one call may list: `IOV_MAX` of Linux.
pub const IOVECS_MAX: u32 = 1024;

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

    /// [`scatter`](Self::scatter) by one call where no two buffers overlap and the memory has slices; `read` is told nothing of what was filled
    /// before, for then nothing was.
    pub(crate) fn scatter_at_once<M, E>(
        &self,
        mem: &mut M,
        mut read: impl FnMut(&mut [IoSliceMut<'_>], u32) -> Result<usize, E>,
    ) -> Result<u32, E>
    where
        M: GuestMemory + ?Sized,
        E: From<Errno>,
    {
        if N > 1
            && let Some(mut slices) = self.slices_mut(mem)
        {
            let count = read(slices.get_mut(..self.count).unwrap_or(&mut []), 0)?;
            return Ok(count_of(count, self.total()));
        }
        self.scatter(mem, |bytes, before| {
            read(&mut [IoSliceMut::new(bytes)], before)
        })
    }

    /// The buffers as slices, unless two of them overlap or the memory has none.
    fn slices_mut<'m, M: GuestMemory + ?Sized>(
        &self,
        mem: &'m mut M,
    ) -> Option<[IoSliceMut<'m>; N]> {
        let mut slices = std::array::from_fn(|_| IoSliceMut::new(&mut []));
        let mut by_address: [(u32, u32, u16); N] = [(0, 0, 0); N];
        let mut count = 0;
        for (index, buffer) in (0_u16..).zip(self.buffers()) {
            if buffer.len > 0 {
                *by_address.get_mut(count)? = (buffer.address, buffer.len, index);
                count += 1;
            }
        }
        let by_address = by_address.get_mut(..count)?;
        by_address.sort_unstable();
        let (first, last) = match &*by_address {
            [] => return Some(slices),
            [first, .., last] => (first.0, last),
            [only] => (only.0, only),
        };
        // The one that begins last need not be the one that ends last, but then it overlaps, and there is no room for the longer one below.
        let span = (last.0 - first).checked_add(last.1)?;
        let mut rest = mem.slice_mut(first, span)?;
        let mut at = first;
        for (address, len, index) in &*by_address {
            let gap = address.checked_sub(at)?;
            let (_, after) = rest.split_at_mut_checked(gap as usize)?;
            let (bytes, after) = after.split_at_mut_checked(*len as usize)?;
            *slices.get_mut(usize::from(*index))? = IoSliceMut::new(bytes);
            rest = after;
            at = address.checked_add(*len)?;
        }
        Some(slices)
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
