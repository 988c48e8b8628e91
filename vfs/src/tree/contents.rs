use std::io::{IoSlice, IoSliceMut};

use crate::{Errno, Metadata, OpenFile};

/// So much is read at a time, in bytes.
const BUFFER: usize = 256 * 1024;

/// Zeros are left out in pieces of this many bytes, the block of most filesystems.
const BLOCK: usize = 4096;

/// Copies what a file holds to an empty one, and returns how many bytes. `progress` hears that number after each part but the last.
///
/// The source's holes are passed over, however long they are, and where it has any, blocks of zeros are not written either.
pub(super) fn copy_contents(
    source: &OpenFile,
    target: &OpenFile,
    metadata: &Metadata,
    mut progress: impl FnMut(u64),
) -> Result<u64, Errno> {
    let sparse = metadata.allocated < metadata.size;
    let fits = usize::try_from(metadata.size).unwrap_or(BUFFER);
    // One byte more than a small file has, so that its end shows with the first read.
    let mut buffer = vec![0; fits.saturating_add(1).clamp(BLOCK, BUFFER)];
    let mut offset = 0;
    let mut written = 0;
    loop {
        if sparse {
            match source.next_data(offset)? {
                Some(data) => offset = data,
                None => {
                    offset = offset.max(source.metadata()?.size);
                    break;
                }
            }
        }
        let read = source.read_at(&mut [IoSliceMut::new(&mut buffer)], offset)?;
        let part = buffer.get(..read).ok_or(Errno::Io)?;
        if part.is_empty() {
            break;
        }
        if offset > 0 {
            progress(offset);
        }
        let mut at = offset;
        for block in blocks(part, sparse) {
            if !sparse || !is_zero(block) {
                write_all(target, block, at)?;
                written = at + block.len() as u64;
            }
            at += block.len() as u64;
        }
        offset = at;
    }
    if written < offset {
        target.set_len(offset)?;
    }
    Ok(offset)
}

/// The pieces that are written or left out as a whole.
fn blocks(part: &[u8], sparse: bool) -> impl Iterator<Item = &[u8]> {
    part.chunks(if sparse { BLOCK } else { BUFFER })
}

fn is_zero(block: &[u8]) -> bool {
    const ZEROS: [u8; BLOCK] = [0; BLOCK];
    ZEROS.get(..block.len()) == Some(block)
}

fn write_all(target: &OpenFile, mut bytes: &[u8], mut offset: u64) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = target.write_at(&[IoSlice::new(bytes)], offset)?;
        // A file that takes nothing and gives no reason would keep us here for ever.
        bytes = match bytes.get(written..) {
            Some(rest) if written > 0 => rest,
            _ => return Err(Errno::Io),
        };
        offset += written as u64;
    }
    Ok(())
}
