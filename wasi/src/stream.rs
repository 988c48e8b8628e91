use std::io::IoSlice;
use std::sync::Arc;

use crate::abi::{Errno, FileType};
use crate::stop::Stop;
use crate::wait::{Wait, WaitSource};

/// What standard input and output, pipes and sockets are to a descriptor: bytes without positions, which may not be there yet.
///
/// No method ever waits. Where one would have to, [`read`](Self::read) and [`write`](Self::write) answer [`Errno::Again`],
/// [`readiness`](Self::readiness) answers [`Readiness::Pending`], and [`wait_source`](Self::wait_source) says what to wait for. One object may be
/// shared by several descriptors and guests, so everything takes `&self`.
///
/// # References
/// POSIX, read() and write() on a pipe with `O_NONBLOCK`: <https://pubs.opengroup.org/onlinepubs/9799919799/functions/read.html>.
pub trait Stream: Send + Sync {
    /// What `fd_fdstat_get` and `fd_filestat_get` report.
    ///
    /// [`FileType::CharacterDevice`] is for terminals only: C libraries take it for the answer to `isatty`.
    fn file_type(&self) -> FileType;

    /// Takes up to `buf.len()` bytes and returns how many; 0 at the end, or if `buf` is empty.
    ///
    /// # Errors
    /// [`Errno::Badf`] for a stream that is only written to; [`Errno::Again`] if nothing is there yet; the host's.
    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno>;

    /// Takes bytes from the front of `bufs`, in order, and returns how many; fewer than all of them where the rest would have to wait.
    ///
    /// # Errors
    /// [`Errno::Badf`] for a stream that is only read from; [`Errno::Pipe`] if nobody reads the other end; [`Errno::Again`] if no byte
    /// fits yet; [`Errno::Nospc`] if none ever will; the host's.
    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno>;

    /// Whether a read or write would go ahead now.
    ///
    /// # Errors
    /// Those that the read or write would meet, as far as they can be told without doing it.
    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno>;

    /// What becomes ready when the stream does; `None` for a stream that is never [`Readiness::Pending`].
    fn wait_source(&self, interest: Interest) -> Option<WaitSource>;

    /// Passes on what was written, as `fd_sync` asks: to the storage where it is a file, at once everywhere else.
    ///
    /// # Errors
    /// The host's.
    fn sync(&self) -> Result<(), Errno>;
}

/// What a descriptor is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interest {
    /// Reading, or accepting a connection.
    Read,
    /// Writing.
    Write,
}

/// Whether a stream can be read or written without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It would have to wait.
    Pending,
    /// It would not.
    Ready {
        /// How many bytes can be read or written at least; 0 at the end of the input.
        bytes: u64,
        /// The other end is gone.
        hangup: bool,
    },
}

/// How much a write can move where nothing limits it: what one write moves on Linux at most. Bytes.
pub(crate) const WRITE_MAX: u64 = 0x7fff_f000;

/// Reads as `fd_read` does.
///
/// With several buffers call it for the first that is not empty, and for the others with `nonblocking`, stopping at the first that
/// is not filled or answers `Again`: what was read is then returned, and nothing has happened if this returns [`Stop::Wait`].
///
/// # Errors
/// [`Stop::Wait`] if the stream has nothing yet and the descriptor is blocking; else [`Stop::Errno`] with the stream's.
pub(crate) fn stream_read(
    stream: &dyn Stream,
    nonblocking: bool,
    buf: &mut [u8],
) -> Result<usize, Stop> {
    if buf.is_empty() {
        return Ok(0);
    }
    stream
        .read(buf)
        .map_err(|errno| again_means_wait(stream, Interest::Read, nonblocking, errno))
}

/// Writes as `fd_write` does: what fits now, at least one byte unless the buffers are empty.
///
/// # Errors
/// [`Stop::Wait`] if no byte fits yet and the descriptor is blocking; else [`Stop::Errno`] with the stream's.
pub(crate) fn stream_write(
    stream: &dyn Stream,
    nonblocking: bool,
    bufs: &[IoSlice<'_>],
) -> Result<usize, Stop> {
    stream
        .write(bufs)
        .map_err(|errno| again_means_wait(stream, Interest::Write, nonblocking, errno))
}

/// A blocking descriptor turns "not yet" into a wait, if there is something to wait for.
pub(crate) fn again_means_wait(
    stream: &dyn Stream,
    interest: Interest,
    nonblocking: bool,
    errno: Errno,
) -> Stop {
    if errno == Errno::Again
        && !nonblocking
        && let Some(source) = stream.wait_source(interest)
    {
        return Stop::Wait(Wait::on(source));
    }
    Stop::Errno(errno)
}

impl<S: Stream + ?Sized> Stream for Arc<S> {
    fn file_type(&self) -> FileType {
        (**self).file_type()
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        (**self).read(buf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        (**self).write(bufs)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        (**self).readiness(interest)
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        (**self).wait_source(interest)
    }

    fn sync(&self) -> Result<(), Errno> {
        (**self).sync()
    }
}
