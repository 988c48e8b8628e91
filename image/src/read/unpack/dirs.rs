use std::sync::Arc;

use guesthouse_vfs::resolve::{self, OpenNode, PATH_MAX, Start, Symlinks};
use guesthouse_vfs::{
    Errno, FileSystem, MemFs, Metadata, Name, OpenDir, OpenOptions, Opened, Place, Tree,
};

use super::Unpacker;
use crate::read::entry_name::split;
use crate::read::{ImageError, ImageErrorKind};

/// The permission bits of directories that have no entry.
const IMPLICIT_DIR_MODE: u32 = 0o755;

impl Unpacker {
    /// Removes what has that name in a directory, with all that is in it.
    pub(super) fn clear(&mut self, dir: &OpenDir, name: &[u8]) -> Result<(), ImageError> {
        // It may be on the way to that directory.
        self.last_dir = None;
        let names = [ordinary(name)?];
        let place = Place::act(dir.node(), &names);
        match self.fs.unlink(place).map_err(|stop| stop.errno()) {
            Ok(()) | Err(Errno::NoEntry) => return Ok(()),
            Err(Errno::IsDir) => {}
            Err(errno) => return Err(self.fault(errno)),
        }
        let below = open_below(&self.fs, place).map_err(|errno| self.fault(errno))?;
        Tree::below(below)
            .remove_dir_all("/")
            .map_err(|error| self.fault(error.errno()))?;
        self.fs
            .remove_dir(place)
            .map_err(|stop| self.fault(stop.errno()))
    }

    /// The directory of that path, which is made if it is missing. The caller puts it back into `last_dir`.
    pub(super) fn take_dir(&mut self, path: &[u8]) -> Result<OpenDir, ImageError> {
        match self.last_dir.take() {
            Some((last, dir)) if last == path => Ok(dir),
            _ => match self.find_dir(path)? {
                Some(dir) => Ok(dir),
                None => self.make_dirs(path),
            },
        }
    }

    /// The directory of that path, which must be there.
    pub(super) fn open_dir(&self, path: &[u8]) -> Result<OpenDir, ImageError> {
        self.find_dir(path)?
            .ok_or_else(|| self.fault(Errno::NoEntry))
    }

    /// The directory of that path, if there is one.
    pub(super) fn try_dir(&self, path: &[u8]) -> Option<OpenDir> {
        self.find_dir(path).ok().flatten()
    }

    /// The directory of that path, if it is there. Links on the way are followed.
    pub(super) fn find_dir(&self, path: &[u8]) -> Result<Option<OpenDir>, ImageError> {
        match self.walk(path) {
            Ok(dir) => Ok(Some(dir)),
            Err(Errno::NoEntry) => Ok(None),
            Err(errno) => Err(self.fault(errno)),
        }
    }

    /// Goes to the directory of a path, however long. Links on the way are followed. Beyond the length that resolution takes at a time, a relative link
    /// leads only to what is below the stretch that it lies in.
    pub(super) fn walk(&self, path: &[u8]) -> Result<OpenDir, Errno> {
        let mut dir = OpenDir::root(self.fs.clone());
        for stretch in stretches(path) {
            let start = Start {
                dir: &dir,
                root: Some(&self.root),
            };
            let options = OpenOptions::directory();
            dir = match resolve::open(start, stretch, Symlinks::Follow, options)? {
                OpenNode::Dir(below) => below,
                OpenNode::File(_) => return Err(Errno::NotDir),
            };
        }
        Ok(dir)
    }

    /// What a path leads to, and the directory that holds it (the root holds itself). The last name is not followed.
    pub(super) fn look(&self, path: &[u8]) -> Result<(OpenDir, Metadata), Errno> {
        let (parent, last) = split(path).unwrap_or((b"", b"."));
        let dir = self.walk(parent)?;
        let start = Start {
            dir: &dir,
            root: Some(&self.root),
        };
        let metadata = resolve::metadata(start, last, Symlinks::NoFollow)?;
        Ok((dir, metadata))
    }

    /// Makes a directory whose path is missing from some name on.
    fn make_dirs(&mut self, path: &[u8]) -> Result<OpenDir, ImageError> {
        let is_slash = |(at, &byte): (usize, &u8)| (byte == b'/').then_some(at);
        let mut ends: Vec<usize> = path.iter().enumerate().filter_map(is_slash).collect();
        ends.push(path.len());
        // By halves, since each look walks from the root: a path may have 2,000 names.
        let (mut there, mut missing) = (0, ends.len());
        while there + 1 < missing {
            let middle = there.midpoint(missing);
            let end = ends.get(middle - 1).copied().unwrap_or_default();
            match self.find_dir(path.get(..end).unwrap_or_default())? {
                Some(_) => there = middle,
                None => missing = middle,
            }
        }
        let end = there
            .checked_sub(1)
            .and_then(|last| ends.get(last).copied());
        let mut dir = self.open_dir(path.get(..end.unwrap_or(0)).unwrap_or_default())?;
        for name in path.split(|&byte| byte == b'/').skip(there) {
            let names = [ordinary(name)?];
            let place = Place::act(dir.node(), &names);
            match self
                .fs
                .create_dir(place, IMPLICIT_DIR_MODE)
                .map_err(|stop| stop.errno())
            {
                // Inode numbers are given again: it has nothing of a directory that is gone.
                Ok(()) => self.forget_times(place)?,
                Err(Errno::Exist) => {
                    let what = "a symbolic link on the way to it leads to nothing";
                    return Err(ImageError::new(ImageErrorKind::Refused, what));
                }
                Err(errno) => return Err(self.fault(errno)),
            }
            let below = open_below(&self.fs, place).map_err(|errno| self.fault(errno))?;
            dir = below;
        }
        Ok(dir)
    }
}

/// A path in parts that resolution takes, each as long as it can be. The empty path has none.
fn stretches(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = path;
    std::iter::from_fn(move || {
        if rest.len() < PATH_MAX {
            return (!rest.is_empty()).then(|| std::mem::take(&mut rest));
        }
        let most = rest.get(..PATH_MAX).unwrap_or_default();
        let end = most.iter().rposition(|&byte| byte == b'/');
        let (stretch, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        Some(stretch)
    })
}

pub(super) fn ordinary(name: &[u8]) -> Result<Name<'_>, ImageError> {
    Name::new(name).ok_or_else(|| ImageError::new(ImageErrorKind::Refused, "it has no name"))
}

fn open_below(fs: &Arc<MemFs>, place: Place<'_>) -> Result<OpenDir, Errno> {
    match fs
        .open(place, OpenOptions::directory())
        .map_err(|stop| stop.errno())?
    {
        Opened::Dir(node) => Ok(OpenDir::from_opened(fs.clone(), node)),
        Opened::File(_) => Err(Errno::NotDir),
    }
}
