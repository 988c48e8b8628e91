use std::io::IoSlice;
use std::sync::Arc;

use crate::abi::{Errno, FileType};
use crate::stop::Stop;
use crate::wait::{Wait, WaitSource, WaitToken};

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

/// A write as `fd_write` and `sock_send` do it: of all bytes on a blocking descriptor, which may take several attempts with waits between them, and of what fits now on
/// a `NONBLOCK` one.
///
/// # References
/// "If the O_NONBLOCK flag is clear, a write request may cause the thread to block, but on normal completion it shall return nbyte":
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/write.html>
pub(crate) struct StreamWrite<'s> {
    stream: &'s dyn Stream,
    nonblocking: bool,
    /// How many bytes earlier attempts have written.
    moved: u32,
    wait: Option<Wait>,
}

impl<'s> StreamWrite<'s> {
    /// Goes on where the attempt that left the token stopped.
    pub(crate) fn new(stream: &'s dyn Stream, nonblocking: bool, token: Option<WaitToken>) -> Self {
        Self {
            stream,
            nonblocking,
            moved: token.map_or(0, |token| token.moved),
            wait: None,
        }
    }

    /// Takes `bufs`, before which the guest has `before` bytes in this write, and returns how many of their bytes are written by now.
    ///
    /// # Errors
    /// The stream's, if no byte is written.
    pub(crate) fn write(&mut self, bufs: &[IoSlice<'_>], before: u32) -> Result<usize, Stop> {
        let total = bufs.iter().map(|buf| buf.len()).sum();
        let mut moved = usize::try_from(self.moved.saturating_sub(before)).unwrap_or(usize::MAX);
        while moved < total {
            let written = if moved == 0 {
                self.stream.write(bufs)
            } else {
                self.stream.write(&[IoSlice::new(rest_of(bufs, moved))])
            };
            match written {
                Ok(0) => break,
                Ok(written) if self.nonblocking => {
                    moved += written;
                    break;
                }
                Ok(written) => moved += written,
                Err(errno) if errno == Errno::Again && !self.nonblocking => {
                    self.wait = self.stream.wait_source(Interest::Write).map(Wait::on);
                    if self.wait.is_none() && moved == 0 {
                        return Err(Stop::Errno(errno));
                    }
                    break;
                }
                Err(errno) if moved == 0 && before == 0 => return Err(Stop::Errno(errno)),
                Err(_) => break,
            }
        }
        Ok(moved.min(total))
    }

    /// What the function returns that got `result` from handing all its bytes to [`write`](Self::write).
    ///
    /// # Errors
    /// Those of `result`; [`Stop::Wait`] with a token if the rest has to wait.
    pub(crate) fn finish(
        self,
        result: Result<u32, Stop>,
        token: &mut Option<WaitToken>,
    ) -> Result<u32, Stop> {
        match (self.wait, result) {
            (Some(wait), Ok(moved)) => {
                *token = Some(WaitToken {
                    moved,
                    ..WaitToken::default()
                });
                Err(Stop::Wait(wait))
            }
            (_, result) => result,
        }
    }
}

/// What is left of the buffer that holds the byte number `moved`.
fn rest_of<'b>(bufs: &'b [IoSlice<'_>], mut moved: usize) -> &'b [u8] {
    for buf in bufs {
        match buf.get(moved..) {
            Some(rest) if !rest.is_empty() => return rest,
            _ => moved -= buf.len(),
        }
    }
    &[]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stdio::{Captured, pipe};

    /// One attempt, as a function makes it: all buffers in one call, or each by itself as from a memory without slices.
    fn attempt(
        stream: &dyn Stream,
        nonblocking: bool,
        pieces: &[&[u8]],
        at_once: bool,
        token: &mut Option<WaitToken>,
    ) -> Result<u32, Stop> {
        let mut write = StreamWrite::new(stream, nonblocking, token.take());
        let bufs: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        if at_once {
            let written = write.write(&bufs, 0).map(|len| len as u32);
            return write.finish(written, token);
        }
        let mut total = 0;
        for buf in &bufs {
            let len = match write.write(&[*buf], total) {
                Ok(len) => len as u32,
                Err(_) if total > 0 => 0,
                Err(stop) => return write.finish(Err(stop), token),
            };
            total += len;
            if (len as usize) < buf.len() {
                break;
            }
        }
        write.finish(Ok(total), token)
    }

    const PIECES: [&[u8]; 4] = [b"ab", b"", b"cdefgh", b"ij"];

    #[test]
    fn a_blocking_write_goes_on_until_all_is_written() {
        for (at_once, capacity) in [(true, 3), (false, 3), (true, 1), (false, 1), (true, 7)] {
            let (reader, writer) = pipe(capacity);
            let (mut token, mut got, mut waits) = (None, Vec::new(), 0);
            let written = loop {
                match attempt(&writer, false, &PIECES, at_once, &mut token) {
                    Err(Stop::Wait(wait)) => assert_eq!(wait.sources.len(), 1),
                    result => break result.unwrap(),
                }
                waits += 1;
                let mut buf = [0; 16];
                let len = reader.read(&mut buf).unwrap();
                got.extend_from_slice(&buf[..len]);
            };
            assert_eq!((written, token), (10, None));
            assert_eq!(waits, 9 / capacity);
            let mut buf = [0; 16];
            let len = reader.read(&mut buf).unwrap();
            got.extend_from_slice(&buf[..len]);
            assert_eq!(got, b"abcdefghij");
        }
    }

    #[test]
    fn a_nonblocking_write_is_short_and_then_answers_again() {
        for at_once in [true, false] {
            let (_reader, writer) = pipe(3);
            let mut token = None;
            let short = attempt(&writer, true, &PIECES, at_once, &mut token);
            assert_eq!(short.unwrap(), 3);
            let none = attempt(&writer, true, &PIECES, at_once, &mut token);
            assert!(matches!(none, Err(Stop::Errno(Errno::Again))));
            assert_eq!(token, None);
        }
    }

    #[test]
    fn what_cannot_go_on_is_short() {
        for at_once in [true, false] {
            let mut token = None;
            let captured = Captured::new(4);
            let short = attempt(&captured, false, &PIECES, at_once, &mut token);
            assert_eq!(short.unwrap(), 4);
            let none = attempt(&captured, false, &PIECES, at_once, &mut token);
            assert!(matches!(none, Err(Stop::Errno(Errno::Nospc))));

            let (reader, writer) = pipe(3);
            let wait = attempt(&writer, false, &PIECES, at_once, &mut token);
            assert!(matches!(wait, Err(Stop::Wait(_))));
            drop(reader);
            let short = attempt(&writer, false, &PIECES, at_once, &mut token);
            assert_eq!(short.unwrap(), 3);
            let none = attempt(&writer, false, &PIECES, at_once, &mut token);
            assert!(matches!(none, Err(Stop::Errno(Errno::Pipe))));
        }
    }
}
