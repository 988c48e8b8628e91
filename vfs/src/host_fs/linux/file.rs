use std::io::{IoSlice, IoSliceMut};
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{
    Advice as HostAdvice, FallocateFlags, SeekFrom, fadvise, fallocate, fchmod, fdatasync, fsync,
    ftruncate, futimens, seek, tell,
};
use rustix::io::{Errno as HostErrno, ReadWriteFlags, pread, preadv, pwrite, pwritev, pwritev2};

use super::beneath::mode;
use super::names::timestamps;
use super::node::{set_held_mode, set_held_times};
use super::retry::{call, ours, retry};
use super::stat::stat_fd;
use crate::{Advice, Errno, File, Metadata, SetTimes, SyncKind};

/// An open regular file of the host.
///
/// Never opened with `O_APPEND`, with which Linux would append whatever the offset says. Its own offset is used by `append` only.
pub(in super::super) struct HostFile {
    fd: OwnedFd,
    root_dev: u64,
    /// Held while the file's own offset means something.
    appending: Mutex<()>,
}

/// Held while one appends on a kernel that cannot do so in one step.
static APPENDING: Mutex<()> = Mutex::new(());

/// "At the file's own offset, and move it" (`pwritev2(2)`); with `RWF_APPEND` the offset first becomes the file's end.
const OWN_OFFSET: u64 = u64::MAX;

impl HostFile {
    pub(super) const fn new(fd: OwnedFd, root_dev: u64) -> Self {
        Self {
            fd,
            root_dev,
            appending: Mutex::new(()),
        }
    }

    /// Appends where the kernel does not: between the two calls only this process is kept from appending.
    fn append_by_length(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let _appending = APPENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.len()?;
        let written = self.write_at(bufs, end)?;
        Ok((end_after(end, written), written))
    }

    fn len(&self) -> Result<u64, Errno> {
        Ok(stat_fd(&self.fd)?.reported(self.root_dev).size)
    }
}

impl File for HostFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        // rustix passes on as many buffers as the kernel takes (`IOV_MAX`, 1024): a short count is allowed.
        match bufs {
            [buf] => call(|| pread(&self.fd, &mut **buf, offset)),
            bufs => call(|| preadv(&self.fd, bufs, offset)),
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        match bufs {
            [buf] => call(|| pwrite(&self.fd, buf, offset)),
            bufs => call(|| pwritev(&self.fd, bufs, offset)),
        }
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let appending = self
            .appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match retry(|| pwritev2(&self.fd, bufs, OWN_OFFSET, ReadWriteFlags::APPEND)) {
            // The kernel does not move the offset when there is nothing to write.
            Ok(0) => Ok((self.len()?, 0)),
            Ok(written) => Ok((call(|| tell(&self.fd))?, written)),
            // Kernels before 4.16 do not know the flag, gVisor does not either; before 4.6 the call; a filter may forbid it. (A file that nobody may write
            // to says `EPERM` to the other call again.)
            Err(HostErrno::OPNOTSUPP | HostErrno::NOSYS | HostErrno::PERM) => {
                drop(appending);
                self.append_by_length(bufs)
            }
            Err(errno) => Err(ours(errno)),
        }
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        call(|| ftruncate(&self.fd, len))
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        // Not emulated where the file system cannot (`EOPNOTSUPP`): touching each block is a race with other writers.
        call(|| fallocate(&self.fd, FallocateFlags::empty(), offset, len))
    }

    fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        // It moves the file's own offset, which means something while one appends.
        let _appending = self
            .appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match retry(|| seek(&self.fd, SeekFrom::Data(offset))) {
            Ok(data) => Ok(Some(data)),
            Err(HostErrno::NXIO) => Ok(None),
            // A file system that knows nothing of holes.
            Err(HostErrno::INVAL | HostErrno::OPNOTSUPP) => {
                Ok((offset < self.len()?).then_some(offset))
            }
            Err(errno) => Err(ours(errno)),
        }
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(stat_fd(&self.fd)?.reported(self.root_dev))
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        match retry(|| futimens(&self.fd, &timestamps(times))) {
            // Opened for neither reading nor writing, and not readable: the handle only holds the node.
            Err(HostErrno::BADF) => set_held_times(&self.fd, times).map_err(ours),
            outcome => outcome.map_err(ours),
        }
    }

    fn set_mode(&self, bits: u32) -> Result<(), Errno> {
        match retry(|| fchmod(&self.fd, mode(bits))) {
            // As for the times.
            Err(HostErrno::BADF) => {
                set_held_mode(&self.fd, bits).unwrap_or(Err(Errno::NotSupported))
            }
            outcome => outcome.map_err(ours),
        }
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        match kind {
            SyncKind::Data => call(|| fdatasync(&self.fd)),
            SyncKind::All => call(|| fsync(&self.fd)),
        }
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        let advice = match advice {
            Advice::Normal => HostAdvice::Normal,
            Advice::Sequential => HostAdvice::Sequential,
            Advice::Random => HostAdvice::Random,
            Advice::WillNeed => HostAdvice::WillNeed,
            Advice::DontNeed => HostAdvice::DontNeed,
            Advice::NoReuse => HostAdvice::NoReuse,
        };
        call(|| fadvise(&self.fd, offset, NonZeroU64::new(len), advice))
    }
}

