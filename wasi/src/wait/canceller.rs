use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

/// Ends a guest from outside, whether it computes or waits in a host call.
///
/// Clones are handles of the same switch; they may be sent to other threads. Cancelling before the guest starts ends it at its start, cancelling after its
/// end does nothing, and the first reason wins.
#[derive(Clone, Default)]
pub struct Canceller {
    switch: Arc<Switch>,
}

/// Why a guest was ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// [`Canceller::cancel`] was called.
    Cancelled,
    /// Its deadline passed.
    DeadlineExceeded,
}

#[derive(Default)]
pub(super) struct Switch {
    /// One of the constants below; changes once, before `wakers` are woken.
    state: AtomicU8,
    wakers: Mutex<Wakers>,
}

#[derive(Default)]
struct Wakers {
    next_key: u64,
    waiting: Vec<(u64, Waker)>,
}

const RUNNING: u8 = 0;
const CANCELLED: u8 = 1;
const DEADLINE_EXCEEDED: u8 = 2;

impl Canceller {
    /// A switch that nobody has thrown.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the guest with [`Exit::Cancelled`](crate::Exit::Cancelled).
    pub fn cancel(&self) {
        self.switch.throw(Interrupt::Cancelled);
    }

    /// Whether and why the guest is to end.
    #[must_use]
    pub fn interrupt(&self) -> Option<Interrupt> {
        match self.switch.state.load(Ordering::SeqCst) {
            CANCELLED => Some(Interrupt::Cancelled),
            DEADLINE_EXCEEDED => Some(Interrupt::DeadlineExceeded),
            _ => None,
        }
    }

    /// Has `waker` woken when the switch is thrown, for as long as the subscription lives.
    ///
    /// Look at [`interrupt`](Self::interrupt) after this call, not before: a switch thrown earlier wakes nobody.
    pub fn subscribe(&self, waker: Waker) -> Subscription {
        let mut wakers = self.switch.lock();
        let key = wakers.next_key;
        wakers.next_key += 1;
        wakers.waiting.push((key, waker));
        drop(wakers);
        Subscription {
            switch: Arc::clone(&self.switch),
            key,
        }
    }

    /// Ends the guest with [`Exit::DeadlineExceeded`](crate::Exit::DeadlineExceeded) at `deadline`, unless it has ended by then. Of several deadlines the earliest counts.
    ///
    /// # Errors
    /// The host has no thread to watch it. One thread watches the deadlines of all guests of the process.
    #[cfg(feature = "host")]
    pub fn set_deadline(&self, deadline: std::time::Instant) -> std::io::Result<()> {
        super::watchdog::watch(deadline, &self.switch)
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller")
            .field("interrupt", &self.interrupt())
            .finish()
    }
}

impl Switch {
    pub(super) fn throw(&self, interrupt: Interrupt) {
        let state = match interrupt {
            Interrupt::Cancelled => CANCELLED,
            Interrupt::DeadlineExceeded => DEADLINE_EXCEEDED,
        };
        if self
            .state
            .compare_exchange(RUNNING, state, Ordering::SeqCst, Ordering::SeqCst)
            .is_err()
        {
            return;
        }
        // Woken outside the lock: a waker may run code of an executor, which may drop a subscription.
        let waiting = std::mem::take(&mut self.lock().waiting);
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn lock(&self) -> std::sync::MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a waker subscribed to a [`Canceller`]; dropping it ends that.
#[must_use = "dropping it ends the subscription"]
pub struct Subscription {
    switch: Arc<Switch>,
    key: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut wakers = self.switch.lock();
        let place = wakers.waiting.iter().position(|(key, _)| *key == self.key);
        let waker = place.map(|place| wakers.waiting.swap_remove(place));
        drop(wakers);
        // Dropped outside the lock, as it is woken outside it.
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_first_reason_wins_and_wakes_once() {
        let canceller = Canceller::new();
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let _subscription = canceller.subscribe(Arc::clone(&count).into());
        assert_eq!(canceller.interrupt(), None);
        canceller.cancel();
        canceller.switch.throw(Interrupt::DeadlineExceeded);
        assert_eq!(canceller.interrupt(), Some(Interrupt::Cancelled));
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
    }

    /// Left to the watching thread, a guest that takes no time would sometimes have ended before.
    #[cfg(feature = "host")]
    #[test]
    fn a_deadline_that_has_passed_counts_at_once() {
        for _ in 0..100 {
            let canceller = Canceller::new();
            canceller.set_deadline(std::time::Instant::now()).unwrap();
            assert_eq!(canceller.interrupt(), Some(Interrupt::DeadlineExceeded));
        }
    }

    #[test]
    fn a_dropped_subscription_is_not_woken() {
        let canceller = Canceller::new();
        let gone = Arc::new(Count(AtomicUsize::new(0)));
        let stays = Arc::new(Count(AtomicUsize::new(0)));
        let first = canceller.subscribe(Arc::clone(&gone).into());
        let _second = canceller.subscribe(Arc::clone(&stays).into());
        drop(first);
        canceller.cancel();
        assert_eq!(gone.0.load(Ordering::SeqCst), 0);
        assert_eq!(stays.0.load(Ordering::SeqCst), 1);
    }
}
