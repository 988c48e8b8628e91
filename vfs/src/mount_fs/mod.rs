//! Filesystems mounted in one tree.
//!
//! A path is followed along a trie of names that holds the mount points, and cut at the deepest directory on it; the rest goes to the filesystem there in one call. So an
//! operation stays atomic in its backend, and a name on the trie shadows whatever the filesystem below has there, also a link planted later. Links in the mounted
//! filesystems are reported, not followed: their targets go through the whole tree again, so none leads past a mount into what it hides.
//!
//! The one lock guards the table of open directories. It is never held while a filesystem is called.

mod builder;
mod error;
mod flatten;
mod merged_stream;
mod spot;
mod synthetic;
mod trie;
mod two_places;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use self::merged_stream::MergedDirStream;
use self::spot::Spot;
use self::trie::Trie;
use crate::node_table::NodeTable;
use crate::refusal::at_last;
use crate::{
    DirStream, Errno, FileSystem, Metadata, Mount, NodeId, OpenOptions, Opened, OpenedFile, Place,
    SetTimes, SyncKind, Walk,
};

pub use builder::{MissingParents, MountFsBuilder, MountOptions};
pub use error::MountError;

/// One tree out of several filesystems, each mounted on a directory.
///
/// - A mount point shows the root of what is mounted there: its metadata, its inode number in listings, its entries. It cannot be removed or renamed, nor can a
///   directory that leads to it: `EBUSY` (`unlink` says `EISDIR`, as for any directory).
/// - [`Metadata::dev`] is the position of the mount: 0 for the root, then in the order of mounting. Where trees are nested every device of an inner tree gets its own number.
/// - Moving or linking between mounts is `EXDEV`, even if the same filesystem is mounted on both.
/// - A directory on the way to a mount point that exists in no filesystem is synthetic: it can be listed and looked at (mode `0o555`, times at the epoch, a stable inode number),
///   there is nothing but mount points in it, and making something there is `EROFS`. [`MissingParents`] chooses.
/// - The tree is fixed once built, and keeps the directories on the trie open. Whoever changes a mounted filesystem behind its back cannot move a mount point.
///
/// ```
/// # use std::sync::Arc;
/// # use guesthouse_vfs::{DevFs, FileSystem, MountFs, Name, Place};
/// # let (root, random) = (DevFs::new(Arc::new(|_: &mut [u8]| Ok(()))), |_: &mut [u8]| Ok(()));
/// let tree = MountFs::builder(root).mount("/dev", DevFs::new(Arc::new(random)))?.build();
/// let names = [Name::new(b"dev").unwrap(), Name::new(b"null").unwrap()];
/// let null = tree.metadata(Place::act(tree.root(), &names)).unwrap();
/// assert_eq!(null.dev, 1);
/// # Ok::<(), guesthouse_vfs::MountError>(())
/// ```
pub struct MountFs {
    trie: Arc<Trie>,
    mounts: Box<[MountEntry]>,
    /// The open directories that are not on the trie.
    open: RwLock<NodeTable<InnerDir>>,
}

/// One line of the mount table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountEntry {
    /// The path of the mount point, links resolved.
    pub path: Box<[u8]>,
    /// Its position, which is the device number.
    pub dev: u64,
    /// Whether it was mounted read-only.
    pub read_only: bool,
}

/// An open directory of a mounted filesystem.
#[derive(Clone, Copy)]
struct InnerDir {
    volume: usize,
    dir: NodeId,
}

/// The root's id. The nodes of the trie, which are always open, have the first slots.
const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};

impl MountFs {
    /// Begins a tree with this root, to be read and written, with synthetic parents for mounts inside it.
    #[must_use]
    pub fn builder(root: Arc<dyn FileSystem>) -> MountFsBuilder {
        Self::builder_with(root, MountOptions::default())
    }

    /// Begins a tree with this root.
    #[must_use]
    pub fn builder_with(root: Arc<dyn FileSystem>, options: MountOptions) -> MountFsBuilder {
        MountFsBuilder::new(root, options)
    }

    /// What is mounted where, in the order of the device numbers. What another mount hides is not there.
    #[must_use]
    pub fn mounts(&self) -> &[MountEntry] {
        &self.mounts
    }

    fn new(trie: Trie, mounts: Vec<MountEntry>) -> Self {
        let first = u32::try_from(trie.nodes.len()).unwrap_or(u32::MAX);
        Self {
            trie: Arc::new(trie),
            mounts: mounts.into(),
            open: RwLock::new(NodeTable::starting_at(first)),
        }
    }

