//! Waiting with `.await`.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ::wasmtime::{Caller, Error, Result};
use tokio::time::sleep;

use super::Wasi;
use super::call::{Attempt, Site, attempt, tell};
use crate::abi::Errno;
use crate::wait::{Canceller, Wait, WaitSource};
use crate::{CallOutcome, Exit, Stop};

/// Calls the core for the guest and returns the errno, awaiting where the core asks for it.
pub(super) async fn call<T: Send, const N: usize>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy + Send + Sync,
    site: Site,
    args: [u64; N],
    mut attempt: impl Attempt + Send,
) -> Result<u32> {
    let ctx = &mut get(caller.data_mut()).ctx;
    // One may be left of a call whose future was dropped while it waited.
    ctx.give_up_wait();
    if ctx.observer.is_none() {
        let errno = finish(caller, get, &mut attempt).await?;
        return Ok(errno.to_wire().into());
    }
    tell(caller, get, site, &args, None)?;
    let begun = Instant::now();
    let result = finish(caller, get, &mut attempt).await;
    let outcome = match &result {
        Ok(errno) => Some(CallOutcome::Errno(*errno)),
        Err(error) => error
            .downcast_ref::<Exit>()
            .map(|exit| CallOutcome::Exit(*exit)),
    };
    if let Some(outcome) = outcome {
        tell(caller, get, site, &args, Some((outcome, begun.elapsed())))?;
    }
    Ok(result?.to_wire().into())
}

/// Tries and waits until the call is over.
///
/// # Errors
/// The guest ends.
async fn finish<T: Send>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy + Send + Sync,
    again: &mut (impl Attempt + Send),
) -> Result<Errno> {
    loop {
        let wait = match attempt(caller, get, again)? {
            Ok(()) => return Ok(Errno::Success),
            Err(Stop::Errno(errno)) => return Ok(errno),
            Err(Stop::Exit(exit)) => return Err(Error::new(exit)),
            Err(Stop::Wait(wait)) => wait,
        };
        let ctx = &mut get(caller.data_mut()).ctx;
        let (canceller, begun) = (ctx.canceller.clone(), ctx.clocks.monotonic());
        let waited = until(wait, &canceller).await;
        let ctx = &mut get(caller.data_mut()).ctx;
        ctx.clocks
            .add_waited(ctx.clocks.monotonic().saturating_sub(begun));
        match waited {
            Ok(()) => {}
            Err(Stop::Exit(exit)) => return Err(Error::new(exit)),
            Err(Stop::Errno(errno)) => return Ok(errno),
            Err(Stop::Wait(_)) => return Ok(Errno::Again),
        }
    }
}

