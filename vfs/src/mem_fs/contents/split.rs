use std::ops::Range;
use std::sync::Arc;

use super::ledger::Ledger;
use super::to_u64;
use crate::mem_fs::chunk_pool::{BLOCK, Chunk, PAGE};
use crate::mem_fs::limits::{Charge, Storage};

/// A block in pages of its own, over a run that a snapshot may share or over nothing.
#[derive(Clone, Default)]
pub(super) struct Split {
    base: Option<Arc<Chunk>>,
    /// How many bytes of `base` are in sight; zeros follow.
    visible: usize,
    pages: [Option<Arc<Chunk>>; PAGES],
}

const PAGES: usize = BLOCK / PAGE;

/// What lies under a block: bytes borrowed from the host, from the block's start on.
pub(super) type Under<'a> = &'a [u8];

impl Split {
    /// All of it shows the run.
    pub(super) fn over(base: Arc<Chunk>) -> Self {
        Self {
            base: Some(base),
            visible: BLOCK,
            pages: Default::default(),
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let shared = |a: &Option<Arc<Chunk>>, b: &Option<Arc<Chunk>>| match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        let mut pages = self.pages.iter().zip(&other.pages);
        shared(&self.base, &other.base)
            && self.visible == other.visible
            && pages.all(|(a, b)| shared(a, b))
    }

    /// Whether it is this run and nothing else.
    pub(super) fn shows_all_of(&self, run: &Arc<Chunk>) -> bool {
        self.base
            .as_ref()
            .is_some_and(|base| Arc::ptr_eq(base, run))
            && self.visible == BLOCK
            && self.pages.iter().all(Option::is_none)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.base.is_none() && self.pages.iter().all(Option::is_none)
    }

    /// What was charged for it.
    pub(super) fn charged(&self, owner: u32, under: Under<'_>) -> Charge {
        let chunks = self.base.iter().chain(self.pages.iter().flatten());
        let logical = match self.base {
            Some(_) => newly_stored(under, 0, BLOCK),
            None => (0..)
                .zip(&self.pages)
                .filter(|(_, page)| page.is_some())
                .map(|(page, _)| newly_stored(under, page * PAGE, PAGE))
                .sum(),
        };
        Charge {
            private: chunks.map(|chunk| private_bytes(chunk, owner)).sum(),
            logical: to_u64(logical),
        }
    }

    /// How many of the pages can be written without further storage.
    pub(super) fn ready_pages(&self, owner: u32, pages: Range<usize>) -> usize {
        let ready = |page: &&Arc<Chunk>| is_ready(page, owner);
        self.pages[pages].iter().flatten().filter(ready).count()
    }

    pub(super) fn read(&self, to: &mut [u8], within: usize, under: Under<'_>) {
        let mut done = 0;
        while done < to.len() {
            let at = within + done;
            let (page, start) = (at / PAGE, at % PAGE);
            let len = (PAGE - start).min(to.len() - done);
            let to = &mut to[done..done + len];
            match &self.pages[page] {
                Some(chunk) => to.copy_from_slice(&chunk[start..start + len]),
                None => read_under(to, self.under(under), at),
            }
            done += len;
        }
    }

    /// Where the next stored byte lies, from `within` on.
    pub(super) fn next_data(&self, within: usize) -> Option<usize> {
        if self.base.is_some() && within < self.visible {
            return Some(within);
        }
        let later = (0..).zip(&self.pages).skip(within / PAGE);
        let (page, _) = later.into_iter().find(|(_, page)| page.is_some())?;
        Some(within.max(page * PAGE))
    }

    /// What shows where there is no page.
    fn under<'a>(&'a self, file: Under<'a>) -> Under<'a> {
        match &self.base {
            Some(base) => &base[..self.visible],
            None => file,
        }
    }

    /// The page, ours alone, ready to be written from `start` to `end`, which the caller does next.
    pub(super) fn own_page(
        &mut self,
        storage: &Storage,
        ledger: &mut Ledger,
        page: usize,
        start: usize,
        end: usize,
        under: Under<'_>,
    ) -> Option<&mut Chunk> {
        let ready = match &mut self.pages[page] {
            Some(chunk) => own(storage, ledger, chunk).is_some(),
            None => false,
        };
        if !ready {
            let hole = self.pages[page].is_none() && self.base.is_none();
            let logical = if hole {
                newly_stored(under, page * PAGE, PAGE)
            } else {
                0
            };
            let old = self.pages[page].as_deref();
            // A page of ours that a snapshot shares is paid for, and it is the snapshot's alone from now on. Else a full filesystem could not be written over.
            let paid = old.is_some_and(|old| old.owner == storage.owner);
            if !ledger.charge(storage, if paid { 0 } else { PAGE }, logical) {
                return None;
            }
            let mut chunk = storage.pool.page(storage.owner, start..end);
            if let Some(old) = self.pages[page].take() {
                chunk[..start].copy_from_slice(&old[..start]);
                chunk[end..].copy_from_slice(&old[end..]);
            } else {
                let under = self.under(under);
                copy_under(&mut chunk[..start], under, page * PAGE);
                copy_under(&mut chunk[end..], under, page * PAGE + end);
            }
            self.pages[page] = Some(Arc::new(chunk));
        }
        self.pages[page].as_mut().and_then(Arc::get_mut)
    }

    /// Lets the run below go once pages cover all of it.
    pub(super) fn drop_covered_base(&mut self, storage: &Storage, ledger: &mut Ledger) {
        if self.pages.iter().all(Option::is_some)
            && let Some(base) = self.base.take()
        {
            refund_chunk(storage, ledger, &base);
        }
    }

    pub(super) fn cut(
        &mut self,
        storage: &Storage,
        ledger: &mut Ledger,
        within: usize,
        under: Under<'_>,
    ) -> bool {
        let (page, start) = (within / PAGE, within % PAGE);
        if start != 0 && self.pages[page].is_some() {
            let Some(chunk) = self.own_page(storage, ledger, page, start, PAGE, under) else {
                return false;
            };
            chunk[start..].fill(0);
        }
        self.visible = self.visible.min(within);
        for page in within.div_ceil(PAGE)..PAGES {
            if let Some(old) = self.pages[page].take() {
                refund_chunk(storage, ledger, &old);
                let logical = match self.base {
                    Some(_) => 0,
                    None => to_u64(newly_stored(under, page * PAGE, PAGE)),
                };
                ledger.refund(
                    storage,
                    Charge {
                        private: 0,
                        logical,
                    },
                );
            }
        }
        true
    }
}

/// How many of `len` bytes from `from` on are in sight only because they are stored here: those that are borrowed are counted with what is borrowed.
pub(super) fn newly_stored(under: Under<'_>, from: usize, len: usize) -> usize {
    len - under.len().saturating_sub(from).min(len)
}

/// What this filesystem was charged for the chunk.
pub(super) fn private_bytes(chunk: &Chunk, owner: u32) -> u64 {
    if chunk.owner == owner {
        to_u64(chunk.len())
    } else {
        0
    }
}

/// Whether the chunk can be written without further storage.
pub(super) fn is_ready(chunk: &Arc<Chunk>, owner: u32) -> bool {
    chunk.owner == owner && Arc::strong_count(chunk) == 1
}

/// The chunk, to be changed, if nobody shares it and it is ours or can be paid for.
pub(super) fn own<'a>(
    storage: &Storage,
    ledger: &mut Ledger,
    chunk: &'a mut Arc<Chunk>,
) -> Option<&'a mut Chunk> {
    let chunk = Arc::get_mut(chunk)?;
    if chunk.owner != storage.owner {
        if !ledger.charge(storage, chunk.len(), 0) {
            return None;
        }
        chunk.owner = storage.owner;
    }
    Some(chunk)
}

/// Refunds a chunk that the file lets go while something else shows in its place.
fn refund_chunk(storage: &Storage, ledger: &mut Ledger, chunk: &Chunk) {
    let private = private_bytes(chunk, storage.owner);
    ledger.refund(
        storage,
        Charge {
            private,
            logical: 0,
        },
    );
}

/// Copies what lies under `to`, whose zeros stay where nothing does.
pub(super) fn copy_under(to: &mut [u8], under: Under<'_>, from: usize) {
    let under = under.get(from..).unwrap_or_default();
    let len = to.len().min(under.len());
    to[..len].copy_from_slice(&under[..len]);
}

/// Copies what lies under `to`, and zeros where nothing does.
pub(super) fn read_under(to: &mut [u8], under: Under<'_>, from: usize) {
    let under = under.get(from..).unwrap_or_default();
    let len = to.len().min(under.len());
    to[..len].copy_from_slice(&under[..len]);
    to[len..].fill(0);
}
