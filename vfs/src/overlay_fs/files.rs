use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::layers::LowerNode;
use super::lazy_file::{Copied, Pair};
use super::lock;
use super::state::State;
use crate::{Errno, Metadata, OpenFile, Place};

/// What the overlay's lock guards of a file that began in a lower layer.
pub(super) struct FileEntry {
    pub(super) node: Arc<FileNode>,
    /// How often it is open.
    pub(super) handles: u32,
    /// Where it is, while it is not copied: the inode number of a directory that is pinned, and the name there.
    pub(super) home: Option<(u64, Box<[u8]>)>,
    /// The names that its copy has in the upper, their directories pinned, if it had several in the lower layer. Others are still in the lower layer only.
    pub(super) names: Vec<(u64, Box<[u8]>)>,
    /// Names of it have come or gone.
    pub(super) relinked: bool,
    /// It has no names any more.
    pub(super) dead: bool,
}

/// A file that began in a lower layer; all its handles share it.
pub(super) struct FileNode {
    pub(super) ino: u64,
    pub(super) source: Arc<LowerNode>,
    pub(super) written: Arc<AtomicBool>,
    /// How many names it has, if it had several in the lower layer; otherwise [`u64::MAX`], and the layer tells.
    links: AtomicU64,
    pub(super) io: RwLock<FileIo>,
}

/// What reading and writing needs. `copied` comes with the upper's file; a handle is there while the file is open, the lower one only as long as it is needed.
#[derive(Default)]
pub(super) struct FileIo {
    pub(super) lower: Option<OpenFile>,
    pub(super) upper: Option<OpenFile>,
    pub(super) copied: Option<Copied>,
}

impl FileEntry {
    pub(super) fn new(
        ino: u64,
        source: Arc<LowerNode>,
        written: Arc<AtomicBool>,
        nlink: u64,
    ) -> Self {
        let links = if nlink > 1 { nlink } else { u64::MAX };
        Self {
            node: Arc::new(FileNode {
                ino,
                source,
                written,
                links: AtomicU64::new(links),
                io: RwLock::default(),
            }),
            handles: 0,
            home: None,
            names: Vec::new(),
            relinked: false,
            dead: false,
        }
    }

    /// Whether its copy has lost its last name in the upper, while other names in the lower layer still show it. Only its handle leads to it then.
    pub(super) fn is_nameless(&self) -> bool {
        self.node.is_linked() && self.node.is_copied() && self.names.is_empty() && !self.dead
    }
}

impl FileNode {
    /// Whether it had several names in the lower layer.
    pub(super) fn is_linked(&self) -> bool {
        self.links.load(Ordering::Relaxed) != u64::MAX
    }

    pub(super) fn links(&self) -> u64 {
        self.links.load(Ordering::Relaxed)
    }

    pub(super) fn set_links(&self, links: u64) {
        self.links.store(links, Ordering::Relaxed);
    }

    pub(super) fn is_copied(&self) -> bool {
        lock::read(&self.io).copied.is_some()
    }

    /// Whether a handle leads to it.
    fn is_open(&self) -> bool {
        let io = lock::read(&self.io);
        io.upper.is_some() || io.lower.is_some()
    }

    /// What is shown of it, where a layer knows `metadata`.
    pub(super) fn shown(&self, metadata: Metadata) -> Metadata {
        let mut shown = Metadata {
            dev: 0,
            ino: self.ino,
            ..metadata
        };
        if self.is_linked() {
            shown.nlink = self.links();
        }
        if let Some(copied) = &lock::read(&self.io).copied
            && !copied.is_complete()
        {
            shown.allocated = shown.allocated.max(copied.allocated);
        }
        shown
    }

    /// What its handles know.
    pub(super) fn metadata(&self) -> Result<Metadata, Errno> {
        let metadata = {
            let io = lock::read(&self.io);
            let file = io.upper.as_ref().or(io.lower.as_ref());
            file.ok_or(Errno::BadFd)?.metadata()?
        };
        Ok(self.shown(metadata))
    }
}

impl FileIo {
    pub(super) fn pair(&self) -> Result<Pair<'_>, Errno> {
        Ok(Pair {
            lower: self.lower.as_ref(),
            upper: self.upper.as_ref().ok_or(Errno::BadFd)?,
        })
    }

    /// Changes the contents of the copy, if there is one; the lower file is closed when nothing of it shows any more.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&Pair<'_>, &mut Copied) -> Result<T, Errno>,
    ) -> Option<Result<T, Errno>> {
        let copied = self.copied.as_mut()?;
        let Some(upper) = &self.upper else {
            return Some(Err(Errno::BadFd));
        };
        let lower = self.lower.as_ref();
        let result = change(&Pair { lower, upper }, copied);
        if copied.is_complete() {
            self.lower = None;
        }
        Some(result)
    }
}

impl State {
    /// What is known of a file of several names by one that is in a lower layer only.
    pub(super) fn metadata_of_file(&self, entry: &FileEntry) -> Result<Option<Metadata>, Errno> {
        if !entry.node.is_copied() {
            return Ok(None);
        }
        if entry.node.is_open() {
            return entry.node.metadata().map(Some);
        }
        let Some((dir, name)) = entry.names.first() else {
            return Ok(None);
        };
        let Some((node, names)) = self.dirs.in_upper(*dir, name) else {
            return Ok(None);
        };
        let metadata = self.layers.upper.metadata(Place::act(node, &names));
        let metadata = metadata.map_err(|stop| stop.errno())?;
        Ok(Some(entry.node.shown(metadata)))
    }

    /// Closes what a file that is not open needs no more, and forgets the file if the upper tells all of it. Returns what is to be dropped when the lock is gone.
    pub(super) fn settle(&mut self, ino: u64) -> FileIo {
        let mut closed = FileIo::default();
        let Some(entry) = self.files.get_mut(&ino).filter(|entry| entry.handles == 0) else {
            return closed;
        };
        let home = entry.home.take();
        let mut forget = entry.dead;
        if !entry.is_nameless() {
            let mut io = lock::write(&entry.node.io);
            closed.upper = io.upper.take();
            closed.lower = io.lower.take();
            let linked = entry.node.is_linked();
            forget |= match &io.copied {
                None => !entry.relinked,
                Some(copied) => {
                    !linked && copied.is_complete() && entry.node.written.load(Ordering::Relaxed)
                }
            };
        }
        if forget && let Some(entry) = self.files.remove(&ino) {
            for (dir, _) in entry.names {
                self.dirs.unpin(dir);
            }
        }
        if let Some((dir, _)) = home {
            self.dirs.unpin(dir);
        }
        closed
    }

    /// The file is open once less.
    pub(super) fn close_file(&mut self, ino: u64) -> FileIo {
        if let Some(entry) = self.files.get_mut(&ino) {
            entry.handles = entry.handles.saturating_sub(1);
        }
        self.settle(ino)
    }
}
