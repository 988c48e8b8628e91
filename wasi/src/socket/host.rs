use std::io::{self, IoSlice};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno as HostErrno, ioctl_fionbio, ioctl_fionread, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};

use super::{Listener, Socket};
use crate::abi::{Errno, FileType};
use crate::stdio::host_errno::from_rustix;
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::{WaitSource, poll_flags};

/// A connected TCP or Unix stream socket of the host, which belongs to the guest from then on.
#[derive(Debug)]
pub struct HostSocket {
    fd: Arc<OwnedFd>,
}

/// A listening TCP or Unix stream socket of the host, which belongs to the guest from then on: it is made non-blocking.
#[derive(Debug)]
pub struct HostListener {
    fd: Arc<OwnedFd>,
}

/// The most buffers that one system call takes (`IOV_MAX` of Linux and macOS).
const BUFFERS_MAX: usize = 1024;

#[cfg(any(target_os = "linux", target_os = "android"))]
const SEND_NOW: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
/// Where `MSG_NOSIGNAL` is missing, the standard library has set the like on its sockets.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SEND_NOW: SendFlags = SendFlags::DONTWAIT;

impl From<TcpStream> for HostSocket {
    fn from(socket: TcpStream) -> Self {
        Self::new(socket.into())
    }
}

impl From<UnixStream> for HostSocket {
    fn from(socket: UnixStream) -> Self {
        Self::new(socket.into())
    }
}

impl TryFrom<TcpListener> for HostListener {
    type Error = io::Error;

    fn try_from(listener: TcpListener) -> io::Result<Self> {
        Self::new(listener.into())
    }
}

impl TryFrom<UnixListener> for HostListener {
    type Error = io::Error;

    fn try_from(listener: UnixListener) -> io::Result<Self> {
        Self::new(listener.into())
    }
}

impl HostSocket {
    fn new(fd: OwnedFd) -> Self {
        Self { fd: Arc::new(fd) }
    }

    fn recv(&self, buf: &mut [u8], flags: RecvFlags) -> Result<usize, Errno> {
        if buf.is_empty() {
            return Ok(0);
        }
        let flags = flags | RecvFlags::DONTWAIT;
        let (len, _) = retry_on_intr(|| rustix::net::recv(&*self.fd, &mut *buf, flags))
            .map_err(from_rustix)?;
        Ok(len)
    }
}

