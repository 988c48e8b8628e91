use crate::abi::{Errno, FdFlags, Rights};
use crate::descriptor::{Descriptor, FileDescriptor, Resource};
use crate::memory::{Iovecs, Out, with_iovecs};
use crate::stream::{StreamWrite, stream_read};
use crate::wait::WaitToken;
use crate::{GuestMemory, Stop, WasiCtx};

/// Reads from `fd` into the `iovs_len` buffers listed at `iovs`, at its offset if it has one, which moves on, and writes the number of bytes to
/// `nread`: 0 at the end.
///
/// The buffers may overlap: they are filled in order. The list itself is read once, before.
///
/// # Errors
/// `BADF`; `ISDIR`; `NOTCONN` for a listening socket; `NOTCAPABLE`; `FAULT` for `nread`; `INVAL` for more than [`IOVECS_MAX`](crate::IOVECS_MAX) buffers; `FAULT`; `INVAL` for
/// more bytes than a `u32` can say; the filesystem's or the stream's, such as `AGAIN`; [`Stop::Wait`].
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readv.html>
pub fn fd_read<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    nread: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get_mut(fd)?;
    check_transfer(descriptor, Rights::FD_READ)?;
    let nread = Out::new(mem, nread)?;
    let count = with_iovecs!(mem, iovs, iovs_len, |iovecs| read(descriptor, mem, &iovecs))?;
    Ok(nread.put(mem, count.to_le_bytes())?)
}

/// Reads from the file `fd` at `offset` (bytes) into the `iovs_len` buffers listed at `iovs`, and writes the number of bytes to `nread`: 0 at the end. The file's
/// own offset stays.
///
/// # Errors
/// As [`fd_read`]; `SPIPE` for what has no positions; `INVAL` for an offset past `i64::MAX`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/pread.html>
pub fn fd_pread<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nread: u32,
) -> Result<(), Stop> {
    let file = ctx.file_mut(fd, Rights::FD_READ | Rights::FD_SEEK)?;
    let nread = Out::new(mem, nread)?;
    let count = with_iovecs!(mem, iovs, iovs_len, |iovecs| {
        read_file(file, mem, &iovecs, offset)
    })?;
    Ok(nread.put(mem, count.to_le_bytes())?)
}

/// Writes the `iovs_len` buffers listed at `iovs` to `fd`, at its offset if it has one, or at the end of the file with the flag `APPEND`; the offset
/// moves on. Writes the number of bytes to `nwritten`, which is smaller than what was given where a limit is met.
///
/// # Errors
/// As [`fd_read`]; the filesystem's or the stream's, such as `ROFS`, `NOSPC`, `FBIG` and `PIPE`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/writev.html>
pub fn fd_write<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    nwritten: u32,
) -> Result<(), Stop> {
    let token = &mut ctx.wait_token;
    let descriptor = ctx.fds.get_mut(fd)?;
    check_transfer(descriptor, Rights::FD_WRITE)?;
    let nwritten = Out::new(mem, nwritten)?;
    let count = with_iovecs!(mem, iovs, iovs_len, |iovecs| {
        write(descriptor, mem, &iovecs, token)
    })?;
    Ok(nwritten.put(mem, count.to_le_bytes())?)
}

/// Writes the `iovs_len` buffers listed at `iovs` to the file `fd` at `offset` (bytes), and the number of bytes to `nwritten`. The file's own offset stays. With the
/// flag `APPEND` it writes at the end of the file, as Linux does, and not at `offset`, as POSIX has it.
///
/// # Errors
/// As [`fd_write`]; `SPIPE` for what has no positions; `INVAL` for an offset past `i64::MAX`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/pwrite.html>
pub fn fd_pwrite<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nwritten: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get_mut(fd)?;
    let flags = descriptor.flags;
    let file = descriptor.file_mut(Rights::FD_WRITE | Rights::FD_SEEK)?;
    let nwritten = Out::new(mem, nwritten)?;
    let count = with_iovecs!(mem, iovs, iovs_len, |iovecs| {
        let mut offset = offset;
        write_file(file, flags, mem, &iovecs, &mut offset)
    })?;
    Ok(nwritten.put(mem, count.to_le_bytes())?)
}

