use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::FileType as HostType;
use rustix::io::Errno as HostErrno;

use super::host_errno::from_rustix;
use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream, WRITE_MAX};
use crate::wait::{WaitSource, poll_flags};

/// The standard input, output or error of this process.
///
/// It is read and written directly, never through [`std::io::Stdin`] or [`std::io::Stdout`], whose buffers would hide what is ready. Its `O_NONBLOCK` is left alone,
/// because other processes (the shell, for one) share it; what a call needs to know is asked before the call.
///
/// Writing to a terminal can still make this process wait while the terminal is stopped, as it does for any program.
#[derive(Debug)]
pub struct Inherited {
    fd: Arc<OwnedFd>,
    kind: Kind,
    direction: Interest,
}

/// What the descriptor is open on, as far as waiting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Never has to wait.
    Regular,
    Terminal,
    Socket,
    Pipe,
    /// Any other device.
    Device,
}

/// How much a descriptor takes without waiting once poll(2) has called it writable; bytes. POSIX promises at least 512 for pipes.
const WRITE_UNIT: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

impl Inherited {
    /// Standard input.
    ///
    /// # Errors
    /// It is closed, or the process has too many open descriptors.
    pub fn stdin() -> io::Result<Self> {
        Self::new(io::stdin().as_fd().try_clone_to_owned()?, Interest::Read)
    }

    /// Standard output.
    ///
    /// # Errors
    /// As [`stdin`](Self::stdin).
    pub fn stdout() -> io::Result<Self> {
        Self::new(io::stdout().as_fd().try_clone_to_owned()?, Interest::Write)
    }

    /// Standard error.
    ///
    /// # Errors
    /// As [`stdin`](Self::stdin).
    pub fn stderr() -> io::Result<Self> {
        Self::new(io::stderr().as_fd().try_clone_to_owned()?, Interest::Write)
    }

    /// Any other descriptor that this process shares with others, such as a pipe to a child, to be used in one direction.
    ///
    /// # Errors
    /// The host's from fstat(2).
    pub fn from_fd(fd: OwnedFd, direction: Interest) -> io::Result<Self> {
        Self::new(fd, direction)
    }

    fn new(fd: OwnedFd, direction: Interest) -> io::Result<Self> {
        let stat = rustix::fs::fstat(&fd)?;
        let kind = match HostType::from_raw_mode(stat.st_mode) {
            HostType::RegularFile | HostType::Directory | HostType::BlockDevice => Kind::Regular,
            HostType::Socket => Kind::Socket,
            HostType::CharacterDevice if rustix::termios::isatty(&fd) => Kind::Terminal,
            HostType::Fifo => Kind::Pipe,
            _ => Kind::Device,
        };
        Ok(Self {
            fd: Arc::new(fd),
            kind,
            direction,
        })
    }

    /// What poll(2) says at once.
    fn poll(&self, interest: Interest) -> Result<PollFlags, Errno> {
        let mut fds = [PollFd::new(&*self.fd, poll_flags(interest))];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        rustix::io::retry_on_intr(|| poll(&mut fds, Some(&now))).map_err(from_rustix)?;
        Ok(fds[0].revents())
    }

    fn check_ready(&self, interest: Interest) -> Result<(), Errno> {
        if self.poll(interest)?.is_empty() {
            Err(Errno::Again)
        } else {
            Ok(())
        }
    }

    fn read_ready(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        rustix::io::retry_on_intr(|| rustix::io::read(&*self.fd, &mut *buf)).map_err(from_rustix)
    }

    /// How much is there to read, and whether that is all. Exact for files; what cannot be told counts as nothing.
    fn readable_bytes(&self) -> u64 {
        if self.kind != Kind::Regular {
            return rustix::io::ioctl_fionread(&*self.fd).unwrap_or(0);
        }
        let size = rustix::fs::fstat(&*self.fd).map_or(0, |stat| stat.st_size);
        let position = rustix::fs::tell(&*self.fd).unwrap_or(0);
        u64::try_from(size).unwrap_or(0).saturating_sub(position)
    }
}

