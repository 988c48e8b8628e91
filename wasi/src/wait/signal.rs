#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use std::time::Duration;

use super::WaitSource;
#[cfg(unix)]
use super::wake_descriptor::WakeDescriptor;
use crate::stop::Stop;

/// Raised by wakers, awaited by one thread: on a condition variable, or together with descriptors of the system by poll(2).
#[derive(Debug, Default)]
pub(super) struct Signal {
    raised: Mutex<bool>,
    changed: Condvar,
    /// Made for the first wait that needs it, so that guests that only sleep, or wait for each other, take no descriptor each.
    #[cfg(unix)]
    descriptor: OnceLock<WakeDescriptor>,
}

impl Signal {
    /// Forgets what raised it until now.
    pub(super) fn lower(&self) {
        *self.raised() = false;
        #[cfg(unix)]
        if let Some(descriptor) = self.descriptor.get() {
            descriptor.lower();
        }
    }

    /// Waits until it is raised, a descriptor among the sources is ready, or the time is over; sometimes less.
    ///
    /// # Errors
    /// The host lacks a descriptor or memory to wait with.
    pub(super) fn wait(&self, sources: &[WaitSource], timeout: Duration) -> Result<(), Stop> {
        #[cfg(unix)]
        if sources
            .iter()
            .any(|source| matches!(source, WaitSource::Descriptor(..)))
        {
            return self.wait_with_descriptors(sources, timeout);
        }
        // Elsewhere all sources are events: threads read what the host would have to wait for.
        let _ = sources;
        let wait = self
            .changed
            .wait_timeout_while(self.raised(), timeout, |raised| !*raised);
        drop(wait);
        Ok(())
    }

    #[cfg(unix)]
    fn wait_with_descriptors(&self, sources: &[WaitSource], timeout: Duration) -> Result<(), Stop> {
        let descriptor = match self.descriptor.get() {
            Some(descriptor) => descriptor,
            None => {
                let made = WakeDescriptor::new()?;
                self.descriptor.get_or_init(|| made)
            }
        };
        // After the descriptor is there: a waker that didn't find it has raised the flag before.
        if *self.raised() {
            return Ok(());
        }
        descriptor.wait(sources, timeout)
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn raised(&self) -> MutexGuard<'_, bool> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.raised() = true;
        self.changed.notify_one();
        #[cfg(unix)]
        if let Some(descriptor) = self.descriptor.get() {
            descriptor.raise();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// What to wait for: nothing else, or a descriptor that never becomes ready.
    fn sources() -> Vec<Vec<WaitSource>> {
        let mut all = vec![Vec::new()];
        #[cfg(unix)]
        {
            let (input, never) = std::io::pipe().unwrap();
            std::mem::forget(never);
            let interest = crate::stream::Interest::Read;
            all.push(vec![WaitSource::Descriptor(
                Arc::new(input.into()),
                interest,
            )]);
        }
        all
    }

    #[test]
    fn raised_before_or_during_a_wait_it_ends_it() {
        for sources in sources() {
            let signal = Arc::new(Signal::default());
            Arc::clone(&signal).wake();
            signal.wait(&sources, HOUR).unwrap();
            for _ in 0..100 {
                signal.lower();
                let waker = Arc::clone(&signal);
                let thread = thread::spawn(move || waker.wake_by_ref());
                signal.wait(&sources, HOUR).unwrap();
                thread.join().unwrap();
            }
        }
    }

    #[test]
    fn lowered_it_waits_for_its_time() {
        for sources in sources() {
            let signal = Arc::new(Signal::default());
            signal.wait(&sources, Duration::ZERO).unwrap();
            signal.wake_by_ref();
            signal.lower();
            signal.wait(&sources, Duration::from_millis(1)).unwrap();
            assert!(!*signal.raised());
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_wait_for_descriptors_takes_one() {
        let signal = Arc::new(Signal::default());
        let all = sources();
        signal.wait(&all[0], Duration::ZERO).unwrap();
        assert!(signal.descriptor.get().is_none());
        signal.wait(&all[1], Duration::ZERO).unwrap();
        assert!(signal.descriptor.get().is_some());
    }
}
