//! A writable filesystem over read-only ones.
//!
//! # How it is kept
//! Everything that was made or changed lies in the upper at its own path, so the upper's operations are the overlay's, one for one, and a directory that moves takes what
//! is in it along. What the layers cannot tell is in memory, under the inode number of what it is about: names that are hidden, where the lower directories of
//! one that moved are (`Marks`), which lower node an upper one was copied from (`Origin`), how much of a file is copied (`FileEntry`). A lower layer never
//! changes, so a node of it is known by its path there (`LowerNode`) and needs no handle.
//!
//! # Locks
//! ```text
//! an outer filesystem's lock
//!   -> overlay  Shared::state   RwLock: what is recorded and what is open
//!     -> file   FileNode::io    RwLock, one for each file that began in a lower layer and is open or copied in part
//!       -> the locks of the layers
//! ```
//! Reading and writing a file takes its own lock only, but for the first change of a lower one, which takes the overlay's to copy it. An open file of the upper takes none.

mod attributes;
mod changes;
mod complete;
mod cookies;
mod copy_up;
mod create;
mod directories;
mod file;
mod file_system;
mod files;
mod inode;
mod layers;
mod lazy_file;
mod lock;
mod lookup;
mod merged_stream;
mod open;
mod ranges;
mod remove;
mod rename;
mod shortcut;
mod state;
mod unfinished;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use self::copy_up::Contents;
use self::directories::{Directories, LowerDirectory};
use self::inode::Numbers;
use self::layers::{Layers, LowerNode};
use self::shortcut::RecordedNames;
use self::state::State;
use crate::{Errno, FileSystem, Place, ReadOnlyFs};

/// One tree out of a filesystem that takes all changes, the upper, and any number of others below it that are never written, the lowers.
///
/// A name is what the topmost layer that has it says; directories of the same name are merged. What is changed is copied to the upper before; the contents of a file
/// only as far as they are needed.
///
/// - Nothing is ever written to a lower: no contents, names, modes or times. (Where a lower itself moves the time of last access by reading, it still does.) A device of a lower is read-only.
/// - The tree is the overlay's alone while it lives. What somebody else changes in a layer shows or not, as it happens; it harms nothing else and leads nowhere outside, as on Linux.
/// - What is hidden, and where the lower parts of moved directories are, is in memory and ends with the overlay; no name in the upper stands for it, so a guest may use any name.
///   [`changes`](Self::changes) tells what became of the lower layers, [`complete`](Self::complete) makes the upper's files whole.
/// - Inode numbers are the overlay's own, the same before and after a copy or a rename; all nodes lie on device 0. Names of one lower file stay names of one file. A
///   number of links may count names that another layer hides.
/// - An operation that changes a lower node needs room for it in the upper, removing one from its directory room for that directory: [`Errno::NoSpace`] and the like, and then nothing that is seen has changed.
///   Directories that were copied on the way stay in the upper; they show what was there before.
/// - Names are told apart by their bytes. A host that folds case or normalizes is no good as a lower: a name that is hidden would show under another spelling.
/// - Memory is used for what changed and what is open. An open directory holds a handle in each layer that it is in, an open file at most two.
///
/// ```
/// use guesthouse_vfs::{MemFs, OverlayFs, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let image = MemFs::new();
/// Tree::new(image.clone()).build().file("etc/motd", "hello").finish()?;
///
/// let fs = OverlayFs::builder(MemFs::new()).lower(image.clone()).build()?;
/// let tree = Tree::new(fs);
/// tree.write("etc/motd", "changed")?;
/// assert_eq!(tree.read("etc/motd")?, b"changed");
/// assert_eq!(Tree::new(image).read("etc/motd")?, b"hello");
/// # Ok(())
/// # }
/// ```
pub struct OverlayFs {
    shared: Arc<Shared>,
}

/// What the overlay and its open files share.
struct Shared {
    layers: Arc<Layers>,
    state: RwLock<State>,
}

/// Settings for a new [`OverlayFs`].
pub struct OverlayFsBuilder {
    upper: Arc<dyn FileSystem>,
    lowers: Vec<Arc<dyn FileSystem>>,
}

impl OverlayFsBuilder {
    /// Adds a layer below all that were added before. It is never written.
    #[must_use]
    pub fn lower(mut self, fs: Arc<dyn FileSystem>) -> Self {
        // A read-only view, so that no mistake of the overlay's can change it.
        self.lowers.push(ReadOnlyFs::new(fs));
        self
    }

    /// Puts the layers together.
    ///
    /// # Errors
    /// What a layer answers when asked about its root.
    pub fn build(self) -> Result<Arc<OverlayFs>, Errno> {
        let layers = Arc::new(Layers {
            numbers: Numbers::of_layers(self.lowers.len() + 1),
            upper: self.upper,
            lowers: self.lowers.into(),
        });
        let upper = layers.upper.root();
        let metadata = layers.upper.metadata(Place::dir(upper));
        let metadata = metadata.map_err(|stop| stop.errno())?;
        let root = layers.upper_number(&metadata);
        let mut lowers = Vec::new();
        for (layer, fs) in layers.lowers.iter().enumerate() {
            let path = LowerNode::root(layer);
            layers.lower_metadata(&path)?;
            lowers.push(LowerDirectory {
                path,
                node: Some(fs.root()),
            });
        }
        let state = State {
            layers: Arc::clone(&layers),
            root: metadata,
            origins: HashMap::new(),
            marks: HashMap::new(),
            recorded: RecordedNames::default(),
            dirs: Directories::new(root, upper, lowers),
            files: HashMap::new(),
            symlinks: HashMap::new(),
            unfinished: Vec::new(),
        };
        let state = RwLock::new(state);
        let shared = Arc::new(Shared { layers, state });
        Ok(Arc::new(OverlayFs { shared }))
    }
}

impl OverlayFs {
    /// Begins an overlay whose changes go to `upper`, which may hold something already.
    #[must_use]
    pub fn builder(upper: Arc<dyn FileSystem>) -> OverlayFsBuilder {
        OverlayFsBuilder {
            upper,
            lowers: Vec::new(),
        }
    }
}

impl Shared {
    /// Copies an open lower file, but for its contents.
    fn copy_up(&self, ino: u64) -> Result<(), Errno> {
        lock::write(&self.state).copy_file(ino, Contents::All)
    }
}

impl fmt::Debug for OverlayFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlayFs")
            .field("lowers", &self.shared.layers.lowers.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OverlayFsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlayFsBuilder")
            .field("lowers", &self.lowers.len())
            .finish_non_exhaustive()
    }
}
