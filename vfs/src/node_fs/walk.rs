use std::ops::ControlFlow;

use crate::{
    Errno, FileType, LastName, Metadata, NAME_MAX, Name, NodeFileSystem, OpenOptions, Place, Stop,
    Walk, refusal,
};

/// A node that the walk has come to.
#[derive(Clone)]
pub(super) struct Found<N> {
    pub(super) node: N,
    pub(super) metadata: Metadata,
}

impl<N> Found<N> {
    pub(super) fn is_dir(&self) -> bool {
        self.metadata.file_type == FileType::Dir
    }

    pub(super) fn same_node(&self, other: &Self) -> bool {
        self.metadata.ino == other.metadata.ino
    }
}

/// The directory in which an operation acts, and the name there; no name means the directory itself.
pub(super) type Parent<'a, N> = (Found<N>, Option<Name<'a>>);

/// A node with what is known of it.
pub(super) fn found<T: NodeFileSystem>(fs: &T, node: T::Node) -> Result<Found<T::Node>, Errno> {
    let metadata = fs.metadata(&node)?;
    Ok(Found { node, metadata })
}

/// Walks all names but the last.
pub(super) fn parent<'a, T: NodeFileSystem>(
    fs: &T,
    start: T::Node,
    place: Place<'a>,
) -> Walk<Parent<'a, T::Node>> {
    let mut dir = found(fs, start).map_err(|errno| Stop::failed(0, errno))?;
    let Some((last, parents)) = place.names.split_last() else {
        return Ok((dir, None));
    };
    for (index, name) in parents.iter().enumerate() {
        dir = child(fs, &dir, index, *name)?;
        not_a_link(fs, &dir, index)?;
    }
    if !dir.is_dir() {
        return Err(Stop::failed(parents.len(), Errno::NotDir));
    }
    Ok((dir, Some(*last)))
}

/// Walks all names, and holds the last one against the place's rules.
pub(super) fn node<T: NodeFileSystem>(
    fs: &T,
    start: T::Node,
    place: Place<'_>,
) -> Walk<Found<T::Node>> {
    let (dir, last) = parent(fs, start, place)?;
    let Some(last) = last else {
        return Ok(dir);
    };
    let index = place.names.len() - 1;
    let found = child(fs, &dir, index, last)?;
    if place.last == LastName::Follow {
        not_a_link(fs, &found, index)?;
    }
    if place.must_be_dir && !found.is_dir() {
        return Err(Stop::failed(index, Errno::NotDir));
    }
    Ok(found)
}

/// Looks up one name.
pub(super) fn child<T: NodeFileSystem>(
    fs: &T,
    dir: &Found<T::Node>,
    index: usize,
    name: Name<'_>,
) -> Walk<Found<T::Node>> {
    if !dir.is_dir() {
        return Err(Stop::failed(index, Errno::NotDir));
    }
    if name.as_bytes().len() > NAME_MAX {
        return Err(Stop::failed(index, Errno::NameTooLong));
    }
    match fs.lookup(&dir.node, name) {
        Ok(node) => found(fs, node).map_err(|errno| Stop::failed(index, errno)),
        Err(Errno::NoEntry) => Err(Stop::missing(index)),
        Err(errno) => Err(Stop::failed(index, errno)),
    }
}

/// Looks up the last name, which may be free.
pub(super) fn last<T: NodeFileSystem>(
    fs: &T,
    dir: &Found<T::Node>,
    place: Place<'_>,
    name: Name<'_>,
) -> Walk<Option<Found<T::Node>>> {
    match child(fs, dir, place.names.len().saturating_sub(1), name) {
        Ok(found) => Ok(Some(found)),
        Err(stop) if refusal::is_missing_last(&stop, place) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Reports a symbolic link that is in the way.
pub(super) fn not_a_link<T: NodeFileSystem>(
    fs: &T,
    found: &Found<T::Node>,
    index: usize,
) -> Walk<()> {
    if found.metadata.file_type != FileType::Symlink {
        return Ok(());
    }
    Err(match fs.read_link(&found.node) {
        Ok(target) => Stop::link(index, target),
        Err(errno) => Stop::failed(index, errno),
    })
}

/// Whether a node that exists may be opened so.
pub(super) fn check_open(found: FileType, options: OpenOptions) -> Result<(), Errno> {
    match found {
        FileType::Symlink => Err(Errno::Loop),
        FileType::Dir if options.writes() => Err(Errno::IsDir),
        FileType::Dir => Ok(()),
        _ if options.directory => Err(Errno::NotDir),
        FileType::File | FileType::CharDevice | FileType::BlockDevice => Ok(()),
        FileType::Unknown | FileType::Socket => Err(Errno::NotSupported),
    }
}

/// Whether a directory has no entries.
pub(super) fn is_empty<T: NodeFileSystem>(fs: &T, dir: &T::Node) -> Result<bool, Errno> {
    let mut empty = true;
    fs.list(dir, 0, &mut |_| {
        empty = false;
        ControlFlow::Break(())
    })?;
    Ok(empty)
}
