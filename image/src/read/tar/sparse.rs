use bytes::Bytes;

use super::header::{BLOCK, corrupt, length};
use super::pax::{PaxSparse, decimal};
use crate::read::ImageError;
use crate::read::unpack::Segment;

/// A sparse file: its length with holes, and what is stored of it.
#[derive(Debug)]
pub(in crate::read) struct Sparse {
    pub(in crate::read) len: u64,
    pub(in crate::read) segments: Vec<Segment>,
}

impl Sparse {
    /// Lays out the stored bytes by a map of offsets and lengths by turns.
    ///
    /// # Errors
    /// [`ImageErrorKind::Corrupt`](crate::ImageErrorKind::Corrupt) for a map whose parts overlap, are not in order, pass the end, or are not what is stored.
    fn new(len: u64, map: &[u64], stored: &Bytes) -> Result<Self, ImageError> {
        let (pairs, odd) = map.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(corrupt("the map of a sparse file is cut short"));
        }
        let mut segments = Vec::with_capacity(pairs.len());
        let (mut end, mut at) = (0_u64, 0_usize);
        for &[offset, part] in pairs {
            let after = offset
                .checked_add(part)
                .filter(|after| *after <= len && offset >= end);
            end = after
                .ok_or_else(|| corrupt("the parts of a sparse file overlap or pass its end"))?;
            let cut = usize::try_from(part)
                .ok()
                .and_then(|part| at.checked_add(part));
            let cut = cut
                .filter(|cut| *cut <= stored.len())
                .ok_or_else(|| corrupt("a sparse file has less stored than its map says"))?;
            if part > 0 {
                segments.push(Segment {
                    offset,
                    bytes: stored.slice(at..cut),
                });
            }
            at = cut;
        }
        if at != stored.len() {
            return Err(corrupt("a sparse file has more stored than its map says"));
        }
        Ok(Self { len, segments })
    }

    /// GNU tar's own format: the map lies in the header and, where it is long, in blocks after it. Returns the file and how long those blocks and what is stored are.
    pub(super) fn gnu(
        header: &tar::GnuHeader,
        size: u64,
        after: &Bytes,
    ) -> Result<(Self, u64), ImageError> {
        const EXTENSION: usize = 21 * 24;
        let mut map = Vec::new();
        for part in &header.sparse {
            add_part(&mut map, &part.offset, &part.numbytes)?;
        }
        let mut more = header.isextended != [0];
        let mut at = 0;
        while more {
            let block = after.get(at..at + BLOCK);
            let block = block.ok_or_else(|| corrupt("the map of a sparse file is cut short"))?;
            let (parts, rest) = block.split_at(EXTENSION);
            for part in parts.as_chunks::<24>().0 {
                let (offset, len) = part.split_at(12);
                add_part(&mut map, offset, len)?;
            }
            more = rest.first() != Some(&0);
            at += BLOCK;
        }
        let stored = stored(after, at, size)?;
        let sparse = Self::new(length(&header.realsize)?, &map, &stored)?;
        Ok((sparse, at as u64 + size))
    }

    /// The formats of POSIX archives: 0.0 and 0.1 have the map in the extended header, 1.0 in front of the contents.
    pub(super) fn pax(pax: &PaxSparse, data: &Bytes) -> Result<Self, ImageError> {
        let len = pax
            .real_size
            .ok_or_else(|| corrupt("a sparse file has no length"))?;
        match pax.major {
            None | Some(0) => Self::new(len, &pax.map, data),
            Some(1) => {
                let (map, start) = leading_map(data)?;
                let stored = data.get(start..).map(|_| data.slice(start..));
                let stored =
                    stored.ok_or_else(|| corrupt("the map of a sparse file is cut short"))?;
                Self::new(len, &map, &stored)
            }
            Some(_) => Err(corrupt("the format of a sparse file is not known")),
        }
    }
}

fn stored(after: &Bytes, at: usize, size: u64) -> Result<Bytes, ImageError> {
    usize::try_from(size)
        .ok()
        .and_then(|size| at.checked_add(size))
        .filter(|end| *end <= after.len())
        .map(|end| after.slice(at..end))
        .ok_or_else(|| corrupt("the archive ends in the middle of it"))
}

/// Unused parts of a header are empty.
fn add_part(map: &mut Vec<u64>, offset: &[u8], len: &[u8]) -> Result<(), ImageError> {
    if offset.first().is_some_and(|&byte| byte != 0) && len.first() != Some(&0) {
        map.push(length(offset)?);
        map.push(length(len)?);
    }
    Ok(())
}

/// The map of version 1.0: decimal numbers, a line each, how many pairs there are and then the pairs, padded to a block. Returns it and where the contents begin.
fn leading_map(data: &[u8]) -> Result<(Vec<u64>, usize), ImageError> {
    let malformed = || corrupt("the map of a sparse file is malformed");
    let mut at = 0;
    let mut next = || {
        let rest = data.get(at..).unwrap_or_default();
        let len = rest.iter().take(20).position(|&byte| byte == b'\n')?;
        at += len + 1;
        decimal(rest.get(..len)?).map(|number| (number, at))
    };
    let (pairs, mut end) = next().ok_or_else(malformed)?;
    let mut map = Vec::new();
    for _ in 0..pairs.checked_mul(2).ok_or_else(malformed)? {
        let (number, after) = next().ok_or_else(malformed)?;
        map.push(number);
        end = after;
    }
    Ok((map, end.next_multiple_of(BLOCK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(len: u64, map: &[u64], stored: &'static [u8]) -> Option<Vec<(u64, Vec<u8>)>> {
        let sparse = Sparse::new(len, map, &Bytes::from_static(stored)).ok()?;
        let parts = sparse.segments.iter();
        Some(
            parts
                .map(|part| (part.offset, part.bytes.to_vec()))
                .collect(),
        )
    }

    #[test]
    fn a_map_must_be_in_order_and_fit_what_is_stored() {
        let parts = layout(10, &[0, 2, 5, 1, 10, 0], b"abc").expect("a good map");
        assert_eq!(parts, [(0, b"ab".to_vec()), (5, b"c".to_vec())]);
        for (len, map, stored) in [
            (10, &[0, 2, 1, 1][..], &b"abc"[..]),
            (10, &[5, 1, 0, 2], b"abc"),
            (5, &[0, 2, 5, 1], b"abc"),
            (10, &[0, 2], b"abc"),
            (10, &[0, 4], b"abc"),
            (10, &[0, 3, 5], b"abc"),
            (10, &[u64::MAX, 3], b"abc"),
            (u64::MAX, &[0, u64::MAX], b"abc"),
        ] {
            assert_eq!(layout(len, map, stored), None, "{map:?}");
        }
    }

    #[test]
    fn a_leading_map_is_padded_to_a_block() {
        let mut data = b"2\n0\n1\n7\n2\n".to_vec();
        data.resize(512, 0);
        data.extend_from_slice(b"abc");
        let (map, start) = leading_map(&data).expect("a map");
        assert_eq!((map, start), (vec![0, 1, 7, 2], 512));
        for data in [
            &b""[..],
            b"x\n",
            b"1\n0\n",
            b"9223372036854775807\n1\n",
            b"99999999999999999999999\n",
        ] {
            assert!(leading_map(data).is_err(), "{}", data.escape_ascii());
        }
    }
}
