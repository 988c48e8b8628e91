//! Path resolution: the one place that knows `/`, `.`, `..` and symbolic links.
//!
//! Each function is a call of POSIX's `*at` family on any [`FileSystem`](crate::FileSystem). A path is reduced to ordinary names, which the
//! filesystem walks and acts on in one atomic step. Where it meets a symbolic link it stops; the link's target then takes the place of the name, and
//! the walk begins anew. A `..` is taken only after the name before it was walked and found to be a directory, so
//! `missing/../b` is [`Errno::NoEntry`] and `file/../b` is [`Errno::NotDir`].
//!
//! # The sandbox
//! A walk never leaves [`Start::dir`]: an absolute path, and a `..` above that directory, are [`Errno::Permission`]. The one exception is
//! a link with an absolute target, which leads to [`Start::root`] if there is one; from there on `..` at the root stays at the root, as after
//! `chroot(2)`.
//!
//! # How a path ends
//! As on Linux, each row checked against it by a test. "link" is a symbolic link to the thing named in the column's head.
//!
//! | call                  | `gone/` | `file/` | `dir/` | link to dir `/` | dangling link `/` | `dir/.`  | `dir/..`   |
//! |-----------------------|---------|---------|--------|-----------------|-------------------|----------|------------|
//! | `open`, `metadata`, … | NOENT   | NOTDIR  | ok     | ok, the dir     | NOENT             | ok       | ok         |
//! | `open` with `create`  | ISDIR   | ISDIR   | ISDIR  | ISDIR           | ISDIR             | ISDIR    | ISDIR      |
//! | … and `exclusive`     | ISDIR   | ISDIR   | ISDIR  | ISDIR           | ISDIR             | EXIST    | EXIST      |
//! | `read_link`           | NOENT   | NOTDIR  | INVAL  | INVAL           | NOENT             | INVAL    | INVAL      |
//! | `create_dir`          | ok      | EXIST   | EXIST  | EXIST           | EXIST             | EXIST    | EXIST      |
//! | `symlink`             | NOENT   | EXIST   | EXIST  | EXIST           | EXIST             | EXIST    | EXIST      |
//! | `remove_dir`          | NOENT   | NOTDIR  | ok     | NOTDIR          | NOTDIR            | INVAL    | NOTEMPTY   |
//! | `unlink`              | NOENT   | NOTDIR  | ISDIR  | NOTDIR          | NOTDIR            | ISDIR    | ISDIR      |
//! | `link`, old           | NOENT   | NOTDIR  | PERM   | PERM            | NOENT             | PERM     | PERM       |
//! | `link`, new           | NOENT   | EXIST   | EXIST  | EXIST           | EXIST             | EXIST    | EXIST      |
//! | `rename`, old         | NOENT   | NOTDIR  | ok     | NOTDIR          | NOTDIR            | BUSY     | BUSY       |
//! | `rename` file to      | NOTDIR  | NOTDIR  | NOTDIR | NOTDIR          | NOTDIR            | BUSY     | BUSY       |
//! | `rename` dir to       | ok      | NOTDIR  | ok     | NOTDIR          | NOTDIR            | BUSY     | BUSY       |
//!
//! A trailing slash (and `.` or `..` at the end) makes a lookup follow a link whatever [`Symlinks`] says. Without one, a link at the
//! end is followed as [`Symlinks`] says by calls that look up, and never by calls that make or remove a name. `open` that may not follow
//! answers [`Errno::Loop`], or [`Errno::NotDir`] where a directory is asked for.
//!
//! # Errors of every function
//! In this order: [`Errno::NoEntry`] for an empty path, [`Errno::NameTooLong`] for one of 4096 bytes or more, [`Errno::Invalid`] for a NUL in it,
//! [`Errno::Permission`] for an absolute one; then, name by name, what the walk meets: the filesystem's errors, [`Errno::Loop`] at the
//! 41st link, [`Errno::NameTooLong`] when the targets of the links are longer than [`MAX_SPLICED_BYTES`] together or too many `..` leave directories too
//! deep for [`MAX_BACKTRACKED_NAMES`], and [`Errno::Permission`] where the path would leave the sandbox.
//!
//! # References
//! <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap04.html#tag_04_16>,
//! <https://man7.org/linux/man-pages/man7/path_resolution.7.html>

mod names;
mod two_paths;
mod walker;

#[cfg(test)]
mod tests;

pub use two_paths::{link, rename};

use walker::{LastLink, Plain, Tail, Walker};

use crate::{Errno, Metadata, OpenDir, OpenFile, OpenOptions, Opened, Place, SetTimes, Stop, Walk};

/// Paths must be shorter than this many bytes (Linux's `PATH_MAX`, which counts a NUL).
pub const PATH_MAX: usize = 4096;

/// How many symbolic links one path may lead through (Linux's `MAXSYMLINKS`).
pub const MAX_LINK_EXPANSIONS: u32 = 40;

