use std::io::{IoSlice, IoSliceMut};

use crate::{Errno, Metadata, SetTimes};

/// What must reach the storage before a sync returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncKind {
    /// Contents, and the metadata that reading them needs (`fdatasync`).
    Data,
    /// Contents and all metadata (`fsync`).
    All,
}

/// How a range of a file will be used (`posix_fadvise`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing special.
    Normal,
    /// From low to high offsets.
    Sequential,
    /// In random order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

/// An open file that is not a directory.
///
/// I/O is positional; offsets and access modes belong to [`OpenFile`](crate::OpenFile), the descriptor through which everybody calls these
/// methods. It has checked by then that the file was opened for reading or writing and that its mount may be written, so a
/// backend checks neither. A file stays usable after its name is gone. Ranges never pass `i64::MAX`: the descriptor refuses them.
pub trait File: Send + Sync {
    /// Reads from `offset` (bytes) on into `bufs`, in order, and returns how many bytes; 0 at or after the end.
    ///
    /// # Errors
    /// [`Errno::Io`] and the like from the host.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/pread.html>
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno>;

    /// Writes `bufs`, in order, from `offset` (bytes) on and returns how many bytes. A gap before `offset` reads as zeros.
    ///
    /// A write that meets a limit is short; one that can write nothing fails.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`] past the largest file size; [`Errno::NoSpace`] where no byte fits; the host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/pwrite.html>
    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno>;

    /// Writes `bufs` at the end of the file, atomically with regard to other appends, and returns the offset after the last byte written and how
    /// many bytes.
    ///
    /// # Errors
    /// As [`write_at`](Self::write_at).
    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno>;

    /// Makes the file `len` bytes long: cuts it, or lets it grow by a hole that reads as zeros.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`] where it would grow past the largest file size; [`Errno::NoSpace`]; [`Errno::Invalid`] for a file without a length; the host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/ftruncate.html>
    fn set_len(&self, len: u64) -> Result<(), Errno>;

    /// Makes sure that writing the range (bytes; `len` is not 0) will not run out of space, and that the file is at least `offset + len` long.
    ///
    /// # Errors
    /// [`Errno::FileTooBig`]; [`Errno::NoSpace`], and then nothing has changed; [`Errno::NoDevice`] for a device; the host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/posix_fallocate.html>
    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno>;

    /// Where the next stored byte lies, from `offset` (bytes) on: all before it is a hole. `None` if nothing more is stored up to the end.
    ///
    /// Whoever copies a file asks, for a guest makes a file of terabytes with one call. What is stored can be zeros. A file that knows nothing of holes is stored throughout,
    /// as POSIX has it; that is what the provided body says.
    ///
    /// # Errors
    /// The host's.
    ///
    /// # References
    /// `SEEK_DATA` in <https://pubs.opengroup.org/onlinepubs/9799919799/functions/lseek.html>
    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        let size = self.metadata()?.size;
        Ok((offset < size).then_some(offset))
    }

    /// What the filesystem knows of the file.
    ///
    /// # Errors
    /// The host's.
    fn metadata(&self) -> Result<Metadata, Errno>;

    /// Sets the times.
    ///
    /// # Errors
    /// The host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/futimens.html>
    fn set_times(&self, times: SetTimes) -> Result<(), Errno>;

    /// Sets the permission bits (`0o7777`).
    ///
    /// # Errors
    /// The host's.
    fn set_mode(&self, mode: u32) -> Result<(), Errno>;

    /// Waits until what was written has reached the storage; in memory it has at once.
    ///
    /// # Errors
    /// The host's.
    fn sync(&self, kind: SyncKind) -> Result<(), Errno>;

    /// Takes advice on how the range (bytes; `len` 0 means to the end) will be used, and may ignore it.
    ///
    /// # Errors
    /// [`Errno::IllegalSeek`] for a file without positions; the host's.
    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno>;
}