impl Stream for Inherited {
    fn file_type(&self) -> FileType {
        match self.kind {
            Kind::Terminal => FileType::CharacterDevice,
            Kind::Socket => FileType::SocketStream,
            // A regular file would have positions, which a stream has not.
            Kind::Regular | Kind::Pipe | Kind::Device => FileType::Unknown,
        }
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        if self.direction != Interest::Read {
            return Err(Errno::Badf);
        }
        match self.kind {
            Kind::Regular => self.read_ready(buf),
            Kind::Socket | Kind::Terminal | Kind::Pipe | Kind::Device => {
                match sys::read_now(&self.fd, self.kind, buf) {
                    Some(result) => result.map_err(from_rustix),
                    None => self
                        .check_ready(Interest::Read)
                        .and_then(|()| self.read_ready(buf)),
                }
            }
        }
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        if self.direction != Interest::Write {
            return Err(Errno::Badf);
        }
        let writev = |bufs: &[IoSlice<'_>]| {
            rustix::io::retry_on_intr(|| rustix::io::writev(&*self.fd, bufs)).map_err(from_rustix)
        };
        if self.kind == Kind::Regular {
            return writev(bufs);
        }
        if let Some(result) = sys::write_now(&self.fd, self.kind, bufs) {
            return result.map_err(from_rustix);
        }
        self.check_ready(Interest::Write)?;
        // A pipe that is writable has room for so much, and not for certain for more.
        let Some(first) = bufs.iter().find(|buf| !buf.is_empty()) else {
            return Ok(0);
        };
        writev(&[IoSlice::new(first.get(..WRITE_UNIT).unwrap_or(first))])
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        if self.direction != interest {
            return Err(Errno::Badf);
        }
        if self.kind == Kind::Regular {
            let bytes = match interest {
                Interest::Read => self.readable_bytes(),
                Interest::Write => WRITE_MAX,
            };
            let hangup = bytes == 0;
            return Ok(Readiness::Ready { bytes, hangup });
        }
        let flags = self.poll(interest)?;
        if flags.is_empty() {
            return Ok(Readiness::Pending);
        }
        if flags.contains(PollFlags::NVAL) {
            return Err(Errno::Badf);
        }
        let gone = flags.intersects(PollFlags::HUP | PollFlags::ERR);
        Ok(match interest {
            Interest::Read => {
                let bytes = self.readable_bytes();
                Readiness::Ready {
                    bytes,
                    // A socket at its end is readable and has nothing.
                    hangup: gone || (self.kind == Kind::Socket && bytes == 0),
                }
            }
            Interest::Write => Readiness::Ready {
                bytes: if self.kind == Kind::Pipe && !gone {
                    u64::try_from(WRITE_UNIT).unwrap_or(1)
                } else {
                    u64::from(!gone)
                },
                hangup: gone,
            },
        })
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        if self.kind == Kind::Regular {
            return None;
        }
        Some(WaitSource::Descriptor(Arc::clone(&self.fd), interest))
    }

    fn sync(&self) -> Result<(), Errno> {
        if self.kind != Kind::Regular || self.direction != Interest::Write {
            return Ok(());
        }
        match rustix::io::retry_on_intr(|| rustix::fs::fsync(&*self.fd)) {
            // A filesystem that has nothing to sync.
            Ok(()) | Err(HostErrno::INVAL | HostErrno::ROFS) => Ok(()),
            Err(errno) => Err(from_rustix(errno)),
        }
    }
}

/// One call that moves bytes only if it need not wait, where the system has one.
#[cfg(target_os = "linux")]
mod sys {
    use std::io::{IoSlice, IoSliceMut};
    use std::os::fd::OwnedFd;

    use rustix::io::{Errno, ReadWriteFlags, Result, preadv2, pwritev2, retry_on_intr};
    use rustix::net::{RecvFlags, SendFlags};

    use super::Kind;

    /// The present position, or no position at all.
    const HERE: u64 = u64::MAX;

    pub(super) fn read_now(fd: &OwnedFd, kind: Kind, buf: &mut [u8]) -> Option<Result<usize>> {
        match kind {
            Kind::Socket => Some(retry_on_intr(|| {
                rustix::net::recv(fd, &mut *buf, RecvFlags::DONTWAIT).map(|(len, _)| len)
            })),
            // Terminals don't know the flag; a device could answer that it has nothing now while poll(2) has it readable, for ever.
            Kind::Terminal | Kind::Device | Kind::Regular => None,
            Kind::Pipe => supported(retry_on_intr(|| {
                preadv2(
                    fd,
                    &mut [IoSliceMut::new(buf)],
                    HERE,
                    ReadWriteFlags::NOWAIT,
                )
            })),
        }
    }

    pub(super) fn write_now(
        fd: &OwnedFd,
        kind: Kind,
        bufs: &[IoSlice<'_>],
    ) -> Option<Result<usize>> {
        match kind {
            Kind::Socket => {
                let first = bufs.iter().find(|buf| !buf.is_empty())?;
                let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
                Some(retry_on_intr(|| rustix::net::send(fd, first, flags)))
            }
            Kind::Terminal | Kind::Device | Kind::Regular => None,
            Kind::Pipe => supported(retry_on_intr(|| {
                pwritev2(fd, bufs, HERE, ReadWriteFlags::NOWAIT)
            })),
        }
    }

    /// `None` for what says that this kernel has no such call: before Linux 6.4 pipes had not (`OPNOTSUPP`), other kernels don't take the
    /// position (`SPIPE`, `INVAL`), sandboxes refuse the call (`NOSYS`, `PERM`). An `INVAL` that is real comes again from the plain call.
    fn supported(result: Result<usize>) -> Option<Result<usize>> {
        match result {
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM | Errno::SPIPE | Errno::INVAL) => {
                None
            }
            result => Some(result),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod sys {
    use std::io::IoSlice;
    use std::os::fd::OwnedFd;

    use rustix::io::Result;

    use super::Kind;

    pub(super) fn read_now(_fd: &OwnedFd, _kind: Kind, _buf: &mut [u8]) -> Option<Result<usize>> {
        None
    }

    pub(super) fn write_now(
        _fd: &OwnedFd,
        _kind: Kind,
        _bufs: &[IoSlice<'_>],
    ) -> Option<Result<usize>> {
        None
    }
}

#[cfg(test)]
mod tests;
