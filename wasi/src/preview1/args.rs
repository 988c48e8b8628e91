use crate::{GuestMemory, Stop, WasiCtx};

/// Writes the arguments to `argv_buf`, each with a NUL at its end, and their addresses to `argv`.
///
/// # Errors
/// `FAULT`; then nothing is written.
pub fn args_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    argv: u32,
    argv_buf: u32,
) -> Result<(), Stop> {
    Ok(ctx.args.get(mem, argv, argv_buf)?)
}

/// Writes the number of arguments to `argc` and their length in bytes, with the NULs, to `argv_buf_size`.
///
/// # Errors
/// `FAULT`.
pub fn args_sizes_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    argc: u32,
    argv_buf_size: u32,
) -> Result<(), Stop> {
    Ok(ctx.args.sizes_get(mem, argc, argv_buf_size)?)
}
