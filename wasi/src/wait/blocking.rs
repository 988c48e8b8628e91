use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::signal::Signal;
use super::{Canceller, Wait, WaitSource};
use crate::stop::{Exit, Stop};

/// Waits by blocking the thread: on a condition variable that wakers notify, or, if descriptors are among the sources, with poll(2) on these and one more that wakers write
/// to.
///
/// Costs nothing until the first wait; keep it with the guest, so that later ones reuse what it has.
#[derive(Debug, Default)]
pub struct BlockingWaiter {
    signal: Option<(Arc<Signal>, Waker)>,
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
        let (signal, waker) = self.signal.get_or_insert_with(|| {
            let signal = Arc::<Signal>::default();
            (Arc::clone(&signal), Waker::from(signal))
        });
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;

    use super::*;
    use crate::stdio::pipe;
    use crate::stream::{Interest, Stream};

    const HOUR: Duration = Duration::from_secs(3600);

    fn for_an_hour(sources: Vec<WaitSource>) -> Wait {
        Wait {
            sources,
            timeout: Some(HOUR),
        }
    }

    #[test]
    fn a_source_that_is_ready_ends_the_wait_and_so_does_one_that_becomes_ready() {
        let (mut waiter, canceller) = (BlockingWaiter::new(), Canceller::new());
        let (reader, mut writer) = pipe(4);
        let source = || reader.wait_source(Interest::Read).unwrap();
        let thread = thread::spawn(move || {
            writer.write_all(b"x").unwrap();
            writer
        });
        waiter
            .wait(&for_an_hour(vec![source()]), &canceller)
            .unwrap();
        let _writer = thread.join().unwrap();
        waiter
            .wait(&for_an_hour(vec![source(), source()]), &canceller)
            .unwrap();
        // What woke the wait before does not wake this one.
        assert_eq!(reader.read(&mut [0; 4]), Ok(1));
        let short = Wait {
            sources: vec![source()],
            timeout: Some(Duration::from_millis(1)),
        };
        waiter.wait(&short, &canceller).unwrap();
    }

    #[test]
    fn a_thrown_canceller_ends_every_wait() {
        let (mut waiter, canceller) = (BlockingWaiter::new(), Canceller::new());
        let thrower = canceller.clone();
        let thread = thread::spawn(move || thrower.cancel());
        let yields = Wait {
            timeout: Some(Duration::ZERO),
            ..Wait::default()
        };
        for wait in [for_an_hour(Vec::new()), for_an_hour(Vec::new())] {
            let end = waiter.wait(&wait, &canceller);
            assert!(matches!(end, Err(Stop::Exit(Exit::Cancelled))));
        }
        let end = waiter.wait(&yields, &canceller);
        assert!(matches!(end, Err(Stop::Exit(Exit::Cancelled))));
        thread.join().unwrap();
    }

    /// More entries than a process may have descriptors would be refused by poll(2).
    #[cfg(unix)]
    #[test]
    fn a_descriptor_may_be_named_many_times() {
        let (mut waiter, canceller) = (BlockingWaiter::new(), Canceller::new());
        let (input, mut to_input) = std::io::pipe().unwrap();
        let input = Arc::new(input.into());
        let sources: Vec<_> = [Interest::Read, Interest::Write]
            .into_iter()
            .cycle()
            .take(200_000)
            .map(|interest| WaitSource::Descriptor(Arc::clone(&input), interest))
            .collect();
        to_input.write_all(b"x").unwrap();
        waiter.wait(&for_an_hour(sources), &canceller).unwrap();
    }
}
