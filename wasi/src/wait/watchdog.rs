use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;
use std::{io, thread};

use super::Interrupt;
use super::canceller::Switch;

/// Throws switches at their deadlines: one thread for the whole process, started with the first deadline.
struct Watchdog {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Default)]
struct Watched {
    started: bool,
    /// The earliest deadline on top.
    deadlines: BinaryHeap<Deadline>,
    /// Deadlines of guests that have ended are dropped when the heap grows past this, so that a million short guests with an hour's deadline
    /// don't leave a million entries.
    prune_at: usize,
}

struct Deadline {
    at: Instant,
    switch: Weak<Switch>,
}

/// The smallest heap worth pruning, in entries.
const PRUNE_MIN: usize = 64;

/// Throws `switch` at `at`, if it still exists then.
///
/// # Errors
/// The host has no thread for it.
pub(super) fn watch(at: Instant, switch: &Arc<Switch>) -> io::Result<()> {
    // A short guest could be over before the thread has noticed.
    if at <= Instant::now() {
        switch.throw(Interrupt::DeadlineExceeded);
        return Ok(());
    }
    static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
    let watchdog = WATCHDOG.get_or_init(|| Watchdog {
        watched: Mutex::new(Watched::default()),
        changed: Condvar::new(),
    });
    let mut watched = watchdog.lock();
    if !watched.started {
        thread::Builder::new()
            .name("guest deadlines".into())
            .spawn(|| watchdog.run())?;
        watched.started = true;
    }
    watched.prune();
    let earlier = watched.deadlines.peek().is_none_or(|top| at < top.at);
    watched.deadlines.push(Deadline {
        at,
        switch: Arc::downgrade(switch),
    });
    if earlier {
        watchdog.changed.notify_one();
    }
    Ok(())
}

impl Watchdog {
    fn run(&self) {
        let mut watched = self.lock();
        loop {
            let now = Instant::now();
            let Some(next) = watched.deadlines.peek() else {
                watched = self
                    .changed
                    .wait(watched)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if now < next.at {
                let rest = next.at - now;
                watched = self
                    .changed
                    .wait_timeout(watched, rest)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
                continue;
            }
            let due = watched.deadlines.pop();
            drop(watched);
            // Outside the lock: the wakers that this runs may set deadlines.
            if let Some(switch) = due.and_then(|due| due.switch.upgrade()) {
                switch.throw(Interrupt::DeadlineExceeded);
            }
            watched = self.lock();
        }
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn prune(&mut self) {
        if self.deadlines.len() < self.prune_at.max(PRUNE_MIN) {
            return;
        }
        self.deadlines
            .retain(|deadline| deadline.switch.strong_count() > 0);
        self.prune_at = self.deadlines.len() * 2;
    }
}

impl PartialEq for Deadline {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Deadline {}

impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Deadline {
    /// The earliest is the greatest: `BinaryHeap` has the greatest on top.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Wake;
    use std::time::Duration;

    use super::*;
    use crate::wait::Canceller;

    struct Tell(Mutex<mpsc::Sender<()>>);

    impl Wake for Tell {
        fn wake(self: Arc<Self>) {
            let _ = self.0.lock().map(|sender| sender.send(()));
        }
    }

    #[test]
    fn an_earlier_deadline_set_later_comes_first() {
        let (sender, receiver) = mpsc::channel();
        let (late, early) = (Canceller::new(), Canceller::new());
        late.set_deadline(Instant::now() + Duration::from_secs(3600))
            .unwrap();
        let _subscription = early.subscribe(Arc::new(Tell(Mutex::new(sender))).into());
        early
            .set_deadline(Instant::now() + Duration::from_millis(5))
            .unwrap();
        receiver.recv().unwrap();
        assert_eq!(early.interrupt(), Some(Interrupt::DeadlineExceeded));
        assert_eq!(late.interrupt(), None);
    }

    #[test]
    fn deadlines_of_ended_guests_are_dropped() {
        let mut watched = Watched::default();
        let kept = Arc::new(Switch::default());
        for place in 0..1000 {
            let ended = Arc::new(Switch::default());
            watched.prune();
            watched.deadlines.push(Deadline {
                at: Instant::now(),
                switch: Arc::downgrade(if place == 0 { &kept } else { &ended }),
            });
        }
        assert!(watched.deadlines.len() <= PRUNE_MIN);
        assert!(
            watched
                .deadlines
                .iter()
                .any(|deadline| deadline.switch.strong_count() > 0)
        );
    }
}
