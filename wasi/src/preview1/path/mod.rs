//! The functions that take paths.

mod attributes;
mod names;
mod open;

use std::borrow::Cow;

use guesthouse_vfs::resolve::{PATH_MAX, Symlinks};

pub(crate) use attributes::path_filestat;
pub use attributes::{path_filestat_get, path_filestat_set_times, path_readlink};
pub use names::{
    path_create_directory, path_link, path_remove_directory, path_rename, path_symlink,
    path_unlink_file,
};
pub use open::path_open;

use crate::GuestMemory;
use crate::abi::{Errno, LookupFlags};
use crate::memory::Buffer;

/// The path of `len` bytes at `address`.
///
/// # Errors
/// `FAULT`; `NAMETOOLONG`; `ILSEQ` if it is not UTF-8; `INVAL` if it has a NUL.
fn path<M: GuestMemory + ?Sized>(mem: &M, address: u32, len: u32) -> Result<Cow<'_, [u8]>, Errno> {
    let buffer = Buffer::new(mem, address, len)?;
    if len as usize >= PATH_MAX {
        return Err(Errno::Nametoolong);
    }
    let path = buffer.bytes(mem)?;
    if std::str::from_utf8(&path).is_err() {
        return Err(Errno::Ilseq);
    }
    if path.contains(&0) {
        return Err(Errno::Inval);
    }
    Ok(path)
}

/// What becomes of a symbolic link at the end of a path.
///
/// # Errors
/// `INVAL` for a flag without a name.
fn symlinks(flags: u32) -> Result<Symlinks, Errno> {
    let flags = LookupFlags::from_wire(flags)?;
    Ok(if flags.contains(LookupFlags::SYMLINK_FOLLOW) {
        Symlinks::Follow
    } else {
        Symlinks::NoFollow
    })
}
