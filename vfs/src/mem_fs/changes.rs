use std::sync::Arc;

use super::directory::{Directory, EntryType};
use super::inode::{Inode, Node};
use super::names::EntryId;
use super::tree::{ROOT, Tree};
use super::{Base, MemFs, Snapshot};
use crate::{Change, ChangeKind, Errno, Modified};

/// How many bytes the paths of all changes may have together, for each name that the two trees have and besides. A guest that makes a
/// million directories, each in the last one, would otherwise have the host write down terabytes.
const PATH_BYTES_PER_NAME: u64 = 256;
const PATH_BYTES: u64 = 64 << 20;

impl MemFs {
    /// What differs from the snapshot that this fork was made of; in a filesystem that is no fork, from an empty root. See [`Change`].
    ///
    /// Files that are open for writing count with what has been written so far. What was only read, or opened and not written, is not listed, unless
    /// reading moves the time of last access. It takes time in proportion to what has changed, not to the size of the tree.
    ///
    /// # Errors
    /// [`Errno::NameTooLong`] if the paths have more bytes together than 64 MiB and 256 for each name in the two trees, as those of a guest that nests directories
    /// without end.
    pub fn changes(&self) -> Result<Vec<Change>, Errno> {
        let now = self.snapshot();
        match &self.shared.base {
            Base::Empty(time) => changes(&Tree::new(*time), now.tree()),
            Base::Fork(base) => now.changes_since(base),
        }
    }

    /// What differs from a snapshot, of this filesystem, of one that it was forked from, or of any other fork of these. To an unrelated snapshot nothing but the
    /// root is the same: everything there is removed and everything here is created.
    ///
    /// # Errors
    /// [`Errno::NameTooLong`], as with [`changes`](Self::changes).
    pub fn changes_since(&self, earlier: &Snapshot) -> Result<Vec<Change>, Errno> {
        self.snapshot().changes_since(earlier)
    }
}

impl Snapshot {
    /// What differs from another snapshot, as [`MemFs::changes_since`] lists it.
    ///
    /// # Errors
    /// [`Errno::NameTooLong`], as with [`MemFs::changes`].
    pub fn changes_since(&self, earlier: &Self) -> Result<Vec<Change>, Errno> {
        changes(earlier.tree(), self.tree())
    }
}

fn changes(old: &Tree, new: &Tree) -> Result<Vec<Change>, Errno> {
    let names = old.names().saturating_add(new.names());
    let room = names
        .saturating_mul(PATH_BYTES_PER_NAME)
        .saturating_add(PATH_BYTES);
    let mut comparison = Comparison {
        old: Paths::of(old),
        new: Paths::of(new),
        gone: Vec::new(),
        come: Vec::new(),
        modified: Vec::new(),
        changes: Vec::new(),
        room: usize::try_from(room).unwrap_or(usize::MAX),
    };
    comparison.compare();
    let created = comparison.list_names()?;
    comparison.list_modified(&created)?;
    comparison.changes.sort_unstable();
    Ok(comparison.changes)
}

/// The comparison of two trees. First it finds, in the parts that the trees don't share, which names are gone and have come and which nodes were modified; then it
/// joins the names of one node into renames.
struct Comparison<'a> {
    old: Paths<'a>,
    new: Paths<'a>,
    /// Names that the old tree has and the new one has not.
    gone: Vec<Name<'a>>,
    /// Names that the new tree has and the old one has not.
    come: Vec<Name<'a>>,
    /// The slots of nodes that are in both trees and differ.
    modified: Vec<(u32, Modified)>,
    changes: Vec<Change>,
    /// How many more bytes the paths may have.
    room: usize,
}

