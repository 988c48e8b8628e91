//! The reference model: a filesystem in plain sorted maps under one lock, written to be seen to be right.

mod changes;
mod contents;
mod file;
mod listing;
mod rename;
mod tree;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guesthouse_vfs::{
    Change, Clock, DirStream, Errno, FileSystem, FileType, Metadata, Mount, NodeId, OpenOptions,
    Opened, OpenedFile, Place, SetTimes, Stop, SyncKind, SystemClock, Walk,
};

use self::contents::Contents;
use self::file::ModelFile;
use self::listing::Listing;
use self::tree::{Content, Found, Ino, Named, ROOT, Tree};

/// The reference model: what the cases and other filesystems are compared with.
#[derive(Clone, Debug)]
pub struct Model {
    tree: Arc<Mutex<Tree>>,
}

impl Model {
    /// An empty filesystem.
    #[must_use]
    #[allow(
        clippy::new_ret_no_self,
        reason = "filesystems are shared, so that is how they are made"
    )]
    pub fn new() -> Arc<Self> {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty filesystem that takes its times from this clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::of(Tree::new(clock))
    }

    /// A filesystem of its own with copies of everything, in which nothing is open.
    #[must_use]
    pub fn copy(&self) -> Arc<Self> {
        Self::of(self.tree().copy())
    }

    /// Makes a file that holds these bytes.
    ///
    /// # Errors
    /// As [`create_dir`](FileSystem::create_dir), but [`Errno::IsDir`] for a trailing slash on a free name.
    pub fn add_bytes(&self, place: Place<'_>, mode: u32, bytes: &[u8]) -> Walk<()> {
        let mut contents = Contents::default();
        contents.write(&[std::io::IoSlice::new(bytes)], 0, 0);
        self.create(place, Content::File(contents), mode, Errno::IsDir)
    }

    /// Holds a list of the changes since an earlier state, or since the state of another copy, against what they are.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn check_changes(&self, earlier: &Self, list: &[Change]) -> Result<(), String> {
        // A copy, since it may be the same filesystem.
        let earlier = earlier.tree().copy();
        changes::check(&earlier, &self.tree(), list)
    }

    fn of(tree: Tree) -> Arc<Self> {
        Arc::new(Self {
            tree: Arc::new(Mutex::new(tree)),
        })
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, ino: Ino) -> Opened {
        if self.tree().is_dir(ino) {
            return Opened::Dir(self.tree().open_dir(ino));
        }
        Opened::File(OpenedFile {
            file: Arc::new(ModelFile {
                tree: self.tree.clone(),
                ino,
            }),
            file_type: FileType::File,
            mount: Mount::default(),
        })
    }

    /// Makes a node under a name that must be free. `slash` is the errno of a trailing slash on one, where the node is no directory.
    fn create(&self, place: Place<'_>, content: Content, mode: u32, slash: Errno) -> Walk<()> {
        let mut tree = self.tree();
        let named = free_name(&tree, place)?;
        if place.must_be_dir && !matches!(content, Content::Dir(_)) {
            return Err(named.failed(slash));
        }
        if tree.is_removed(named.parent) {
            return Err(named.failed(Errno::NoEntry));
        }
        let ino = tree.make(content, mode);
        tree.add(named.parent, named.name, ino);
        Ok(())
    }
}

/// The last name of a place, which must be there and free.
fn free_name<'a>(tree: &Tree, place: Place<'a>) -> Walk<Named<'a>> {
    match tree.walk(place)? {
        Found::Name(named) if named.ino.is_none() => Ok(named),
        Found::Name(named) => Err(named.failed(Errno::Exist)),
        Found::Start(_) => Err(Stop::failed(0, Errno::Exist)),
    }
}

/// The errno of an open of what exists.
fn check_open(tree: &Tree, ino: Ino, place: Place<'_>, options: OpenOptions) -> Result<(), Errno> {
    let changes = options.access.write || options.create || options.truncate;
    match tree.content(ino) {
        _ if options.create && options.exclusive => Err(Errno::Exist),
        Content::Symlink(_) => Err(Errno::Loop),
        Content::Dir(_) if changes => Err(Errno::IsDir),
        Content::File(_) if options.directory || place.must_be_dir => Err(Errno::NotDir),
        Content::File(_) | Content::Dir(_) => Ok(()),
    }
}

impl FileSystem for Model {
    fn root(&self) -> NodeId {
        NodeId {
            slot: 0,
            generation: 0,
        }
    }

