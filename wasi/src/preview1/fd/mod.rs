mod number;
mod prestat;
mod readdir;
mod seek;
mod status;
mod storage;
mod transfer;

pub use number::{fd_close, fd_renumber};
pub use prestat::{fd_prestat_dir_name, fd_prestat_get};
pub use readdir::fd_readdir;
pub(crate) use seek::seek;
pub use seek::{fd_seek, fd_tell};
pub(crate) use status::filestat;
pub use status::{
    fd_fdstat_get, fd_fdstat_set_flags, fd_fdstat_set_rights, fd_filestat_get,
    fd_filestat_set_size, fd_filestat_set_times,
};
pub use storage::{fd_advise, fd_allocate, fd_datasync, fd_sync};
pub use transfer::{fd_pread, fd_pwrite, fd_read, fd_write};
