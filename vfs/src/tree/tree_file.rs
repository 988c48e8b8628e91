use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use crate::{Errno, Metadata, OpenFile, SetTimes, SyncKind};

/// An open file of a [`Tree`](super::Tree), with a position, as [`std::fs::File`].
///
/// It reads and writes through [`std::io`]. It stays usable after its name is gone. Nothing is buffered here, so many small reads or writes
/// want a [`BufReader`](io::BufReader) or [`BufWriter`](io::BufWriter).
#[derive(Debug)]
pub struct TreeFile {
    file: OpenFile,
    /// Where the next read or write begins, in bytes. Never above `i64::MAX`.
    position: u64,
    /// Every write goes to the end.
    appending: bool,
}

impl TreeFile {
    /// Wraps an open file; its position is its beginning.
    #[must_use]
    pub const fn new(file: OpenFile) -> Self {
        Self {
            file,
            position: 0,
            appending: false,
        }
    }

    pub(super) const fn appending(file: OpenFile) -> Self {
        Self {
            file,
            position: 0,
            appending: true,
        }
    }

    /// The descriptor inside, for positional I/O and all else.
    #[must_use]
    pub const fn descriptor(&self) -> &OpenFile {
        &self.file
    }

    /// What is known of the file.
    ///
    /// # Errors
    /// As [`OpenFile::metadata`].
    pub fn metadata(&self) -> io::Result<Metadata> {
        Ok(self.file.metadata()?)
    }

    /// Cuts the file to `len` bytes, or lets it grow by a hole. The position stays.
    ///
    /// # Errors
    /// As [`OpenFile::set_len`].
    pub fn set_len(&self, len: u64) -> io::Result<()> {
        Ok(self.file.set_len(len)?)
    }

    /// Sets the times.
    ///
    /// # Errors
    /// As [`OpenFile::set_times`].
    pub fn set_times(&self, times: SetTimes) -> io::Result<()> {
        Ok(self.file.set_times(times)?)
    }

    /// Sets the permission bits.
    ///
    /// # Errors
    /// As [`OpenFile::set_mode`].
    pub fn set_mode(&self, mode: u32) -> io::Result<()> {
        Ok(self.file.set_mode(mode)?)
    }

    /// Waits until contents and metadata have reached the storage.
    ///
    /// # Errors
    /// As [`OpenFile::sync`].
    pub fn sync_all(&self) -> io::Result<()> {
        Ok(self.file.sync(SyncKind::All)?)
    }

    fn advance(&mut self, bytes: usize) {
        self.position = self.position.saturating_add(bytes as u64);
    }
}

impl Read for TreeFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_vectored(&mut [IoSliceMut::new(buf)])
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let bytes = self.file.read_at(bufs, self.position)?;
        self.advance(bytes);
        Ok(bytes)
    }
}

impl Write for TreeFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.appending {
            let (end, bytes) = self.file.append(bufs)?;
            self.position = end;
            return Ok(bytes);
        }
        let bytes = self.file.write_at(bufs, self.position)?;
        self.advance(bytes);
        Ok(bytes)
    }

    /// Does nothing: nothing is buffered. To reach the storage see [`sync_all`](TreeFile::sync_all).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for TreeFile {
    /// Moves the position, also past the end. A position before the beginning or past `i64::MAX` is
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => self.file.metadata()?.size.checked_add_signed(distance),
        };
        let position = position
            .filter(|&position| i64::try_from(position).is_ok())
            .ok_or(Errno::Invalid)?;
        self.position = position;
        Ok(position)
    }
}