    fn release(&self, dir: NodeId) {
        if dir != self.root() && dir.generation == 0 {
            self.tree().open_dirs.remove(&dir.slot);
        }
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let mut tree = self.tree();
        let found = tree.walk(place)?;
        let index = match found {
            Found::Start(_) => 0,
            Found::Name(named) => named.index,
        };
        let failed = |errno| Stop::failed(index, errno);
        if options.create && options.directory {
            return Err(failed(Errno::Invalid));
        }
        if options.create && place.must_be_dir {
            return Err(failed(Errno::IsDir));
        }
        let ino = match found {
            Found::Start(ino) => ino,
            Found::Name(Named { ino: Some(ino), .. }) => ino,
            Found::Name(_) if !options.create => return Err(Stop::missing(index)),
            Found::Name(named) => {
                if tree.is_removed(named.parent) {
                    return Err(failed(Errno::NoEntry));
                }
                let ino = tree.make(Content::File(Contents::default()), options.mode);
                tree.add(named.parent, named.name, ino);
                drop(tree);
                return Ok(self.opened(ino));
            }
        };
        check_open(&tree, ino, place, options).map_err(failed)?;
        if options.truncate {
            let number = tree.numbers.next();
            if let Content::File(contents) = &mut tree.node(ino).content {
                contents.set_len(0, number);
            }
            tree.touch(ino);
        }
        drop(tree);
        Ok(self.opened(ino))
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        self.tree().opened_dir(dir)?;
        Ok(Box::new(Listing {
            tree: self.tree.clone(),
            dir,
        }))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let tree = self.tree();
        let (ino, _) = tree.existing(place)?;
        Ok(tree.metadata(ino))
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        let mut tree = self.tree();
        let (ino, _) = tree.existing(place)?;
        tree.set_times(ino, times);
        Ok(())
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let mut tree = self.tree();
        let (ino, index) = tree.existing(place)?;
        if let Content::Symlink(_) = tree.content(ino) {
            return Err(Stop::failed(index, Errno::NotSupported));
        }
        tree.set_mode(ino, mode);
        Ok(())
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        self.create(place, Content::empty_dir(ROOT), mode, Errno::NoEntry)
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let mut tree = self.tree();
        let Found::Name(named) = tree.walk(place)? else {
            return Err(Stop::failed(0, Errno::Busy));
        };
        let ino = named.ino.ok_or(Stop::missing(named.index))?;
        match tree.content(ino) {
            Content::Dir(dir) if dir.entries.is_empty() => {}
            Content::Dir(_) => return Err(named.failed(Errno::NotEmpty)),
            _ => return Err(named.failed(Errno::NotDir)),
        }
        tree.remove(named.parent, named.name);
        tree.node(ino).nlink = 0;
        Ok(())
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let mut tree = self.tree();
        let Found::Name(named) = tree.walk(place)? else {
            return Err(Stop::failed(0, Errno::IsDir));
        };
        let ino = named.ino.ok_or(Stop::missing(named.index))?;
        if tree.is_dir(ino) {
            return Err(named.failed(Errno::IsDir));
        }
        if place.must_be_dir {
            return Err(named.failed(Errno::NotDir));
        }
        tree.remove(named.parent, named.name);
        Ok(())
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let tree = self.tree();
        let (ino, index) = tree.existing(place)?;
        match tree.content(ino) {
            Content::Symlink(target) => Ok(target.clone()),
            _ => Err(Stop::failed(index, Errno::Invalid)),
        }
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        self.create(
            place,
            Content::Symlink(target.into()),
            0o777,
            Errno::NoEntry,
        )
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let mut tree = self.tree();
        let (ino, index) = tree.existing(old)?;
        let named = free_name(&tree, new).map_err(Stop::second)?;
        if new.must_be_dir || tree.is_removed(named.parent) {
            return Err(named.failed(Errno::NoEntry).second());
        }
        if tree.is_dir(ino) {
            return Err(Stop::failed(index, Errno::Permission));
        }
        let now = tree.now();
        tree.node(ino).changed = now;
        tree.add(named.parent, named.name, ino);
        Ok(())
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        rename::rename(&mut self.tree(), old, new)
    }

    fn sync_dir(&self, dir: NodeId, _kind: SyncKind) -> Result<(), Errno> {
        self.tree().opened_dir(dir).map(drop)
    }
}