/// The offset after `written` bytes from `start` on. The kernel has them in a file, so the sum is a file's length.
fn end_after(start: u64, written: usize) -> u64 {
    start.saturating_add(u64::try_from(written).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::{Access, SetTime, Timestamp};

    fn opened(path: &std::path::Path, access: Access) -> HostFile {
        let file = std::fs::File::options()
            .read(access.read)
            .write(access.write)
            .open(path);
        HostFile::new(OwnedFd::from(file.expect("a file")), 0)
    }

    /// A hammer, as for the other way to append: each record is whole, and ends where the call said.
    #[test]
    fn appending_without_the_kernels_help_is_atomic_in_this_process() {
        let temporary = tempfile::NamedTempFile::new().expect("a file");
        let ends = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let path = temporary.path();
                    scope.spawn(move || {
                        let file = opened(path, Access::WRITE);
                        let append = |round| {
                            let record = format!("<{thread}:{round}>");
                            let bufs = [IoSlice::new(record.as_bytes())];
                            let (end, written) = file.append_by_length(&bufs).expect("appending");
                            assert_eq!(written, record.len());
                            (usize::try_from(end).expect("a small file"), record)
                        };
                        (0..200).map(append).collect::<Vec<_>>()
                    })
                })
                .collect();
            let ends = threads.into_iter().map(|t| t.join().expect("a thread"));
            ends.flatten().collect::<Vec<_>>()
        });
        let text = std::fs::read_to_string(temporary.path()).expect("the file");
        let total: usize = ends.iter().map(|(_, record)| record.len()).sum();
        assert_eq!(text.len(), total);
        for (end, record) in ends {
            assert_eq!(text.get(end - record.len()..end), Some(&*record));
        }
    }

    #[test]
    fn holes_are_passed_over_and_appending_goes_on() {
        let temporary = tempfile::NamedTempFile::new().expect("a file");
        let file = opened(temporary.path(), Access::READ_WRITE);
        file.set_len(1 << 30).expect("a hole");
        let data = |offset| file.next_data(offset).expect("an answer");
        assert_eq!(data(0), None);
        file.write_at(&[IoSlice::new(b"x")], 1 << 29)
            .expect("a byte");
        let found = data(0).expect("data");
        assert!((1 << 29) - (1 << 20) < found && found <= 1 << 29);
        assert_eq!(data(1 << 29), Some(1 << 29));
        assert_eq!(data(1 << 30), None);
        let appended = file.append(&[IoSlice::new(b"end")]);
        assert_eq!(appended, Ok(((1 << 30) + 3, 3)));
    }

    /// What is left of an open file that was opened for neither reading nor writing, and may not be read: a handle that holds the node.
    #[test]
    fn a_held_file_is_described_and_changed() {
        let temporary = tempfile::NamedTempFile::new().expect("a file");
        let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
        let held = rustix::fs::open(temporary.path(), flags, rustix::fs::Mode::empty());
        let file = HostFile::new(held.expect("a handle"), 0);
        let times = SetTimes {
            accessed: SetTime::Keep,
            modified: SetTime::At(Timestamp::EPOCH),
        };
        file.set_times(times).expect("times");
        file.set_mode(0o640).expect("mode");
        let metadata = file.metadata().expect("metadata");
        assert_eq!(metadata.modified, Timestamp::EPOCH);
        assert_eq!(metadata.mode, 0o640);
        let mut buf = [0];
        let read = file.read_at(&mut [IoSliceMut::new(&mut buf)], 0);
        assert_eq!(read, Err(Errno::BadFd));
        assert_eq!(file.sync(SyncKind::All), Err(Errno::BadFd));
    }
}
