use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::directories::Directories;
use super::files::FileEntry;
use super::layers::{Layers, LowerNode};
use super::shortcut::RecordedNames;
use super::unfinished::Unfinished;
use crate::{Errno, Metadata, Name, NodeId, SetTimes, Timestamp};

/// All that the overlay's lock guards: what differs from a plain merge of the layers, and what is open.
pub(super) struct State {
    pub(super) layers: Arc<Layers>,
    /// The upper's root as it was found: with it the overlay's root is compared, not with that of a lower layer.
    pub(super) root: Metadata,
    /// The nodes of the upper that began in a lower layer, by the overlay's number of an upper node.
    pub(super) origins: HashMap<u64, Origin>,
    /// What is recorded of directories, by inode number.
    pub(super) marks: HashMap<u64, Marks>,
    /// The names that stand in `marks`, and those of the directories whose lower parts do.
    pub(super) recorded: RecordedNames,
    /// The directories that are open, and those on the way to what is open.
    pub(super) dirs: Directories,
    /// The lower files that are open, and the copied ones of which the upper does not say all, by inode number.
    pub(super) files: HashMap<u64, FileEntry>,
    /// What symbolic links of several names are like once one of them was changed, by inode number.
    pub(super) symlinks: HashMap<u64, LinkedSymlink>,
    /// What a failure left in the upper.
    pub(super) unfinished: Vec<Unfinished>,
}

/// A symbolic link that had several names in a lower layer. Its copies in the upper cannot tell of each other.
pub(super) struct LinkedSymlink {
    /// What is shown of it.
    pub(super) metadata: Metadata,
    pub(super) source: Arc<LowerNode>,
}

/// Where a node of the upper comes from.
#[derive(Clone)]
pub(super) struct Origin {
    /// The inode number that it had there and keeps.
    pub(super) ino: u64,
    pub(super) source: Arc<LowerNode>,
    /// Of a file: whether its contents were changed.
    pub(super) written: Arc<AtomicBool>,
}

/// What the layers do not tell of a directory.
#[derive(Default)]
pub(super) struct Marks {
    /// The names of its lower directories that are not seen. They stay for as long as the directory: a name made anew has nothing to do with what is below.
    pub(super) whiteouts: HashSet<Box<[u8]>>,
    /// What it merges, if it was moved: the lower directories lie where they were.
    pub(super) lowers: Option<Box<[Arc<LowerNode>]>>,
    /// Its time of change, if copying up moved the upper's.
    pub(super) changed: Option<Timestamp>,
}

impl State {
    /// The upper directory, and all that is known, of an open directory.
    pub(super) fn start(
        &self,
        dir: NodeId,
    ) -> Result<(Option<NodeId>, super::lookup::Spot), Errno> {
        self.dirs.start(dir)
    }

    pub(super) fn is_whiteout(&self, dir: u64, name: Name<'_>) -> bool {
        let marks = self.marks.get(&dir);
        marks.is_some_and(|marks| marks.whiteouts.contains(name.as_bytes()))
    }

    pub(super) fn moved_lowers(&self, dir: u64) -> Option<&[Arc<LowerNode>]> {
        self.marks.get(&dir)?.lowers.as_deref()
    }

    /// The inode number of an upper node.
    pub(super) fn ino_of_upper(&self, number: u64) -> u64 {
        let origin = self.origins.get(&number);
        origin.map_or(number, |origin| origin.ino)
    }

    /// What is shown of a node of the upper.
    pub(super) fn shown_upper(&self, ino: u64, metadata: Metadata, lowers: usize) -> Metadata {
        let shown = Metadata {
            dev: 0,
            ino,
            ..metadata
        };
        match shown.file_type {
            crate::FileType::Dir => self.shown_dir(shown, lowers),
            crate::FileType::Symlink => self.symlinks.get(&ino).map_or(shown, |link| link.metadata),
            _ => match self.files.get(&ino) {
                Some(entry) => entry.node.shown(shown),
                None => shown,
            },
        }
    }

    /// What is shown of a node of a lower layer.
    pub(super) fn shown_lower(
        &self,
        ino: u64,
        metadata: Metadata,
        lowers: usize,
    ) -> Result<Metadata, Errno> {
        let shown = Metadata {
            dev: 0,
            ino,
            ..metadata
        };
        Ok(match shown.file_type {
            crate::FileType::Dir => self.shown_dir(shown, lowers),
            crate::FileType::Symlink => self.symlinks.get(&ino).map_or(shown, |link| link.metadata),
            _ => match self.files.get(&ino) {
                // Another of its names was copied up, perhaps.
                Some(entry) => self
                    .metadata_of_file(entry)?
                    .unwrap_or_else(|| entry.node.shown(shown)),
                None => shown,
            },
        })
    }

    /// What is shown of an open directory that so many lower layers have.
    pub(super) fn shown_start(&self, ino: u64, metadata: Metadata, lowers: usize) -> Metadata {
        let shown = Metadata {
            dev: 0,
            ino,
            ..metadata
        };
        self.shown_dir(shown, lowers)
    }

    fn shown_dir(&self, metadata: Metadata, lowers: usize) -> Metadata {
        let changed = self.marks.get(&metadata.ino).and_then(|m| m.changed);
        Metadata {
            changed: changed.unwrap_or(metadata.changed),
            // How many directories are in it only a listing could tell once something may have been added or hidden.
            nlink: if lowers > 0 {
                metadata.nlink.min(1)
            } else {
                metadata.nlink
            },
            ..metadata
        }
    }

    /// Hides what the lower layers have under a name.
    pub(super) fn white_out(&mut self, dir: u64, name: Name<'_>) {
        self.recorded.insert(name);
        let marks = self.marks.entry(dir).or_default();
        marks.whiteouts.insert(name.as_bytes().into());
    }

    /// The directory was changed by its user: the upper tells when.
    pub(super) fn touched(&mut self, dir: u64) {
        if let Some(marks) = self.marks.get_mut(&dir) {
            marks.changed = None;
            if marks.whiteouts.is_empty() && marks.lowers.is_none() {
                self.marks.remove(&dir);
            }
        }
    }

    /// Copying up is to move the upper directory's times: this one goes on to be shown.
    pub(super) fn keep_changed(&mut self, dir: u64, changed: Timestamp) {
        let marks = self.marks.entry(dir).or_default();
        marks.changed.get_or_insert(changed);
    }
}

/// Times to be set as they are in `metadata`.
pub(super) const fn times_of(metadata: &Metadata) -> SetTimes {
    SetTimes {
        accessed: crate::SetTime::At(metadata.accessed),
        modified: crate::SetTime::At(metadata.modified),
    }
}
