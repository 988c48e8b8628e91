use std::iter;

use guesthouse_vfs::{Errno, OpenFile};

/// Where holes are looked for, in bytes: the block of most filesystems.
const GRAIN: u64 = 4096;

/// So many pieces of one file are told apart. A file of more is 16 GiB long at least, holes left out; its shortest holes are written then.
const PIECES_MAX: usize = 1 << 22;

/// The pieces of a file that are stored, in order: offset and length in bytes. All are whole blocks but for the last, which may end with the file.
pub(super) struct Extents {
    pieces: Vec<(u64, u64)>,
    /// The length of the file.
    size: u64,
    /// Holes shorter than this are taken for stored.
    min_hole: u64,
}

impl Extents {
    /// Asks the file, which is `size` bytes long, where its holes are.
    pub(super) fn of(file: &OpenFile, size: u64) -> Result<Self, Errno> {
        Self::find(size, PIECES_MAX, |offset| file.next_data(offset))
    }

    fn find(
        size: u64,
        pieces_max: usize,
        mut next_data: impl FnMut(u64) -> Result<Option<u64>, Errno>,
    ) -> Result<Self, Errno> {
        let mut extents = Self {
            pieces: Vec::new(),
            size,
            min_hole: GRAIN,
        };
        let mut offset = 0;
        while offset < size {
            let Some(data) = next_data(offset)?.filter(|&data| data < size) else {
                break;
            };
            let start = (data - data % GRAIN).max(offset);
            let end = start.saturating_add(GRAIN).min(size);
            extents.push(start, end, pieces_max);
            offset = end;
        }
        Ok(extents)
    }

    pub(super) fn pieces(&self) -> &[(u64, u64)] {
        &self.pieces
    }

    /// How many bytes all pieces have together.
    pub(super) fn stored(&self) -> u64 {
        self.pieces.iter().map(|(_, len)| len).sum()
    }

    /// How many pieces there are, and where each lies: a list of decimal numbers, each on its own line. A file that ends with a hole has an empty piece at its end.
    pub(super) fn list(&self) -> impl Iterator<Item = String> {
        let ends = self.pieces.last().map(|(offset, len)| offset + len) == Some(self.size);
        let end = (!ends).then_some((self.size, 0));
        let count = self.pieces.len() + usize::from(!ends);
        let pieces = self.pieces.iter().copied().chain(end);
        let lines = pieces.map(|(offset, len)| format!("{offset}\n{len}\n"));
        iter::once(format!("{count}\n")).chain(lines)
    }

    fn push(&mut self, start: u64, end: u64, pieces_max: usize) {
        match self.pieces.last_mut() {
            Some((last, len)) if start - (*last + *len) < self.min_hole => *len = end - *last,
            _ => self.pieces.push((start, end - start)),
        }
        while self.pieces.len() > pieces_max {
            self.min_hole *= 2;
            let min_hole = self.min_hole;
            self.pieces.dedup_by(|next, kept| {
                let joined = next.0 - (kept.0 + kept.1) < min_hole;
                if joined {
                    kept.1 = next.0 + next.1 - kept.0;
                }
                joined
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The extents of a file of which these blocks of 4096 bytes are stored.
    fn found(size: u64, stored: &[u64], pieces_max: usize) -> Vec<(u64, u64)> {
        let next_data = |offset: u64| {
            let block = stored.iter().find(|&&block| (block + 1) * GRAIN > offset);
            Ok(block.map(|block| offset.max(block * GRAIN)))
        };
        let extents = Extents::find(size, pieces_max, next_data).unwrap();
        assert_eq!(
            extents.stored(),
            extents.pieces().iter().map(|p| p.1).sum::<u64>()
        );
        extents.pieces
    }

    #[test]
    fn pieces_lie_between_the_holes() {
        assert_eq!(found(0, &[], 9), []);
        assert_eq!(found(1 << 40, &[], 9), []);
        assert_eq!(found(5000, &[0, 1], 9), [(0, 5000)]);
        assert_eq!(found(5000, &[1], 9), [(4096, 904)]);
        let blocks = [1, 2, 5, 7];
        let pieces = [(4096, 8192), (20480, 4096), (28672, 4096)];
        assert_eq!(found(1 << 40, &blocks, 9), pieces);
    }

    #[test]
    fn a_file_that_knows_bytes_gives_whole_blocks() {
        let next_data = |offset| Ok((offset <= 5000).then_some(5000));
        let extents = Extents::find(1 << 20, 9, next_data).unwrap();
        assert_eq!(extents.pieces(), [(4096, 4096)]);
    }

    #[test]
    fn the_list_ends_where_the_file_does() {
        let list = |size, stored: &[u64]| {
            let next_data = |offset| {
                let block = stored.iter().find(|&&block| block * GRAIN >= offset);
                Ok(block.map(|block| block * GRAIN))
            };
            Extents::find(size, 9, next_data)
                .unwrap()
                .list()
                .collect::<String>()
        };
        assert_eq!(list(1 << 20, &[]), "1\n1048576\n0\n");
        assert_eq!(list(8192, &[1]), "1\n4096\n4096\n");
        assert_eq!(list(9000, &[1]), "2\n4096\n4096\n9000\n0\n");
    }

    #[test]
    fn too_many_pieces_are_joined_over_the_shortest_holes() {
        let blocks = [0, 2, 4, 100, 102, 200];
        let pieces = [(0, 5 * 4096), (100 * 4096, 3 * 4096), (200 * 4096, 4096)];
        assert_eq!(found(1 << 30, &blocks, 3), pieces);
    }
}
