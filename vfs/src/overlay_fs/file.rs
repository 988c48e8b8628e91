use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Shared;
use super::files::{FileIo, FileNode};
use super::lazy_file::{Copied, Pair};
use super::lock;
use crate::{Advice, Errno, File, Metadata, SetTimes, SyncKind};

/// An open file that began in a lower layer. The first change copies it, for all its handles.
pub(super) struct OverlayFile {
    shared: Arc<Shared>,
    node: Arc<FileNode>,
}

impl OverlayFile {
    /// Takes over what was counted as open.
    pub(super) const fn new(shared: Arc<Shared>, node: Arc<FileNode>) -> Self {
        Self { shared, node }
    }

    /// Works on the copy, which is made if there is none.
    fn on_copy<T>(&self, work: impl FnOnce(&mut FileIo) -> Result<T, Errno>) -> Result<T, Errno> {
        loop {
            {
                let mut io = lock::write(&self.node.io);
                if io.copied.is_some() {
                    return work(&mut io);
                }
            }
            self.shared.copy_up(self.node.ino)?;
        }
    }

    /// Changes the contents; `change` says whether it did.
    fn change<T>(
        &self,
        change: impl FnOnce(&Pair<'_>, &mut Copied) -> Result<(T, bool), Errno>,
    ) -> Result<T, Errno> {
        self.on_copy(|io| {
            let (result, written) = io.change(change).unwrap_or(Err(Errno::Io))?;
            if written {
                self.node.written.store(true, Ordering::Relaxed);
            }
            Ok(result)
        })
    }
}

impl File for OverlayFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let io = lock::read(&self.node.io);
        match &io.copied {
            None => io.lower.as_ref().ok_or(Errno::BadFd)?.read_at(bufs, offset),
            Some(copied) => io.pair()?.read(copied, bufs, offset),
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        self.change(|pair, copied| Ok((pair.write(copied, bufs, offset)?, true)))
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok((self.node.metadata()?.size, 0));
        }
        // The end never lies below what the lower file shows, so nothing needs to be copied.
        self.change(|pair, _| Ok((pair.upper.append(bufs)?, true)))
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.change(|pair, copied| Ok(((), pair.set_len(copied, len)?)))
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.change(|pair, _| {
            let size = pair.upper.metadata()?.size;
            pair.upper.allocate(offset, len)?;
            Ok(((), offset.saturating_add(len) > size))
        })
    }

    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        let io = lock::read(&self.node.io);
        match &io.copied {
            None => io.lower.as_ref().ok_or(Errno::BadFd)?.next_data(offset),
            Some(copied) => io.pair()?.next_data(copied, offset),
        }
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        self.node.metadata()
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        self.on_copy(|io| io.pair()?.upper.set_times(times))
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        self.on_copy(|io| io.pair()?.upper.set_mode(mode))
    }

    /// A file that is not copied has not been written: there is nothing to wait for.
    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        let io = lock::read(&self.node.io);
        match &io.upper {
            Some(upper) => upper.sync(kind),
            None => Ok(()),
        }
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        let io = lock::read(&self.node.io);
        let files = [io.lower.as_ref(), io.upper.as_ref()];
        let mut files = files.into_iter().flatten();
        files.try_for_each(|file| file.advise(offset, len, advice))
    }
}

impl Drop for OverlayFile {
    fn drop(&mut self) {
        let closed = lock::write(&self.shared.state).close_file(self.node.ino);
        // The layers' handles are closed after the lock is let go.
        drop(closed);
    }
}

/// An open file of the upper, or a device, of which only the inode number is shown differently.
pub(super) struct RenumberedFile {
    pub(super) shared: Arc<Shared>,
    pub(super) file: Arc<dyn File>,
    /// `None`: that of a node that began in the upper.
    pub(super) ino: Option<u64>,
}

impl File for RenumberedFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        self.file.read_at(bufs, offset)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        self.file.write_at(bufs, offset)
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        self.file.append(bufs)
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.file.set_len(len)
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.file.allocate(offset, len)
    }

    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        self.file.next_data(offset)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        let metadata = self.file.metadata()?;
        let number = || self.shared.layers.upper_number(&metadata);
        Ok(Metadata {
            dev: 0,
            ino: self.ino.unwrap_or_else(number),
            ..metadata
        })
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        self.file.set_times(times)
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        self.file.set_mode(mode)
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        self.file.sync(kind)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        self.file.advise(offset, len, advice)
    }
}
