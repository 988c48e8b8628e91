use std::sync::Arc;

use super::directory::{Directory, Entry};
use super::inode::{Inode, Node};
use super::slab::Slab;
use crate::Timestamp;

/// The tree: all nodes by slot. A value; cloning it takes a snapshot, in constant time.
///
/// Nodes name each other by slot, so dropping a tree never recurses, however deep it is.
#[derive(Clone)]
pub(super) struct Tree {
    inodes: Slab<Inode>,
    /// Names in all directories.
    names: u64,
    /// Nodes ever made.
    births: u64,
}

pub(super) const ROOT: u32 = 0;

impl Tree {
    /// A tree of an empty root directory.
    pub(super) fn new(now: Timestamp) -> Self {
        let mut tree = Self {
            inodes: Slab::default(),
            names: 0,
            births: 0,
        };
        let root = Node::Dir(Arc::new(Directory::new(ROOT)));
        let slot = tree.insert(root, 0o755, now);
        debug_assert_eq!(slot, Some(ROOT));
        tree
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
        let slot = self
            .inodes
            .insert(Inode::new(node, mode, now, self.births))
            .ok()?;
        self.births += 1;
        Some(slot)
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Inode> {
        self.inodes.remove(slot)
    }

    /// Adds a name that is free.
    pub(super) fn add_entry(&mut self, dir: u32, entry: Entry, now: Timestamp) {
        if let Some(directory) = self.touched_directory(dir, now) {
            directory.insert(entry);
            self.names += 1;
        }
    }

    /// Removes a name.
    pub(super) fn remove_entry(
        &mut self,
        dir: u32,
        sequence: u64,
        now: Timestamp,
    ) -> Option<Entry> {
        let entry = self.touched_directory(dir, now)?.remove(sequence)?;
        self.names -= 1;
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

    /// Says in which directory a directory lies now.
    pub(super) fn set_parent(&mut self, dir: u32, parent: u32) {
        if let Some(inode) = self.inode_mut(dir)
            && let Node::Dir(directory) = &mut inode.node
        {
            Arc::make_mut(directory).parent = parent;
        }
    }

    /// Whether `ancestor` is `dir` or above it.
    pub(super) fn is_within(&self, mut dir: u32, ancestor: u32) -> bool {
        loop {
            if dir == ancestor {
                return true;
            }
            match self.directory(dir) {
                Some(directory) if dir != ROOT => dir = directory.parent,
                _ => return false,
            }
        }
    }

    /// Passes every node and its slot to `visit`.
    pub(super) fn for_each<'a>(&'a self, visit: impl FnMut(u32, &'a Inode)) {
        self.inodes.for_each(visit);
    }
}
