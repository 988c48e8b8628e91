use crate::abi::{Errno, Rights, Whence};
use crate::memory::Out;
use crate::{GuestMemory, Stop, WasiCtx};

/// Moves the offset of the file `fd` by `offset` (signed, in bytes) from where `whence` says, and writes the new one to `newoffset`. It may lie past
/// the end of the file.
///
/// Leaving the offset where it is needs the right `FD_TELL` only.
///
/// # Errors
/// `BADF`; `ISDIR` for a directory; `SPIPE` for what has no positions; `INVAL` for an unknown `whence`; `NOTCAPABLE`; `FAULT`; `INVAL` for an offset before the
/// beginning or past `i64::MAX`; the filesystem's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/lseek.html>
pub fn fd_seek<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    offset: u64,
    whence: u32,
    newoffset: u32,
) -> Result<(), Stop> {
    seek(ctx, mem, fd, offset, Whence::from_wire(whence), newoffset)
}

/// [`fd_seek`] with `whence` decoded, for the two ABIs number it differently; `None` if it means nothing.
pub(crate) fn seek<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    offset: u64,
    whence: Option<Whence>,
    newoffset: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get_mut(fd)?;
    let rights = descriptor.rights.base;
    let file = descriptor.file_mut(Rights::empty())?;
    let whence = whence.ok_or(Errno::Inval)?;
    let offset = offset.cast_signed();
    let stays = whence == Whence::Cur && offset == 0;
    let allowed = rights.contains(Rights::FD_SEEK) || (stays && rights.contains(Rights::FD_TELL));
    if !allowed {
        return Err(Errno::Notcapable.into());
    }
    let newoffset = Out::new(mem, newoffset)?;
    let base = match whence {
        Whence::Set => 0,
        Whence::Cur => file.offset,
        Whence::End => file.file.metadata()?.size,
    };
    file.offset = base
        .checked_add_signed(offset)
        .filter(|offset| i64::try_from(*offset).is_ok())
        .ok_or(Errno::Inval)?;
    Ok(newoffset.put(mem, file.offset.to_le_bytes())?)
}

/// Writes the offset of the file `fd`, in bytes, to `offset`.
///
/// # Errors
/// As [`fd_seek`].
pub fn fd_tell<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    offset: u32,
) -> Result<(), Stop> {
    seek(ctx, mem, fd, 0, Some(Whence::Cur), offset)
}
