use std::sync::Arc;

use super::contents::Contents;
use super::directory::{Directory, EntryType};
use super::limits::{Charge, Storage};
use super::names::EntryId;
use crate::{Errno, Metadata, SetTime, SetTimes, Timestamp};

/// A node of the tree: what `stat` knows of it, and what it holds.
#[derive(Clone)]
pub(super) struct Inode {
    pub(super) times: Times,
    /// A number that no other node ever gets. Guests never see it.
    pub(super) generation: u64,
    /// The slot of the directory that one of its names is in, and the entry's sequence number, 0 if there is no name: that of the root and of what only
    /// lives on because it is open. See [`Inode::name`].
    parent: u32,
    sequence: [u16; 3],
    /// Names; of a directory 2 and one for each directory in it. 0: it only lives on because it is open.
    pub(super) nlink: u32,
    pub(super) mode: u16,
    pub(super) node: Node,
}

// A million files are to fit in memory.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Option<Inode>>() == 80);

#[derive(Clone)]
pub(super) enum Node {
    File(Contents),
    Dir(Arc<Directory>),
    Symlink(Arc<Target>),
}

/// Where a symbolic link leads.
#[derive(Clone)]
pub(super) struct Target {
    bytes: Box<[u8]>,
    /// The filesystem that was charged for it, by its depth in the line of forks.
    owner: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) accessed: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) created: Timestamp,
}

/// The permission bits that are kept.
pub(super) const fn mode_bits(mode: u32) -> u16 {
    (mode & 0o7777) as u16
}

/// The inode number that guests see: slots count from 0, inode numbers from 1.
pub(super) fn inode_number(slot: u32) -> u64 {
    u64::from(slot) + 1
}

impl Inode {
    pub(super) fn new(node: Node, mode: u32, now: Timestamp, generation: u64) -> Self {
        Self {
            times: Times::new(now),
            generation,
            parent: 0,
            sequence: [0; 3],
            nlink: if matches!(node, Node::Dir(_)) { 2 } else { 1 },
            mode: mode_bits(mode),
            node,
        }
    }

    /// Where one of its names is. A directory has no other; those of a file are in the tree's table.
    pub(super) fn name(&self) -> Option<EntryId> {
        let [high, middle, low] = self.sequence.map(u64::from);
        let sequence = high << 32 | middle << 16 | low;
        (sequence != 0).then_some(EntryId {
            dir: self.parent,
            sequence,
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts are meant")]
    pub(super) fn set_name(&mut self, name: Option<EntryId>) {
        let EntryId { dir, sequence } = name.unwrap_or(EntryId {
            dir: 0,
            sequence: 0,
        });
        debug_assert!(sequence <= Directory::LAST_SEQUENCE);
        self.parent = dir;
        self.sequence = [32, 16, 0].map(|shift| (sequence >> shift) as u16);
    }

    /// The slot of the directory that a directory is in; the root's is its own.
    pub(super) const fn parent(&self) -> u32 {
        self.parent
    }

    pub(super) const fn entry_type(&self) -> EntryType {
        match self.node {
            Node::File(_) => EntryType::File,
            Node::Dir(_) => EntryType::Dir,
            Node::Symlink(_) => EntryType::Symlink,
        }
    }

    pub(super) fn metadata(&self, slot: u32) -> Metadata {
        let (size, allocated) = match &self.node {
            Node::File(contents) => (contents.len(), contents.allocated()),
            Node::Dir(directory) => (directory.len() as u64, 0),
            Node::Symlink(target) => (target.bytes.len() as u64, target.bytes.len() as u64),
        };
        Metadata {
            dev: 0,
            ino: inode_number(slot),
            file_type: self.entry_type().file_type(),
            mode: u32::from(self.mode),
            nlink: u64::from(self.nlink),
            size,
            allocated,
            accessed: self.times.accessed,
            modified: self.times.modified,
            changed: self.times.changed,
            created: Some(self.times.created),
        }
    }

    /// What was charged for what the node holds.
    pub(super) fn charged(&self, owner: u32) -> Charge {
        match &self.node {
            Node::File(contents) => contents.charged(owner),
            Node::Dir(_) => Charge::default(),
            Node::Symlink(target) => target.charged(owner),
        }
    }

    /// The same, counted from scratch.
    pub(super) fn recount(&self, owner: u32) -> Charge {
        match &self.node {
            Node::File(contents) => contents.recount(owner),
            Node::Dir(_) | Node::Symlink(_) => self.charged(owner),
        }
    }
}

impl Target {
    /// # Errors
    /// [`Errno::NoSpace`].
    pub(super) fn new(storage: &Storage, bytes: &[u8]) -> Result<Self, Errno> {
        storage.charge(Charge {
            private: bytes.len() as u64,
            logical: bytes.len() as u64,
        })?;
        Ok(Self {
            bytes: bytes.into(),
            owner: storage.owner,
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn charged(&self, owner: u32) -> Charge {
        let logical = self.bytes.len() as u64;
        Charge {
            private: if self.owner == owner { logical } else { 0 },
            logical,
        }
    }
}

impl Times {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            accessed: now,
            modified: now,
            changed: now,
            created: now,
        }
    }

    /// The contents have changed.
    pub(super) const fn touch(&mut self, now: Timestamp) {
        self.modified = now;
        self.changed = now;
    }

    /// Sets the times that are to be set. Where none is, the time of last change stays as well, as with `utimensat` on Linux.
    pub(super) fn set(&mut self, times: SetTimes, now: Timestamp) {
        if times == SetTimes::default() {
            return;
        }
        let chosen = |set: SetTime, present: Timestamp| match set {
            SetTime::Keep => present,
            SetTime::Now => now,
            SetTime::At(time) => time,
        };
        self.accessed = chosen(times.accessed, self.accessed);
        self.modified = chosen(times.modified, self.modified);
        self.changed = now;
    }
}
