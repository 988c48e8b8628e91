//! What is done to a name in an open directory.

use std::io;

use cap_fs_ext::{DirExt as _, OpenOptionsMaybeDirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, DirBuilder, Permissions};

use super::super::host_errno::host_errno;
use super::super::open_dirs::Opened;
use super::host::safe;
use super::host_name::{host_bytes, host_name, host_target};
use super::stat::file_type;
use crate::{Errno, FileType, Name, SetTime, SetTimes, SyncKind, Timestamp};

/// The host's answer as ours.
pub(super) fn ours<T>(answer: io::Result<T>) -> Result<T, Errno> {
    answer.map_err(|e| host_errno(&e))
}

/// Opens a directory once more.
pub(in super::super) fn open_self(dir: &Dir) -> Result<Dir, Errno> {
    ours(dir.open_dir("."))
}

/// Opens a directory for walking on. A symbolic link is [`Errno::Loop`].
pub(in super::super) fn enter(dir: &Dir, name: Name<'_>) -> Result<Dir, Errno> {
    match file_type(dir, name)? {
        FileType::Dir => {}
        FileType::Symlink => return Err(Errno::Loop),
        _ => return Err(Errno::NotDir),
    }
    dir.open_dir_nofollow(host_name(name)?).map_err(|error| {
        // Systems differ in how they refuse what is no directory any more.
        match file_type(dir, name) {
            Ok(FileType::Dir) => host_errno(&error),
            Ok(FileType::Symlink) => Errno::Loop,
            Ok(_) => Errno::NotDir,
            Err(errno) => errno,
        }
    })
}

