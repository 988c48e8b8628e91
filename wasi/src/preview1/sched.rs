use std::time::Duration;

use crate::wait::{Wait, WaitToken};
use crate::{GuestMemory, Stop, WasiCtx};

/// Lets other threads, or other tasks of the executor, go first.
///
/// # Errors
/// [`Stop::Wait`] with no time at all, once: how to give way is the adapter's business.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/sched_yield.html>
pub fn sched_yield<M: GuestMemory + ?Sized>(ctx: &mut WasiCtx, _mem: &mut M) -> Result<(), Stop> {
    if ctx.wait_token.take().is_some() {
        return Ok(());
    }
    ctx.wait_token = Some(WaitToken::default());
    Err(Stop::Wait(Wait {
        sources: Vec::new(),
        timeout: Some(Duration::ZERO),
    }))
}
