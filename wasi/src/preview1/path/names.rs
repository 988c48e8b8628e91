use guesthouse_vfs::resolve;

use super::{path, symlinks};
use crate::abi::{Errno, Rights};
use crate::{GuestMemory, Stop, WasiCtx};

/// The permission bits of a new directory: preview1 has no way to say others. (On the host the process's mask is applied.)
const DIR_MODE: u32 = 0o755;

/// Makes a directory at a path.
///
/// # Errors
/// Those of every [path function](crate::preview1): `BADF`, `NOTDIR`, `NOTCAPABLE`, `FAULT`, `NAMETOOLONG`, `ILSEQ`, `INVAL`; the filesystem's, such as `EXIST`, `NOENT`, `PERM`,
/// `ROFS` and `NOSPC`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdirat.html>
pub fn path_create_directory<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    path_ptr: u32,
    path_len: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_CREATE_DIRECTORY)?;
    let path = path(mem, path_ptr, path_len)?;
    Ok(resolve::create_dir(dir.start(), &path, DIR_MODE)?)
}

/// Removes the empty directory at a path.
///
/// # Errors
/// Those of every [path function](crate::preview1); the filesystem's, such as `NOTDIR`, `NOTEMPTY`, `BUSY` and `ROFS`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/rmdir.html>
pub fn path_remove_directory<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    path_ptr: u32,
    path_len: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_REMOVE_DIRECTORY)?;
    let path = path(mem, path_ptr, path_len)?;
    Ok(resolve::remove_dir(dir.start(), &path)?)
}

/// Removes the name at a path, which must not be a directory's.
///
/// # Errors
/// Those of every [path function](crate::preview1); the filesystem's, such as `ISDIR` (where POSIX has `EPERM`), `NOENT` and `ROFS`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/unlinkat.html>
pub fn path_unlink_file<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    path_ptr: u32,
    path_len: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_UNLINK_FILE)?;
    let path = path(mem, path_ptr, path_len)?;
    Ok(resolve::unlink(dir.start(), &path)?)
}

/// Makes a symbolic link at a path below `fd`, with `old_path` as its target, which need not lead anywhere.
///
/// # Errors
/// Those of every [path function](crate::preview1), for `old_path` and then for the other; `NOENT` for an empty target, `PERM` for one that begins with a slash, unless
/// the host allows such; the filesystem's, such as `EXIST`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/symlinkat.html>
pub fn path_symlink<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    old_path_ptr: u32,
    old_path_len: u32,
    fd: u32,
    new_path_ptr: u32,
    new_path_len: u32,
) -> Result<(), Stop> {
    let dir = ctx.dir(fd, Rights::PATH_SYMLINK)?;
    let target = path(mem, old_path_ptr, old_path_len)?;
    let path = path(mem, new_path_ptr, new_path_len)?;
    if target.starts_with(b"/") && !ctx.policy.absolute_symlinks {
        return Err(Errno::Perm.into());
    }
    Ok(resolve::symlink(&target, dir.start(), &path)?)
}

/// Gives the node at the old path the further name of the new one; without the flag `SYMLINK_FOLLOW`, a symbolic link itself.
///
/// # Errors
/// Those of every [path function](crate::preview1), for the old path and then for the new one; the filesystem's, such as `PERM` for a directory, `EXIST` and `XDEV`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/linkat.html>
#[expect(clippy::too_many_arguments, reason = "the ABI's")]
pub fn path_link<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    old_fd: u32,
    old_flags: u32,
    old_path_ptr: u32,
    old_path_len: u32,
    new_fd: u32,
    new_path_ptr: u32,
    new_path_len: u32,
) -> Result<(), Stop> {
    let old_dir = ctx.dir(old_fd, Rights::PATH_LINK_SOURCE)?;
    let new_dir = ctx.dir(new_fd, Rights::PATH_LINK_TARGET)?;
    let symlinks = symlinks(old_flags)?;
    let old_path = path(mem, old_path_ptr, old_path_len)?;
    let new_path = path(mem, new_path_ptr, new_path_len)?;
    let (old, new) = (old_dir.start(), new_dir.start());
    Ok(resolve::link(old, &old_path, symlinks, new, &new_path)?)
}

/// Moves the node at the old path to the new one, and replaces what is there in the same step.
///
/// # Errors
/// Those of every [path function](crate::preview1), for the old path and then for the new one; the filesystem's, such as `NOTEMPTY`, `ISDIR`, `NOTDIR`, `INVAL`, `BUSY` and `XDEV`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/renameat.html>
#[expect(clippy::too_many_arguments, reason = "the ABI's")]
pub fn path_rename<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    old_path_ptr: u32,
    old_path_len: u32,
    new_fd: u32,
    new_path_ptr: u32,
    new_path_len: u32,
) -> Result<(), Stop> {
    let old_dir = ctx.dir(fd, Rights::PATH_RENAME_SOURCE)?;
    let new_dir = ctx.dir(new_fd, Rights::PATH_RENAME_TARGET)?;
    let old_path = path(mem, old_path_ptr, old_path_len)?;
    let new_path = path(mem, new_path_ptr, new_path_len)?;
    let (old, new) = (old_dir.start(), new_dir.start());
    Ok(resolve::rename(old, &old_path, new, &new_path)?)
}
