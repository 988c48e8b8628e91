use crate::{GuestMemory, Stop, WasiCtx};

/// Writes the variables, `NAME=value`, to `environ_buf`, each with a NUL at its end, and their addresses to `environ`.
///
/// # Errors
/// `FAULT`; then nothing is written.
pub fn environ_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    environ: u32,
    environ_buf: u32,
) -> Result<(), Stop> {
    Ok(ctx.environ.get(mem, environ, environ_buf)?)
}

/// Writes the number of variables to `environc` and their length in bytes, with the NULs, to `environ_buf_size`.
///
/// # Errors
/// `FAULT`.
pub fn environ_sizes_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    environc: u32,
    environ_buf_size: u32,
) -> Result<(), Stop> {
    Ok(ctx.environ.sizes_get(mem, environc, environ_buf_size)?)
}
