use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

#[cfg(not(unix))]
use super::portable_signal as sys;
#[cfg(unix)]
use super::unix_signal as sys;
use super::{Canceller, Wait, WaitSource};
use crate::stop::{Exit, Stop};

/// Waits by blocking the thread: on the descriptors with poll(2), and on wakers through one more descriptor that they write to. Where there is no poll(2), on a
/// condition variable.
///
/// Costs nothing until the first wait; keep it with the guest, so that later ones reuse its descriptor.
#[derive(Debug, Default)]
pub struct BlockingWaiter {
    signal: Option<(Arc<sys::Signal>, Waker)>,
}

/// The longest single wait. Systems differ in how long a timeout they accept; ending early is always allowed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl BlockingWaiter {
    /// A waiter that has not waited yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until a source is ready or the time is over; sometimes less.
    ///
    /// # Errors
    /// [`Stop::Exit`] if the guest was cancelled or its deadline passed, before or during the wait; [`Stop::Errno`] if the host lacks the means to wait
    /// (a descriptor, memory).
    pub fn wait(&mut self, wait: &Wait, canceller: &Canceller) -> Result<(), Stop> {
        if wait.sources.is_empty() && wait.timeout == Some(Duration::ZERO) {
            std::thread::yield_now();
            return ended(canceller);
        }
        let (signal, waker) = match &mut self.signal {
            Some(signal) => signal,
            none => {
                let signal = Arc::new(sys::Signal::new()?);
                none.insert((Arc::clone(&signal), Waker::from(signal)))
            }
        };
        // In this order: what happens before it is seen by the subscriptions, what happens after it raises the signal.
        signal.lower();
        let _subscription = canceller.subscribe(waker.clone());
        for source in &wait.sources {
            match source {
                WaitSource::Event(event, interest) => event.subscribe(*interest, waker),
                #[cfg(unix)]
                WaitSource::Descriptor(..) => {}
            }
        }
        ended(canceller)?;
        signal.wait(&wait.sources, wait.timeout.unwrap_or(LONGEST).min(LONGEST))?;
        ended(canceller)
    }
}

/// # Errors
/// [`Stop::Exit`] if the guest was ended from outside.
fn ended(canceller: &Canceller) -> Result<(), Stop> {
    match canceller.interrupt() {
        Some(interrupt) => Err(Stop::Exit(Exit::from(interrupt))),
        None => Ok(()),
    }
}
