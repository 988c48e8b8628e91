use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guesthouse_wasi::abi::Errno;
use guesthouse_wasi::abi::functions::FUNCTIONS;
use guesthouse_wasi::{Call, CallOutcome, GuestMemory, Observer};

/// What guests called, and what they were answered, in order. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Called(Arc<Mutex<Vec<(&'static str, CallOutcome)>>>);

impl Called {
    /// Each call that is over: the function, and what came of it.
    #[must_use]
    pub fn answers(&self) -> Vec<(&'static str, CallOutcome)> {
        self.record().clone()
    }

    /// The functions of WASI that were never called.
    #[must_use]
    pub fn never_called(&self) -> Vec<&'static str> {
        self.functions_without(|_| true)
    }

    /// The functions of WASI that never did what they are for: succeeded, or ended the guest.
    #[must_use]
    pub fn never_successful(&self) -> Vec<&'static str> {
        self.functions_without(|outcome| match outcome {
            CallOutcome::Errno(errno) => errno == Errno::Success,
            CallOutcome::Exit(_) => true,
        })
    }

    fn functions_without(&self, counts: impl Fn(CallOutcome) -> bool) -> Vec<&'static str> {
        let record = self.record();
        let seen = |name| {
            let mut calls = record.iter();
            calls.any(|(called, outcome)| *called == name && counts(*outcome))
        };
        let names = FUNCTIONS.iter().map(|function| function.name);
        names.filter(|name| !seen(*name)).collect()
    }

    /// Nothing panics while the lock is held, so a poisoned one is as good as any.
    fn record(&self) -> MutexGuard<'_, Vec<(&'static str, CallOutcome)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Called {
    fn before(&mut self, _call: Call<'_>, _mem: &dyn GuestMemory) {}

    fn after(
        &mut self,
        call: Call<'_>,
        _mem: &dyn GuestMemory,
        outcome: CallOutcome,
        _elapsed: Duration,
    ) {
        self.record().push((call.function().name, outcome));
    }
}
