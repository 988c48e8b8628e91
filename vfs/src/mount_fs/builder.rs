use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::error::{MountError, Reason};
use super::{MountFs, flatten};
use crate::{
    Cause, Errno, FileSystem, FileType, NAME_MAX, Name, NodeId, OpenDir, OpenOptions, Opened,
    Place, ReadOnlyFs,
};

/// The most directories that may be mount points or lead to them, in one tree.
pub(super) const TRIE_NODES_MAX: usize = 1 << 16;

/// The most symbolic links that are followed on the way to one mount point, as on Linux.
const LINKS_MAX: usize = 40;

/// The most names on the way to a mount point: as many as a path of 4096 bytes has at most. Branches are dropped recursively.
const DEPTH_MAX: usize = 2048;

/// The permission bits of a directory that is made on the way to a mount point.
const PARENT_MODE: u32 = 0o755;

/// How a filesystem is mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountOptions {
    /// Nothing can be changed through this mount.
    pub read_only: bool,
    /// What is done about missing directories on the way to mounts inside this one.
    pub missing_parents: MissingParents,
    /// The filesystem ignores the case of names (as macOS and Windows do). Then nothing can be mounted inside this mount: another spelling would lead past it.
    pub folds_case: bool,
}

/// What becomes of the directories that are missing on the way to a mount point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingParents {
    /// They exist in the mount tree only, and nothing but the mounts can be in them: making something there is `EROFS`. Mounting changes nothing in the
    /// filesystem; the right choice for host directories.
    #[default]
    Synthetic,
    /// They are made in the filesystem with mkdir, and the guest can use them; the right choice for a memory filesystem. Where that is `EROFS` they are synthetic after all.
    Create,
}

/// Builds a [`MountFs`], one mount after the other.
///
/// Mount paths are resolved as `mount(2)` does: in the tree mounted so far, symbolic links followed, relative to `/`. What is mounted later hides what was there, mounts
/// below that place included; mounting on `/` replaces everything.
pub struct MountFsBuilder {
    root: Branch,
    /// Counts the mounts; later ones are numbered higher.
    mounted: usize,
    /// At least how many branches there are.
    branches: usize,
}

/// A directory that is a mount point or leads to one.
pub(super) struct Branch {
    pub(super) at: Anchor,
    pub(super) children: BTreeMap<Box<[u8]>, Branch>,
}

/// What there is at a branch.
pub(super) enum Anchor {
    /// A mounted filesystem.
    Mount(Mounted),
    /// A directory of the filesystem that the branch lies in, kept open.
    Dir { dir: OpenDir, ino: u64 },
    /// Nothing.
    Synthetic,
}

pub(super) struct Mounted {
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) options: MountOptions,
    pub(super) order: usize,
    pub(super) ino: u64,
}

/// What a name stands for in the tree built so far.
enum Found {
    Dir,
    Symlink(Box<[u8]>),
    Other,
    Missing,
}

impl Branch {
    fn mount(mounted: Mounted) -> Self {
        Self {
            at: Anchor::Mount(mounted),
            children: BTreeMap::new(),
        }
    }

    /// The directory in its filesystem.
    fn dir(&self) -> Option<(&Arc<dyn FileSystem>, NodeId)> {
        match &self.at {
            Anchor::Mount(mounted) => Some((&mounted.fs, mounted.fs.root())),
            Anchor::Dir { dir, .. } => Some((dir.file_system(), dir.node())),
            Anchor::Synthetic => None,
        }
    }
}

impl MountFsBuilder {
    pub(super) fn new(root: Arc<dyn FileSystem>, options: MountOptions) -> Self {
        let mounted = Mounted {
            fs: wrap(root, options),
            options,
            order: 0,
            ino: 0,
        };
        Self {
            root: Branch::mount(mounted),
            mounted: 1,
            branches: 1,
        }
    }

    /// Mounts `fs` on `path`, to be read and written, with synthetic parents for mounts inside it.
    ///
    /// # Errors
    /// As [`mount_with`](Self::mount_with).
    pub fn mount(
        self,
        path: impl AsRef<[u8]>,
        fs: Arc<dyn FileSystem>,
    ) -> Result<Self, MountError> {
        self.mount_with(path, fs, MountOptions::default())
    }

