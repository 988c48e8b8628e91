use std::time::Duration;

use crate::abi::Errno;
use crate::abi::functions::{FUNCTIONS, Function};
use crate::{Exit, GuestMemory};

/// Sees every call of a guest, for traces and statistics. It is told on the guest's thread, and the guest waits for it.
pub trait Observer: Send {
    /// The guest makes a call. What the arguments point to may be read from its memory; nothing of it is checked yet.
    fn before(&mut self, call: Call<'_>, mem: &dyn GuestMemory);

    /// The call is over, after that time, waiting included. Results that it wrote may be read from the guest's memory.
    ///
    /// A call that the guest does not survive because the engine ends it in the middle (a dropped future) has no end.
    fn after(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        elapsed: Duration,
    );
}

/// A call of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The place of the function in [`FUNCTIONS`].
    pub index: usize,
    /// Whether it is the one of `wasi_unstable`.
    pub unstable: bool,
    /// The arguments as they came, one for each of the function's [values](Function::values); 32-bit ones are zero-extended.
    pub args: &'a [u64],
}

impl Call<'_> {
    /// The function.
    ///
    /// # Panics
    /// If `index` is none of a function, which no adapter makes.
    #[must_use]
    pub fn function(&self) -> &'static Function {
        &FUNCTIONS[self.index]
    }
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The guest got this errno.
    Errno(Errno),
    /// The guest ended.
    Exit(Exit),
}
