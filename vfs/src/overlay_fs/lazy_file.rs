use std::io::{IoSlice, IoSliceMut};

use super::ranges::Ranges;
use super::state::times_of;
use crate::{Errno, OpenFile};

/// What is copied at once. A write into the middle of such a block copies the rest of it, so that few ranges have to be remembered.
pub(super) const BLOCK: u64 = 64 << 10;

/// How much of a lower file is in the upper's copy.
///
/// The copy has its full length from the beginning, with a hole where contents have not been needed yet.
#[derive(Default)]
pub(super) struct Copied {
    /// Up to where the lower file still shows (bytes).
    visible: u64,
    /// What of that is in the upper.
    ranges: Ranges,
    /// The storage that the lower file takes (bytes).
    pub(super) allocated: u64,
}

impl Copied {
    /// Nothing yet of a file of this length, which takes that much storage.
    pub(super) fn nothing_of(visible: u64, allocated: u64) -> Self {
        Self {
            visible,
            ranges: Ranges::default(),
            allocated,
        }
    }

    /// Whether the upper has all.
    pub(super) fn is_complete(&self) -> bool {
        self.ranges.cover(self.visible)
    }

    /// Whether the byte at `at` is the upper's, and up to where that is so.
    fn at(&self, at: u64) -> (bool, u64) {
        if at >= self.visible {
            return (true, u64::MAX);
        }
        let (copied, until) = self.ranges.at(at);
        match copied {
            // What follows the last visible byte is the upper's, too.
            true if until >= self.visible => (true, u64::MAX),
            true => (true, until),
            false => (false, until.min(self.visible)),
        }
    }

    fn note(&mut self, start: u64, end: u64) {
        self.ranges.insert(start, end.min(self.visible));
    }

    fn cut(&mut self, len: u64) {
        self.visible = self.visible.min(len);
    }
}

/// A lower file and its copy.
pub(super) struct Pair<'a> {
    pub(super) lower: Option<&'a OpenFile>,
    pub(super) upper: &'a OpenFile,
}

impl Pair<'_> {
    fn of(&self, in_upper: bool) -> Result<&OpenFile, Errno> {
        if in_upper {
            return Ok(self.upper);
        }
        self.lower.ok_or(Errno::Io)
    }

    pub(super) fn read(
        &self,
        copied: &Copied,
        bufs: &mut [IoSliceMut<'_>],
        offset: u64,
    ) -> Result<usize, Errno> {
        let total = bufs.iter().map(|buf| buf.len() as u64).sum::<u64>();
        let (in_upper, until) = copied.at(offset);
        if offset.saturating_add(total) <= until {
            return self.of(in_upper)?.read_at(bufs, offset);
        }
        let mut done = 0_usize;
        for buf in bufs {
            let mut rest: &mut [u8] = buf;
            while !rest.is_empty() {
                let at = offset.saturating_add(done as u64);
                let (in_upper, until) = copied.at(at);
                let n = usize::try_from(until - at).unwrap_or(usize::MAX);
                let (piece, tail) = rest.split_at_mut(n.min(rest.len()));
                match read_all(self.of(in_upper)?, piece, at) {
                    Ok(got) if got == piece.len() => done += got,
                    Ok(got) => return Ok(done + got),
                    Err(errno) => return Err(errno),
                }
                rest = tail;
            }
        }
        Ok(done)
    }

    pub(super) fn write(
        &self,
        copied: &mut Copied,
        bufs: &[IoSlice<'_>],
        offset: u64,
    ) -> Result<usize, Errno> {
        let total = bufs.iter().map(|buf| buf.len() as u64).sum::<u64>();
        let end = offset.saturating_add(total);
        let before = self.fill(copied, offset, end)?;
        match self.upper.write_at(bufs, offset) {
            Ok(written) => {
                copied.note(offset, offset.saturating_add(written as u64));
                Ok(written)
            }
            Err(errno) => {
                if let Some(before) = before {
                    // The failure is what is told.
                    let _moved = self.upper.set_times(before);
                }
                Err(errno)
            }
        }
    }

    /// Copies what a write from `offset` to `end` leaves of its first and its last block. If anything was copied: the times to go back to.
    fn fill(
        &self,
        copied: &mut Copied,
        offset: u64,
        end: u64,
    ) -> Result<Option<crate::SetTimes>, Errno> {
        if offset >= end || offset >= copied.visible {
            return Ok(None);
        }
        let first = offset - offset % BLOCK;
        let last = (end - 1) - (end - 1) % BLOCK;
        let mut before = None;
        for block in [first, last] {
            let block_end = block.saturating_add(BLOCK).min(copied.visible);
            if offset <= block && end >= block_end {
                continue;
            }
            if before.is_none() && !copied.at(block).0 | (copied.at(block).1 < block_end) {
                before = Some(times_of(&self.upper.metadata()?));
            }
            let filled = self.copy(copied, block, block_end);
            if let (Err(errno), Some(before)) = (filled, before) {
                let _moved = self.upper.set_times(before);
                return Err(errno);
            }
        }
        Ok(before)
    }

    /// Copies what is missing between `start` and `end`, but no holes.
    pub(super) fn copy(&self, copied: &mut Copied, start: u64, end: u64) -> Result<(), Errno> {
        let mut at = start;
        while at < end {
            let (in_upper, until) = copied.at(at);
            let until = until.min(end);
            if !in_upper {
                copy_data(self.lower.ok_or(Errno::Io)?, self.upper, at, until)?;
                copied.note(at, until);
            }
            at = until;
        }
        Ok(())
    }

    /// Says whether the file had another length.
    pub(super) fn set_len(&self, copied: &mut Copied, len: u64) -> Result<bool, Errno> {
        let size = self.upper.metadata()?.size;
        self.upper.set_len(len)?;
        copied.cut(len);
        Ok(size != len)
    }

    pub(super) fn next_data(&self, copied: &Copied, offset: u64) -> Result<Option<u64>, Errno> {
        let mut at = offset;
        loop {
            let (in_upper, until) = copied.at(at);
            match self.of(in_upper)?.next_data(at)? {
                Some(data) if data < until => return Ok(Some(data)),
                _ if until == u64::MAX => return Ok(None),
                _ => at = until,
            }
        }
    }
}

/// Copies the data of a range, as far as there is any.
pub(super) fn copy_data(from: &OpenFile, to: &OpenFile, start: u64, end: u64) -> Result<(), Errno> {
    let mut buffer = Vec::new();
    let mut at = start;
    while let Some(data) = from.next_data(at)?.filter(|data| *data < end) {
        let len = (end - data).min(BLOCK);
        buffer.resize(usize::try_from(len).unwrap_or(0), 0);
        let got = read_all(from, &mut buffer, data)?;
        if got == 0 {
            break;
        }
        write_all(to, buffer.get(..got).unwrap_or_default(), data)?;
        at = data + got as u64;
    }
    Ok(())
}

fn read_all(file: &OpenFile, buf: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(&mut [IoSliceMut::new(rest)], offset + done as u64)? {
            0 => break,
            got => done += got,
        }
    }
    Ok(done)
}

fn write_all(file: &OpenFile, bytes: &[u8], offset: u64) -> Result<(), Errno> {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match file.write_at(&[IoSlice::new(rest)], offset + done as u64)? {
            0 => return Err(Errno::NoSpace),
            written => done += written,
        }
    }
    Ok(())
}
