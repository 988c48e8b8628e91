use super::walk::{Last, settle};
use super::{HostFs, sys};
use crate::{
    DirStream, Errno, FileSystem, FileType, LastName, Metadata, NodeId, OpenOptions, Opened, Place,
    SetTimes, Stop, SyncKind, Walk,
};

impl FileSystem for HostFs {
    fn root(&self) -> NodeId {
        self.dirs.root()
    }

    fn release(&self, dir: NodeId) {
        self.dirs.release(dir);
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        self.open_place(place, options)
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        let dir = self.dir(dir)?;
        self.host.dir_stream(&dir)
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return self.host.dir_metadata(&start.dir).map_err(at_start);
        };
        settle(last.index, || {
            match self.host.metadata(&last.parent, last.name) {
                Ok(metadata) => allowed(last.check(metadata.file_type)?, || Ok(metadata)),
                Err(errno) => Some(Err(last.stop(errno))),
            }
        })
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        if times == SetTimes::default() {
            // Linux would not even look whether there is such a node.
            return self.metadata(place).map(drop);
        }
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return sys::set_dir_times(&start.dir, times).map_err(at_start);
        };
        if last.rule == LastName::Act && !last.must_be_dir {
            // Whatever it is, so one call is enough.
            return sys::set_times(&last.parent, last.name, times).map_err(|e| last.stop(e));
        }
        on_node(&last, |node, _| node.set_times(times))
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return sys::set_dir_mode(&start.dir, mode).map_err(at_start);
        };
        on_node(&last, |node, file_type| match file_type {
            FileType::Symlink => Err(Errno::NotSupported),
            _ => node.set_mode(mode),
        })
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return Err(at_start(Errno::Exist));
        };
        sys::create_dir(&last.parent, last.name, mode).map_err(|e| last.failed(e))
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return Err(at_start(Errno::Busy));
        };
        sys::remove_dir(&last.parent, last.name).map_err(|errno| match errno {
            // POSIX lets a file system say either of a directory with entries.
            Errno::Exist => last.failed(Errno::NotEmpty),
            errno => last.stop(errno),
        })
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return Err(at_start(Errno::IsDir));
        };
        sys::unlink(&last.parent, last.name, last.must_be_dir).map_err(|e| last.stop(e))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return Err(at_start(Errno::Invalid));
        };
        settle(last.index, || read_last_link(&last))
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let start = self.start(&place)?;
        let Some(last) = self.last(&start.dir, &place)? else {
            return Err(at_start(Errno::Exist));
        };
        sys::symlink(target, &last.parent, last.name, last.must_be_dir).map_err(|e| last.failed(e))
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        self.link_places(old, new)
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        self.rename_places(old, new)
    }

    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        let dir = self.dir(dir)?;
        sys::sync_dir(&dir, kind)
    }
}

/// The operation failed at the directory in which its place begins.
pub(super) const fn at_start(errno: Errno) -> Stop {
    Stop::failed(0, errno)
}

/// Goes on with `then` if the check of a node's kind says so.
fn allowed<T>(checked: Walk<()>, then: impl FnOnce() -> Walk<T>) -> Option<Walk<T>> {
    Some(checked.and_then(|()| then()))
}

/// Holds on to the node of the last name, so that it is the same one that is checked and that `act` changes.
fn on_node(
    last: &Last<'_>,
    mut act: impl FnMut(&sys::Node<'_>, FileType) -> Result<(), Errno>,
) -> Walk<()> {
    settle(last.index, || {
        let node = match sys::Node::hold(&last.parent, last.name) {
            Ok(node) => node,
            Err(errno) => return Some(Err(last.stop(errno))),
        };
        let file_type = match node.file_type() {
            Ok(file_type) => file_type,
            Err(errno) => return Some(Err(last.stop(errno))),
        };
        allowed(last.check(file_type)?, || {
            act(&node, file_type).map_err(|e| last.stop(e))
        })
    })
}

fn read_last_link(last: &Last<'_>) -> Option<Walk<Box<[u8]>>> {
    match sys::read_link(&last.parent, last.name) {
        Ok(target) if last.rule == LastName::Follow && last.must_be_dir => {
            Some(Err(Stop::link(last.index, target)))
        }
        // With a trailing slash it is what the link leads to that is meant, and the place did not say so.
        Ok(_) if last.must_be_dir => Some(Err(last.failed(Errno::NotDir))),
        Ok(target) => Some(Ok(target)),
        Err(Errno::Invalid) if last.must_be_dir => match sys::file_type(&last.parent, last.name) {
            Ok(FileType::Dir) => Some(Err(last.failed(Errno::Invalid))),
            Ok(FileType::Symlink) => None,
            Ok(_) => Some(Err(last.failed(Errno::NotDir))),
            Err(errno) => Some(Err(last.stop(errno))),
        },
        Err(errno) => Some(Err(last.stop(errno))),
    }
}
