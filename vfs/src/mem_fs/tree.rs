use std::ops::ControlFlow;
use std::sync::Arc;

use super::directory::{Directory, Entry};
use super::generation::Generations;
use super::inode::{Inode, Node};
use super::names::{EntryId, FurtherNames};
use super::slab::Slab;
use crate::Timestamp;

/// The tree: all nodes by slot, each of which knows its names. A value; [`copy`](Tree::copy) takes a snapshot, in constant time.
///
/// Nodes name each other by slot, so dropping a tree never recurses, however deep it is.
pub(super) struct Tree {
    inodes: Slab<Inode>,
    /// The names of hard-linked files but one each.
    further_names: FurtherNames,
    /// Names in all directories.
    names: u64,
    generations: Generations,
}

pub(super) const ROOT: u32 = 0;

impl Tree {
    /// A tree of an empty root directory.
    pub(super) fn new(now: Timestamp) -> Self {
        let mut tree = Self {
            inodes: Slab::default(),
            further_names: FurtherNames::new(),
            names: 0,
            generations: Generations::default(),
        };
        let root = Node::Dir(Arc::new(Directory::new()));
        let slot = tree.insert(root, 0o755, now);
        debug_assert_eq!(slot, Some(ROOT));
        tree
    }

    /// The same tree for somebody else. What the two make from now on is told apart by its generations.
    pub(super) fn copy(&self) -> Self {
        Self {
            inodes: self.inodes.clone(),
            further_names: self.further_names.clone(),
            names: self.names,
            generations: Generations::default(),
        }
    }

    pub(super) const fn nodes(&self) -> u64 {
        self.inodes.len() as u64
    }

    pub(super) const fn names(&self) -> u64 {
        self.names
    }

    pub(super) fn inode(&self, slot: u32) -> Option<&Inode> {
        self.inodes.get(slot)
    }

    pub(super) fn inode_mut(&mut self, slot: u32) -> Option<&mut Inode> {
        self.inodes.get_mut(slot)
    }

    pub(super) fn directory(&self, slot: u32) -> Option<&Directory> {
        match &self.inode(slot)?.node {
            Node::Dir(directory) => Some(directory),
            Node::File(_) | Node::Symlink(_) => None,
        }
    }

    /// Stores a new node, or `None` if all slots are taken.
    pub(super) fn insert(&mut self, node: Node, mode: u32, now: Timestamp) -> Option<u32> {
        let generation = self.generations.take();
        self.inodes
            .insert(Inode::new(node, mode, now, generation))
            .ok()
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Inode> {
        self.inodes.remove(slot)
    }

    /// Adds a name that is free, for the node at the entry's slot.
    pub(super) fn add_entry(&mut self, dir: u32, entry: Entry, now: Timestamp) {
        let slot = entry.slot;
        let Some(directory) = self.touched_directory(dir, now) else {
            return;
        };
        let sequence = directory.insert(entry);
        self.names += 1;
        let id = EntryId { dir, sequence };
        match self.inodes.get(slot).map(Inode::name) {
            Some(None) => self.set_name(slot, Some(id)),
            Some(Some(_)) => self.further_names.insert(slot, id),
            None => debug_assert!(false, "names stand for nodes"),
        }
    }

    /// Removes a name. The node that it stood for is left without if it was the only one.
    pub(super) fn remove_entry(
        &mut self,
        dir: u32,
        sequence: u64,
        now: Timestamp,
    ) -> Option<Entry> {
        let entry = self.touched_directory(dir, now)?.remove(sequence)?;
        self.names -= 1;
        let id = EntryId { dir, sequence };
        if self.inodes.get(entry.slot).and_then(Inode::name) == Some(id) {
            let other = self.further_names.take_one(entry.slot);
            self.set_name(entry.slot, other);
        } else {
            self.further_names.remove(entry.slot, id);
        }
        Some(entry)
    }

    /// The directory, to be changed at this time.
    pub(super) fn touched_directory(&mut self, dir: u32, now: Timestamp) -> Option<&mut Directory> {
        let inode = self.inode_mut(dir)?;
        inode.times.touch(now);
        match &mut inode.node {
            Node::Dir(directory) => Some(Arc::make_mut(directory)),
            Node::File(_) | Node::Symlink(_) => None,
        }
    }

    fn set_name(&mut self, slot: u32, name: Option<EntryId>) {
        if let Some(inode) = self.inode_mut(slot) {
            inode.set_name(name);
        }
    }

    /// Passes the names of a node to `visit`. The root has none.
    pub(super) fn for_each_name(&self, slot: u32, mut visit: impl FnMut(EntryId)) {
        let Some(first) = self.inode(slot).and_then(Inode::name) else {
            return;
        };
        visit(first);
        self.further_names.for_each_of(slot, |id| {
            visit(id);
            ControlFlow::Continue(())
        });
    }

    /// Whether `ancestor` is `dir` or above it.
    pub(super) fn is_within(&self, mut dir: u32, ancestor: u32) -> bool {
        loop {
            if dir == ancestor {
                return true;
            }
            match self.inode(dir) {
                Some(inode) if dir != ROOT => dir = inode.parent(),
                _ => return false,
            }
        }
    }

    /// Passes each slot where `new` may have another node, or the same in another state, with what the two have there to `visit`.
    pub(super) fn diff<'a>(
        &'a self,
        new: &'a Self,
        visit: impl FnMut(u32, Option<&'a Inode>, Option<&'a Inode>),
    ) {
        self.inodes.diff(&new.inodes, visit);
    }

    /// How many names nodes have besides the first.
    #[cfg(test)]
    pub(super) const fn further_names(&self) -> usize {
        self.further_names.len()
    }

    /// Passes every node and its slot to `visit`.
    pub(super) fn for_each<'a>(&'a self, visit: impl FnMut(u32, &'a Inode)) {
        self.inodes.for_each(visit);
    }
}
