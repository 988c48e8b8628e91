use guesthouse_vfs::resolve;

use super::{path, symlinks};
use crate::abi::{Errno, Filestat, Rights};
use crate::memory::{Buffer, Out};
use crate::preview1::times::set_times;
use crate::{GuestMemory, Stop, WasiCtx};

/// Writes what is known of the node at a path to `stat`; without the flag `SYMLINK_FOLLOW`, of a symbolic link itself.
///
/// # Errors
/// Those of every [path function](crate::preview1): `BADF`, `NOTDIR`, `NOTCAPABLE`, `INVAL`, `FAULT`, `NAMETOOLONG`, `ILSEQ`; the filesystem's, such as `NOENT` and `PERM`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fstatat.html>
pub fn path_filestat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    flags: u32,
    path_ptr: u32,
    path_len: u32,
    stat: u32,
) -> Result<(), Stop> {
    let (out, filestat) = path_filestat(ctx, mem, fd, flags, (path_ptr, path_len), |mem| {
        Out::new(mem, stat)
    })?;
    Ok(out.put(mem, filestat.encode())?)
}

/// What is known of the node at a path, and where it goes: the two ABIs write it differently.
pub(crate) fn path_filestat<M: GuestMemory + ?Sized, O>(
    ctx: &WasiCtx,
    mem: &M,
    fd: u32,
    flags: u32,
    (path_ptr, path_len): (u32, u32),
    out: impl FnOnce(&M) -> Result<O, Errno>,
) -> Result<(O, Filestat), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_FILESTAT_GET)?;
    let symlinks = symlinks(flags)?;
    let out = out(mem)?;
    let path = path(mem, path_ptr, path_len)?;
    let metadata = resolve::metadata(dir.start(), &path, symlinks)?;
    Ok((out, metadata.into()))
}

/// Sets the times of the node at a path, in nanoseconds since the Unix epoch, as far as `fst_flags` says; without the flag `SYMLINK_FOLLOW`, of a
/// symbolic link itself.
///
/// # Errors
/// Those of every [path function](crate::preview1); `INVAL` for a time that is to be both the given one and the present; the filesystem's, such as `ROFS`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/utimensat.html>
#[expect(clippy::too_many_arguments, reason = "the ABI's")]
pub fn path_filestat_set_times<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    flags: u32,
    path_ptr: u32,
    path_len: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_FILESTAT_SET_TIMES)?;
    let symlinks = symlinks(flags)?;
    let times = set_times(atim, mtim, fst_flags)?;
    let path = path(mem, path_ptr, path_len)?;
    Ok(resolve::set_times(dir.start(), &path, symlinks, times)?)
}

/// Writes the target of the symbolic link at a path to the `buf_len` bytes at `buf`, cut off where it does not fit, and the number of bytes to `bufused`.
///
/// # Errors
/// Those of every [path function](crate::preview1); the filesystem's: `INVAL` for what is not a symbolic link.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readlinkat.html>; unlike there, no room at all is no error.
#[expect(clippy::too_many_arguments, reason = "the ABI's")]
pub fn path_readlink<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    path_ptr: u32,
    path_len: u32,
    buf: u32,
    buf_len: u32,
    bufused: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_READLINK)?;
    let buffer = Buffer::new(mem, buf, buf_len)?;
    let bufused = Out::new(mem, bufused)?;
    let path = path(mem, path_ptr, path_len)?;
    let target = resolve::read_link(dir.start(), &path)?;
    drop(path);
    let used = buffer.write_at(mem, 0, &target)?;
    Ok(bufused.put(mem, used.to_le_bytes())?)
}
