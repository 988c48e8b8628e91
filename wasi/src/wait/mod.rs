//! Waiting without blocking the core.
//!
//! A core function that cannot finish returns a [`Wait`] before it has done anything. The adapter waits, in whatever way its host does,
//! and calls the function again with the same arguments.

#[cfg(feature = "host")]
mod blocking;
mod canceller;
#[cfg(feature = "host")]
mod signal;
#[cfg(all(unix, feature = "host"))]
mod wake_descriptor;
#[cfg(feature = "host")]
mod watchdog;

use std::fmt;
#[cfg(all(unix, feature = "host"))]
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::stream::Interest;

#[cfg(feature = "host")]
pub use blocking::BlockingWaiter;
pub use canceller::{Canceller, Interrupt, Subscription};
#[cfg(all(unix, feature = "host"))]
pub(crate) use wake_descriptor::poll_flags;

/// What a core function needs before it can go on. Nothing has happened yet.
///
/// Waiting may end early for no reason at all: the function is called again, and decides.
#[derive(Debug, Default)]
pub struct Wait {
    /// Any of these becoming ready ends the wait.
    pub sources: Vec<WaitSource>,
    /// The longest time to wait, by the host's clock, from now on; `None` means without limit. It is computed afresh for each call of the core
    /// function, from when that was called first, so waiting in several pieces does not make it longer.
    pub timeout: Option<Duration>,
}

impl Wait {
    /// To wait for one source, without limit.
    #[must_use]
    pub fn on(source: WaitSource) -> Self {
        Self {
            sources: vec![source],
            timeout: None,
        }
    }
}

/// Something that becomes ready.
#[derive(Clone)]
pub enum WaitSource {
    /// A descriptor of the operating system, as poll(2) takes it.
    #[cfg(all(unix, feature = "host"))]
    Descriptor(Arc<OwnedFd>, Interest),
    /// Something inside this process.
    Event(Arc<dyn Event>, Interest),
}

impl fmt::Debug for WaitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(all(unix, feature = "host"))]
            Self::Descriptor(fd, interest) => f
                .debug_tuple("Descriptor")
                .field(fd)
                .field(interest)
                .finish(),
            Self::Event(_, interest) => f
                .debug_tuple("Event")
                .field(interest)
                .finish_non_exhaustive(),
        }
    }
}

/// Something inside this process that becomes ready.
pub trait Event: Send + Sync {
    /// Wakes `waker` once, as soon as this is ready for `interest`: at once if it is already. Waking too often is allowed, too rarely is not.
    ///
    /// Called again and again with wakers of the same task it keeps one of them only.
    fn subscribe(&self, interest: Interest, waker: &Waker);
}

/// What a waiting core function keeps in the context until it is called again.
///
/// A function that may leave one takes it out first, and so finds its own: the adapter takes away one that was left by a wait that was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WaitToken {
    /// What the guest's monotonic clock said when the function was called first, in nanoseconds. Relative timeouts count from here.
    pub(crate) entered: u64,
    /// How many bytes it has moved already: a blocking write is done when all are written, `RECV_WAITALL` when all are received.
    pub(crate) moved: u32,
}