/// Opens a name that was seen to be a directory. `Ok(None)` if it is something else by now.
pub(in super::super) fn open_dir(
    dir: &Dir,
    name: Name<'_>,
    _: bool,
) -> Result<Option<Opened>, Errno> {
    match enter(dir, name) {
        Ok(below) => Ok(Some(Opened::new(below, true))),
        Err(Errno::Loop | Errno::NotDir | Errno::NoEntry) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// The target of a symbolic link; [`Errno::Invalid`] if the name is no link.
pub(in super::super) fn read_link(dir: &Dir, name: Name<'_>) -> Result<Box<[u8]>, Errno> {
    if file_type(dir, name)? != FileType::Symlink {
        return Err(Errno::Invalid);
    }
    let target = ours(dir.read_link_contents(host_name(name)?))?;
    Ok(host_bytes(&target).into())
}

pub(in super::super) fn create_dir(dir: &Dir, name: Name<'_>, mode: u32) -> Result<(), Errno> {
    let builder = dir_builder(mode);
    ours(dir.create_dir_with(host_name(name)?, &builder))
}

#[cfg(unix)]
fn dir_builder(mode: u32) -> DirBuilder {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(mode & 0o7777);
    builder
}

#[cfg(not(unix))]
fn dir_builder(_: u32) -> DirBuilder {
    DirBuilder::new()
}

pub(in super::super) fn remove_dir(dir: &Dir, name: Name<'_>) -> Result<(), Errno> {
    // Windows would remove a link to a directory.
    if file_type(dir, name)? != FileType::Dir {
        return Err(Errno::NotDir);
    }
    ours(dir.remove_dir(host_name(name)?))
}

pub(in super::super) fn unlink(dir: &Dir, name: Name<'_>, slash: bool) -> Result<(), Errno> {
    match file_type(dir, name)? {
        // Others than Linux say `EPERM` of a directory.
        FileType::Dir => Err(Errno::IsDir),
        _ if slash => Err(Errno::NotDir),
        _ => ours(dir.remove_file_or_symlink(host_name(name)?)),
    }
}

pub(in super::super) fn symlink(
    target: &[u8],
    dir: &Dir,
    name: Name<'_>,
    slash: bool,
) -> Result<(), Errno> {
    check_new(dir, name, slash)?;
    let (target, name) = (host_target(target)?, host_name(name)?);
    #[cfg(unix)]
    return ours(dir.symlink_contents(target, name));
    #[cfg(not(unix))]
    return ours(dir.symlink(target, name));
}

/// Gives the node at `old` the further name `new`; a symbolic link gets it itself.
pub(in super::super) fn link(
    old_dir: &Dir,
    old: Name<'_>,
    new_dir: &Dir,
    new: Name<'_>,
    new_slash: bool,
) -> Result<(), Errno> {
    let old_type = file_type(old_dir, old)?;
    match file_type(new_dir, new) {
        Ok(_) => return Err(Errno::Exist),
        Err(Errno::NoEntry) if !new_slash => {}
        Err(errno) => return Err(errno),
    }
    // Systems differ in how they refuse it, and a superuser may be allowed to.
    if old_type == FileType::Dir {
        return Err(Errno::Permission);
    }
    ours(old_dir.hard_link(host_name(old)?, new_dir, host_name(new)?))
}

/// A name that gets a node which is no directory must not be followed by a slash.
fn check_new(dir: &Dir, name: Name<'_>, slash: bool) -> Result<(), Errno> {
    if !slash {
        return Ok(());
    }
    match file_type(dir, name) {
        Ok(_) => Err(Errno::Exist),
        Err(errno) => Err(errno),
    }
}

/// A name in an open directory, and whether a slash follows it.
type Path<'a> = (&'a Dir, Name<'a>, bool);

pub(in super::super) fn rename(old: Path<'_>, new: Path<'_>) -> Result<(), Errno> {
    let (old_dir, old, old_slash) = old;
    let (new_dir, new, new_slash) = new;
    if (old_slash || new_slash) && file_type(old_dir, old)? != FileType::Dir {
        return Err(Errno::NotDir);
    }
    ours(old_dir.rename(host_name(old)?, new_dir, host_name(new)?))
}

/// Sets the times of the node of this name, a symbolic link's own.
pub(in super::super) fn set_times(dir: &Dir, name: Name<'_>, times: SetTimes) -> Result<(), Errno> {
    let (accessed, modified) = (spec(times.accessed), spec(times.modified));
    ours(dir.set_symlink_times(host_name(name)?, accessed, modified))
}

/// Sets the times of an open directory.
pub(in super::super) fn set_dir_times(dir: &Dir, times: SetTimes) -> Result<(), Errno> {
    let (accessed, modified) = (spec(times.accessed), spec(times.modified));
    ours(cap_fs_ext::DirExt::set_times(dir, ".", accessed, modified))
}

fn spec(time: SetTime) -> Option<SystemTimeSpec> {
    match time {
        SetTime::Keep => None,
        SetTime::Now => Some(SystemTimeSpec::SymbolicNow),
        SetTime::At(time) => {
            // cap-std panics at a time before the epoch.
            let time = time.max(Timestamp::EPOCH);
            let time = cap_std::time::SystemTime::from_std(time.into());
            Some(SystemTimeSpec::Absolute(time))
        }
    }
}

/// Sets the permission bits of an open directory.
pub(in super::super) fn set_dir_mode(dir: &Dir, mode: u32) -> Result<(), Errno> {
    let current = ours(dir.dir_metadata())?.permissions();
    ours(dir.set_permissions(".", with_mode(current, mode)))
}

/// The host's permissions with these bits.
#[cfg(unix)]
pub(super) fn with_mode(_: Permissions, mode: u32) -> Permissions {
    use cap_std::fs::PermissionsExt;
    PermissionsExt::from_mode(mode & 0o7777)
}

/// The host's permissions with the bit `0o200`.
#[cfg(not(unix))]
pub(super) fn with_mode(current: Permissions, mode: u32) -> Permissions {
    let mut permissions = current;
    permissions.set_readonly(mode & 0o200 == 0);
    permissions
}

/// On Windows the file system's journal keeps the order of changes to directories, and there is no call to wait for it.
pub(in super::super) fn sync_dir(opened: &Opened, kind: SyncKind) -> Result<(), Errno> {
    if cfg!(windows) {
        return Ok(());
    }
    let mut options = safe();
    options.read(true).maybe_dir(true);
    let dir = ours(opened.dir.open_with(".", &options))?;
    ours(match kind {
        SyncKind::Data => dir.sync_data(),
        SyncKind::All => dir.sync_all(),
    })
}
