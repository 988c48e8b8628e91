use std::fs::{File as HostHandle, FileTimes};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::sync::{Mutex, PoisonError};

use cap_std::fs::{File as CapFile, Metadata as HostMetadata};

use super::names::{ours, with_mode};
use super::stat::reported;
use crate::{Advice, Clock, Errno, File, Metadata, SetTime, SetTimes, SyncKind, SystemClock};

/// An open regular file of the host.
pub(in super::super) struct HostFile {
    file: HostHandle,
    root_dev: u64,
}

/// Held while this process appends: there is no portable call that appends in one step wherever the file was opened for.
static APPENDING: Mutex<()> = Mutex::new(());

impl HostFile {
    pub(super) const fn new(file: HostHandle, root_dev: u64) -> Self {
        Self { file, root_dev }
    }

    fn host_metadata(&self) -> Result<HostMetadata, Errno> {
        ours(HostMetadata::from_file(&self.file))
    }

    fn len(&self) -> Result<u64, Errno> {
        Ok(self.host_metadata()?.len())
    }
}

impl File for HostFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let bufs = bufs.iter_mut().map(|buf| &mut **buf);
        one_by_one(
            bufs,
            offset,
            |buf| buf.len(),
            |buf, offset| read_at(&self.file, buf, offset),
        )
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        let bufs = bufs.iter().map(|buf| &**buf);
        one_by_one(
            bufs,
            offset,
            |buf| buf.len(),
            |buf, offset| write_at(&self.file, buf, offset),
        )
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let _appending = APPENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.len()?;
        let written = self.write_at(bufs, end)?;
        let moved = u64::try_from(written).unwrap_or(u64::MAX);
        Ok((end.saturating_add(moved), written))
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        ours(self.file.set_len(len))
    }

    fn allocate(&self, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(reported(&self.host_metadata()?, self.root_dev))
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        let time = |time| match time {
            SetTime::Keep => None,
            SetTime::Now => Some(SystemClock.now().into()),
            SetTime::At(time) => Some(time.into()),
        };
        let mut host = FileTimes::new();
        if let Some(accessed) = time(times.accessed) {
            host = host.set_accessed(accessed);
        }
        if let Some(modified) = time(times.modified) {
            host = host.set_modified(modified);
        }
        ours(self.file.set_times(host))
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        let permissions = with_mode(self.host_metadata()?.permissions(), mode);
        let file = ours(self.file.try_clone())?;
        ours(CapFile::from_std(file).set_permissions(permissions))
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        ours(match kind {
            SyncKind::Data => self.file.sync_data(),
            SyncKind::All => self.file.sync_all(),
        })
    }

    fn advise(&self, _: u64, _: u64, _: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

/// Transfers one buffer after the other until one is not done whole. What was transferred before an error counts.
fn one_by_one<B>(
    bufs: impl Iterator<Item = B>,
    offset: u64,
    len: impl Fn(&B) -> usize,
    mut transfer: impl FnMut(B, u64) -> io::Result<usize>,
) -> Result<usize, Errno> {
    let mut done = 0;
    for buf in bufs {
        let wanted = len(&buf);
        if wanted == 0 {
            continue;
        }
        let at = u64::try_from(done).ok().and_then(|n| offset.checked_add(n));
        match transfer(buf, at.ok_or(Errno::FileTooBig)?) {
            Ok(count) => {
                done += count;
                if count < wanted {
                    break;
                }
            }
            Err(_) if done > 0 => break,
            Err(error) => return ours(Err(error)),
        }
    }
    Ok(done)
}

/// Calls until no signal interrupts it.
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

#[cfg(unix)]
fn read_at(file: &HostHandle, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    retry(|| file.read_at(buf, offset))
}

#[cfg(unix)]
fn write_at(file: &HostHandle, buf: &[u8], offset: u64) -> io::Result<usize> {
    use std::os::unix::fs::FileExt;
    retry(|| file.write_at(buf, offset))
}

// On Windows these also move the handle's own offset, which nobody uses.
#[cfg(windows)]
fn read_at(file: &HostHandle, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::os::windows::fs::FileExt;
    retry(|| file.seek_read(buf, offset))
}

#[cfg(windows)]
fn write_at(file: &HostHandle, buf: &[u8], offset: u64) -> io::Result<usize> {
    use std::os::windows::fs::FileExt;
    retry(|| file.seek_write(buf, offset))
}
