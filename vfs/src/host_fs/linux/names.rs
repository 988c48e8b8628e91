//! What is done to a name in an open directory, each time by one call that follows nothing.

use cap_std::fs::Dir;
use rustix::fs::{
    AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, chmodat, fdatasync, fsync,
    linkat, mkdirat, openat, readlinkat, renameat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno as HostErrno;

use super::super::open_dirs::Opened;
use super::beneath::{SAFE, WALK, mode};
use super::retry::{call, ours, retry};
use crate::{Errno, Name, SetTime, SetTimes, SyncKind};

/// Opens a directory once more, with an offset of its own and for reading.
pub(in super::super) fn open_self(dir: &Dir) -> Result<Dir, Errno> {
    let flags = SAFE.union(OFlags::DIRECTORY);
    call(|| openat(dir, c".", flags, Mode::empty())).map(Dir::from)
}

/// Opens a directory for walking on. A symbolic link is [`Errno::NotDir`] or [`Errno::Loop`].
pub(in super::super) fn enter(dir: &Dir, name: Name<'_>) -> Result<Dir, Errno> {
    let flags = WALK.union(OFlags::DIRECTORY);
    call(|| openat(dir, name.as_bytes(), flags, Mode::empty())).map(Dir::from)
}

/// Opens a name that was seen to be a directory. `Ok(None)` if it is something else by now.
pub(in super::super) fn open_dir(
    dir: &Dir,
    name: Name<'_>,
    read: bool,
) -> Result<Option<Opened>, Errno> {
    let name = name.as_bytes();
    let readable = SAFE.union(OFlags::DIRECTORY);
    let opened = match retry(|| openat(dir, name, readable, Mode::empty())) {
        Err(HostErrno::ACCESS) if !read => {
            let walk = WALK.union(OFlags::DIRECTORY);
            retry(|| openat(dir, name, walk, Mode::empty())).map(|fd| (fd, false))
        }
        opened => opened.map(|fd| (fd, true)),
    };
    match opened {
        Ok((fd, readable)) => Ok(Some(Opened::new(fd.into(), readable))),
        Err(HostErrno::NOTDIR | HostErrno::LOOP | HostErrno::NOENT) => Ok(None),
        Err(errno) => Err(ours(errno)),
    }
}

/// The target of a symbolic link; [`Errno::Invalid`] if the name is no link.
pub(in super::super) fn read_link(dir: &Dir, name: Name<'_>) -> Result<Box<[u8]>, Errno> {
    // rustix lets the buffer grow until the target fits.
    let target = call(|| readlinkat(dir, name.as_bytes(), Vec::new()))?;
    Ok(target.into_bytes().into_boxed_slice())
}

pub(in super::super) fn create_dir(dir: &Dir, name: Name<'_>, bits: u32) -> Result<(), Errno> {
    call(|| mkdirat(dir, name.as_bytes(), mode(bits)))
}

pub(in super::super) fn remove_dir(dir: &Dir, name: Name<'_>) -> Result<(), Errno> {
    call(|| unlinkat(dir, name.as_bytes(), AtFlags::REMOVEDIR))
}

pub(in super::super) fn unlink(dir: &Dir, name: Name<'_>, slash: bool) -> Result<(), Errno> {
    with_slash(name, slash, |name| {
        call(|| unlinkat(dir, name, AtFlags::empty()))
    })
}

pub(in super::super) fn symlink(
    target: &[u8],
    dir: &Dir,
    name: Name<'_>,
    slash: bool,
) -> Result<(), Errno> {
    with_slash(name, slash, |name| call(|| symlinkat(target, dir, name)))
}

/// Gives the node at `old` the further name `new`; a symbolic link gets it itself.
pub(in super::super) fn link(
    old_dir: &Dir,
    old: Name<'_>,
    new_dir: &Dir,
    new: Name<'_>,
    new_slash: bool,
) -> Result<(), Errno> {
    let old = old.as_bytes();
    with_slash(new, new_slash, |new| {
        call(|| linkat(old_dir, old, new_dir, new, AtFlags::empty()))
    })
}

/// A name in an open directory, and whether a slash follows it.
type Path<'a> = (&'a Dir, Name<'a>, bool);

pub(in super::super) fn rename(old: Path<'_>, new: Path<'_>) -> Result<(), Errno> {
    let (old_dir, old, old_slash) = old;
    let (new_dir, new, new_slash) = new;
    with_slash(old, old_slash, |old| {
        with_slash(new, new_slash, |new| {
            call(|| renameat(old_dir, old, new_dir, new))
        })
    })
}

/// Passes the name on as its bytes, with the slash that stood after it.
///
/// The calls that make, move or remove a name never follow a link there, slash or no slash; the slash only makes them check, in the same step in which
/// they act, that the node is a directory. (It is the calls that look at a node or open it which would follow.)
fn with_slash<T>(name: Name<'_>, slash: bool, act: impl FnOnce(&[u8]) -> T) -> T {
    if slash {
        act(&[name.as_bytes(), b"/"].concat())
    } else {
        act(name.as_bytes())
    }
}

/// Sets the times of the node of this name, a symbolic link's own.
pub(in super::super) fn set_times(dir: &Dir, name: Name<'_>, times: SetTimes) -> Result<(), Errno> {
    let times = timestamps(times);
    call(|| utimensat(dir, name.as_bytes(), &times, AtFlags::SYMLINK_NOFOLLOW))
}

/// Sets the times of an open directory. By the name `.`, since the handle may be good for walking only.
pub(in super::super) fn set_dir_times(dir: &Dir, times: SetTimes) -> Result<(), Errno> {
    call(|| utimensat(dir, c".", &timestamps(times), AtFlags::empty()))
}

/// Sets the permission bits of an open directory.
pub(in super::super) fn set_dir_mode(dir: &Dir, bits: u32) -> Result<(), Errno> {
    call(|| chmodat(dir, c".", mode(bits), AtFlags::empty()))
}

pub(in super::super) fn sync_dir(opened: &Opened, kind: SyncKind) -> Result<(), Errno> {
    let sync = |dir: &Dir| match kind {
        SyncKind::Data => call(|| fdatasync(dir)),
        SyncKind::All => call(|| fsync(dir)),
    };
    if opened.readable {
        sync(&opened.dir)
    } else {
        sync(&open_self(&opened.dir)?)
    }
}

pub(super) fn timestamps(times: SetTimes) -> Timestamps {
    Timestamps {
        last_access: timespec(times.accessed),
        last_modification: timespec(times.modified),
    }
}

fn timespec(time: SetTime) -> Timespec {
    let special = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    match time {
        SetTime::Keep => special(UTIME_OMIT),
        SetTime::Now => special(UTIME_NOW),
        SetTime::At(time) => {
            let (tv_sec, nanos) = time.as_parts();
            Timespec {
                tv_sec,
                tv_nsec: nanos.into(),
            }
        }
    }
}
