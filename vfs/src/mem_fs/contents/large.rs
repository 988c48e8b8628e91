use std::io::IoSlice;
use std::ops::ControlFlow;

use bytes::Bytes;

use super::block::Block;
use super::ledger::Ledger;
use super::small::Small;
use super::source::Source;
use super::to_u64;
use crate::Errno;
use crate::mem_fs::chunk_pool::{BLOCK, PAGE};
use crate::mem_fs::limits::{Charge, Storage};
use crate::mem_fs::map::{At, Map};

/// Contents of any size: blocks over an optional borrowed base, and holes where there is neither.
#[derive(Clone)]
pub(in crate::mem_fs) struct Large {
    len: u64,
    /// Borrowed from the host. What a cut took away stays away, so it can end before the file does.
    base: Bytes,
    blocks: Map<u64, Block, 16>,
    ledger: Ledger,
}

/// From this size on (bytes) a file that grows at its end gets whole blocks: the unused rest of the last one is little in comparison.
/// (Tests of random operations reach it with smaller files.)
const WHOLE_BLOCKS_FROM: u64 = if cfg!(test) { 2 } else { 16 } * BLOCK as u64;

impl Large {
    pub(super) fn borrowed(storage: &Storage, base: Bytes) -> Result<Self, Errno> {
        let mut ledger = Ledger::default();
        ledger.begin(storage);
        if !ledger.charge(storage, 0, base.len()) {
            return Err(Errno::NoSpace);
        }
        Ok(Self {
            len: to_u64(base.len()),
            base,
            blocks: Map::new(),
            ledger,
        })
    }

    /// Takes over a small file's contents and what was charged for them.
    pub(super) fn from_small(storage: &Storage, small: &Small) -> Result<Self, Errno> {
        let mut large = Self {
            len: 0,
            base: Bytes::new(),
            blocks: Map::new(),
            ledger: Ledger::default(),
        };
        let bytes = small.bytes();
        let old = small.charged(storage.owner);
        if bytes.is_empty() {
            storage.refund(old);
            return Ok(large);
        }
        if !large.ledger.adopt(storage, old) {
            return Err(Errno::NoSpace);
        }
        let slice = [IoSlice::new(bytes)];
        let written = large.write(storage, &mut Source::new(&slice), 0, bytes.len());
        debug_assert_eq!(written, bytes.len(), "the page is paid for");
        Ok(large)
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn allocated(&self) -> u64 {
        self.charged(0).logical
    }

    pub(super) fn charged(&self, owner: u32) -> Charge {
        self.ledger.charged(owner)
    }

    pub(super) fn recount(&self, owner: u32) -> Charge {
        let mut sum = Charge {
            private: 0,
            logical: to_u64(self.base.len()),
        };
        self.blocks.for_each(|index, block| {
            sum = sum.plus(block.charged(owner, under(&self.base, *index)));
        });
        sum
    }

    /// Whether nothing has been written to either since they were one. A write that failed can have unshared parts of the map.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let base = |large: &Self| (large.base.as_ptr(), large.base.len());
        if self.len != other.len || base(self) != base(other) {
            return false;
        }
        let mut same = true;
        self.blocks.diff(&other.blocks, |_, a, b| {
            same &= a.unwrap_or(&Block::Hole).is_same(b.unwrap_or(&Block::Hole));
        });
        same
    }

    #[cfg(test)]
    pub(super) const fn stored_blocks(&self) -> usize {
        self.blocks.len()
    }

    #[cfg(test)]
    pub(super) fn has_empty_blocks(&self) -> bool {
        let mut found = false;
        self.blocks.for_each(|_, block| found |= block.is_hole());
        found
    }

    /// Fills `to`, which ends before the end.
    pub(super) fn read(&self, mut to: &mut [u8], mut offset: u64) {
        while !to.is_empty() {
            let (index, within) = split(offset);
            let len = (BLOCK - within).min(to.len());
            let (now, later) = to.split_at_mut(len);
            let under = under(&self.base, index);
            match self.blocks.get(At(index)) {
                Some((_, block)) => block.read(now, within, under),
                None => Block::Hole.read(now, within, under),
            }
            to = later;
            offset += to_u64(len);
        }
    }