    /// Mounts `fs` on `path` so that nothing can be changed through it.
    ///
    /// # Errors
    /// As [`mount_with`](Self::mount_with).
    pub fn mount_read_only(
        self,
        path: impl AsRef<[u8]>,
        fs: Arc<dyn FileSystem>,
    ) -> Result<Self, MountError> {
        let options = MountOptions {
            read_only: true,
            ..MountOptions::default()
        };
        self.mount_with(path, fs, options)
    }

    /// Mounts `fs` on `path` with these options.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] for an empty path or `..` after a missing name; [`Errno::Invalid`] for a NUL; [`Errno::NameTooLong`]; [`Errno::Loop`] after 40 links;
    /// [`Errno::NotDir`] for a file in the way or at the mount point; [`Errno::NotSupported`] inside a mount that folds case; [`Errno::NoSpace`] where 65,536
    /// directories lead to mounts; the filesystems'.
    ///
    /// # References
    /// <https://man7.org/linux/man-pages/man2/mount.2.html>
    pub fn mount_with(
        mut self,
        path: impl AsRef<[u8]>,
        fs: Arc<dyn FileSystem>,
        options: MountOptions,
    ) -> Result<Self, MountError> {
        let path = path.as_ref();
        match self.add(path, fs, options) {
            Ok(()) => Ok(self),
            Err(reason) => Err(MountError::new(path, reason)),
        }
    }

    /// Where `path` leads in the tree mounted so far: the place that [`mount_with`](Self::mount_with) would mount on, as [`MountEntry`](super::MountEntry) names it.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] for an empty path or `..` after a missing name; [`Errno::Invalid`] for a NUL; [`Errno::NameTooLong`]; [`Errno::Loop`] after 40 links;
    /// [`Errno::NotDir`] for a file in the way or at the place; the filesystems'.
    pub fn resolve(&self, path: impl AsRef<[u8]>) -> Result<Box<[u8]>, MountError> {
        let path = path.as_ref();
        let names = self.canonical(path);
        let names = names.map_err(|reason| MountError::new(path, reason))?;
        Ok([b"/", names.join(&b'/').as_slice()].concat().into())
    }

    /// The finished tree.
    #[must_use]
    pub fn build(self) -> Arc<MountFs> {
        let (trie, mounts) = flatten::flatten(self.root);
        Arc::new(MountFs::new(trie, mounts))
    }

    fn add(
        &mut self,
        path: &[u8],
        fs: Arc<dyn FileSystem>,
        options: MountOptions,
    ) -> Result<(), Reason> {
        let names = self.canonical(path)?;
        self.branches = self.branches.saturating_add(names.len());
        if self.branches > TRIE_NODES_MAX {
            return Err(Reason::TooMany);
        }
        let metadata = fs.metadata(Place::dir(fs.root()));
        let branch = Branch::mount(Mounted {
            ino: metadata.map_err(|stop| stop.errno())?.ino,
            fs: wrap(fs, options),
            options,
            order: self.mounted,
        });
        self.mounted += 1;
        let Some((last, parents)) = names.split_last() else {
            self.root = branch;
            return Ok(());
        };
        let parent = self.parent(parents)?;
        parent.children.insert(last.clone(), branch);
        Ok(())
    }

    /// The names that lead to a mount point from the root, links resolved.
    fn canonical(&self, path: &[u8]) -> Result<Vec<Box<[u8]>>, Reason> {
        if path.is_empty() {
            return Err(Errno::NoEntry.into());
        }
        let mut names: Vec<Box<[u8]>> = Vec::new();
        let mut ahead: Vec<Box<[u8]>> = components(path).collect();
        let (mut links, mut missing) = (0, false);
        while let Some(component) = ahead.pop() {
            match &*component {
                b"." => continue,
                b".." if missing => return Err(Errno::NoEntry.into()),
                b".." => {
                    names.pop();
                    continue;
                }
                name if Name::new(name).is_none() => return Err(Errno::Invalid.into()),
                name if name.len() > NAME_MAX || names.len() == DEPTH_MAX => {
                    return Err(Errno::NameTooLong.into());
                }
                _ => names.push(component),
            }
            if missing {
                continue;
            }
            match self.look_up(&names)? {
                Found::Dir => {}
                Found::Missing => missing = true,
                Found::Other => return Err(Reason::NotDir),
                Found::Symlink(target) => {
                    links += 1;
                    if links > LINKS_MAX {
                        return Err(Errno::Loop.into());
                    }
                    if target.starts_with(b"/") {
                        names.clear();
                    } else {
                        names.pop();
                    }
                    ahead.extend(components(&target));
                }
            }
        }
        Ok(names)
    }

