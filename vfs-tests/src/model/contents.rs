use std::collections::BTreeMap;
use std::io::{IoSlice, IoSliceMut};

/// How many bytes stand under one key. Only so that a case's large file is no map of a million bytes.
const BLOCK: u64 = 4096;

/// A file's bytes: those that were written, by their position; all others are zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    len: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
    /// The number of the last call that may have changed something.
    touched: u64,
    /// The number of the last write, if the length was not set since: then what it wrote is still there.
    written: Option<u64>,
}

impl Contents {
    /// Whether they hold something else, or something was written to either from this number on that is still there.
    pub(super) fn differs(&self, other: &Self, since: u64) -> bool {
        let written = |contents: &Self| contents.written.is_some_and(|number| number >= since);
        let blocks = || self.blocks.keys().chain(other.blocks.keys());
        let block = |contents: &Self, block: u64| contents.part(block * BLOCK, (block + 1) * BLOCK);
        self.len != other.len
            || written(self)
            || written(other)
            || blocks().any(|&at| block(self, at) != block(other, at))
    }

    /// Whether any call from this number on may have changed either.
    pub(super) fn may_differ(&self, other: &Self, since: u64) -> bool {
        self.touched >= since || other.touched >= since
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of storage in use.
    pub(super) fn allocated(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK
    }

    /// The bytes from `from` to `to`, which lie within one block.
    fn part(&self, from: u64, to: u64) -> Vec<u8> {
        match self.blocks.get(&(from / BLOCK)) {
            Some(block) => block[in_block(from)..][..small(to - from)].to_vec(),
            None => vec![0; small(to - from)],
        }
    }

    pub(super) fn read(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> usize {
        let room: usize = bufs.iter().map(|buf| buf.len()).sum();
        let end = offset.saturating_add(room as u64).min(self.len);
        let mut bytes = Vec::new();
        for (from, to) in parts(offset, end) {
            bytes.extend(self.part(from, to));
        }
        let mut rest = bytes.as_slice();
        for buf in bufs {
            let (now, later) = rest.split_at(buf.len().min(rest.len()));
            buf[..now.len()].copy_from_slice(now);
            rest = later;
        }
        bytes.len()
    }

    /// Writes all bytes; nothing changes where there are none. `number` is that of the call.
    pub(super) fn write(&mut self, bufs: &[IoSlice<'_>], offset: u64, number: u64) -> usize {
        let bytes: Vec<u8> = bufs.iter().map(|buf| &**buf).collect::<Vec<_>>().concat();
        for (from, to) in parts(offset, offset + bytes.len() as u64) {
            let empty = || vec![0; small(BLOCK)];
            let block = self.blocks.entry(from / BLOCK).or_insert_with(empty);
            let written = &bytes[small(from - offset)..small(to - offset)];
            block[in_block(from)..][..written.len()].copy_from_slice(written);
            self.len = self.len.max(to);
        }
        if !bytes.is_empty() {
            self.touched = number;
            self.written = Some(number);
        }
        bytes.len()
    }

    pub(super) fn set_len(&mut self, len: u64, number: u64) {
        self.touched = number;
        if len != self.len {
            self.written = None;
        }
        self.blocks.retain(|block, _| block * BLOCK < len);
        if !len.is_multiple_of(BLOCK)
            && let Some(last) = self.blocks.get_mut(&(len / BLOCK))
        {
            last[in_block(len)..].fill(0);
        }
        self.len = len;
    }
}

/// The range, cut where blocks end.
fn parts(from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
    let end_of_block = |at: u64| (at / BLOCK + 1) * BLOCK;
    let first = (from < to).then(|| (from, to.min(end_of_block(from))));
    std::iter::successors(first, move |&(_, at)| {
        (at < to).then(|| (at, to.min(end_of_block(at))))
    })
}

fn in_block(at: u64) -> usize {
    small(at % BLOCK)
}

/// A length in memory.
fn small(len: u64) -> usize {
    usize::try_from(len).expect("what is in memory has a length that is")
}
