//! The functions of `wasi_snapshot_preview1`.
//!
//! Each takes the context, the guest's memory and the guest's arguments as they are, checks them in this order, and then acts:
//! 1. the descriptor (`BADF`), and whether it is the right kind of thing (`NOTDIR`, `ISDIR`, `SPIPE`, `NOTSOCK`);
//! 2. the rights that the function always needs (`NOTCAPABLE`);
//! 3. numbers and flags that mean nothing (`INVAL`), and the rights that they need (`NOTCAPABLE`);
//! 4. addresses: of results, of lists, of buffers (`FAULT`);
//! 5. paths: their address (`FAULT`), length (`NAMETOOLONG`), encoding (`ILSEQ`) and NULs (`INVAL`);
//! 6. room for a new descriptor (`MFILE`).
//!
//! A path is relative to a directory that it never leaves: one that begins with a slash, or leads out, is `PERM`. It is UTF-8, without a NUL, and shorter than
//! 4096 bytes. Everything else about paths is as Linux has it, and up to [`guesthouse_vfs::resolve`].
//!
//! A function that fails has changed nothing that the guest can see, but for what a filesystem call of several steps is documented to leave.

mod args;
mod clock;
mod environ;
mod fd;
mod path;
pub(crate) mod poll;
mod proc;
mod random;
mod sched;
mod sock;
mod times;

pub use args::{args_get, args_sizes_get};
pub use clock::{clock_res_get, clock_time_get};
pub use environ::{environ_get, environ_sizes_get};
pub use fd::{
    fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_get, fd_fdstat_set_flags,
    fd_fdstat_set_rights, fd_filestat_get, fd_filestat_set_size, fd_filestat_set_times, fd_pread,
    fd_prestat_dir_name, fd_prestat_get, fd_pwrite, fd_read, fd_readdir, fd_renumber, fd_seek,
    fd_sync, fd_tell, fd_write,
};
pub(crate) use fd::{filestat, seek};
pub(crate) use path::path_filestat;
pub use path::{
    path_create_directory, path_filestat_get, path_filestat_set_times, path_link, path_open,
    path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file,
};
pub use poll::poll_oneoff;
pub use proc::{proc_exit, proc_raise};
pub use random::random_get;
pub use sched::sched_yield;
pub use sock::{sock_accept, sock_recv, sock_send, sock_shutdown};
