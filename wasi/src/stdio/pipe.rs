use std::collections::VecDeque;
use std::fmt;
use std::io::IoSlice;
#[cfg(feature = "host")]
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::{Event, WaitSource};

/// A pipe in this process that holds up to `capacity` bytes (at least 1): what is written to one end is read from the other.
///
/// Either end can be given to a guest, or kept by a thread of the host, which uses it as [`Read`](std::io::Read) or [`Write`](std::io::Write) and is then blocked
/// while it is empty or full. Dropping the writer ends the input after what is in the pipe; dropping the reader makes writing fail with `PIPE`.
///
/// ```
/// use std::io::{Read, Write};
///
/// let (mut reader, mut writer) = guesthouse_wasi::stdio::pipe(1024);
/// writer.write_all(b"hello")?;
/// drop(writer);
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn pipe(capacity: usize) -> (PipeReader, PipeWriter) {
    let pipe = Arc::new(Pipe {
        capacity: capacity.max(1),
        state: Mutex::new(State::default()),
        changed: Condvar::new(),
    });
    (PipeReader(Arc::clone(&pipe)), PipeWriter(pipe))
}

/// The end of a [`pipe()`] that is read.
pub struct PipeReader(Arc<Pipe>);

/// The end of a [`pipe()`] that is written.
pub struct PipeWriter(Arc<Pipe>);

struct Pipe {
    /// Bytes.
    capacity: usize,
    state: Mutex<State>,
    /// For host threads that are blocked on an end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// No more is written. With an errno if the writer failed, which the reader gets once, after the bytes.
    write_end: End,
    /// No more is read. With an errno if the reader failed, which every write gets.
    read_end: End,
    readers: Vec<Waker>,
    writers: Vec<Waker>,
}

#[derive(Clone, Copy, Default)]
enum End {
    #[default]
    Open,
    Closed,
    Failed(Errno),
}

impl Pipe {
    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut state = self.lock();
        if state.bytes.is_empty() {
            return match state.write_end {
                End::Open => Err(Errno::Again),
                End::Closed => Ok(0),
                End::Failed(errno) => {
                    state.write_end = End::Closed;
                    Err(errno)
                }
            };
        }
        let len = buf.len().min(state.bytes.len());
        for (to, from) in buf.iter_mut().zip(state.bytes.drain(..len)) {
            *to = from;
        }
        self.wake(state, Interest::Write);
        Ok(len)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        let mut state = self.lock();
        match state.read_end {
            End::Open => {}
            End::Closed => return Err(Errno::Pipe),
            End::Failed(errno) => return Err(errno),
        }
        let mut written = 0;
        for buf in bufs {
            let len = buf
                .len()
                .min(self.capacity.saturating_sub(state.bytes.len()));
            state.bytes.extend(buf.get(..len).unwrap_or_default());
            written += len;
        }
        if written == 0 {
            return Err(Errno::Again);
        }
        self.wake(state, Interest::Read);
        Ok(written)
    }

    fn readiness(&self, state: &State, interest: Interest) -> Readiness {
        let (bytes, end) = match interest {
            Interest::Read => (state.bytes.len(), state.write_end),
            Interest::Write => (
                self.capacity.saturating_sub(state.bytes.len()),
                state.read_end,
            ),
        };
        let hangup = !matches!(end, End::Open);
        if bytes == 0 && !hangup {
            return Readiness::Pending;
        }
        Readiness::Ready {
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            hangup,
        }
    }

    /// Closes an end once: after a failure the drop of the end changes nothing.
    fn close(&self, interest: Interest, end: End) {
        let mut state = self.lock();
        let present = match interest {
            Interest::Read => &mut state.read_end,
            Interest::Write => &mut state.write_end,
        };
        if !matches!(present, End::Open) {
            return;
        }
        *present = end;
        self.wake(
            state,
            match interest {
                Interest::Read => Interest::Write,
                Interest::Write => Interest::Read,
            },
        );
    }

    /// Wakes who waits for `interest`, outside the lock: a waker may run code that comes back here.
    fn wake(&self, mut state: MutexGuard<'_, State>, interest: Interest) {
        let wakers = std::mem::take(state.wakers(interest));
        drop(state);
        self.changed.notify_all();
        for waker in wakers {
            waker.wake();
        }
    }

    /// Repeats `attempt` until it does not have to wait.
    #[cfg(feature = "host")]
    fn block(
        &self,
        interest: Interest,
        mut attempt: impl FnMut() -> Result<usize, Errno>,
    ) -> io::Result<usize> {
        loop {
            match attempt() {
                Err(Errno::Again) => {}
                result => return result.map_err(super::host_errno::to_io),
            }
            drop(self.changed.wait_while(self.lock(), |state| {
                self.readiness(state, interest) == Readiness::Pending
            }));
        }
    }
}

impl State {
    fn wakers(&mut self, interest: Interest) -> &mut Vec<Waker> {
        match interest {
            Interest::Read => &mut self.readers,
            Interest::Write => &mut self.writers,
        }
    }
}

impl Event for Pipe {
    fn subscribe(&self, interest: Interest, waker: &Waker) {
        let mut state = self.lock();
        if self.readiness(&state, interest) != Readiness::Pending {
            drop(state);
            waker.wake_by_ref();
            return;
        }
        let wakers = state.wakers(interest);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }
}

impl PipeReader {
    /// Stops reading: every further write fails with `errno`.
    pub fn fail(self, errno: Errno) {
        self.0.close(Interest::Read, End::Failed(errno));
    }

    /// Whether nothing is in the pipe now.
    #[cfg(feature = "host")]
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().bytes.is_empty()
    }
}

impl PipeWriter {
    /// Ends the input with an error, which the reader gets once, after what is in the pipe.
    pub fn fail(self, errno: Errno) {
        self.0.close(Interest::Write, End::Failed(errno));
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.close(Interest::Read, End::Closed);
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.close(Interest::Write, End::Closed);
    }
}

impl fmt::Debug for PipeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeReader").finish_non_exhaustive()
    }
}

impl fmt::Debug for PipeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeWriter").finish_non_exhaustive()
    }
}

impl Stream for PipeReader {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        self.0.read(buf)
    }

    fn write(&self, _bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        match interest {
            Interest::Read => Ok(self.0.readiness(&self.0.lock(), interest)),
            Interest::Write => Err(Errno::Badf),
        }
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        Some(WaitSource::Event(Arc::clone(&self.0) as _, interest))
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

impl Stream for PipeWriter {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, _buf: &mut [u8]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.0.write(bufs)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        match interest {
            Interest::Read => Err(Errno::Badf),
            Interest::Write => Ok(self.0.readiness(&self.0.lock(), interest)),
        }
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        Some(WaitSource::Event(Arc::clone(&self.0) as _, interest))
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

#[cfg(feature = "host")]
impl Read for PipeReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.block(Interest::Read, || self.0.read(buf))
    }
}

#[cfg(feature = "host")]
impl Write for PipeWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let bufs = [IoSlice::new(buf)];
        self.0.block(Interest::Write, || self.0.write(&bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
