use crate::abi::Errno;
use crate::memory::{Array, Buffer, GuestMemory, Out};

/// Arguments or environment: strings in the form in which guests take them, each with a NUL at its end, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringList {
    bytes: Vec<u8>,
    /// Where each string begins.
    starts: Vec<u32>,
}

impl StringList {
    /// Adds a string, unless all together would then be longer than `limit` bytes, or it has a NUL.
    pub(crate) fn push(&mut self, parts: &[&[u8]], limit: u32) -> Result<(), Refused> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if parts.iter().any(|part| part.contains(&0)) {
            return Err(Refused::Nul);
        }
        let end = self.bytes.len().saturating_add(length).saturating_add(1);
        let start = u32::try_from(self.bytes.len()).map_err(|_| Refused::TooLong)?;
        // Each costs a pointer too, as Linux counts.
        let pointers = self.starts.len().saturating_add(1).saturating_mul(4);
        if end.saturating_add(pointers) > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(Refused::TooLong);
        }
        self.starts.push(start);
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
        Ok(())
    }

    /// `args_sizes_get` and `environ_sizes_get`: the number of strings, and their bytes with the NULs.
    pub(crate) fn sizes_get<M: GuestMemory + ?Sized>(
        &self,
        mem: &mut M,
        count: u32,
        bytes: u32,
    ) -> Result<(), Errno> {
        let count = Out::<4>::new(mem, count)?;
        let bytes = Out::<4>::new(mem, bytes)?;
        // Their limits keep both within a `u32`.
        count.put(mem, (self.starts.len() as u32).to_le_bytes())?;
        bytes.put(mem, (self.bytes.len() as u32).to_le_bytes())
    }

    /// `args_get` and `environ_get`: the address of each string, and the strings.
    pub(crate) fn get<M: GuestMemory + ?Sized>(
        &self,
        mem: &mut M,
        pointers: u32,
        bytes: u32,
    ) -> Result<(), Errno> {
        let pointers = Array::<4>::new(mem, pointers, self.starts.len() as u32)?;
        let buffer = Buffer::new(mem, bytes, self.bytes.len() as u32)?;
        buffer.write_at(mem, 0, &self.bytes)?;
        for (index, start) in (0..).zip(&self.starts) {
            let address = buffer.address_of(*start)?;
            pointers.put(mem, index, address.to_le_bytes())?;
        }
        Ok(())
    }
}

/// Why a string cannot be an argument or part of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Nul,
    TooLong,
}
