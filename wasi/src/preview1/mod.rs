//! The functions of `wasi_snapshot_preview1`.
//!
//! Each takes the context, the guest's memory and the guest's arguments as they are, checks them in this order, and then acts:
//! 1. the descriptor (`BADF`), and whether it is the right kind of thing (`NOTDIR`, `ISDIR`, `SPIPE`, `NOTSOCK`);
//! 2. numbers and flags that mean nothing (`INVAL`);
//! 3. the rights (`NOTCAPABLE`);
//! 4. addresses: of results, of lists, of buffers (`FAULT`);
//! 5. paths: their address (`FAULT`), length (`NAMETOOLONG`), encoding (`ILSEQ`) and NULs (`INVAL`);
//! 6. room for a new descriptor (`MFILE`).
//!
//! A function that fails has changed nothing that the guest can see, but for what a filesystem call of several steps is documented to leave.

mod args;
mod clock;
mod environ;
pub(crate) mod poll;
mod proc;
mod random;
mod sched;
mod sock;

pub use args::{args_get, args_sizes_get};
pub use clock::{clock_res_get, clock_time_get};
pub use environ::{environ_get, environ_sizes_get};
pub use poll::poll_oneoff;
pub use proc::{proc_exit, proc_raise};
pub use random::random_get;
pub use sched::sched_yield;
pub use sock::{sock_accept, sock_recv, sock_send, sock_shutdown};
