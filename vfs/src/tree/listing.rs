use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::error::{TreeError, TreeResult, lossy};
use crate::{DirStream, Errno, FileType, Metadata, Name, OpenDir, Place};

/// How many names are read from a directory at a time.
const BATCH: usize = 256;

/// A node that was found in a directory.
#[derive(Clone, Debug)]
pub struct TreeEntry {
    path: Box<[u8]>,
    found: Found,
    depth: usize,
}

/// A name in a directory with what it names.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) name: Box<[u8]>,
    pub(super) metadata: Metadata,
}

impl TreeEntry {
    /// The path that was listed or walked, a slash, and the names from there to the node; it can be given to the tree again.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The path as text; bytes that aren't UTF-8 become U+FFFD.
    #[must_use]
    pub fn path_lossy(&self) -> Cow<'_, str> {
        lossy(&self.path)
    }

    /// The node's name in its directory.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.found.name
    }

    /// The name as text; bytes that aren't UTF-8 become U+FFFD.
    #[must_use]
    pub fn name_lossy(&self) -> Cow<'_, str> {
        lossy(self.name())
    }

    /// What was known of the node when it was found; of a symbolic link itself.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.found.metadata
    }

    /// The kind of node.
    #[must_use]
    pub const fn file_type(&self) -> FileType {
        self.found.metadata.file_type
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.file_type() == FileType::Dir
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.file_type() == FileType::File
    }

    /// Whether it is a symbolic link.
    #[must_use]
    pub fn is_symlink(&self) -> bool {
        self.file_type() == FileType::Symlink
    }

    /// How many directories below the one that was listed or walked: 0 for what is in it.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn new(path: &[u8], found: Found, depth: usize) -> Self {
        Self {
            path: path.into(),
            found,
            depth,
        }
    }
}

/// The path of a name in a directory.
pub(super) fn join(dir_path: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(dir_path.len() + 1 + name.len());
    path.extend_from_slice(dir_path);
    push_name(&mut path, name);
    path
}

/// Goes on from the path of a directory to a name in it.
pub(super) fn push_name(dir_path: &mut Vec<u8>, name: &[u8]) {
    if !dir_path.ends_with(b"/") {
        dir_path.push(b'/');
    }
    dir_path.extend_from_slice(name);
}

impl Found {
    /// The name as filesystems take it. Only a broken filesystem lists another.
    pub(super) fn plain_name(&self) -> Result<Name<'_>, Errno> {
        Name::new(&self.name).ok_or(Errno::Io)
    }

    pub(super) fn is_dir(&self) -> bool {
        self.metadata.file_type == FileType::Dir
    }
}

/// The entries of a directory, in its own order. What comes or goes meanwhile may be missing.
pub struct ReadDir {
    listing: Listing,
    path: Box<[u8]>,
}

impl ReadDir {
    /// Begins to list `dir`; `path` is what the entries' paths begin with.
    pub(super) fn new(dir: Arc<OpenDir>, path: &[u8]) -> Result<Self, Errno> {
        Ok(Self {
            listing: Listing::new(dir)?,
            path: path.into(),
        })
    }
}

impl Iterator for ReadDir {
    type Item = TreeResult<TreeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.listing.next()?;
        Some(match found {
            Ok(found) => Ok(TreeEntry::new(&join(&self.path, &found.name), found, 0)),
            Err(errno) => Err(TreeError::new("list", &self.path, errno)),
        })
    }
}

impl fmt::Debug for ReadDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadDir")
            .field("path", &lossy(&self.path))
            .finish_non_exhaustive()
    }
}

/// What is in an open directory, in its own order. It ends after an error.
pub(super) struct Listing {
    dir: Arc<OpenDir>,
    stream: Box<dyn DirStream>,
    /// Where the listing goes on.
    cookie: u64,
    /// Names that were read and not yet passed on.
    names: VecDeque<Box<[u8]>>,
    /// The stream has nothing more, or failed.
    ended: bool,
}

impl Listing {
    pub(super) fn new(dir: Arc<OpenDir>) -> Result<Self, Errno> {
        Ok(Self {
            stream: dir.file_system().open_dir_stream(dir.node())?,
            dir,
            cookie: 0,
            names: VecDeque::new(),
            ended: false,
        })
    }

    fn read_batch(&mut self) -> Result<(), Errno> {
        let (names, cookie) = (&mut self.names, &mut self.cookie);
        let mut full = false;
        self.stream.next_from(*cookie, &mut |entry| {
            if names.len() == BATCH {
                full = true;
                return ControlFlow::Break(());
            }
            names.push_back(entry.name.into());
            *cookie = entry.next;
            ControlFlow::Continue(())
        })?;
        self.ended = !full;
        Ok(())
    }

    /// What is under that name, or nothing if it is gone by now.
    fn look_at(&self, name: Box<[u8]>) -> Result<Option<Found>, Errno> {
        let names = [Name::new(&name).ok_or(Errno::Io)?];
        let place = Place::act(self.dir.node(), &names);
        let metadata = self.dir.file_system().metadata(place);
        match metadata.map_err(|stop| stop.errno()) {
            Ok(metadata) => Ok(Some(Found { name, metadata })),
            Err(Errno::NoEntry) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    fn try_next(&mut self) -> Result<Option<Found>, Errno> {
        loop {
            if let Some(name) = self.names.pop_front() {
                if let Some(found) = self.look_at(name)? {
                    return Ok(Some(found));
                }
            } else if self.ended {
                return Ok(None);
            } else {
                self.read_batch()?;
            }
        }
    }
}

impl Iterator for Listing {
    type Item = Result<Found, Errno>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.try_next();
        if found.is_err() {
            self.ended = true;
            self.names.clear();
        }
        found.transpose()
    }
}
