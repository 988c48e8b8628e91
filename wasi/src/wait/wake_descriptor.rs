use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::WaitSource;
use crate::stdio::host_errno;
use crate::stop::Stop;
use crate::stream::Interest;

/// A descriptor that poll(2) awaits together with others, so that wakers can end the wait.
#[derive(Debug)]
pub(super) struct WakeDescriptor {
    /// Readable while raised. Non-blocking, and known to nobody else.
    read: OwnedFd,
    /// What a waker writes to, if that is another descriptor.
    write: Option<OwnedFd>,
}

impl WakeDescriptor {
    /// One eventfd.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn new() -> Result<Self, Stop> {
        use rustix::event::{EventfdFlags, eventfd};

        let read = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(stop)?;
        Ok(Self { read, write: None })
    }

    /// A pipe.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn new() -> Result<Self, Stop> {
        use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};

        let (read, write) = rustix::pipe::pipe().map_err(stop)?;
        for fd in [&read, &write] {
            fcntl_setfd(fd, FdFlags::CLOEXEC).map_err(stop)?;
            ioctl_fionbio(fd, true).map_err(stop)?;
        }
        Ok(Self {
            read,
            write: Some(write),
        })
    }

    /// Makes it readable.
    pub(super) fn raise(&self) {
        // To an eventfd these 8 bytes are a number in the machine's order, whichever; not 0 is all that matters.
        // The only error in reach is a full pipe or counter, and then it is readable, which is all that is wanted.
        let _ = rustix::io::write(self.write.as_ref().unwrap_or(&self.read), &[1; 8]);
    }

    /// Makes it not readable.
    pub(super) fn lower(&self) {
        // An eventfd is drained by one read of 8 bytes; a pipe until a read is short. An error means there was nothing to drain.
        let mut drained = [0_u8; 64];
        while rustix::io::read(&self.read, &mut drained) == Ok(drained.len()) {}
    }

    /// Waits until it or a descriptor among the sources is ready, or the time is over.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn wait(&self, sources: &[WaitSource], timeout: Duration) -> Result<(), Stop> {
        let mut fds: Vec<(&OwnedFd, PollFlags)> = Vec::with_capacity(sources.len() + 1);
        fds.push((&self.read, PollFlags::IN));
        for source in sources {
            if let WaitSource::Descriptor(fd, interest) = source {
                fds.push((fd, poll_flags(*interest)));
            }
        }
        // Each descriptor once: poll(2) refuses more entries than the process may have descriptors, and a guest may name one many times.
        fds.sort_unstable_by_key(|(fd, _)| fd.as_raw_fd());
        fds.dedup_by(|(later, flags), (first, all)| {
            let same = later.as_raw_fd() == first.as_raw_fd();
            if same {
                *all |= *flags;
            }
            same
        });
        let mut fds: Vec<PollFd<'_>> = fds
            .into_iter()
            .map(|(fd, flags)| PollFd::from_borrowed_fd(fd.as_fd(), flags))
            .collect();
        let timeout = Timespec::try_from(timeout).unwrap_or(Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        });
        match poll(&mut fds, Some(&timeout)) {
            // A signal handler ran; the caller looks again.
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(errno) => Err(stop(errno)),
        }
    }
}

/// What poll(2) is to look for.
pub(crate) fn poll_flags(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::IN,
        Interest::Write => PollFlags::OUT,
    }
}

fn stop(errno: rustix::io::Errno) -> Stop {
    Stop::Errno(host_errno::from_rustix(errno))
}
