use std::io::IoSlice;

use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream, WRITE_MAX};
use crate::wait::WaitSource;

/// Empty when read, and takes everything that is written, as `/dev/null` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null;

impl Stream for Null {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, _buf: &mut [u8]) -> Result<usize, Errno> {
        Ok(0)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Ok(bufs.iter().map(|buf| buf.len()).sum())
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        Ok(match interest {
            Interest::Read => Readiness::Ready {
                bytes: 0,
                hangup: true,
            },
            Interest::Write => Readiness::Ready {
                bytes: WRITE_MAX,
                hangup: false,
            },
        })
    }

    fn wait_source(&self, _interest: Interest) -> Option<WaitSource> {
        None
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}
