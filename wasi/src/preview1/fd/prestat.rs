use crate::abi::{Errno, PreopenType, Prestat};
use crate::descriptor::Resource;
use crate::memory::{Buffer, Out};
use crate::{GuestMemory, Stop, WasiCtx};

/// Writes to `prestat` that the descriptor `fd` is a preopened directory, and how long its name is.
///
/// # Errors
/// `BADF` for everything that is not a preopen: C libraries go through the descriptors from 3 on until they see that, and take
/// anything else for a failure. `FAULT`.
pub fn fd_prestat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    prestat: u32,
) -> Result<(), Stop> {
    let name = preopen_name(ctx, fd)?;
    let stat = Prestat {
        tag: PreopenType::Dir,
        // The builder takes no name that is longer than that.
        pr_name_len: u32::try_from(name.len()).map_err(|_| Errno::Overflow)?,
    };
    Ok(Out::new(mem, prestat)?.put(mem, stat.encode())?)
}

/// Writes the name of the preopened directory `fd` to the `path_len` bytes at `path`, without a NUL. What it does not need stays as it is.
///
/// # Errors
/// `BADF` for everything that is not a preopen; `NAMETOOLONG` if there is too little room; `FAULT`.
pub fn fd_prestat_dir_name<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Stop> {
    let name = preopen_name(ctx, fd)?.as_bytes();
    if name.len() > path_len as usize {
        return Err(Errno::Nametoolong.into());
    }
    Buffer::new(mem, path, path_len)?.write_at(mem, 0, name)?;
    Ok(())
}

fn preopen_name(ctx: &WasiCtx, fd: u32) -> Result<&str, Errno> {
    match &ctx.fds.get(fd)?.resource {
        Resource::Dir(dir) => dir.preopen().ok_or(Errno::Badf),
        _ => Err(Errno::Badf),
    }
}
