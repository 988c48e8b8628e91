use std::io::IoSlice;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::WaitSource;

/// Input that is there from the start, then ends.
#[derive(Debug, Default)]
pub struct Input {
    bytes: Vec<u8>,
    /// How many of them were read; at most all.
    position: Mutex<usize>,
}

impl Input {
    /// Input of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            position: Mutex::new(0),
        }
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn position(&self) -> MutexGuard<'_, usize> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self, position: usize) -> &[u8] {
        self.bytes.get(position..).unwrap_or_default()
    }
}

impl Stream for Input {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        let mut position = self.position();
        let rest = self.rest(*position);
        let len = rest.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(rest) {
            *to = *from;
        }
        *position += len;
        Ok(len)
    }

    fn write(&self, _bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        match interest {
            Interest::Read => {
                let rest = self.rest(*self.position()).len();
                Ok(Readiness::Ready {
                    bytes: u64::try_from(rest).unwrap_or(u64::MAX),
                    hangup: rest == 0,
                })
            }
            Interest::Write => Err(Errno::Badf),
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
    fn is_read_in_pieces_and_then_ends() {
        let input = Input::new("hello");
        let mut buf = [0; 3];
        assert_eq!(input.read(&mut buf), Ok(3));
        assert_eq!(&buf, b"hel");
        assert_eq!(
            input.readiness(Interest::Read),
            Ok(Readiness::Ready {
                bytes: 2,
                hangup: false
            })
        );
        assert_eq!(input.read(&mut buf), Ok(2));
        assert_eq!(&buf[..2], b"lo");
        assert_eq!(input.read(&mut buf), Ok(0));
        assert_eq!(
            input.readiness(Interest::Read),
            Ok(Readiness::Ready {
                bytes: 0,
                hangup: true
            })
        );
        assert_eq!(input.write(&[IoSlice::new(b"x")]), Err(Errno::Badf));
    }
}
