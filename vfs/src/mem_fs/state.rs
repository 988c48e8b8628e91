use std::sync::atomic::Ordering;

use super::directory::{Entry, EntryType};
use super::inode::{Inode, Node, Times};
use super::limits::{Limits, Storage};
use super::lock;
use super::open_table::OpenTable;
use super::tree::{ROOT, Tree};
use crate::{Errno, LastName, Metadata, NAME_MAX, Name, Place, Stop, Walk};

/// All that the tree's lock guards: the tree and, beside it, what is open.
pub(super) struct State {
    pub(super) tree: Tree,
    pub(super) open: OpenTable,
}

/// Where the names of a [`Place`] but the last lead.
pub(super) enum Parent<'a> {
    /// There are no names: the directory itself, at this slot.
    Itself(u32),
    Spot(Spot<'a>),
}

/// What a [`Place`] leads to.
pub(super) enum Found<'a> {
    /// There are no names: the directory itself, at this slot.
    Itself(u32),
    /// The last name is taken.
    Taken(Taken<'a>),
    /// The last name is free.
    Free(Spot<'a>),
}

/// A name in a directory.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// The slot of the directory.
    pub(super) dir: u32,
    pub(super) name: Name<'a>,
    /// The name's index in the place.
    pub(super) index: usize,
}

/// A name in a directory and what it stands for.
pub(super) struct Taken<'a> {
    pub(super) spot: Spot<'a>,
    /// The entry's sequence number in its directory.
    pub(super) sequence: u64,
    pub(super) slot: u32,
    pub(super) entry_type: EntryType,
}

impl Spot<'_> {
    pub(super) const fn failed(&self, errno: Errno) -> Stop {
        Stop::failed(self.index, errno)
    }
}

impl State {
    /// A tree in which nothing but the root is open.
    pub(super) fn of(tree: Tree) -> Self {
        Self {
            tree,
            open: OpenTable::new(ROOT),
        }
    }

