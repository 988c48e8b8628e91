use std::collections::BTreeMap;
use std::io::{IoSlice, IoSliceMut};

/// How many bytes stand under one key. Only so that a case's large file is no map of a million bytes.
const BLOCK: u64 = 4096;

/// A file's bytes: those that were written, by their position; all others are zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    len: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Contents {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of storage in use.
    pub(super) fn allocated(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK
    }

    fn byte(&self, at: u64) -> u8 {
        let block = self.blocks.get(&(at / BLOCK));
        block.map_or(0, |block| block[usize::try_from(at % BLOCK).unwrap_or(0)])
    }

    fn set_byte(&mut self, at: u64, byte: u8) {
        let empty = || vec![0; usize::try_from(BLOCK).unwrap_or(0)];
        let block = self.blocks.entry(at / BLOCK).or_insert_with(empty);
        block[usize::try_from(at % BLOCK).unwrap_or(0)] = byte;
    }

    pub(super) fn read(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> usize {
        let room = bufs.iter_mut().flat_map(|buf| buf.iter_mut());
        let mut count = 0;
        for (at, byte) in (offset..self.len).zip(room) {
            *byte = self.byte(at);
            count += 1;
        }
        count
    }

    /// Writes all bytes; nothing changes where there are none.
    pub(super) fn write(&mut self, bufs: &[IoSlice<'_>], offset: u64) -> usize {
        for (at, byte) in (offset..).zip(bufs.iter().flat_map(|buf| buf.iter())) {
            self.set_byte(at, *byte);
            self.len = self.len.max(at + 1);
        }
        bufs.iter().map(|buf| buf.len()).sum()
    }

    pub(super) fn set_len(&mut self, len: u64) {
        self.blocks.retain(|block, _| block * BLOCK < len);
        if !len.is_multiple_of(BLOCK)
            && let Some(last) = self.blocks.get_mut(&(len / BLOCK))
        {
            last[usize::try_from(len % BLOCK).unwrap_or(0)..].fill(0);
        }
        self.len = len;
    }
}
