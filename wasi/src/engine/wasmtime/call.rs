use std::time::{Duration, Instant};

use ::wasmtime::{Caller, Error, Result};

use super::Wasi;
use crate::abi::Errno;
use crate::abi::functions::FUNCTIONS;
use crate::{Call, CallOutcome, Exit, Stop, WasiCtx};

/// Which function is called.
#[derive(Clone, Copy)]
pub(super) struct Site {
    /// Its place in [`FUNCTIONS`].
    pub(super) index: usize,
    pub(super) unstable: bool,
}

/// One attempt of a core function at what the guest asks for.
pub(super) trait Attempt: FnMut(&mut WasiCtx, &mut [u8]) -> Result<(), Stop> {}

impl<F: FnMut(&mut WasiCtx, &mut [u8]) -> Result<(), Stop>> Attempt for F {}

/// The place of a function in [`FUNCTIONS`].
///
/// # Panics
/// There is none of that name; adapters look them up while they are compiled.
pub(super) const fn index_of(name: &str) -> usize {
    let mut index = 0;
    while index < FUNCTIONS.len() {
        if is_same(FUNCTIONS[index].name.as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such function")
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Calls the core for the guest and returns the errno, waiting on this thread where the core asks for it.
#[inline]
pub(super) fn call<T, const N: usize>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy,
    site: Site,
    args: [u64; N],
    mut attempt: impl Attempt,
) -> Result<u32> {
    let memory = Wasi::memory_of(caller, get)?;
    let (mem, data) = memory.data_and_store_mut(&mut *caller);
    let ctx = &mut get(data).ctx;
    if ctx.observer.is_some() {
        return observed(caller, get, site, &args, &mut attempt);
    }
    match attempt(ctx, mem) {
        Ok(()) => Ok(0),
        Err(Stop::Errno(errno)) => Ok(errno.to_wire().into()),
        Err(stop) => Ok(resume(caller, get, stop, &mut attempt)?.to_wire().into()),
    }
}

/// [`call`] with the context's observer told before and after.
#[cold]
#[inline(never)]
fn observed<T>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy,
    site: Site,
    args: &[u64],
    attempt: &mut dyn Attempt,
) -> Result<u32> {
    tell(caller, get, site, args, None)?;
    let begun = Instant::now();
    let result = match self::attempt(caller, get, attempt)? {
        Ok(()) => Ok(Errno::Success),
        Err(stop) => resume(caller, get, stop, attempt),
    };
    let outcome = match &result {
        Ok(errno) => CallOutcome::Errno(*errno),
        Err(error) => match error.downcast_ref::<Exit>() {
            Some(exit) => CallOutcome::Exit(*exit),
            None => return result.map(|errno| errno.to_wire().into()),
        },
    };
    tell(caller, get, site, args, Some((outcome, begun.elapsed())))?;
    result.map(|errno| errno.to_wire().into())
}

/// Tells the observer that a call begins or, with what came of it, that it is over.
pub(super) fn tell<T>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy,
    site: Site,
    args: &[u64],
    over: Option<(CallOutcome, Duration)>,
) -> Result<()> {
    let memory = Wasi::memory_of(caller, get)?;
    let (mem, data) = memory.data_and_store_mut(caller);
    let call = Call {
        index: site.index,
        unstable: site.unstable,
        args,
    };
    if let Some(observer) = &mut get(data).ctx.observer {
        match over {
            None => observer.before(call, &mem),
            Some((outcome, elapsed)) => observer.after(call, &mem, outcome, elapsed),
        }
    }
    Ok(())
}

/// Waits and tries again until the call is over.
///
/// # Errors
/// The guest ends.
#[cold]
#[inline(never)]
fn resume<T>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi,
    mut stop: Stop,
    attempt: &mut dyn Attempt,
) -> Result<Errno> {
    loop {
        let wait = match stop {
            Stop::Errno(errno) => return Ok(errno),
            Stop::Exit(exit) => return Err(Error::new(exit)),
            Stop::Wait(wait) => wait,
        };
        let Wasi { ctx, waiter, .. } = get(caller.data_mut());
        let begun = ctx.clocks.monotonic();
        let waited = waiter.wait(&wait, &ctx.canceller);
        ctx.clocks
            .add_waited(ctx.clocks.monotonic().saturating_sub(begun));
        stop = match waited {
            Ok(()) => match self::attempt(caller, &get, attempt)? {
                Ok(()) => return Ok(Errno::Success),
                Err(stop) => stop,
            },
            Err(stop) => {
                ctx.give_up_wait();
                stop
            }
        };
    }
}

/// One attempt, on the memory as it is now.
pub(super) fn attempt<T>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> &mut Wasi,
    attempt: &mut dyn Attempt,
) -> Result<Result<(), Stop>> {
    let memory = Wasi::memory_of(caller, &get)?;
    let (mem, data) = memory.data_and_store_mut(caller);
    Ok(attempt(&mut get(data).ctx, mem))
}
