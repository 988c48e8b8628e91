use tokio::runtime::{Builder, Runtime};

use crate::Error;

/// After how many turns of tasks the executor looks for news from the network. By default it does so after 61, which guests that compute without end make 61 milliseconds; a look
/// takes a microsecond.
const TURNS_PER_LOOK: u32 = 4;

/// The threads that serve connections and run guests: one for each processor.
///
/// Guests are asynchronous and yield by the clock, instead of having threads of their own: that takes half the processor time for each request, and a request waits for a turn
/// of each guest that computes, a millisecond, where the kernel lets threads of their own run for several. RATIONALE.md has the figures.
///
/// # Errors
/// The host has no threads for it.
pub fn executor() -> Result<Runtime, Error> {
    Ok(Builder::new_multi_thread()
        .event_interval(TURNS_PER_LOOK)
        .enable_all()
        .build()?)
}
