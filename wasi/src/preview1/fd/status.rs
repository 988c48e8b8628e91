use crate::abi::{Errno, FdFlags, Fdstat, FileType, Filestat, Rights};
use crate::descriptor::Resource;
use crate::memory::Out;
use crate::preview1::times::set_times;
use crate::{DescriptorRights, GuestMemory, Stop, WasiCtx};

/// Writes the kind, flags and rights of the descriptor `fd` to `stat`.
///
/// # Errors
/// `BADF`; `FAULT`.
///
/// # References
/// `F_GETFL`: <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html>.
pub fn fd_fdstat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    stat: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    let fdstat = Fdstat {
        fs_filetype: descriptor.file_type(),
        fs_flags: descriptor.flags,
        fs_rights_base: descriptor.rights.base,
        fs_rights_inheriting: descriptor.rights.inheriting,
    };
    Ok(Out::new(mem, stat)?.put(mem, fdstat.encode())?)
}

/// Sets the flags of the descriptor `fd`; those that are not given are cleared. Unlike Linux, which passes over the three about syncing, this sets
/// all of them.
///
/// # Errors
/// `BADF`; `NOTCAPABLE`; `INVAL` for a flag without a name.
///
/// # References
/// `F_SETFL`: <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html>.
pub fn fd_fdstat_set_flags<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    flags: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get_mut(fd)?;
    descriptor.rights.need(Rights::FD_FDSTAT_SET_FLAGS)?;
    descriptor.flags = FdFlags::from_wire(flags)?;
    Ok(())
}

/// Takes from the descriptor `fd` all rights but these, for good.
///
/// # Errors
/// `BADF`; `NOTCAPABLE` if it does not have one of them.
pub fn fd_fdstat_set_rights<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    fs_rights_base: u64,
    fs_rights_inheriting: u64,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get_mut(fd)?;
    let DescriptorRights { base, inheriting } = descriptor.rights;
    if fs_rights_base & !base.bits() != 0 || fs_rights_inheriting & !inheriting.bits() != 0 {
        return Err(Errno::Notcapable.into());
    }
    descriptor.rights = DescriptorRights {
        base: Rights::from_bits_truncate(fs_rights_base),
        inheriting: Rights::from_bits_truncate(fs_rights_inheriting),
    };
    Ok(())
}

/// Writes what is known of the open file `fd` to `stat`. Of a stream or a socket only the kind is.
///
/// # Errors
/// `BADF`; `NOTCAPABLE`; `FAULT`; the filesystem's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fstat.html>
pub fn fd_filestat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    stat: u32,
) -> Result<(), Stop> {
    let filestat = filestat(ctx, mem, fd, Out::new, stat)?;
    Ok(filestat.0.put(mem, filestat.1.encode())?)
}

/// What is known of an open file, and where it goes: the two ABIs write it differently.
pub(crate) fn filestat<M: GuestMemory + ?Sized, O>(
    ctx: &WasiCtx,
    mem: &M,
    fd: u32,
    out: impl FnOnce(&M, u32) -> Result<O, Errno>,
    stat: u32,
) -> Result<(O, Filestat), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    descriptor.rights.need(Rights::FD_FILESTAT_GET)?;
    let out = out(mem, stat)?;
    let filestat = match &descriptor.resource {
        Resource::File(file) => file.file.metadata()?.into(),
        Resource::Dir(dir) => dir.metadata()?.into(),
        Resource::Stream(stream) => Filestat::of_type(stream.file_type()),
        Resource::Socket(_) | Resource::Listener(_) => Filestat::of_type(FileType::SocketStream),
    };
    Ok((out, filestat))
}

/// Makes the file `fd` `size` bytes long: cuts it, or lets it grow by zeros.
///
/// # Errors
/// `BADF`; `ISDIR`; `INVAL` for a stream or a socket; `NOTCAPABLE`; `ROFS`; `INVAL` for a size past `i64::MAX`; the filesystem's, such as `FBIG` and `NOSPC`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/ftruncate.html>
pub fn fd_filestat_set_size<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    size: u64,
) -> Result<(), Stop> {
    match ctx.file_mut(fd, Rights::FD_FILESTAT_SET_SIZE) {
        Ok(file) => Ok(file.file.set_len(size)?),
        Err(Errno::Spipe) => Err(Errno::Inval.into()),
        Err(errno) => Err(errno.into()),
    }
}

/// Sets the times of the open file `fd`, in nanoseconds since the Unix epoch, as far as `fst_flags` says.
///
/// # Errors
/// `BADF`; `NOTSUP` for a stream or a socket; `NOTCAPABLE`; `INVAL` for a flag without a name, or for a time that is to be both the given one and the present;
/// `ROFS`; the filesystem's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/futimens.html>
pub fn fd_filestat_set_times<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    let need = |()| descriptor.rights.need(Rights::FD_FILESTAT_SET_TIMES);
    let times = || set_times(atim, mtim, fst_flags);
    match &descriptor.resource {
        Resource::File(file) => {
            need(())?;
            Ok(file.file.set_times(times()?)?)
        }
        Resource::Dir(dir) => {
            need(())?;
            Ok(dir.set_times(times()?)?)
        }
        _ => Err(Errno::Notsup.into()),
    }
}