/// How many bytes the targets of those links may have together. Bounds the work that one call can cause; POSIX allows [`Errno::NameTooLong`] here.
pub const MAX_SPLICED_BYTES: usize = 2 * PATH_MAX;

/// How many names one path may have walked again for its `..` components: before each, the names that lead to the directory it leaves. A path of hundreds of
/// levels with hundreds of `..` would cost their product. Bounds the work that one call can cause, as [`MAX_SPLICED_BYTES`] does.
pub const MAX_BACKTRACKED_NAMES: usize = 16 * PATH_MAX;

/// Where a path begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The directory that relative paths are taken from and that they can't leave.
    pub dir: &'a OpenDir,
    /// Where the absolute targets of symbolic links are taken from; without it such a link is [`Errno::Permission`].
    pub root: Option<&'a OpenDir>,
}

impl<'a> Start<'a> {
    /// Paths below the root of a tree: absolute links lead there, too.
    #[must_use]
    pub const fn at_root(root: &'a OpenDir) -> Self {
        Self {
            dir: root,
            root: Some(root),
        }
    }
}

/// What to do with a symbolic link as the last name of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symlinks {
    /// Go on at its target.
    Follow,
    /// Take the link itself.
    NoFollow,
}

/// What [`open`] opened.
#[derive(Debug)]
pub enum OpenNode {
    /// A directory.
    Dir(OpenDir),
    /// Anything else.
    File(OpenFile),
}

/// Opens or creates a node, as `openat(2)`. With neither read nor write access it opens the node as a place only, as `O_PATH`.
///
/// # Errors
/// [`Errno::Invalid`] for `create` with `directory`, and for `truncate` without write access; those of every function (see [`resolve`](self)); with [`Symlinks::NoFollow`]
/// at a symbolic link [`Errno::Loop`], or [`Errno::NotDir`] with `directory`; with `create` the table's; those of
/// [`FileSystem::open`](crate::FileSystem::open).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/openat.html>
pub fn open(
    start: Start<'_>,
    path: &[u8],
    symlinks: Symlinks,
    options: OpenOptions,
) -> Result<OpenNode, Errno> {
    let unusable_truncate = options.truncate && !options.access.write;
    if (options.create && options.directory) || unusable_truncate {
        return Err(Errno::Invalid);
    }
    let options = OpenOptions {
        exclusive: options.create && options.exclusive,
        ..options
    };
    let last = match symlinks {
        _ if options.exclusive => LastLink::Refuse(Errno::Exist),
        Symlinks::Follow => LastLink::Follow,
        Symlinks::NoFollow if options.directory => LastLink::Refuse(Errno::NotDir),
        Symlinks::NoFollow => LastLink::Refuse(Errno::Loop),
    };
    Walker::new(start, path)?.run(last, |plain| {
        if options.create && plain.tail != Tail::Name {
            plain.check_parent()?;
            let taken = options.exclusive && plain.tail.is_dots();
            return refuse(if taken { Errno::Exist } else { Errno::IsDir });
        }
        // Refused links are reported as well, so that the errno is chosen here and not by each backend; but an exclusive
        // open acts on the name itself.
        let place = if options.exclusive {
            plain.act()
        } else {
            plain.lookup(Symlinks::Follow)
        };
        plain.fs().open(place, options).map(|opened| match opened {
            Opened::Dir(node) => {
                OpenNode::Dir(OpenDir::from_opened(plain.base.file_system().clone(), node))
            }
            Opened::File(file) => OpenNode::File(OpenFile::new(file, options.access)),
        })
    })
}

/// What is known of a node, as `fstatat(2)`.
///
/// # Errors
/// Those of every function (see [`resolve`](self)); those of [`FileSystem::metadata`](crate::FileSystem::metadata).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fstatat.html>
pub fn metadata(start: Start<'_>, path: &[u8], symlinks: Symlinks) -> Result<Metadata, Errno> {
    look_up(start, path, symlinks, |plain, place| {
        plain.fs().metadata(place)
    })
}

/// Sets the times of a node, as `utimensat(2)`.
///
/// # Errors
/// As [`metadata`]; those of [`FileSystem::set_times`](crate::FileSystem::set_times).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/utimensat.html>
pub fn set_times(
    start: Start<'_>,
    path: &[u8],
    symlinks: Symlinks,
    times: SetTimes,
) -> Result<(), Errno> {
    look_up(start, path, symlinks, |plain, place| {
        plain.fs().set_times(place, times)
    })
}

/// Sets the permission bits (`0o7777`) of a node, as `fchmodat(2)`.
///
/// # Errors
/// As [`metadata`]; those of [`FileSystem::set_mode`](crate::FileSystem::set_mode).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fchmodat.html>
pub fn set_mode(start: Start<'_>, path: &[u8], symlinks: Symlinks, mode: u32) -> Result<(), Errno> {
    look_up(start, path, symlinks, |plain, place| {
        plain.fs().set_mode(place, mode)
    })
}