/// A name in one of the trees. Ordered by what it stands for.
#[derive(Clone, Copy)]
struct Name<'a> {
    slot: u32,
    generation: u64,
    id: EntryId,
    bytes: &'a [u8],
    entry_type: EntryType,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self) {
        let (old, new) = (self.old.tree, self.new.tree);
        old.diff(new, |slot, before, now| match (before, now) {
            (Some(before), Some(now)) if slot == ROOT || before.generation == now.generation => {
                self.compare_node(slot, before, now);
            }
            // Two nodes, one after the other in the slot. What went from one to the other has changed, be its name and number there the same.
            _ => {
                self.compare_entries(slot, directory(before), None);
                self.compare_entries(slot, None, directory(now));
            }
        });
    }

    /// Compares two states of one node.
    fn compare_node(&mut self, slot: u32, old: &'a Inode, new: &'a Inode) {
        let contents = match (&old.node, &new.node) {
            (Node::File(old), Node::File(new)) => !old.is_same(new),
            (Node::Dir(old), Node::Dir(new)) => {
                !Arc::ptr_eq(old, new) && self.compare_entries(slot, Some(old), Some(new))
            }
            // What a link leads to is never changed.
            _ => false,
        };
        let modified = Modified {
            contents,
            mode: old.mode != new.mode,
            times: (old.times.accessed, old.times.modified)
                != (new.times.accessed, new.times.modified),
        };
        if modified != Modified::default() {
            self.modified.push((slot, modified));
        }
    }

    /// Compares what the trees have in the directory at this slot, and says whether it differs.
    fn compare_entries(
        &mut self,
        dir: u32,
        before: Option<&'a Directory>,
        now: Option<&'a Directory>,
    ) -> bool {
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        let (old, new) = (self.old.tree, self.new.tree);
        Directory::diff(before, now, |sequence, before, now| {
            let id = EntryId { dir, sequence };
            let before = before.and_then(|entry| Name::of(old, id, entry));
            let now = now.and_then(|entry| Name::of(new, id, entry));
            if let (Some(before), Some(now)) = (&before, &now)
                && before.is_same(now)
            {
                return;
            }
            gone.extend(before);
            come.extend(now);
        });
        // A name that was taken away and given back has another number, and stands for what it did.
        cancel(&mut gone, &mut come);
        let differs = !gone.is_empty() || !come.is_empty();
        self.gone.append(&mut gone);
        self.come.append(&mut come);
        differs
    }

    /// Lists what became of names, and returns the new names of old nodes.
    fn list_names(&mut self) -> Result<Vec<EntryId>, Errno> {
        let mut gone = std::mem::take(&mut self.gone);
        let mut come = std::mem::take(&mut self.come);
        gone.sort_unstable_by_key(Name::node_and_id);
        come.sort_unstable_by_key(Name::node_and_id);
        let mut created = Vec::new();
        let (mut gone, mut come) = (gone.iter().peekable(), come.iter().peekable());
        loop {
            let node = |name: &&Name<'_>| (name.slot, name.generation);
            let (old, new) = match (gone.peek(), come.peek()) {
                (None, None) => break,
                (Some(old), Some(new)) if node(old) == node(new) => (gone.next(), come.next()),
                (Some(old), Some(new)) if node(new) < node(old) => (None, come.next()),
                (None, Some(_)) => (None, come.next()),
                (Some(_), _) => (gone.next(), None),
            };
            match (old, new) {
                (Some(old), Some(new)) => {
                    let from = self.old.path(Some(old.id), &mut self.room)?;
                    self.push_new(Some(new.id), ChangeKind::Renamed { from }, new.entry_type)?;
                }
                (Some(old), None) => {
                    let path = self.old.path(Some(old.id), &mut self.room)?;
                    self.changes.push(Change {
                        path,
                        kind: ChangeKind::Removed,
                        file_type: old.entry_type.file_type(),
                    });
                }
                (None, Some(new)) => {
                    self.push_new(Some(new.id), ChangeKind::Created, new.entry_type)?;
                    let old = self.old.tree.inode(new.slot);
                    if old.is_some_and(|old| old.generation == new.generation) {
                        created.push(new.id);
                    }
                }
                (None, None) => {}
            }
        }
        created.sort_unstable();
        Ok(created)
    }

    /// Lists the modified nodes under all their names but these.
    fn list_modified(&mut self, created: &[EntryId]) -> Result<(), Errno> {
        let tree = self.new.tree;
        for (slot, modified) in std::mem::take(&mut self.modified) {
            let kind = ChangeKind::Modified(modified);
            if slot == ROOT {
                self.push_new(None, kind, EntryType::Dir)?;
                continue;
            }
            let Some(entry_type) = tree.inode(slot).map(Inode::entry_type) else {
                continue;
            };
            let mut result = Ok(());
            tree.for_each_name(slot, |id| {
                if result.is_ok() && created.binary_search(&id).is_err() {
                    result = self.push_new(Some(id), kind.clone(), entry_type);
                }
            });
            result?;
        }
        Ok(())
    }

    /// Adds a change at a path of the new tree; `None` is the root's.
    fn push_new(
        &mut self,
        name: Option<EntryId>,
        kind: ChangeKind,
        entry_type: EntryType,
    ) -> Result<(), Errno> {
        let path = self.new.path(name, &mut self.room)?;
        self.changes.push(Change {
            path,
            kind,
            file_type: entry_type.file_type(),
        });
        Ok(())
    }
}