    /// Where the next stored byte lies, from `offset` on; perhaps past the end. Finds the block at once, however far.
    pub(super) fn next_data(&self, offset: u64) -> Option<u64> {
        if offset < to_u64(self.base.len()) {
            return Some(offset);
        }
        let (first, first_within) = split(offset);
        let mut found = None;
        self.blocks.visit_from(At(first), &mut |index, block| {
            let within = if *index == first { first_within } else { 0 };
            match block.next_data(within) {
                Some(within) => {
                    found = Some(index * to_u64(BLOCK) + to_u64(within));
                    ControlFlow::Break(())
                }
                None => ControlFlow::Continue(()),
            }
        });
        found
    }

    /// Writes `wanted` bytes, or fewer if there is no storage for more, and says how many.
    pub(super) fn write(
        &mut self,
        storage: &Storage,
        source: &mut Source<'_>,
        offset: u64,
        wanted: usize,
    ) -> usize {
        self.ledger.begin(storage);
        let mut done = 0;
        while done < wanted {
            let (index, within) = split(offset + to_u64(done));
            let len = (BLOCK - within).min(wanted - done);
            let written = self.write_block(storage, source, index, within, len);
            done += written;
            if written > 0 {
                self.len = self.len.max(offset + to_u64(done));
            }
            if written < len {
                break;
            }
        }
        done
    }

    /// Cuts the contents, not to 0, or lets them grow by a hole.
    pub(super) fn set_len(&mut self, storage: &Storage, len: u64) -> Result<(), Errno> {
        self.ledger.begin(storage);
        if len < self.len {
            let (index, within) = split(len);
            // What may need storage comes first.
            if within != 0 {
                self.cut_block(storage, index, within)?;
            }
            self.drop_blocks(storage, if within == 0 { index } else { index + 1 });
            self.cut_base(storage, len);
        }
        self.len = len;
        Ok(())
    }

    /// Allocates and unshares the storage from `offset` to `end`.
    pub(super) fn allocate(
        &mut self,
        storage: &Storage,
        offset: u64,
        end: u64,
    ) -> Result<(), Errno> {
        self.ledger.begin(storage);
        let missing = self.missing_pages(storage.owner, offset, end);
        let bytes = missing.checked_mul(to_u64(PAGE)).ok_or(Errno::NoSpace)?;
        if !self.ledger.reserve(storage, bytes) {
            return Err(Errno::NoSpace);
        }
        let mut at = offset;
        let mut done = true;
        while at < end && done {
            let (index, within) = split(at);
            let stop = usize::try_from(end - at)
                .map_or(BLOCK, |rest| BLOCK.min(within.saturating_add(rest)));
            done = self.allocate_block(storage, index, within, stop);
            at += to_u64(stop - within);
        }
        self.ledger.release(storage);
        if !done {
            return Err(Errno::NoSpace);
        }
        self.len = self.len.max(end);
        Ok(())
    }

    fn write_block(
        &mut self,
        storage: &Storage,
        source: &mut Source<'_>,
        index: u64,
        within: usize,
        wanted: usize,
    ) -> usize {
        let Self {
            len,
            base,
            blocks,
            ledger,
        } = self;
        let under = under(base, index);
        if let Some(block) = blocks.get_mut(At(index)) {
            return block.write(storage, ledger, within, wanted, source, under);
        }
        let start = index * to_u64(BLOCK);
        let ascending = within == 0 && start >= WHOLE_BLOCKS_FROM && *len == start;
        let mut block = Block::Hole;
        let mut written = 0;
        if (wanted == BLOCK || ascending)
            && let Some(whole) = Block::whole(storage, ledger, within, wanted, source, under)
        {
            block = whole;
            written = wanted;
        }
        if written == 0 {
            written = block.write(storage, ledger, within, wanted, source, under);
        }
        // An empty block is not kept: it would be memory that nobody paid for.
        if !block.is_hole() {
            blocks.insert(index, block, At(index));
        }
        written
    }