fn check_transfer(descriptor: &Descriptor, needed: Rights) -> Result<(), Errno> {
    match descriptor.resource {
        Resource::Dir(_) => Err(Errno::Isdir),
        Resource::Listener(_) => Err(Errno::Notconn),
        Resource::File(_) | Resource::Stream(_) | Resource::Socket(_) => {
            descriptor.rights.need(needed)
        }
    }
}

fn read<M: GuestMemory + ?Sized, const N: usize>(
    descriptor: &mut Descriptor,
    mem: &mut M,
    iovecs: &Iovecs<N>,
) -> Result<u32, Stop> {
    let nonblocking = descriptor.flags.contains(FdFlags::NONBLOCK);
    match &mut descriptor.resource {
        Resource::File(file) => {
            let count = read_file(file, mem, iovecs, file.offset)?;
            file.offset += u64::from(count);
            Ok(count)
        }
        // Once something was read there is nothing to wait for.
        Resource::Stream(stream) => iovecs.scatter(mem, |bytes, before| {
            stream_read(&**stream, nonblocking || before > 0, bytes)
        }),
        Resource::Socket(socket) => iovecs.scatter(mem, |bytes, before| {
            stream_read(&**socket, nonblocking || before > 0, bytes)
        }),
        Resource::Dir(_) => Err(Errno::Isdir.into()),
        Resource::Listener(_) => Err(Errno::Notconn.into()),
    }
}

fn read_file<M: GuestMemory + ?Sized, const N: usize>(
    file: &FileDescriptor,
    mem: &mut M,
    iovecs: &Iovecs<N>,
    offset: u64,
) -> Result<u32, Stop> {
    iovecs.scatter_at_once(mem, |bufs, before| {
        let offset = offset.saturating_add(u64::from(before));
        Ok(file.file.read_at(bufs, offset)?)
    })
}

fn write<M: GuestMemory + ?Sized, const N: usize>(
    descriptor: &mut Descriptor,
    mem: &M,
    iovecs: &Iovecs<N>,
    token: &mut Option<WaitToken>,
) -> Result<u32, Stop> {
    let flags = descriptor.flags;
    let nonblocking = flags.contains(FdFlags::NONBLOCK);
    match &mut descriptor.resource {
        Resource::File(file) => {
            let mut offset = file.offset;
            let written = write_file(file, flags, mem, iovecs, &mut offset);
            file.offset = offset;
            written
        }
        Resource::Stream(stream) => write_stream(
            StreamWrite::new(&**stream, nonblocking, token.take()),
            mem,
            iovecs,
            token,
        ),
        Resource::Socket(socket) => write_stream(
            StreamWrite::new(&**socket, nonblocking, token.take()),
            mem,
            iovecs,
            token,
        ),
        Resource::Dir(_) => Err(Errno::Isdir.into()),
        Resource::Listener(_) => Err(Errno::Notconn.into()),
    }
}

fn write_stream<M: GuestMemory + ?Sized, const N: usize>(
    mut write: StreamWrite<'_>,
    mem: &M,
    iovecs: &Iovecs<N>,
    token: &mut Option<WaitToken>,
) -> Result<u32, Stop> {
    let written = iovecs.gather(mem, |bufs, before| write.write(bufs, before));
    write.finish(written, token)
}

/// Writes at `offset`, or at the end if the flags say so, and moves `offset` to where the last byte went. A failing sync leaves it there, too.
fn write_file<M: GuestMemory + ?Sized, const N: usize>(
    file: &FileDescriptor,
    flags: FdFlags,
    mem: &M,
    iovecs: &Iovecs<N>,
    offset: &mut u64,
) -> Result<u32, Stop> {
    let count = if flags.contains(FdFlags::APPEND) {
        iovecs.gather(mem, |bufs, _| {
            let (end, count) = file.file.append(bufs)?;
            if count > 0 {
                *offset = end;
            }
            Ok::<usize, Stop>(count)
        })?
    } else {
        let start = *offset;
        let count = iovecs.gather(mem, |bufs, before| {
            let offset = start.saturating_add(u64::from(before));
            Ok::<usize, Stop>(file.file.write_at(bufs, offset)?)
        })?;
        *offset = start.saturating_add(u64::from(count));
        count
    };
    if count > 0 {
        file.sync_after_write(flags)?;
    }
    Ok(count)
}