/// The target of a symbolic link, as `readlinkat(2)`.
///
/// # Errors
/// As [`metadata`]; [`Errno::Invalid`] for what is not a symbolic link; those of [`FileSystem::read_link`](crate::FileSystem::read_link).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readlinkat.html>
pub fn read_link(start: Start<'_>, path: &[u8]) -> Result<Box<[u8]>, Errno> {
    look_up(start, path, Symlinks::NoFollow, |plain, place| {
        plain.fs().read_link(place)
    })
}

/// Makes a directory with these permission bits, as `mkdirat(2)`.
///
/// # Errors
/// Those of every function (see [`resolve`](self)); [`Errno::Exist`] for a path that ends in `.` or `..`; those of
/// [`FileSystem::create_dir`](crate::FileSystem::create_dir).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdirat.html>
pub fn create_dir(start: Start<'_>, path: &[u8], mode: u32) -> Result<(), Errno> {
    let dots = [Errno::Exist, Errno::Exist];
    act(start, path, dots, |plain, place| {
        plain.fs().create_dir(place, mode)
    })
}

/// Removes an empty directory, as `rmdir(2)`.
///
/// # Errors
/// Those of every function (see [`resolve`](self)); [`Errno::Invalid`] for a path that ends in `.`, [`Errno::NotEmpty`] in `..`; those of
/// [`FileSystem::remove_dir`](crate::FileSystem::remove_dir).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/rmdir.html>
pub fn remove_dir(start: Start<'_>, path: &[u8]) -> Result<(), Errno> {
    let dots = [Errno::Invalid, Errno::NotEmpty];
    act(start, path, dots, |plain, place| {
        plain.fs().remove_dir(place)
    })
}

/// Removes a name that is not a directory's, as `unlinkat(2)`.
///
/// # Errors
/// Those of every function (see [`resolve`](self)); [`Errno::IsDir`] for a path that ends in `.` or `..`; those of
/// [`FileSystem::unlink`](crate::FileSystem::unlink).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/unlinkat.html>
pub fn unlink(start: Start<'_>, path: &[u8]) -> Result<(), Errno> {
    let dots = [Errno::IsDir, Errno::IsDir];
    act(start, path, dots, |plain, place| plain.fs().unlink(place))
}

/// Makes a symbolic link with these bytes as its target, as `symlinkat(2)`. Where the target leads is of no concern here.
///
/// # Errors
/// [`Errno::NoEntry`] for an empty target, [`Errno::NameTooLong`] for one of 4096 bytes or more, [`Errno::Invalid`] for a NUL in it; those of every function
/// (see [`resolve`](self)); [`Errno::Exist`] for a path that ends in `.` or `..`; those of
/// [`FileSystem::symlink`](crate::FileSystem::symlink).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/symlinkat.html>
pub fn symlink(target: &[u8], start: Start<'_>, path: &[u8]) -> Result<(), Errno> {
    if target.is_empty() {
        return Err(Errno::NoEntry);
    }
    if target.len() >= PATH_MAX {
        return Err(Errno::NameTooLong);
    }
    if target.contains(&0) {
        return Err(Errno::Invalid);
    }
    let dots = [Errno::Exist, Errno::Exist];
    act(start, path, dots, |plain, place| {
        plain.fs().symlink(target, place)
    })
}

/// Runs an operation that looks a node up.
fn look_up<T>(
    start: Start<'_>,
    path: &[u8],
    symlinks: Symlinks,
    mut operation: impl FnMut(&Plain<'_>, Place<'_>) -> Walk<T>,
) -> Result<T, Errno> {
    Walker::new(start, path)?.run(LastLink::Follow, |plain| {
        operation(plain, plain.lookup(symlinks))
    })
}

/// Runs an operation that makes or removes the last name; `dots` are its answers to a path that ends in `.` and in `..`.
fn act(
    start: Start<'_>,
    path: &[u8],
    dots: [Errno; 2],
    mut operation: impl FnMut(&Plain<'_>, Place<'_>) -> Walk<()>,
) -> Result<(), Errno> {
    let [on_dot, on_dot_dot] = dots;
    Walker::new(start, path)?.run(LastLink::Refuse(Errno::Loop), |plain| {
        let refused = match plain.tail {
            Tail::Name | Tail::Slash => return operation(plain, plain.act()),
            Tail::Dot => on_dot,
            Tail::DotDot => on_dot_dot,
        };
        plain.check_parent()?;
        refuse(refused)
    })
}

/// Ends a walk that found everything, but where the operation can't act on a path of this form.
fn refuse<T>(errno: Errno) -> Walk<T> {
    Err(Stop::failed(0, errno))
}
