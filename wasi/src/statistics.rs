use std::time::Duration;

use crate::abi::Errno;
use crate::abi::functions::{FUNCTIONS, Function, Kind, Outcome};
use crate::observer::{Call, CallOutcome, Observer};
use crate::{Exit, GuestMemory};

/// What a guest did: how often it called each function, and what came of it.
#[derive(Clone, Debug)]
pub struct Statistics {
    functions: [FunctionStatistics; FUNCTIONS.len()],
}

/// What a guest did with one function. Calls of `wasi_unstable` count with those of `wasi_snapshot_preview1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionStatistics {
    /// How often it was called.
    pub calls: u64,
    /// How many of the calls came back with an errno.
    pub errors: u64,
    /// How many bytes the calls moved between the guest and its descriptors.
    pub bytes: u64,
    /// How long the calls took in all, waiting included.
    pub time: Duration,
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            functions: [FunctionStatistics::default(); FUNCTIONS.len()],
        }
    }
}

impl Statistics {
    /// Each function that was called, in the order of the function table.
    pub fn functions(&self) -> impl Iterator<Item = (&'static Function, &FunctionStatistics)> {
        FUNCTIONS
            .iter()
            .zip(&self.functions)
            .filter(|(_, f)| f.calls > 0)
    }

    /// The sums over all functions.
    #[must_use]
    pub fn total(&self) -> FunctionStatistics {
        let mut total = FunctionStatistics::default();
        for function in &self.functions {
            total.calls += function.calls;
            total.errors += function.errors;
            total.bytes += function.bytes;
            total.time += function.time;
        }
        total
    }

    /// Counts one call.
    pub fn count(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        elapsed: Duration,
    ) {
        let Some(function) = self.functions.get_mut(call.index) else {
            return;
        };
        function.calls += 1;
        function.time += elapsed;
        match outcome {
            CallOutcome::Errno(Errno::Success) => function.bytes += bytes_moved(call, mem),
            CallOutcome::Errno(_) | CallOutcome::Exit(Exit::Cancelled | Exit::DeadlineExceeded) => {
                function.errors += 1;
            }
            CallOutcome::Exit(Exit::Code(_) | Exit::Raised(_)) => {}
        }
    }
}

impl Observer for Statistics {
    fn before(&mut self, _call: Call<'_>, _mem: &dyn GuestMemory) {}

    fn after(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        elapsed: Duration,
    ) {
        self.count(call, mem, outcome, elapsed);
    }
}

/// What a successful call with a list of buffers says that it moved.
fn bytes_moved(call: Call<'_>, mem: &dyn GuestMemory) -> u64 {
    let mut has_buffers = false;
    let mut at = 0;
    for param in call.function().params {
        has_buffers |= matches!(param.kind, Kind::Iovecs | Kind::Ciovecs);
        if has_buffers && param.kind == Kind::Out(Outcome::Size) {
            let address = call.args.get(at).copied().unwrap_or(0);
            let mut bytes = [0; 4];
            let read =
                u32::try_from(address).is_ok_and(|address| mem.read(address, &mut bytes).is_ok());
            return if read {
                u32::from_le_bytes(bytes).into()
            } else {
                0
            };
        }
        at += param.kind.values().len();
    }
    0
}