/// Waits until a source is ready or the time is over; sometimes less.
///
/// # Errors
/// As [`BlockingWaiter::wait`](crate::wait::BlockingWaiter::wait).
async fn until(wait: Wait, canceller: &Canceller) -> Result<(), Stop> {
    if wait.sources.is_empty() && wait.timeout == Some(Duration::ZERO) {
        tokio::task::yield_now().await;
        return ended(canceller);
    }
    let descriptors = descriptors::register(&wait.sources)?;
    let mut time = pin!(wait.timeout.map(sleep));
    let mut subscription = None;
    poll_fn(|cx| {
        // Being polled again means being woken, by whatever it was: the core will look.
        if subscription.is_some() {
            return Poll::Ready(());
        }
        subscription = Some(canceller.subscribe(cx.waker().clone()));
        for source in &wait.sources {
            match source {
                WaitSource::Event(event, interest) => event.subscribe(*interest, cx.waker()),
                #[cfg(unix)]
                WaitSource::Descriptor(..) => {}
            }
        }
        let over = time
            .as_mut()
            .as_pin_mut()
            .is_some_and(|time| time.poll(cx).is_ready());
        if over || canceller.interrupt().is_some() || descriptors::any_ready(&descriptors, cx) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    ended(canceller)
}

/// # Errors
/// [`Stop::Exit`] if the guest was ended from outside.
fn ended(canceller: &Canceller) -> Result<(), Stop> {
    match canceller.interrupt() {
        Some(interrupt) => Err(Stop::Exit(Exit::from(interrupt))),
        None => Ok(()),
    }
}

#[cfg(unix)]
mod descriptors {
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::sync::Arc;

    use tokio::io::Interest as TokioInterest;
    use tokio::io::unix::AsyncFd;

    use super::{Context, Stop, WaitSource};
    use crate::stdio::host_errno::from_io;
    use crate::stream::Interest;

    /// A descriptor that the runtime watches for the length of one wait.
    pub(super) struct Watched {
        fd: AsyncFd<OwnedFd>,
        interest: Interest,
    }

    /// Each gets a duplicate: the runtime takes a descriptor once only, and two guests may wait for the same. But a guest that names one many times gets
    /// one for reading and one for writing: thousands of subscriptions must not take the host's last descriptor.
    ///
    /// # Errors
    /// The host has no descriptor left, or the runtime can't watch it.
    pub(super) fn register(sources: &[WaitSource]) -> Result<Vec<Watched>, Stop> {
        let mut wanted: Vec<_> = sources
            .iter()
            .filter_map(|source| match source {
                WaitSource::Descriptor(fd, interest) => Some((fd, *interest)),
                WaitSource::Event(..) => None,
            })
            .collect();
        let key = |(fd, interest): &(&_, Interest)| (fd_number(fd), *interest == Interest::Write);
        wanted.sort_unstable_by_key(key);
        wanted.dedup_by_key(|wanted| key(wanted));
        let mut watched = Vec::with_capacity(wanted.len());
        for (fd, interest) in wanted {
            let tokio_interest = match interest {
                Interest::Read => TokioInterest::READABLE,
                Interest::Write => TokioInterest::WRITABLE,
            };
            #[expect(
                deprecated,
                reason = "its successor is unsafe because some types lie about their descriptor, which `OwnedFd` does not"
            )]
            let fd = fd
                .try_clone()
                .and_then(|fd| AsyncFd::with_interest(fd, tokio_interest))
                .map_err(|error| Stop::Errno(from_io(&error)))?;
            watched.push(Watched { fd, interest });
        }
        Ok(watched)
    }

    fn fd_number(fd: &Arc<OwnedFd>) -> i32 {
        fd.as_raw_fd()
    }

    pub(super) fn any_ready(watched: &[Watched], cx: &mut Context<'_>) -> bool {
        let mut ready = false;
        // All of them, so that each is asked to wake the task.
        for Watched { fd, interest } in watched {
            ready |= match interest {
                Interest::Read => fd.poll_read_ready(cx).is_ready(),
                Interest::Write => fd.poll_write_ready(cx).is_ready(),
            };
        }
        ready
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Each subscription of a `poll_oneoff` is a source, and used to take a descriptor of the host.
        #[test]
        fn a_descriptor_that_is_named_many_times_is_watched_twice_at_most() {
            let (input, output) = std::io::pipe().unwrap();
            let fds: [Arc<OwnedFd>; 2] = [Arc::new(input.into()), Arc::new(output.into())];
            let sources: Vec<_> = (0..5000)
                .map(|index| {
                    let interest = [Interest::Read, Interest::Read, Interest::Write][index % 3];
                    let fd = &fds[usize::from(interest == Interest::Write)];
                    WaitSource::Descriptor(Arc::clone(fd), interest)
                })
                .collect();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let _entered = runtime.enter();
            let watched = register(&sources).map_err(|stop| stop.to_string()).unwrap();
            let interests: Vec<_> = watched.iter().map(|watched| watched.interest).collect();
            assert_eq!(interests.len(), 2);
            assert!(interests.contains(&Interest::Read) && interests.contains(&Interest::Write));
        }
    }
}

/// Here all sources are events.
#[cfg(not(unix))]
mod descriptors {
    use super::{Context, Stop, WaitSource};

    pub(super) fn register(_sources: &[WaitSource]) -> Result<(), Stop> {
        Ok(())
    }

    pub(super) fn any_ready(_watched: &(), _cx: &mut Context<'_>) -> bool {
        false
    }
}
