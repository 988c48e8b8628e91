use std::sync::Arc;
use std::task::{Wake, Waker};

use ::wasmtime::{Config, EngineWeak, Error, Result, Store, UpdateDeadline};

use crate::Exit;
use crate::wait::{Canceller, Subscription};

/// Wasmtime's defaults, and guests that can be ended while they compute.
///
/// With an engine that was not configured with [`epoch_interruption`](Config::epoch_interruption) a cancelled guest, or one that is past its deadline, ends at its next wait only.
#[must_use]
pub fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config
}

/// Keeps a store under the command of its canceller.
pub(super) struct Armed {
    _subscription: Subscription,
}

/// What a store does when its engine's epoch goes on and nobody has cancelled it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// It goes on.
    Continue,
    /// It lets other tasks of the executor go first. Its guest is called asynchronously.
    #[cfg(feature = "tokio")]
    Yield,
}

/// Ends the guest of `store` when `canceller` is thrown: by the engine's epoch while it computes; waits look for themselves.
///
/// # Errors
/// An [`Exit`], if it has been thrown by now.
pub(super) fn arm<T: 'static>(
    store: &mut Store<T>,
    canceller: &Canceller,
    otherwise: Otherwise,
) -> Result<Armed> {
    let waker = Waker::from(Arc::new(NextEpoch(store.engine().weak())));
    let subscription = canceller.subscribe(waker);
    // Other stores of the engine may count epochs for purposes of their own, so every one is looked at, and what it means is asked of the canceller.
    store.set_epoch_deadline(1);
    let asked = canceller.clone();
    store.epoch_deadline_callback(move |_| {
        check(&asked)?;
        Ok(match otherwise {
            Otherwise::Continue => UpdateDeadline::Continue(1),
            #[cfg(feature = "tokio")]
            Otherwise::Yield => UpdateDeadline::Yield(1),
        })
    });
    // After the deadline was set: a canceller that was thrown before it has been noticed by nobody.
    check(canceller)?;
    Ok(Armed {
        _subscription: subscription,
    })
}

/// # Errors
/// An [`Exit`], if it has been thrown.
fn check(canceller: &Canceller) -> Result<()> {
    match canceller.interrupt() {
        Some(interrupt) => Err(Error::new(Exit::from(interrupt))),
        None => Ok(()),
    }
}

/// Woken, it makes the engine's running guests look at their cancellers.
struct NextEpoch(EngineWeak);

impl Wake for NextEpoch {
    fn wake(self: Arc<Self>) {
        if let Some(engine) = self.0.upgrade() {
            engine.increment_epoch();
        }
    }
}
