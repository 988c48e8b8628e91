use guesthouse_vfs::SyncKind;

use crate::abi::{Advice, Errno, Rights};
use crate::descriptor::Resource;
use crate::{GuestMemory, Stop, WasiCtx};

/// Says how the `len` bytes from `offset` on of the file `fd` will be used; a `len` of 0 means all from there on.
///
/// # Errors
/// `BADF`; `ISDIR`; `SPIPE` for what has no positions; `NOTCAPABLE`; `INVAL` for an unknown `advice` or a range past `i64::MAX`; the filesystem's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/posix_fadvise.html>
pub fn fd_advise<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    offset: u64,
    len: u64,
    advice: u32,
) -> Result<(), Stop> {
    let file = ctx.file_mut(fd, Rights::FD_ADVISE)?;
    let advice = Advice::from_wire(advice).ok_or(Errno::Inval)?;
    Ok(file.file.advise(offset, len, advice.into())?)
}

/// Makes sure that writing the `len` bytes from `offset` on of the file `fd` will not run out of space, and that it is at least that long.
///
/// # Errors
/// `BADF`; `ISDIR`; `SPIPE` for what has no positions; `NOTCAPABLE`; `ROFS`; `INVAL` for a `len` of 0; `FBIG` for a range past `i64::MAX`; the filesystem's, such as
/// `NOSPC`, and then nothing has changed.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/posix_fallocate.html>
pub fn fd_allocate<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    offset: u64,
    len: u64,
) -> Result<(), Stop> {
    let file = ctx.file_mut(fd, Rights::FD_ALLOCATE)?;
    Ok(file.file.allocate(offset, len)?)
}

/// Waits until what was written to `fd` has reached the storage, with the metadata that reading it needs.
///
/// # Errors
/// As [`fd_sync`].
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fdatasync.html>
pub fn fd_datasync<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
) -> Result<(), Stop> {
    sync(ctx, fd, Rights::FD_DATASYNC, SyncKind::Data)
}

/// Waits until what was written to `fd`, and all metadata, has reached the storage; of a directory, its entries.
///
/// # Errors
/// `BADF`; `INVAL` for a socket; `NOTCAPABLE`; the filesystem's or the stream's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fsync.html>
pub fn fd_sync<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
) -> Result<(), Stop> {
    sync(ctx, fd, Rights::FD_SYNC, SyncKind::All)
}

fn sync(ctx: &mut WasiCtx, fd: u32, needed: Rights, kind: SyncKind) -> Result<(), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    if let Resource::Socket(_) | Resource::Listener(_) = descriptor.resource {
        return Err(Errno::Inval.into());
    }
    descriptor.rights.need(needed)?;
    match &descriptor.resource {
        Resource::File(file) => Ok(file.file.sync(kind)?),
        Resource::Dir(dir) => Ok(dir.sync(kind)?),
        Resource::Stream(stream) => Ok(stream.sync()?),
        Resource::Socket(_) | Resource::Listener(_) => Err(Errno::Inval.into()),
    }
}
