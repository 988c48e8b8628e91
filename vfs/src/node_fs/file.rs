use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;

use super::MetadataChange;
use super::reader::{Guard, NodeOf, Reader};
use super::writable::{Locked, set_times};
use crate::{
    Advice, Errno, File, Metadata, NodeFileSystem, SetTimes, SyncKind, WritableNodeFileSystem,
};

/// An open file of a filesystem that cannot be changed.
pub(super) struct ReadOnlyNodeFile<G: Guard> {
    pub(super) reader: Arc<Reader<G>>,
    pub(super) node: NodeOf<G>,
}

impl<G: Guard> File for ReadOnlyNodeFile<G> {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let guard = &self.reader.guard;
        guard.look(|fs| read_all(fs, &self.node, bufs, offset))
    }

    fn write_at(&self, _bufs: &[IoSlice<'_>], _offset: u64) -> Result<usize, Errno> {
        Err(Errno::ReadOnly)
    }

    fn append(&self, _bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        Err(Errno::ReadOnly)
    }

    fn set_len(&self, _len: u64) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn allocate(&self, _offset: u64, _len: u64) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        self.reader.guard.look(|fs| fs.metadata(&self.node))
    }

    fn set_times(&self, _times: SetTimes) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn set_mode(&self, _mode: u32) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn sync(&self, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

/// An open file of a filesystem that can be changed.
pub(super) struct NodeFile<T: WritableNodeFileSystem> {
    pub(super) reader: Arc<Reader<Locked<T>>>,
    pub(super) node: T::Node,
}

impl<T: WritableNodeFileSystem> File for NodeFile<T> {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let guard = &self.reader.guard;
        guard.look(|fs| read_all(fs, &self.node, bufs, offset))
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        let guard = &self.reader.guard;
        guard.change(|fs| write_all(fs, &self.node, bufs, offset))
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        self.reader.guard.change(|fs| {
            // The descriptor cannot know where an append ends, so its range is refused here.
            let end = fs.metadata(&self.node)?.size;
            let lengths = bufs.iter().map(|buf| as_u64(buf.len()));
            let after = lengths.fold(end, u64::saturating_add);
            i64::try_from(after).map_err(|_| Errno::FileTooBig)?;
            let written = write_all(fs, &self.node, bufs, end)?;
            Ok((end.saturating_add(as_u64(written)), written))
        })
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.reader.guard.change(|fs| fs.set_len(&self.node, len))
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        let end = offset.checked_add(len).ok_or(Errno::FileTooBig)?;
        self.reader.guard.change(|fs| {
            if fs.metadata(&self.node)?.size < end {
                fs.set_len(&self.node, end)?;
            }
            Ok(())
        })
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        self.reader.guard.look(|fs| fs.metadata(&self.node))
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        let guard = &self.reader.guard;
        guard.change(|fs| set_times(fs, &self.node, times))
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        let guard = &self.reader.guard;
        guard.change(|fs| fs.set_metadata(&self.node, MetadataChange::Mode(mode)))
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        self.reader.guard.look(|fs| fs.sync(&self.node, kind))
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

/// Fills one buffer after the other, up to a short read; an error counts only where nothing was read before it.
fn read_all<T: NodeFileSystem>(
    fs: &T,
    node: &T::Node,
    bufs: &mut [IoSliceMut<'_>],
    offset: u64,
) -> Result<usize, Errno> {
    let mut done = 0usize;
    for buf in bufs {
        match fs.read_at(node, buf, offset.saturating_add(as_u64(done))) {
            Ok(n) => {
                done += n;
                if n < buf.len() {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Writes one buffer after the other, up to a short write; an error counts only where nothing was written before it.
fn write_all<T: WritableNodeFileSystem>(
    fs: &mut T,
    node: &T::Node,
    bufs: &[IoSlice<'_>],
    offset: u64,
) -> Result<usize, Errno> {
    let mut done = 0usize;
    for buf in bufs.iter().filter(|buf| !buf.is_empty()) {
        match fs.write_at(node, buf, offset.saturating_add(as_u64(done))) {
            Ok(n) => {
                done += n;
                if n < buf.len() {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(done)
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
