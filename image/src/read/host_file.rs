use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;

use super::budget::Budget;
use super::buffer::Buffer;
use super::options::ImageOptions;
use super::{ImageError, ImageErrorKind};

/// What a path of the host leads to.
pub(super) enum Opened {
    Dir,
    File(Bytes),
}

/// Opens what the host names, and reads it (or maps it, if that was asked for) unless it is a directory.
pub(super) fn open(
    path: &Path,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Opened, ImageError> {
    if path.metadata().map_err(failed)?.is_dir() {
        return Ok(Opened::Dir);
    }
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    #[cfg(feature = "mmap")]
    if options.map_file && metadata.is_file() && metadata.len() > 0 {
        return super::map::map(&file).map(Opened::File).map_err(failed);
    }
    #[cfg(not(feature = "mmap"))]
    let _ = options;
    if metadata.len() > budget.left() {
        // It would only be found out at the limit.
        budget.charge(metadata.len())?;
    }
    let mut buffer = Buffer::new(metadata.len(), budget)?;
    buffer.append(&mut file, failed)?;
    Ok(Opened::File(buffer.finish().bytes))
}

fn failed(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Io, "reading failed").caused_by(error)
}
