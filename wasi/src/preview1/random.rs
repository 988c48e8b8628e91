use crate::abi::Errno;
use crate::memory::Buffer;
use crate::{GuestMemory, Stop, WasiCtx};

/// Fills the `buf_len` bytes at `buf` with random ones.
///
/// # Errors
/// `INVAL` for more bytes than [`Limits::random_bytes`](crate::Limits::random_bytes) allows; `FAULT`; `IO` if the source fails.
pub fn random_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    buf: u32,
    buf_len: u32,
) -> Result<(), Stop> {
    if buf_len > ctx.limits.random_bytes {
        return Err(Errno::Inval.into());
    }
    let buffer = Buffer::new(mem, buf, buf_len)?;
    let filled = buffer.fill(mem, &mut |bytes: &mut [u8], _| {
        ctx.random.fill(bytes)?;
        Ok::<usize, Errno>(bytes.len())
    })?;
    // Where the memory has no slices, the source may have failed halfway.
    if filled == buf_len {
        Ok(())
    } else {
        Err(Errno::Io.into())
    }
}
