//! What a filesystem that cannot be changed answers to a change.
//!
//! `EROFS` is not always the first answer. The precedence here is Linux's, read off a read-only bind mount of a tmpfs (Linux 6.18): what makes a
//! name looks the name up first, so `EEXIST` wins; what removes or moves one looks at the directories only, so even a missing name is `EROFS`; what changes a
//! node looks the node up. Nothing here changes anything, so it may take more than one step.

use crate::{
    Cause, Errno, FileSystem, FileType, LastName, Metadata, OpenOptions, Place, SetTimes, Stop,
    Walk,
};

/// Refuses an open that would change something; otherwise returns the options to open with, which create nothing.
pub(crate) fn open<F: FileSystem + ?Sized>(
    fs: &F,
    place: Place<'_>,
    options: OpenOptions,
) -> Walk<OpenOptions> {
    if !options.writes() {
        return Ok(options);
    }
    let lookup = Place {
        must_be_dir: place.must_be_dir && !options.create,
        ..place
    };
    let found = match fs.metadata(lookup) {
        Ok(metadata) => Some(metadata),
        Err(stop) if options.create && is_missing_last(&stop, place) => None,
        Err(stop) => return Err(stop),
    };
    let refused = if options.create {
        creates(found, place.must_be_dir, options)
    } else {
        None
    };
    match refused.or_else(|| changes(found, options)) {
        Some(errno) => Err(at_last(place, errno)),
        None => Ok(OpenOptions {
            create: false,
            ..options
        }),
    }
}

/// What is wrong with creating it, if it can't be just opened.
fn creates(found: Option<Metadata>, slash: bool, options: OpenOptions) -> Option<Errno> {
    if options.directory {
        return Some(Errno::Invalid);
    }
    if found.is_some() && options.exclusive {
        return Some(Errno::Exist);
    }
    slash.then_some(Errno::IsDir)
}

/// What is wrong with opening it so that it, or the directory it is missing in, could change.
fn changes(found: Option<Metadata>, options: OpenOptions) -> Option<Errno> {
    let Some(found) = found else {
        return Some(Errno::ReadOnly);
    };
    match found.file_type {
        FileType::Symlink => Some(Errno::Loop),
        FileType::Dir => Some(Errno::IsDir),
        _ if options.directory => Some(Errno::NotDir),
        _ if options.access.write || options.truncate => Some(Errno::ReadOnly),
        _ => None,
    }
}

/// Refuses to make a directory.
pub(crate) fn create_dir<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>) -> Stop {
    new_name(fs, place, Errno::ReadOnly)
}

/// Refuses to make a symbolic link, or the new name of a link.
pub(crate) fn symlink<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>) -> Stop {
    new_name(fs, place, Errno::NoEntry)
}

fn new_name<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>, with_slash: Errno) -> Stop {
    let name = Place {
        must_be_dir: false,
        last: LastName::Act,
        ..place
    };
    match fs.metadata(name) {
        Ok(_) => at_last(place, Errno::Exist),
        Err(stop) if !is_missing_last(&stop, place) => stop,
        Err(_) if place.must_be_dir => at_last(place, with_slash),
        Err(_) => at_last(place, Errno::ReadOnly),
    }
}

/// Refuses a link.
pub(crate) fn link<F: FileSystem + ?Sized>(fs: &F, old: Place<'_>, new: Place<'_>) -> Stop {
    match fs.metadata(old) {
        Ok(_) => symlink(fs, new).second(),
        Err(stop) => stop,
    }
}

/// Refuses to remove a directory (`itself` is `Busy`) or another name (`IsDir`).
pub(crate) fn remove<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>, itself: Errno) -> Stop {
    match parents(fs, place) {
        Err(stop) => stop,
        Ok(()) if place.names.is_empty() => at_last(place, itself),
        Ok(()) => at_last(place, Errno::ReadOnly),
    }
}

/// Refuses to move a name.
pub(crate) fn rename<F: FileSystem + ?Sized>(fs: &F, old: Place<'_>, new: Place<'_>) -> Stop {
    let walked = parents(fs, old).and_then(|()| parents(fs, new).map_err(Stop::second));
    match walked {
        Err(stop) => stop,
        Ok(()) if old.names.is_empty() => at_last(old, Errno::Busy),
        Ok(()) if new.names.is_empty() => at_last(new, Errno::Busy).second(),
        Ok(()) => at_last(old, Errno::ReadOnly),
    }
}

/// Refuses to set a node's times. Keeping both is no change.
pub(crate) fn set_times<F: FileSystem + ?Sized>(
    fs: &F,
    place: Place<'_>,
    times: SetTimes,
) -> Walk<()> {
    fs.metadata(place)?;
    if times == SetTimes::default() {
        return Ok(());
    }
    Err(at_last(place, Errno::ReadOnly))
}

/// Refuses to set a node's permission bits.
pub(crate) fn set_mode<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>) -> Stop {
    match fs.metadata(place) {
        Ok(_) => at_last(place, Errno::ReadOnly),
        Err(stop) => stop,
    }
}

/// Walks all names but the last, which lead to a directory.
pub(crate) fn parents<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>) -> Walk<()> {
    let parents = place
        .names
        .split_last()
        .map_or(&[][..], |(_, parents)| parents);
    fs.metadata(Place {
        dir: place.dir,
        names: parents,
        must_be_dir: !parents.is_empty(),
        last: LastName::Follow,
    })
    .map(drop)
}

/// Whether the walk came to the last name and found nothing there.
pub(crate) fn is_missing_last(stop: &Stop, place: Place<'_>) -> bool {
    stop.cause == Cause::Missing && stop.index + 1 == place.names.len()
}

/// A failure at the last name.
pub(crate) const fn at_last(place: Place<'_>, errno: Errno) -> Stop {
    Stop::failed(place.names.len().saturating_sub(1), errno)
}
