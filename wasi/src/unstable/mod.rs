//! The functions of `wasi_unstable`, the ABI before preview1, which old guests import.
//!
//! Its functions are those of [`preview1`], but for `sock_accept`, which it lacks, and for four that are here: they write or read
//! other bytes. A `filestat` has 56 bytes, `whence` counts from the present offset, and a clock of a subscription begins with an identifier.

use crate::abi::{Filestat, Subscription, UnstableFilestat, Whence};
use crate::memory::Out;
use crate::preview1::poll::{Layout, poll};
use crate::{GuestMemory, Stop, WasiCtx, preview1};

pub use crate::preview1::{
    args_get, args_sizes_get, clock_res_get, clock_time_get, environ_get, environ_sizes_get,
    fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_get, fd_fdstat_set_flags,
    fd_fdstat_set_rights, fd_filestat_set_size, fd_filestat_set_times, fd_pread,
    fd_prestat_dir_name, fd_prestat_get, fd_pwrite, fd_read, fd_readdir, fd_renumber, fd_sync,
    fd_tell, fd_write, path_create_directory, path_filestat_set_times, path_link, path_open,
    path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file, proc_exit,
    proc_raise, random_get, sched_yield, sock_recv, sock_send, sock_shutdown,
};

/// As [`preview1::fd_filestat_get`], in 56 bytes.
///
/// # Errors
/// The same.
pub fn fd_filestat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    stat: u32,
) -> Result<(), Stop> {
    let (out, filestat) = preview1::filestat(ctx, mem, fd, Out::new, stat)?;
    Ok(out.put(mem, encode(filestat))?)
}

/// As [`preview1::path_filestat_get`], in 56 bytes.
///
/// # Errors
/// The same.
pub fn path_filestat_get<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    flags: u32,
    path_ptr: u32,
    path_len: u32,
    stat: u32,
) -> Result<(), Stop> {
    let path = (path_ptr, path_len);
    let (out, filestat) =
        preview1::path_filestat(ctx, mem, fd, flags, path, |mem| Out::new(mem, stat))?;
    Ok(out.put(mem, encode(filestat))?)
}

fn encode(stat: Filestat) -> [u8; UnstableFilestat::SIZE as usize] {
    UnstableFilestat::from(stat).encode()
}

/// As [`preview1::fd_seek`], with `whence` counted from the present offset.
///
/// # Errors
/// The same.
pub fn fd_seek<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    offset: u64,
    whence: u32,
    newoffset: u32,
) -> Result<(), Stop> {
    let whence = Whence::from_unstable_wire(whence);
    preview1::seek(ctx, mem, fd, offset, whence, newoffset)
}

/// As [`preview1::poll_oneoff`], of subscriptions of 56 bytes.
///
/// # Errors
/// The same.
pub fn poll_oneoff<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    subscriptions: u32,
    events: u32,
    nsubscriptions: u32,
    nevents: u32,
) -> Result<(), Stop> {
    let layout = Layout {
        subscriptions,
        events,
        nsubscriptions,
        nevents,
    };
    poll(ctx, mem, layout, Subscription::decode_unstable)
}