impl Stream for HostSocket {
    fn file_type(&self) -> FileType {
        FileType::SocketStream
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        self.recv(buf, RecvFlags::empty())
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        // The first buffers may be empty, and sending nothing would look like a full socket.
        let start = bufs.iter().position(|buf| !buf.is_empty()).unwrap_or(0);
        let bufs = bufs.get(start..).unwrap_or_default();
        let bufs = bufs.get(..BUFFERS_MAX).unwrap_or(bufs);
        retry_on_intr(|| {
            let mut control = SendAncillaryBuffer::default();
            rustix::net::sendmsg(&*self.fd, bufs, &mut control, SEND_NOW)
        })
        .map_err(from_rustix)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        let flags = poll_now(&self.fd, interest)?;
        if flags.is_empty() {
            return Ok(Readiness::Pending);
        }
        let gone = flags.intersects(PollFlags::HUP | PollFlags::ERR);
        Ok(match interest {
            Interest::Read => {
                let bytes = ioctl_fionread(&*self.fd).unwrap_or(0);
                Readiness::Ready {
                    bytes,
                    // Readable without a byte is the end.
                    hangup: gone || bytes == 0,
                }
            }
            // How much fits cannot be told; something does.
            Interest::Write => Readiness::Ready {
                bytes: u64::from(!gone),
                hangup: gone,
            },
        })
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        Some(WaitSource::Descriptor(Arc::clone(&self.fd), interest))
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

impl Socket for HostSocket {
    fn peek(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        self.recv(buf, RecvFlags::PEEK)
    }

    fn shutdown(&self, how: Shutdown) -> Result<(), Errno> {
        let how = match how {
            Shutdown::Read => rustix::net::Shutdown::Read,
            Shutdown::Write => rustix::net::Shutdown::Write,
            Shutdown::Both => rustix::net::Shutdown::Both,
        };
        rustix::net::shutdown(&*self.fd, how).map_err(from_rustix)
    }
}

impl HostListener {
    /// # Errors
    /// The host's.
    fn new(fd: OwnedFd) -> io::Result<Self> {
        // A connection can vanish between poll(2) and accept(2), which would then wait for the next.
        ioctl_fionbio(&fd, true)?;
        Ok(Self { fd: Arc::new(fd) })
    }
}

impl Listener for HostListener {
    fn accept(&self) -> Result<Arc<dyn Socket>, Errno> {
        loop {
            match accept_one(&self.fd) {
                Ok(fd) => return Ok(Arc::new(HostSocket::new(fd))),
                // accept(2): that connection is gone already, take the next.
                Err(HostErrno::INTR | HostErrno::CONNABORTED) => {}
                Err(errno) => return Err(from_rustix(errno)),
            }
        }
    }

    fn readiness(&self) -> Result<Readiness, Errno> {
        Ok(if poll_now(&self.fd, Interest::Read)?.is_empty() {
            Readiness::Pending
        } else {
            // A connection, not a byte; as on other hosts it counts as one.
            Readiness::Ready {
                bytes: 1,
                hangup: false,
            }
        })
    }

    fn wait_source(&self) -> Option<WaitSource> {
        Some(WaitSource::Descriptor(Arc::clone(&self.fd), Interest::Read))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn accept_one(fd: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    rustix::net::accept_with(fd, rustix::net::SocketFlags::CLOEXEC)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn accept_one(fd: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    let accepted = rustix::net::accept(fd)?;
    rustix::io::fcntl_setfd(&accepted, rustix::io::FdFlags::CLOEXEC)?;
    #[cfg(target_vendor = "apple")]
    rustix::net::sockopt::set_socket_nosigpipe(&accepted, true)?;
    Ok(accepted)
}

/// What poll(2) says at once.
fn poll_now(fd: &OwnedFd, interest: Interest) -> Result<PollFlags, Errno> {
    let mut fds = [PollFd::new(fd, poll_flags(interest))];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    retry_on_intr(|| poll(&mut fds, Some(&now))).map_err(from_rustix)?;
    Ok(fds[0].revents())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn ready(bytes: u64, hangup: bool) -> Result<Readiness, Errno> {
        Ok(Readiness::Ready { bytes, hangup })
    }

    #[test]
    fn a_socket_is_peeked_read_and_ends() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let socket = HostSocket::from(ours);
        let mut buf = [0; 8];
        assert_eq!(socket.read(&mut buf), Err(Errno::Again));
        assert_eq!(socket.readiness(Interest::Read), Ok(Readiness::Pending));
        theirs.write_all(b"hello").unwrap();
        assert_eq!(socket.peek(&mut buf[..2]), Ok(2));
        assert_eq!(socket.readiness(Interest::Read), ready(5, false));
        assert_eq!(socket.read(&mut buf), Ok(5));
        assert_eq!(&buf[..5], b"hello");
        drop(theirs);
        assert_eq!(socket.readiness(Interest::Read), ready(0, true));
        assert_eq!(socket.read(&mut buf), Ok(0));
        assert_eq!(socket.write(&[IoSlice::new(b"x")]), Err(Errno::Pipe));
    }

    #[test]
    fn what_is_written_arrives_in_order_and_shutdown_ends_it() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let socket = HostSocket::from(ours);
        let parts = [
            IoSlice::new(b""),
            IoSlice::new(b"one "),
            IoSlice::new(b"two"),
        ];
        assert_eq!(socket.write(&parts), Ok(7));
        socket.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        theirs.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
    }

    #[test]
    fn a_listener_answers_again_until_somebody_connects() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = HostListener::try_from(listener).unwrap();
        assert_eq!(listener.accept().map(drop), Err(Errno::Again));
        assert_eq!(listener.readiness(), Ok(Readiness::Pending));
        let mut theirs = TcpStream::connect(address).unwrap();
        assert_eq!(listener.readiness(), ready(1, false));
        let socket = listener.accept().unwrap();
        assert_eq!(socket.file_type(), FileType::SocketStream);
        assert_eq!(socket.write(&[IoSlice::new(b"hi")]), Ok(2));
        let mut buf = [0; 2];
        theirs.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"hi");
    }
}
