use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Wake;
use std::time::Duration;

use super::WaitSource;
use crate::stop::Stop;

/// Raised by wakers, awaited by one thread. All sources are events here: host descriptors are read by threads of their own.
#[derive(Debug, Default)]
pub(super) struct Signal {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    pub(super) fn new() -> Result<Self, Stop> {
        Ok(Self::default())
    }

    pub(super) fn lower(&self) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    pub(super) fn wait(&self, _sources: &[WaitSource], timeout: Duration) -> Result<(), Stop> {
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            self.changed
                .wait_timeout_while(raised, timeout, |raised| !*raised),
        );
        Ok(())
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn raised_before_or_during_a_wait_it_ends_it() {
        let signal = Arc::new(Signal::new().unwrap());
        Arc::clone(&signal).wake();
        signal.wait(&[], HOUR).unwrap();
        signal.lower();
        let waker = Arc::clone(&signal);
        let thread = thread::spawn(move || waker.wake_by_ref());
        signal.wait(&[], HOUR).unwrap();
        thread.join().unwrap();
    }

    #[test]
    fn lowered_it_waits_for_its_time() {
        let signal = Arc::new(Signal::new().unwrap());
        signal.wake_by_ref();
        signal.lower();
        signal.wait(&[], Duration::from_millis(1)).unwrap();
        assert!(!*signal.raised.lock().unwrap());
    }
}