    /// Walks to the directory of a place's last name.
    pub(super) fn parent<'a>(&self, place: &Place<'a>) -> Walk<Parent<'a>> {
        let mut dir = self
            .open
            .dir(place.dir)
            .map_err(|errno| Stop::failed(0, errno))?;
        let Some((&name, before)) = place.names.split_last() else {
            return Ok(Parent::Itself(dir));
        };
        for (index, &name) in before.iter().enumerate() {
            let spot = Spot { dir, name, index };
            let (_, entry) = self.look_up(&spot)?.ok_or(Stop::missing(index))?;
            match entry.file_type {
                EntryType::Dir => dir = entry.slot,
                EntryType::Symlink => return Err(self.link_at(entry.slot, index)),
                EntryType::File => return Err(Stop::failed(index + 1, Errno::NotDir)),
            }
        }
        let index = before.len();
        Ok(Parent::Spot(Spot { dir, name, index }))
    }

    /// Looks up a last name. A symbolic link there is reported if the rule says so.
    pub(super) fn last<'a>(&self, spot: Spot<'a>, rule: LastName) -> Walk<Found<'a>> {
        match self.look_up(&spot)? {
            None => Ok(Found::Free(spot)),
            Some((_, entry))
                if entry.file_type == EntryType::Symlink && rule == LastName::Follow =>
            {
                Err(self.link_at(entry.slot, spot.index))
            }
            Some((sequence, entry)) => Ok(Found::Taken(Taken {
                spot,
                sequence,
                slot: entry.slot,
                entry_type: entry.file_type,
            })),
        }
    }

    /// Walks to the last name of a place and looks it up.
    pub(super) fn find<'a>(&self, place: &Place<'a>) -> Walk<Found<'a>> {
        match self.parent(place)? {
            Parent::Itself(slot) => Ok(Found::Itself(slot)),
            Parent::Spot(spot) => self.last(spot, place.last),
        }
    }

    /// Walks to a node that must be there, a directory if the place has a trailing slash.
    pub(super) fn find_node(&self, place: &Place<'_>) -> Walk<(usize, u32)> {
        match self.find(place)? {
            Found::Itself(slot) => Ok((0, slot)),
            Found::Free(spot) => Err(Stop::missing(spot.index)),
            Found::Taken(taken) if place.must_be_dir && taken.entry_type != EntryType::Dir => {
                Err(taken.spot.failed(Errno::NotDir))
            }
            Found::Taken(taken) => Ok((taken.spot.index, taken.slot)),
        }
    }

    /// Walks to a symbolic link: its slot and target.
    pub(super) fn read_link(&self, place: &Place<'_>) -> Walk<(u32, Box<[u8]>)> {
        let (index, slot) = self.find_node(place)?;
        match self.tree.inode(slot).map(|inode| &inode.node) {
            Some(Node::Symlink(target)) => Ok((slot, target.bytes().into())),
            _ => Err(Stop::failed(index, Errno::Invalid)),
        }
    }

    /// What is known of a node; of an open file that was taken out of the tree, what its cell knows.
    pub(super) fn metadata(&self, slot: u32) -> Result<Metadata, Errno> {
        if let Some(cell) = self.open.taken_file(slot) {
            return Ok(cell.metadata());
        }
        let inode = self.tree.inode(slot).ok_or(Errno::NoEntry)?;
        Ok(inode.metadata(slot))
    }

    /// Changes a node's attributes, in the tree and, if it is an open file, in its cell.
    pub(super) fn change(&mut self, slot: u32, change: impl Fn(&mut Times, &mut u16)) {
        if let Some(inode) = self.tree.inode_mut(slot) {
            change(&mut inode.times, &mut inode.mode);
        }
        if let Some(cell) = self.open.file(slot) {
            let mut state = lock::write(&cell.state);
            let state = &mut *state;
            change(&mut state.times, &mut state.mode);
        }
    }

    /// Changes how many names a node has.
    pub(super) fn set_links(&mut self, slot: u32, nlink: u32) {
        if let Some(inode) = self.tree.inode_mut(slot) {
            inode.nlink = nlink;
        }
        if let Some(cell) = self.open.file(slot) {
            cell.nlink.store(nlink, Ordering::Relaxed);
        }
    }

    pub(super) fn links(&self, slot: u32) -> u32 {
        self.tree.inode(slot).map_or(0, |inode| inode.nlink)
    }

    /// Checks that a name may be added to a directory: that it still exists, and that there is room.
    pub(super) fn check_new_name(&self, dir: u32, limits: &Limits) -> Result<(), Errno> {
        if self.links(dir) == 0 {
            return Err(Errno::NoEntry);
        }
        if self.tree.names() >= limits.names {
            return Err(Errno::NoSpace);
        }
        self.check_sequence(dir)
    }

    /// Checks that a directory can number one more entry.
    pub(super) fn check_sequence(&self, dir: u32) -> Result<(), Errno> {
        match self.tree.directory(dir) {
            Some(directory) if directory.is_used_up() => Err(Errno::NoSpace),
            _ => Ok(()),
        }
    }

    /// Closes a file once. At the last time its state goes back to the tree, or, if it has no name any more, it goes.
    pub(super) fn close_file(&mut self, slot: u32, storage: &Storage) -> Option<Inode> {
        let (cell, was_taken) = self.open.close_file(slot)?;
        let mut state = lock::write(&cell.state);
        if self.open.nameless.remove(&slot) {
            let mut inode = self.tree.remove(slot)?;
            if was_taken {
                inode.node = Node::File(std::mem::take(&mut state.contents));
            }
            storage.refund(inode.charged(storage.owner));
            return Some(inode);
        }
        if was_taken && let Some(inode) = self.tree.inode_mut(slot) {
            state.contents.trim(storage);
            inode.node = Node::File(std::mem::take(&mut state.contents));
            inode.times = state.times;
            inode.mode = state.mode;
        }
        None
    }

    fn look_up(&self, spot: &Spot<'_>) -> Walk<Option<(u64, &Entry)>> {
        let name = spot.name.as_bytes();
        if name.len() > NAME_MAX {
            return Err(spot.failed(Errno::NameTooLong));
        }
        let directory = self.tree.directory(spot.dir);
        let directory = directory.ok_or(spot.failed(Errno::NotDir))?;
        Ok(directory.find(name))
    }

    #[cold]
    fn link_at(&self, slot: u32, index: usize) -> Stop {
        match self.tree.inode(slot).map(|inode| &inode.node) {
            Some(Node::Symlink(target)) => Stop::link(index, target.bytes().into()),
            _ => Stop::failed(index, Errno::Io),
        }
    }
}
