//! Sockets that the host hands to a guest. preview1 guests cannot make any: they accept connections of a listener, and use connected ones.

#[cfg(all(unix, feature = "host"))]
mod host;

use std::net::Shutdown;
use std::sync::Arc;

use crate::abi::Errno;
use crate::stream::{Readiness, Stream};
use crate::wait::WaitSource;

#[cfg(all(unix, feature = "host"))]
pub use host::{HostListener, HostSocket};

/// A connected socket that carries bytes both ways. Like every [`Stream`] it never waits.
pub trait Socket: Stream {
    /// As [`Stream::read`], but what is read stays there.
    ///
    /// # Errors
    /// As [`Stream::read`].
    ///
    /// # References
    /// `MSG_PEEK`: <https://pubs.opengroup.org/onlinepubs/9799919799/functions/recv.html>.
    fn peek(&self, buf: &mut [u8]) -> Result<usize, Errno>;

    /// Ends receiving, sending or both.
    ///
    /// # Errors
    /// [`Errno::Notconn`] if it is no longer connected; the host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/shutdown.html>
    fn shutdown(&self, how: Shutdown) -> Result<(), Errno>;
}

/// A socket that accepts connections. It never waits.
pub trait Listener: Send + Sync {
    /// Takes the next connection.
    ///
    /// # Errors
    /// [`Errno::Again`] if there is none yet; the host's.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/accept.html>
    fn accept(&self) -> Result<Arc<dyn Socket>, Errno>;

    /// Whether a connection waits to be accepted.
    ///
    /// # Errors
    /// The host's.
    fn readiness(&self) -> Result<Readiness, Errno>;

    /// What becomes ready with a connection; `None` for a listener that is never [`Readiness::Pending`].
    fn wait_source(&self) -> Option<WaitSource>;
}
