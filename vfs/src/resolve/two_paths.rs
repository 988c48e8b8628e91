use super::names::Names;
use super::walker::{LastLink, Plain, Walker};
use super::{Start, Symlinks};
use crate::{Errno, Operand, Walk};

/// Gives the node at `old_path` the further name `new_path`, as `linkat(2)`. `symlinks` is about `old_path`.
///
/// # Errors
/// Those of every function (see [`resolve`](super)) for the old path, which must exist, then for the new one; [`Errno::Exist`] if the new path exists, or ends in `.` or `..`; [`Errno::NoEntry`] if it ends in a
/// slash; [`Errno::CrossDevice`] if the two lie on different filesystems; those of [`FileSystem::link`](crate::FileSystem::link).
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/linkat.html>
pub fn link(
    old: Start<'_>,
    old_path: &[u8],
    symlinks: Symlinks,
    new: Start<'_>,
    new_path: &[u8],
) -> Result<(), Errno> {
    let call = TwoPathCall {
        find_old: |old: &mut Walker<'_>| old.find(symlinks),
        old_may_end_in_dots: true,
        check_apart: check_link,
        act: |from: &Plain<'_>, to: &Plain<'_>| from.fs().link(from.lookup(symlinks), to.act()),
    };
    call.run((old, old_path), (new, new_path))
}

/// Moves the node at `old_path` to `new_path`, replacing what is there, as `renameat(2)`. Links at the ends of the paths are taken as they are.
///
/// # Errors
/// Those of every function (see [`resolve`](super)) for the directory of the old path, then for that of the new one; [`Errno::CrossDevice`] if the two
/// lie on different filesystems; [`Errno::Busy`] if either path ends in `.` or `..`; then those of [`FileSystem::rename`](crate::FileSystem::rename), the first of which is
/// [`Errno::NoEntry`] for an old path that doesn't exist.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/renameat.html>
pub fn rename(
    old: Start<'_>,
    old_path: &[u8],
    new: Start<'_>,
    new_path: &[u8],
) -> Result<(), Errno> {
    let call = TwoPathCall {
        find_old: |old: &mut Walker<'_>| old.find_parent(),
        old_may_end_in_dots: false,
        check_apart: check_rename,
        act: |from: &Plain<'_>, to: &Plain<'_>| from.fs().rename(from.act(), to.act()),
    };
    call.run((old, old_path), (new, new_path))
}

/// What `rename` and `link` differ in. Both walk the old path before the new one, and so do we where we can't leave it to the filesystem.
struct TwoPathCall<Find, Act> {
    /// Walks what the call needs of the old path before it looks at the new one.
    find_old: Find,
    /// The filesystem itself has the answer to an old path that ends in `.` or `..`.
    old_may_end_in_dots: bool,
    /// Gives the errno of two paths that no filesystem could be asked about, once the old one was found. None after all if links have led
    /// both to the same filesystem.
    check_apart: fn(&Walker<'_>, &mut Walker<'_>) -> Result<(), Errno>,
    /// Acts on both.
    act: Act,
}

impl<Find, Act> TwoPathCall<Find, Act>
where
    Find: Fn(&mut Walker<'_>) -> Result<(), Errno>,
    Act: Fn(&Plain<'_>, &Plain<'_>) -> Walk<()>,
{
    fn run(&self, old: (Start<'_>, &[u8]), new: (Start<'_>, &[u8])) -> Result<(), Errno> {
        let mut old = Walker::new(old.0, old.1)?;
        let mut new = match Walker::new(new.0, new.1) {
            Ok(new) => new,
            Err(errno) => return self.fail_after_old(&mut old, errno),
        };
        loop {
            let (mut old_names, mut new_names) = (Names::new(), Names::new());
            let from = match old.plain(&mut old_names) {
                Ok(from) => from,
                Err(detour) => {
                    old.take(detour)?;
                    continue;
                }
            };
            let to = match new.plain(&mut new_names) {
                Ok(to) => to,
                Err(detour) => match new.take(detour) {
                    Ok(()) => continue,
                    Err(errno) => return self.fail_after_old(&mut old, errno),
                },
            };
            let dots = to.tail.is_dots() || (from.tail.is_dots() && !self.old_may_end_in_dots);
            if dots || !from.base.same_file_system(to.base) {
                (self.find_old)(&mut old)?;
                (self.check_apart)(&old, &mut new)?;
                continue;
            }
            match (self.act)(&from, &to) {
                Ok(()) => return Ok(()),
                Err(stop) if stop.operand == Operand::First => {
                    let detour = from.detour(stop, LastLink::Follow);
                    old.take(detour)?;
                }
                Err(stop) => {
                    let detour = to.detour(stop, LastLink::Refuse(Errno::Loop));
                    new.take(detour)?;
                }
            }
        }
    }

    /// Fails with what is wrong with the old path, or else with `errno`, which is what is wrong with the new one.
    fn fail_after_old(&self, old: &mut Walker<'_>, errno: Errno) -> Result<(), Errno> {
        (self.find_old)(old)?;
        Err(errno)
    }
}

/// As Linux checks: the new directory, the filesystems, the forms of the paths. Whether the old name exists comes later and is never asked.
fn check_rename(old: &Walker<'_>, new: &mut Walker<'_>) -> Result<(), Errno> {
    new.find_parent()?;
    if !old.base().same_file_system(new.base()) {
        return Err(Errno::CrossDevice);
    }
    if old.ends_in_dots() || new.ends_in_dots() {
        return Err(Errno::Busy);
    }
    Ok(())
}

/// As Linux checks: the new directory, whether the new name is free, and only then the filesystems.
fn check_link(old: &Walker<'_>, new: &mut Walker<'_>) -> Result<(), Errno> {
    new.find_parent()?;
    if new.ends_in_dots() {
        return Err(Errno::Exist);
    }
    match new.find_last() {
        Ok(()) => return Err(Errno::Exist),
        Err(Errno::NoEntry) => {}
        Err(errno) => return Err(errno),
    }
    if new.ends_in_slash() {
        return Err(Errno::NoEntry);
    }
    if !old.base().same_file_system(new.base()) {
        return Err(Errno::CrossDevice);
    }
    Ok(())
}