impl<'a> Name<'a> {
    fn of(tree: &Tree, id: EntryId, entry: &'a super::directory::Entry) -> Option<Self> {
        Some(Self {
            slot: entry.slot,
            generation: tree.inode(entry.slot)?.generation,
            id,
            bytes: entry.name.as_bytes(),
            entry_type: entry.file_type,
        })
    }

    /// Whether two names in one directory are the same and stand for the same.
    fn is_same(&self, other: &Self) -> bool {
        self.node_and_bytes() == other.node_and_bytes()
    }

    const fn node_and_bytes(&self) -> (u32, u64, &'a [u8]) {
        (self.slot, self.generation, self.bytes)
    }

    const fn node_and_id(&self) -> (u32, u64, EntryId) {
        (self.slot, self.generation, self.id)
    }
}

/// Takes away what two lists of names of one directory have in common.
fn cancel(gone: &mut Vec<Name<'_>>, come: &mut Vec<Name<'_>>) {
    if gone.is_empty() || come.is_empty() {
        return;
    }
    gone.sort_unstable_by_key(Name::node_and_bytes);
    come.sort_unstable_by_key(Name::node_and_bytes);
    let before = std::mem::take(gone);
    let mut now = std::mem::take(come).into_iter().peekable();
    for old in before {
        while let Some(new) = now.next_if(|new| new.node_and_bytes() < old.node_and_bytes()) {
            come.push(new);
        }
        if now.next_if(|new| new.is_same(&old)).is_none() {
            gone.push(old);
        }
    }
    come.extend(now);
}

fn directory(inode: Option<&Inode>) -> Option<&Directory> {
    match &inode?.node {
        Node::Dir(directory) => Some(directory),
        Node::File(_) | Node::Symlink(_) => None,
    }
}

/// Makes paths of the names in a tree, and remembers that of the last directory.
struct Paths<'a> {
    tree: &'a Tree,
    dir: u32,
    /// With a slash at its end unless it is the root's.
    dir_path: Vec<u8>,
}

impl<'a> Paths<'a> {
    const fn of(tree: &'a Tree) -> Self {
        Self {
            tree,
            dir: ROOT,
            dir_path: Vec::new(),
        }
    }

    /// The path from the root; `None` is the root's own. `room` is how long it may be, and is reduced by that.
    fn path(&mut self, name: Option<EntryId>, room: &mut usize) -> Result<Box<[u8]>, Errno> {
        let Some(name) = name else {
            return Ok(Box::default());
        };
        if self.dir != name.dir {
            self.enter(name.dir, *room)?;
        }
        let last = self.entry_name(name);
        let len = self.dir_path.len() + last.len();
        *room = room.checked_sub(len).ok_or(Errno::NameTooLong)?;
        let mut path = Vec::with_capacity(len);
        path.extend_from_slice(&self.dir_path);
        path.extend_from_slice(last);
        Ok(path.into_boxed_slice())
    }

    fn enter(&mut self, dir: u32, room: usize) -> Result<(), Errno> {
        let mut names = Vec::new();
        let mut len = 0usize;
        let mut above = dir;
        // A directory in the last one needs only its own name.
        while above != self.dir {
            let Some(id) = self.tree.inode(above).and_then(Inode::name) else {
                debug_assert_eq!(above, ROOT, "every name leads up to the root");
                self.dir_path.clear();
                break;
            };
            let name = self.entry_name(id);
            len += name.len() + 1;
            if len > room {
                return Err(Errno::NameTooLong);
            }
            names.push(name);
            above = id.dir;
        }
        self.dir = dir;
        for name in names.into_iter().rev() {
            self.dir_path.extend_from_slice(name);
            self.dir_path.push(b'/');
        }
        Ok(())
    }

    fn entry_name(&self, id: EntryId) -> &'a [u8] {
        let directory = self.tree.directory(id.dir);
        let entry = directory.and_then(|directory| directory.entry(id.sequence));
        debug_assert!(entry.is_some(), "a node's names are in the tree");
        entry.map_or(&[], |entry| entry.name.as_bytes())
    }
}

#[cfg(test)]
mod tests;
