use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;

use super::budget::Budget;
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
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    #[cfg(feature = "mmap")]
    if options.map_file && metadata.is_file() && metadata.len() > 0 {
        return super::map::map(&file).map(Opened::File).map_err(failed);
    }
    #[cfg(not(feature = "mmap"))]
    let _ = options;
    read_all(file, metadata.len(), budget).map(Opened::File)
}

/// Reads to the end. `expected` is how long it will probably be, in bytes.
pub(super) fn read_all(
    mut from: impl Read,
    expected: u64,
    budget: &mut Budget,
) -> Result<Bytes, ImageError> {
    const STEP: u64 = 64 * 1024;
    let mut bytes = Vec::new();
    // One byte more, so that the end shows without another step.
    let mut room = expected.saturating_add(1);
    loop {
        budget.charge(room)?;
        reserve(&mut bytes, room)?;
        let before = bytes.len() as u64;
        from.by_ref()
            .take(room)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let unused = room - (bytes.len() as u64 - before);
        if unused > 0 {
            budget.refund(unused);
            return Ok(bytes.into());
        }
        room = STEP.max(bytes.len() as u64 / 2);
    }
}

/// # Errors
/// [`ImageErrorKind::TooLarge`] where the machine has not so much.
pub(super) fn reserve(bytes: &mut Vec<u8>, room: u64) -> Result<(), ImageError> {
    let reserved = usize::try_from(room).map(|room| bytes.try_reserve_exact(room));
    match reserved {
        Ok(Ok(())) => Ok(()),
        _ => Err(ImageError::new(
            ImageErrorKind::TooLarge,
            "there is not enough memory for it",
        )),
    }
}

fn failed(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Io, "reading failed").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_expected_is_read_up_to_the_limit() {
        for expected in [0, 10, 99_999, 100_000, 100_001] {
            let mut budget = Budget::new(200_000);
            let bytes = read_all(io::repeat(7).take(100_000), expected, &mut budget);
            assert_eq!(bytes.expect("it fits").len(), 100_000);
            assert_eq!(budget.left(), 100_000);
        }
        let endless = read_all(io::repeat(7), 0, &mut Budget::new(100_000));
        assert_eq!(
            endless.expect_err("no end").kind(),
            ImageErrorKind::TooLarge
        );
        let claimed = read_all(io::empty(), u64::MAX, &mut Budget::new(100_000));
        assert_eq!(
            claimed.expect_err("too large").kind(),
            ImageErrorKind::TooLarge
        );
    }
}