    fn allocate_block(&mut self, storage: &Storage, index: u64, within: usize, end: usize) -> bool {
        let Self {
            base,
            blocks,
            ledger,
            ..
        } = self;
        let under = under(base, index);
        if let Some(block) = blocks.get_mut(At(index)) {
            return block.allocate(storage, ledger, within, end, under);
        }
        let whole = (within == 0 && end == BLOCK)
            .then(|| Block::whole(storage, ledger, 0, 0, &mut Source::new(&[]), under))
            .flatten();
        let (block, done) = match whole {
            Some(block) => (block, true),
            None => {
                let mut block = Block::Hole;
                let done = block.allocate(storage, ledger, within, end, under);
                (block, done)
            }
        };
        if !block.is_hole() {
            blocks.insert(index, block, At(index));
        }
        done
    }

    /// How many pages from `offset` to `end` still need storage before they can be written. Costs what is stored there, not what the range is
    /// long. It unshares the map on the way: a block in a shared node has a snapshot's claim on it that its own count doesn't show.
    fn missing_pages(&mut self, owner: u32, offset: u64, end: u64) -> u64 {
        let page = to_u64(PAGE);
        let mut missing = end.div_ceil(page) - offset / page;
        let (first, first_within) = split(offset);
        let (last, last_end) = split(end - 1);
        let mut next = self.block_from(first);
        while let Some(index) = next.filter(|index| *index <= last) {
            let from = if index == first { first_within } else { 0 };
            let to = if index == last { last_end + 1 } else { BLOCK };
            if let Some(block) = self.blocks.get_mut(At(index)) {
                missing -= to_u64(block.ready_pages(owner, from, to));
            }
            next = self.block_from(index + 1);
        }
        missing
    }

    /// The first block from this index on that is stored.
    fn block_from(&self, from: u64) -> Option<u64> {
        let mut found = None;
        self.blocks.visit_from(At(from), &mut |index, _| {
            found = Some(*index);
            ControlFlow::Break(())
        });
        found
    }

    /// Makes a stored block read as zeros from `within` (not 0) on.
    fn cut_block(&mut self, storage: &Storage, index: u64, within: usize) -> Result<(), Errno> {
        if self.blocks.get(At(index)).is_none() {
            return Ok(());
        }
        let under = under(&self.base, index);
        let Some(block) = self.blocks.get_mut(At(index)) else {
            return Ok(());
        };
        if !block.cut(storage, &mut self.ledger, within, under) {
            return Err(Errno::NoSpace);
        }
        // As in `write_block`: a guest that writes and cuts block after block would fill the memory for nothing.
        if block.is_hole() {
            self.blocks.remove(At(index));
        }
        Ok(())
    }

    /// Removes the blocks from this one on.
    fn drop_blocks(&mut self, storage: &Storage, from: u64) {
        while let Some((&last, block)) = self.blocks.last() {
            if last < from {
                break;
            }
            let charged = block.charged(storage.owner, under(&self.base, last));
            self.ledger.refund(storage, charged);
            self.blocks.remove(At(last));
        }
    }

    /// What the block counts in which this offset lies, besides what is borrowed there.
    fn logical_bytes_around(&self, offset: usize) -> u64 {
        let (index, _) = split(to_u64(offset));
        let block = self.blocks.get(At(index)).map(|(_, block)| block);
        block.map_or(0, |block| {
            block.charged(0, under(&self.base, index)).logical
        })
    }

    fn cut_base(&mut self, storage: &Storage, len: u64) {
        if let Ok(len) = usize::try_from(len)
            && len < self.base.len()
        {
            let before = to_u64(self.base.len()) + self.logical_bytes_around(len);
            self.base.truncate(len);
            let after = to_u64(len) + self.logical_bytes_around(len);
            self.ledger.refund(
                storage,
                Charge {
                    private: 0,
                    logical: before - after,
                },
            );
        }
    }
}

/// The block in which an offset lies, and where in it.
#[expect(clippy::cast_possible_truncation, reason = "a remainder by BLOCK fits")]
const fn split(offset: u64) -> (u64, usize) {
    (offset / BLOCK as u64, (offset % BLOCK as u64) as usize)
}

/// The part of the borrowed bytes from the start of a block on.
fn under(base: &Bytes, index: u64) -> &[u8] {
    let start = index
        .checked_mul(to_u64(BLOCK))
        .and_then(|start| usize::try_from(start).ok());
    start
        .and_then(|start| base.get(start..))
        .unwrap_or_default()
}
