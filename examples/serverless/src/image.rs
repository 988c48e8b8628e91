use std::path::Path;

use guesthouse_image::{Image, ImageOptions};
use guesthouse_vfs::ChunkPool;

use crate::Error;

/// How much memory for files is kept for the next guest, in bytes: it is wiped, but need not be asked of the kernel.
const KEPT: usize = 64 << 20;

/// Loads a directory of the host, an archive or a container image into memory.
///
/// # Errors
/// It cannot be read.
pub fn load_image(path: &Path) -> Result<Image, Error> {
    let options = ImageOptions::new().chunk_pool(ChunkPool::new(KEPT));
    Ok(Image::open(path, &options)?)
}
