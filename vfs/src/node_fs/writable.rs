use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::file::NodeFile;
use super::reader::{Guard, NodeDirStream, ROOT, Reader};
use super::rename::Rename;
use super::walk::{self, Found, Parent};
use super::{MetadataChange, NewNode};
use crate::refusal::at_last;
use crate::{
    DirStream, Errno, FileSystem, FileType, LastName, Metadata, Mount, Name, NodeId, OpenOptions,
    Opened, OpenedFile, Place, SetTimes, SyncKind, Walk, WritableNodeFileSystem,
};

/// Makes a [`WritableNodeFileSystem`] a filesystem.
///
/// One lock around the implementation makes every operation atomic: walk, checks and change are one step for everybody else.
pub struct NodeFs<T: WritableNodeFileSystem> {
    reader: Arc<Reader<Locked<T>>>,
}

pub(super) struct Locked<T>(RwLock<T>);

impl<T: WritableNodeFileSystem> Guard for Locked<T> {
    type Fs = T;

    fn look<R>(&self, work: impl FnOnce(&T) -> R) -> R {
        work(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: WritableNodeFileSystem> Locked<T> {
    /// Changes the filesystem, alone.
    pub(super) fn change<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: WritableNodeFileSystem> NodeFs<T> {
    /// Adapts `fs`.
    #[must_use]
    pub fn new(fs: T) -> Arc<Self> {
        Arc::new(Self {
            reader: Reader::new(Locked(RwLock::new(fs))),
        })
    }

    /// Walks to the node and changes it.
    fn change_node(
        &self,
        place: Place<'_>,
        change: impl FnOnce(&mut T, &Found<T::Node>) -> Result<(), Errno>,
    ) -> Walk<()> {
        let start = self.reader.start(place)?;
        self.reader.guard.change(|fs| {
            let found = walk::node(fs, start, place)?;
            change(fs, &found).map_err(|errno| at_last(place, errno))
        })
    }

    /// Walks to a name that must be free, and makes it.
    fn make(
        &self,
        place: Place<'_>,
        make: impl FnOnce(&mut T, &T::Node, Name<'_>) -> Result<(), Errno>,
    ) -> Walk<()> {
        let start = self.reader.start(place)?;
        self.reader.guard.change(|fs| {
            let parent = walk::parent(fs, start, place)?;
            let name = free_name(fs, &parent, place)?;
            make(fs, &parent.0.node, name).map_err(|errno| at_last(place, errno))
        })
    }

    fn open_node(&self, place: Place<'_>, options: OpenOptions) -> Walk<Found<T::Node>> {
        let start = self.reader.start(place)?;
        if !options.writes() {
            return self.reader.guard.look(|fs| {
                let found = walk::node(fs, start, place)?;
                let checked = walk::check_open(found.metadata.file_type, options);
                checked
                    .map(|()| found)
                    .map_err(|errno| at_last(place, errno))
            });
        }
        self.reader.guard.change(|fs| {
            let found = if options.create {
                open_or_create(fs, start, place, options)?
            } else {
                walk::node(fs, start, place)?
            };
            open_existing(fs, &found, options).map_err(|errno| at_last(place, errno))?;
            Ok(found)
        })
    }
}

/// The node at a place that is made if it isn't there.
fn open_or_create<T: WritableNodeFileSystem>(
    fs: &mut T,
    start: T::Node,
    place: Place<'_>,
    options: OpenOptions,
) -> Walk<Found<T::Node>> {
    let failed = |errno| at_last(place, errno);
    let (dir, last) = walk::parent(fs, start, place)?;
    if options.directory {
        return Err(failed(Errno::Invalid));
    }
    let Some(name) = last else {
        let itself = if options.exclusive {
            Errno::Exist
        } else {
            Errno::IsDir
        };
        return Err(failed(itself));
    };
    let found = walk::last(fs, &dir, place, name)?;
    if found.is_some() && options.exclusive {
        return Err(failed(Errno::Exist));
    }
    if place.must_be_dir {
        return Err(failed(Errno::IsDir));
    }
    if let Some(found) = found {
        if place.last == LastName::Follow {
            walk::not_a_link(fs, &found, place.names.len() - 1)?;
        }
        return Ok(found);
    }
    if dir.metadata.nlink == 0 {
        return Err(failed(Errno::NoEntry));
    }
    let node = fs
        .create(&dir.node, name, NewNode::File { mode: options.mode })
        .map_err(failed)?;
    walk::found(fs, node).map_err(failed)
}

fn open_existing<T: WritableNodeFileSystem>(
    fs: &mut T,
    found: &Found<T::Node>,
    options: OpenOptions,
) -> Result<(), Errno> {
    walk::check_open(found.metadata.file_type, options)?;
    if options.truncate && found.metadata.file_type == FileType::File {
        fs.set_len(&found.node, 0)?;
    }
    Ok(())
}

/// The last name of a place where something is to be made.
fn free_name<'a, T: WritableNodeFileSystem>(
    fs: &T,
    (dir, last): &Parent<'a, T::Node>,
    place: Place<'_>,
) -> Walk<Name<'a>> {
    let Some(name) = *last else {
        return Err(at_last(place, Errno::Exist));
    };
    if walk::last(fs, dir, place, name)?.is_some() {
        return Err(at_last(place, Errno::Exist));
    }
    if dir.metadata.nlink == 0 {
        return Err(at_last(place, Errno::NoEntry));
    }
    Ok(name)
}

/// A trailing slash is welcome on a new directory only.
fn no_slash(place: Place<'_>) -> Result<(), Errno> {
    if place.must_be_dir {
        Err(Errno::NoEntry)
    } else {
        Ok(())
    }
}

/// Sets the times of a node, if any is to be set: keeping both is no change, not even of the change time.
pub(super) fn set_times<T: WritableNodeFileSystem>(
    fs: &mut T,
    node: &T::Node,
    times: SetTimes,
) -> Result<(), Errno> {
    if times == SetTimes::default() {
        return Ok(());
    }
    fs.set_metadata(node, MetadataChange::Times(times))
}

impl<T: WritableNodeFileSystem> FileSystem for NodeFs<T> {
    fn root(&self) -> NodeId {
        ROOT
    }

    fn release(&self, dir: NodeId) {
        self.reader.release(dir);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let found = self.open_node(place, options)?;
        if found.is_dir() {
            let kept = self.reader.keep(found.node);
            return kept.map(Opened::Dir).map_err(|errno| at_last(place, errno));
        }
        Ok(Opened::File(OpenedFile {
            file_type: found.metadata.file_type,
            mount: Mount::default(),
            file: Arc::new(NodeFile {
                reader: Arc::clone(&self.reader),
                node: found.node,
            }),
        }))
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        NodeDirStream::open(&self.reader, dir)
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        self.reader.metadata(place)
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        self.change_node(place, |fs, found| set_times(fs, &found.node, times))
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        self.change_node(place, |fs, found| match found.metadata.file_type {
            FileType::Symlink => Err(Errno::NotSupported),
            _ => fs.set_metadata(&found.node, MetadataChange::Mode(mode)),
        })
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        self.make(place, |fs, dir, name| {
            fs.create(dir, name, NewNode::Dir { mode }).map(drop)
        })
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let start = self.reader.start(place)?;
        self.reader.guard.change(|fs| {
            let failed = |errno| at_last(place, errno);
            let (dir, last) = walk::parent(fs, start, place)?;
            let name = last.ok_or(failed(Errno::Busy))?;
            let found = walk::child(fs, &dir, place.names.len() - 1, name)?;
            if !found.is_dir() {
                return Err(failed(Errno::NotDir));
            }
            if !walk::is_empty(fs, &found.node).map_err(failed)? {
                return Err(failed(Errno::NotEmpty));
            }
            fs.remove(&dir.node, name).map_err(failed)
        })
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let start = self.reader.start(place)?;
        self.reader.guard.change(|fs| {
            let failed = |errno| at_last(place, errno);
            let (dir, last) = walk::parent(fs, start, place)?;
            let name = last.ok_or(failed(Errno::IsDir))?;
            let found = walk::child(fs, &dir, place.names.len() - 1, name)?;
            if found.is_dir() {
                return Err(failed(Errno::IsDir));
            }
            if place.must_be_dir {
                return Err(failed(Errno::NotDir));
            }
            fs.remove(&dir.node, name).map_err(failed)
        })
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        self.reader.read_link(place)
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        self.make(place, |fs, dir, name| {
            no_slash(place)?;
            fs.create(dir, name, NewNode::Symlink { target }).map(drop)
        })
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.reader.start(old)?;
        let new_start = self.reader.start(new).map_err(|stop| stop.second())?;
        self.reader.guard.change(|fs| {
            let node = walk::node(fs, old_start, old)?;
            let parent = walk::parent(fs, new_start, new).map_err(|stop| stop.second())?;
            let name = free_name(fs, &parent, new).map_err(|stop| stop.second())?;
            let failed = |errno| at_last(new, errno).second();
            no_slash(new).map_err(failed)?;
            if node.is_dir() {
                return Err(at_last(old, Errno::Permission));
            }
            fs.link(&node.node, &parent.0.node, name).map_err(failed)
        })
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.reader.start(old)?;
        let new_start = self.reader.start(new).map_err(|stop| stop.second())?;
        self.reader.guard.change(|fs| {
            let (old_dir, old_name) = walk::parent(fs, old_start, old)?;
            let (new_dir, new_name) =
                walk::parent(fs, new_start, new).map_err(|stop| stop.second())?;
            let old_name = old_name.ok_or(at_last(old, Errno::Busy))?;
            let new_name = new_name.ok_or(at_last(new, Errno::Busy).second())?;
            let node = walk::child(fs, &old_dir, old.names.len() - 1, old_name)?;
            let failed = |errno| at_last(new, errno).second();
            if new_dir.metadata.nlink == 0 {
                return Err(failed(Errno::NoEntry));
            }
            let replaced = walk::last(fs, &new_dir, new, new_name).map_err(|stop| stop.second())?;
            let rename = Rename {
                old_dir,
                old_name,
                node,
                new_dir,
                new_name,
                replaced,
            };
            if !rename
                .check(fs, old.must_be_dir || new.must_be_dir)
                .map_err(failed)?
            {
                return Ok(());
            }
            fs.rename(
                &rename.old_dir.node,
                rename.old_name,
                &rename.new_dir.node,
                rename.new_name,
            )
            .map_err(failed)
        })
    }

    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        let node = self.reader.dir(dir)?;
        self.reader.guard.look(|fs| fs.sync(&node, kind))
    }
}

impl<T: WritableNodeFileSystem> fmt::Debug for NodeFs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeFs").finish_non_exhaustive()
    }
}