    /// Where an open directory is, and its node if it is on the trie.
    #[inline]
    fn dir(&self, id: NodeId) -> Result<(InnerDir, Option<usize>), Errno> {
        let index = usize::try_from(id.slot).ok();
        if let Some((index, node)) = index.and_then(|i| Some((i, self.trie.nodes.get(i)?))) {
            if id.generation != ROOT.generation {
                return Err(Errno::BadFd);
            }
            let inner = InnerDir {
                volume: node.volume,
                dir: node.dir,
            };
            return Ok((inner, Some(index)));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(id).map(|inner| (*inner, None)).ok_or(Errno::BadFd)
    }

    /// Counts a directory as open that `volume` has just opened.
    fn keep(&self, volume: usize, dir: NodeId) -> Result<NodeId, Errno> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let kept = open.insert(InnerDir { volume, dir });
        drop(open);
        kept.map_err(|inner| {
            self.release_inner(inner);
            Errno::TooManyOpenFiles
        })
    }

    fn release_inner(&self, inner: InnerDir) {
        if let Some(volume) = self.trie.volumes.get(inner.volume) {
            volume.fs.release(inner.dir);
        }
    }

    /// Opens a directory on the trie: no filesystem needs to be asked.
    fn open_node(node: usize, options: OpenOptions) -> Result<Opened, Errno> {
        if options.create && options.directory {
            return Err(Errno::Invalid);
        }
        if options.create && options.exclusive {
            return Err(Errno::Exist);
        }
        if options.writes() {
            return Err(Errno::IsDir);
        }
        let slot = u32::try_from(node).map_err(|_| Errno::TooManyOpenFiles)?;
        Ok(Opened::Dir(NodeId { slot, ..ROOT }))
    }

    /// Why a name on the trie cannot be taken away.
    fn refuse_removal(spot: &Spot<'_>, place: Place<'_>, errno: Errno) -> Walk<()> {
        let errno = if spot.parent.read_only && !place.names.is_empty() {
            Errno::ReadOnly
        } else {
            errno
        };
        Err(at_last(place, errno))
    }
}

impl FileSystem for MountFs {
    fn root(&self) -> NodeId {
        ROOT
    }

    fn release(&self, dir: NodeId) {
        if usize::try_from(dir.slot).is_ok_and(|slot| slot < self.trie.nodes.len()) {
            return;
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let released = open.remove(dir);
        drop(open);
        if let Some(inner) = released {
            self.release_inner(inner);
        }
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let spot = self.find(place)?;
        if let Some(node) = spot.node {
            return Self::open_node(node, options).map_err(|errno| at_last(place, errno));
        }
        match spot.call(|fs, place| fs.open(place, options))? {
            Opened::Dir(dir) => {
                let kept = self.keep(spot.volume_index, dir);
                kept.map(Opened::Dir).map_err(|errno| at_last(place, errno))
            }
            Opened::File(OpenedFile {
                file,
                file_type,
                mount,
            }) => Ok(Opened::File(OpenedFile {
                file,
                file_type,
                mount: Mount {
                    dev: self.trie.dev(spot.volume, mount.dev),
                    ..mount
                },
            })),
        }
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        let (inner, node) = self.dir(dir)?;
        let volume = self.trie.volumes.get(inner.volume).ok_or(Errno::BadFd)?;
        let stream = volume.fs.open_dir_stream(inner.dir)?;
        match node {
            Some(node) if !self.trie.children(node).is_empty() => Ok(Box::new(MergedDirStream {
                trie: Arc::clone(&self.trie),
                node,
                inner: stream,
            })),
            _ => Ok(stream),
        }
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let spot = self.find(place)?;
        let metadata = spot.call(|fs, place| fs.metadata(place))?;
        Ok(Metadata {
            dev: self.trie.dev(spot.volume, metadata.dev),
            ..metadata
        })
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        self.find(place)?
            .call(|fs, place| fs.set_times(place, times))
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        self.find(place)?.call(|fs, place| fs.set_mode(place, mode))
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let spot = self.find(place)?;
        if spot.node.is_some() {
            return Err(at_last(place, Errno::Exist));
        }
        spot.call(|fs, place| fs.create_dir(place, mode))
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let spot = self.find(place)?;
        if spot.node.is_some() {
            return Self::refuse_removal(&spot, place, Errno::Busy);
        }
        spot.call(|fs, place| fs.remove_dir(place))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let spot = self.find(place)?;
        if spot.node.is_some() {
            return Self::refuse_removal(&spot, place, Errno::IsDir);
        }
        spot.call(|fs, place| fs.unlink(place))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        self.find(place)?.call(|fs, place| fs.read_link(place))
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let spot = self.find(place)?;
        if spot.node.is_some() {
            return Err(at_last(place, Errno::Exist));
        }
        spot.call(|fs, place| fs.symlink(target, place))
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        two_places::link(self, old, new)
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        two_places::rename(self, old, new)
    }

    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        let (inner, _) = self.dir(dir)?;
        let volume = self.trie.volumes.get(inner.volume).ok_or(Errno::BadFd)?;
        volume.fs.sync_dir(inner.dir, kind)
    }
}

impl fmt::Debug for MountFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountFs")
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}
