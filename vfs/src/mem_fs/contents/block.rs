use std::sync::Arc;

use super::ledger::Ledger;
use super::source::Source;
use super::split::{
    Split, Under, copy_under, is_ready, newly_stored, own, private_bytes, read_under,
};
use super::to_u64;
use crate::mem_fs::chunk_pool::{BLOCK, Chunk, PAGE};
use crate::mem_fs::limits::{Charge, Storage};

/// 64 KiB of a large file.
#[derive(Clone, Default)]
pub(super) enum Block {
    /// Nothing of its own.
    #[default]
    Hole,
    /// One run.
    Whole(Arc<Chunk>),
    /// Pages of its own over a run that a snapshot may share, or over nothing.
    Split(Arc<Split>),
}

impl Block {
    /// A whole block, if it can be paid for: `written` bytes from `within` on come from the source, the rest from what lies under it.
    pub(super) fn whole(
        storage: &Storage,
        ledger: &mut Ledger,
        within: usize,
        written: usize,
        source: &mut Source<'_>,
        under: Under<'_>,
    ) -> Option<Self> {
        if !ledger.charge(storage, BLOCK, newly_stored(under, 0, BLOCK)) {
            return None;
        }
        let end = within + written;
        let mut chunk = storage.pool.block(storage.owner, within..end);
        copy_under(&mut chunk[..within], under, 0);
        copy_under(&mut chunk[end..], under, end);
        source.fill(&mut chunk[within..end]);
        Some(Self::Whole(Arc::new(chunk)))
    }

    /// Fills `to` from `within` on.
    pub(super) fn read(&self, to: &mut [u8], within: usize, under: Under<'_>) {
        match self {
            Self::Hole => read_under(to, under, within),
            Self::Whole(chunk) => to.copy_from_slice(&chunk[within..within + to.len()]),
            Self::Split(split) => split.read(to, within, under),
        }
    }

    /// Where the next stored byte lies, from `within` on.
    pub(super) fn next_data(&self, within: usize) -> Option<usize> {
        match self {
            Self::Hole => None,
            Self::Whole(_) => Some(within),
            Self::Split(split) => split.next_data(within),
        }
    }

    /// Writes `wanted` bytes from `within` on, or fewer if there is no storage for more, and says how many.
    pub(super) fn write(
        &mut self,
        storage: &Storage,
        ledger: &mut Ledger,
        within: usize,
        wanted: usize,
        source: &mut Source<'_>,
        under: Under<'_>,
    ) -> usize {
        if let Self::Whole(chunk) = self
            && let Some(chunk) = own(storage, ledger, chunk)
        {
            source.fill(&mut chunk[within..within + wanted]);
            return wanted;
        }
        let Some(split) = self.make_split() else {
            return 0;
        };
        let mut done = 0;
        while done < wanted {
            let at = within + done;
            let (page, start) = (at / PAGE, at % PAGE);
            let end = PAGE.min(start + wanted - done);
            let Some(chunk) = split.own_page(storage, ledger, page, start, end, under) else {
                break;
            };
            source.fill(&mut chunk[start..end]);
            done += end - start;
        }
        split.drop_covered_base(storage, ledger);
        done
    }

    /// Makes sure that writing from `within` to `end` will need no more storage. `false`: there is none.
    pub(super) fn allocate(
        &mut self,
        storage: &Storage,
        ledger: &mut Ledger,
        within: usize,
        end: usize,
        under: Under<'_>,
    ) -> bool {
        if let Self::Whole(chunk) = self
            && own(storage, ledger, chunk).is_some()
        {
            return true;
        }
        let Some(split) = self.make_split() else {
            return false;
        };
        let done = (within / PAGE..end.div_ceil(PAGE))
            .all(|page| split.own_page(storage, ledger, page, 0, 0, under).is_some());
        split.drop_covered_base(storage, ledger);
        done
    }

    /// How many of the pages from `within` to `end` can be written without further storage.
    pub(super) fn ready_pages(&self, owner: u32, within: usize, end: usize) -> usize {
        let pages = within / PAGE..end.div_ceil(PAGE);
        match self {
            Self::Whole(chunk) if is_ready(chunk, owner) => pages.len(),
            Self::Split(split) if Arc::strong_count(split) == 1 => split.ready_pages(owner, pages),
            Self::Hole | Self::Whole(_) | Self::Split(_) => 0,
        }
    }

    /// Makes everything from `within` (not 0) on read as zeros. `false`: it needs a copy of a page, for which there is no storage.
    pub(super) fn cut(
        &mut self,
        storage: &Storage,
        ledger: &mut Ledger,
        within: usize,
        under: Under<'_>,
    ) -> bool {
        if let Self::Whole(chunk) = self
            && let Some(chunk) = Arc::get_mut(chunk)
        {
            chunk[within..].fill(0);
            return true;
        }
        if matches!(self, Self::Hole) {
            return true;
        }
        self.make_split()
            .is_some_and(|split| split.cut(storage, ledger, within, under))
    }

    /// What was charged for the block.
    pub(super) fn charged(&self, owner: u32, under: Under<'_>) -> Charge {
        match self {
            Self::Hole => Charge::default(),
            Self::Whole(chunk) => Charge {
                private: private_bytes(chunk, owner),
                logical: to_u64(newly_stored(under, 0, BLOCK)),
            },
            Self::Split(split) => split.charged(owner, under),
        }
    }

    /// Whether nothing has been written to either since they were one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Hole, Self::Hole) => true,
            (Self::Whole(a), Self::Whole(b)) => Arc::ptr_eq(a, b),
            (Self::Split(a), Self::Split(b)) => a.is_same(b),
            (Self::Whole(whole), Self::Split(split)) | (Self::Split(split), Self::Whole(whole)) => {
                split.shows_all_of(whole)
            }
            (Self::Hole, other) | (other, Self::Hole) => other.is_hole(),
        }
    }

    /// Whether nothing is stored.
    pub(super) fn is_hole(&self) -> bool {
        match self {
            Self::Hole => true,
            Self::Whole(_) => false,
            Self::Split(split) => split.is_empty(),
        }
    }

    fn make_split(&mut self) -> Option<&mut Split> {
        match self {
            Self::Hole => *self = Self::Split(Arc::default()),
            Self::Whole(chunk) => {
                let split = Split::over(Arc::clone(chunk));
                *self = Self::Split(Arc::new(split));
            }
            Self::Split(_) => {}
        }
        match self {
            Self::Split(split) => Some(Arc::make_mut(split)),
            _ => None,
        }
    }
}
