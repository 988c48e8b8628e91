use std::fmt;
use std::io::IoSlice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::WaitSource;

/// Output kept in memory, up to a limit. Clones share it, so keep one to read what the guest wrote.
///
/// The write that reaches the limit is short, and the next one fails with `NOSPC`, as on a full disk: nothing of what was written is lost, and
/// [`refused`](Self::refused) tells that there was more.
#[derive(Clone)]
pub struct Captured {
    limit: usize,
    output: Arc<Mutex<Output>>,
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    refused: bool,
}

impl Captured {
    /// Keeps up to `limit` bytes. Memory is taken as it is filled.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            output: Arc::default(),
        }
    }

    /// A copy of what is kept.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        self.output().bytes.clone()
    }

    /// Takes out what is kept, which makes room for as much again.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.output().bytes)
    }

    /// Whether a write was cut short or refused because of the limit.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.output().refused
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, output: &Output) -> usize {
        self.limit.saturating_sub(output.bytes.len())
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured")
            .field("limit", &self.limit)
            .field("len", &self.output().bytes.len())
            .finish()
    }
}

impl Stream for Captured {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, _buf: &mut [u8]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        let mut output = self.output();
        let mut written = 0;
        for buf in bufs {
            let len = buf.len().min(self.room(&output));
            let fits = buf.get(..len).unwrap_or_default();
            if output.bytes.try_reserve(len).is_err() {
                return if written > 0 {
                    Ok(written)
                } else {
                    Err(Errno::Nomem)
                };
            }
            output.bytes.extend_from_slice(fits);
            written += len;
            if len < buf.len() {
                output.refused = true;
                return if written > 0 {
                    Ok(written)
                } else {
                    Err(Errno::Nospc)
                };
            }
        }
        Ok(written)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        match interest {
            Interest::Read => Err(Errno::Badf),
            Interest::Write => Ok(Readiness::Ready {
                bytes: u64::try_from(self.room(&self.output())).unwrap_or(u64::MAX),
                hangup: false,
            }),
        }
    }

    fn wait_source(&self, _interest: Interest) -> Option<WaitSource> {
        None
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_write_that_reaches_the_limit_is_short_and_the_next_fails() {
        let captured = Captured::new(5);
        let guest = captured.clone();
        assert_eq!(guest.write(&[IoSlice::new(b"abc")]), Ok(3));
        assert!(!captured.refused());
        assert_eq!(
            guest.write(&[IoSlice::new(b"d"), IoSlice::new(b"efg")]),
            Ok(2)
        );
        assert!(captured.refused());
        assert_eq!(guest.write(&[IoSlice::new(b"h")]), Err(Errno::Nospc));
        assert_eq!(guest.write(&[IoSlice::new(b"")]), Ok(0));
        assert_eq!(captured.take(), b"abcde");
        assert_eq!(guest.write(&[IoSlice::new(b"more")]), Ok(4));
        assert_eq!(captured.contents(), b"more");
    }
}