    /// What is at names none of which is a link, but for the last.
    fn look_up(&self, names: &[Box<[u8]>]) -> Result<Found, Errno> {
        let (mut branch, mut rest) = (&self.root, names);
        while let Some((name, below)) = rest.split_first() {
            let Some(child) = branch.children.get(name) else {
                break;
            };
            (branch, rest) = (child, below);
        }
        if rest.is_empty() {
            return Ok(Found::Dir);
        }
        let Some((fs, dir)) = branch.dir() else {
            return Ok(Found::Missing);
        };
        let rest: Vec<Name<'_>> = rest.iter().filter_map(|name| Name::new(name)).collect();
        let place = Place::act(dir, &rest);
        match fs.metadata(place) {
            Ok(metadata) => Ok(match metadata.file_type {
                FileType::Dir => Found::Dir,
                FileType::Symlink => {
                    let target = fs.read_link(place);
                    Found::Symlink(target.map_err(|stop| stop.errno())?)
                }
                _ => Found::Other,
            }),
            Err(stop) if stop.cause == Cause::Missing => Ok(Found::Missing),
            Err(stop) => Err(stop.errno()),
        }
    }

    /// The branch for the directory in which a mount point lies. Those on the way are added.
    fn parent(&mut self, names: &[Box<[u8]>]) -> Result<&mut Branch, Reason> {
        let mut branch = &mut self.root;
        let mut inside = MountOptions::default();
        let mut names = names.iter();
        loop {
            if let Anchor::Mount(mounted) = &branch.at {
                inside = mounted.options;
            }
            let Some(name) = names.next() else {
                break;
            };
            if !branch.children.contains_key(name) {
                let at = anchor(branch, name, inside)?;
                let children = BTreeMap::new();
                branch
                    .children
                    .insert(name.clone(), Branch { at, children });
            }
            branch = branch.children.get_mut(name).ok_or(Errno::NoEntry)?;
        }
        if inside.folds_case {
            return Err(Reason::FoldsCase);
        }
        Ok(branch)
    }
}

/// What a new branch below `parent` stands for.
fn anchor(parent: &Branch, name: &[u8], inside: MountOptions) -> Result<Anchor, Errno> {
    let (Some((fs, dir)), Some(name)) = (parent.dir(), Name::new(name)) else {
        return Ok(Anchor::Synthetic);
    };
    let names = [name];
    let place = Place::act(dir, &names);
    let create = inside.missing_parents == MissingParents::Create;
    let mut opened = fs.open(place, OpenOptions::directory());
    if matches!(&opened, Err(stop) if stop.cause == Cause::Missing) && create && !inside.folds_case
    {
        opened = match fs.create_dir(place, PARENT_MODE) {
            Ok(()) => fs.open(place, OpenOptions::directory()),
            Err(stop) if stop.cause == Cause::Failed(Errno::ReadOnly) => {
                return Ok(Anchor::Synthetic);
            }
            Err(stop) => Err(stop),
        };
    }
    match opened {
        Ok(Opened::Dir(node)) => {
            let dir = OpenDir::from_opened(Arc::clone(fs), node);
            let metadata = fs.metadata(Place::dir(node)).map_err(|stop| stop.errno())?;
            Ok(Anchor::Dir {
                dir,
                ino: metadata.ino,
            })
        }
        Ok(Opened::File(_)) => Err(Errno::NotDir),
        Err(stop) if stop.cause == Cause::Missing => Ok(Anchor::Synthetic),
        Err(stop) => Err(stop.errno()),
    }
}

fn wrap(fs: Arc<dyn FileSystem>, options: MountOptions) -> Arc<dyn FileSystem> {
    if options.read_only {
        ReadOnlyFs::new(fs)
    } else {
        fs
    }
}

/// The components of a path, the last one first.
fn components(path: &[u8]) -> impl Iterator<Item = Box<[u8]>> {
    path.rsplit(|byte| *byte == b'/')
        .filter(|component| !component.is_empty())
        .map(Into::into)
}

impl fmt::Debug for MountFsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountFsBuilder")
            .field("mounted", &self.mounted)
            .finish_non_exhaustive()
    }
}
