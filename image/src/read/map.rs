use std::fs::File;
use std::io;

use bytes::Bytes;
use memmap2::Mmap;

/// Maps a whole file for reading.
#[expect(unsafe_code, reason = "a map of a file has no safe constructor")]
pub(super) fn map(file: &File) -> io::Result<Bytes> {
    // SAFETY: the caller of `ImageOptions::map_file`, without which nobody comes here, answers for it that the file stays as it is.
    let map = unsafe { Mmap::map(file) }?;
    Ok(Bytes::from_owner(map))
}
