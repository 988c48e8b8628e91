use crate::{GuestMemory, Stop, WasiCtx};

/// Closes the descriptor `fd`. Preopens and standard streams can be closed, too.
///
/// # Errors
/// `BADF`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/close.html>
pub fn fd_close<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
) -> Result<(), Stop> {
    drop(ctx.fds.remove(fd)?);
    Ok(())
}

/// Moves the descriptor `fd` to the number `to`, whose own is closed. Unlike `dup2` it needs a descriptor there, and leaves none at `fd`; moved onto
/// itself it stays.
///
/// # Errors
/// `BADF` if there is no descriptor at `fd` or at `to`.
pub fn fd_renumber<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    to: u32,
) -> Result<(), Stop> {
    Ok(ctx.fds.renumber(fd, to)?)
}
