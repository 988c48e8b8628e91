use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{Advice, DirEntry, DirStream, Errno, File, Metadata, SetTimes, SyncKind};

use super::Operation;
use super::counted::Ticket;
use super::plan::Plan;

/// An open file of a filesystem that fails.
pub(super) struct FaultyFile {
    pub(super) inner: Arc<dyn File>,
    pub(super) plan: Arc<Plan>,
    pub(super) _ticket: Ticket,
}

impl FaultyFile {
    fn ask(&self, operation: Operation) -> Result<(), Errno> {
        self.plan.ask(operation).map(drop)
    }
}

impl File for FaultyFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let mut rest = self.plan.ask(Operation::Read)?;
        let mut first: Vec<IoSliceMut<'_>> = Vec::with_capacity(bufs.len());
        for buf in bufs {
            let len = buf.len().min(rest);
            rest -= len;
            let (head, _) = buf.split_at_mut(len);
            first.push(IoSliceMut::new(head));
        }
        self.inner.read_at(&mut first, offset)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        let most = self.plan.ask(Operation::Write)?;
        self.inner.write_at(&first(bufs, most), offset)
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let most = self.plan.ask(Operation::Append)?;
        self.inner.append(&first(bufs, most))
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.ask(Operation::SetLen)?;
        self.inner.set_len(len)
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.ask(Operation::Allocate)?;
        self.inner.allocate(offset, len)
    }

    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        self.ask(Operation::NextData)?;
        self.inner.next_data(offset)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        self.ask(Operation::FileMetadata)?;
        self.inner.metadata()
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        self.ask(Operation::FileSetTimes)?;
        self.inner.set_times(times)
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        self.ask(Operation::FileSetMode)?;
        self.inner.set_mode(mode)
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        self.ask(Operation::FileSync)?;
        self.inner.sync(kind)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        self.ask(Operation::Advise)?;
        self.inner.advise(offset, len, advice)
    }
}

/// The first bytes of several buffers.
fn first<'a>(bufs: &'a [IoSlice<'_>], most: usize) -> Vec<IoSlice<'a>> {
    let mut rest = most;
    let cut = |buf: &'a IoSlice<'_>| {
        let head = buf.get(..rest).unwrap_or(buf);
        rest -= head.len();
        IoSlice::new(head)
    };
    bufs.iter().map(cut).collect()
}

/// A listing of a filesystem that fails.
pub(super) struct FaultyStream {
    pub(super) inner: Box<dyn DirStream>,
    pub(super) plan: Arc<Plan>,
    pub(super) _ticket: Ticket,
}

impl DirStream for FaultyStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        self.plan.ask(Operation::Listing)?;
        let (plan, mut failed) = (&self.plan, Ok(()));
        self.inner.next_from(cookie, &mut |entry| {
            failed = plan.ask(Operation::Entry).map(drop);
            match failed {
                Ok(()) => sink(entry),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        failed
    }
}
