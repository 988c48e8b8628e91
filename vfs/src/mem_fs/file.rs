use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;

use super::Shared;
use super::contents::Contents;
use super::inode::mode_bits;
use super::limits::Storage;
use super::lock;
use super::open_table::Cell;
use crate::{Advice, Errno, File, Metadata, SetTimes, SyncKind};

/// An open file. Reading and writing take its cell's lock only.
pub(super) struct MemFile {
    shared: Arc<Shared>,
    cell: Arc<Cell>,
    /// It was opened for writing, so that the cell has taken the state over. The descriptor checks this first; but what it let through would be lost.
    writable: bool,
}

impl MemFile {
    /// Takes over what the open table has counted.
    pub(super) const fn new(shared: Arc<Shared>, cell: Arc<Cell>, writable: bool) -> Self {
        Self {
            shared,
            cell,
            writable,
        }
    }

    /// Changes the contents, at the present time if `change` says that it did.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Contents, &Storage) -> Result<(T, bool), Errno>,
    ) -> Result<T, Errno> {
        if !self.writable {
            return Err(Errno::BadFd);
        }
        let now = self.shared.clock.now();
        let mut state = lock::write(&self.cell.state);
        let (result, changed) = change(&mut state.contents, &self.shared.storage)?;
        if changed {
            state.times.touch(now);
        }
        Ok(result)
    }
}

impl File for MemFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        if !self.shared.strict_atime {
            return Ok(lock::read(&self.cell.state).contents.read(bufs, offset));
        }
        let now = self.shared.clock.now();
        let mut state = lock::write(&self.cell.state);
        let read = state.contents.read(bufs, offset);
        state.times.accessed = now;
        Ok(read)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        self.change(|contents, storage| {
            let written = contents.write(storage, bufs, offset)?;
            Ok((written, written > 0))
        })
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        self.change(|contents, storage| {
            let end = contents.len();
            let written = contents.write(storage, bufs, end)?;
            Ok(((end + written as u64, written), written > 0))
        })
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        if len == 0 {
            let cut_off = self.change(|contents, storage| Ok((contents.clear(storage), true)))?;
            drop(cut_off);
            return Ok(());
        }
        self.change(|contents, storage| {
            contents.set_len(storage, len)?;
            Ok(((), true))
        })
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.change(|contents, storage| {
            contents.allocate(storage, offset, len)?;
            Ok(((), true))
        })
    }

    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        Ok(lock::read(&self.cell.state).contents.next_data(offset))
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(self.cell.metadata())
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        let now = self.shared.clock.now();
        lock::write(&self.shared.state).change(self.cell.slot, |t, _| t.set(times, now));
        Ok(())
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        let now = self.shared.clock.now();
        lock::write(&self.shared.state).change(self.cell.slot, |times, bits| {
            *bits = mode_bits(mode);
            times.changed = now;
        });
        Ok(())
    }

    fn sync(&self, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

impl Drop for MemFile {
    fn drop(&mut self) {
        let closed = {
            let mut state = lock::write(&self.shared.state);
            state.close_file(self.cell.slot, &self.shared.storage)
        };
        // Contents are dropped after the lock is let go.
        drop(closed);
    }
}
