use crate::abi::{ClockId, Errno};
use crate::memory::Out;
use crate::{GuestMemory, Stop, WasiCtx};

/// Writes the step in which the clock `id` moves, in nanoseconds, to `resolution`.
///
/// # Errors
/// `INVAL` for an unknown clock; `FAULT`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/clock_getres.html>
pub fn clock_res_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    id: u32,
    resolution: u32,
) -> Result<(), Stop> {
    let clock = ClockId::from_wire(id).ok_or(Errno::Inval)?;
    let resolution = Out::new(mem, resolution)?;
    Ok(resolution.put(mem, ctx.clocks.resolution(clock).to_le_bytes())?)
}

/// Writes what the clock `id` says, in nanoseconds, to `time`. How precise that has to be doesn't matter: the clocks are as precise as they can be.
///
/// # Errors
/// `INVAL` for an unknown clock; `FAULT`; `OVERFLOW` for a time of day before 1970.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/clock_gettime.html>
pub fn clock_time_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    id: u32,
    _precision: u64,
    time: u32,
) -> Result<(), Stop> {
    let clock = ClockId::from_wire(id).ok_or(Errno::Inval)?;
    let time = Out::new(mem, time)?;
    Ok(time.put(mem, ctx.clocks.now(clock)?.to_le_bytes())?)
}
