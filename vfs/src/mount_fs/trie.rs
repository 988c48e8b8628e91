use std::ops::Range;
use std::sync::Arc;

use crate::{FileSystem, Name, NodeId, OpenDir};

/// The names that lead to mounts, fixed once built.
///
/// A node stands for a directory that is a mount point or leads to one. All of them stay open for as long as the tree exists, so walking down needs no lock.
pub(super) struct Trie {
    /// Breadth first, so that the children of a node lie side by side; the root is the first.
    pub(super) nodes: Box<[TrieNode]>,
    /// The nodes' names as keys, which are quickly passed over.
    keys: Box<[u64]>,
    /// What the nodes lie in: the mounted filesystems and the synthetic directories.
    pub(super) volumes: Box<[Volume]>,
    /// How many filesystems are mounted.
    mounts: u64,
}

/// One directory on the trie.
pub(super) struct TrieNode {
    pub(super) name: Box<[u8]>,
    /// Where the children are, in the order of their names.
    pub(super) children: Range<usize>,
    /// What the directory lies in, in [`Trie::volumes`].
    pub(super) volume: usize,
    /// What its name lies in.
    pub(super) parent_volume: usize,
    /// The directory in the volume's filesystem.
    pub(super) dir: NodeId,
    /// Its inode number there.
    pub(super) ino: u64,
    /// Keeps `dir` open where it isn't the root of its filesystem.
    pub(super) _pin: Option<OpenDir>,
}

/// A filesystem in the tree.
pub(super) struct Volume {
    pub(super) fs: Arc<dyn FileSystem>,
    /// The position of the mount that it is, or in which the synthetic directory lies.
    pub(super) dev: u64,
    /// It was mounted read-only.
    pub(super) read_only: bool,
    /// It is a synthetic directory: there is nothing but mount points in it.
    pub(super) synthetic: bool,
}

/// How far a path runs along the trie.
pub(super) struct Descent {
    /// The deepest node reached.
    pub(super) node: usize,
    /// How many names led there.
    pub(super) names: usize,
}

/// The most children that are looked through one after the other.
const SCANNED_MAX: usize = 64;

/// A number made of a name's first and last bytes. Names with different keys are different.
#[inline]
fn key(name: &[u8]) -> u64 {
    if let Some(start) = name.first_chunk() {
        return u64::from_le_bytes(*start);
    }
    if let (Some(start), Some(end)) = (name.first_chunk(), name.last_chunk()) {
        return u64::from(u32::from_le_bytes(*start)) << 32 | u64::from(u32::from_le_bytes(*end));
    }
    name.iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

impl Trie {
    pub(super) fn new(nodes: Vec<TrieNode>, volumes: Vec<Volume>, mounts: u64) -> Self {
        Self {
            keys: nodes.iter().map(|node| key(&node.name)).collect(),
            nodes: nodes.into(),
            volumes: volumes.into(),
            mounts,
        }
    }

    /// Follows `names` from a node as far as they match.
    #[inline]
    pub(super) fn descend(&self, mut node: usize, names: &[Name<'_>]) -> Descent {
        let mut matched = 0;
        for name in names {
            let Some(child) = self.child(node, name.as_bytes()) else {
                break;
            };
            node = child;
            matched += 1;
        }
        Descent {
            node,
            names: matched,
        }
    }

    /// The nodes right below one.
    pub(super) fn children(&self, node: usize) -> &[TrieNode] {
        let range = self.nodes.get(node).map(|node| node.children.clone());
        range
            .and_then(|range| self.nodes.get(range))
            .unwrap_or_default()
    }

    /// The child of that name.
    #[inline]
    pub(super) fn child(&self, node: usize, name: &[u8]) -> Option<usize> {
        let range = self.nodes.get(node)?.children.clone();
        let first = range.start;
        let keys = self.keys.get(range)?;
        if keys.len() > SCANNED_MAX {
            let found = self
                .children(node)
                .binary_search_by(|child| (*child.name).cmp(name));
            return found.ok().map(|index| first + index);
        }
        let key = key(name);
        let mut indexes = first..;
        keys.iter()
            .zip(&mut indexes)
            .filter(|(child, _)| **child == key)
            .map(|(_, index)| index)
            .find(|index| self.is_named(*index, name))
    }

    fn is_named(&self, node: usize, name: &[u8]) -> bool {
        self.nodes.get(node).is_some_and(|node| *node.name == *name)
    }

    /// The device number of a node that a volume's filesystem says lies on its device `inner`: 0 unless mounts are nested. It is the mount's position,
    /// and unique for every device of every nested tree.
    pub(super) fn dev(&self, volume: &Volume, inner: u64) -> u64 {
        volume.dev.wrapping_add(self.mounts.wrapping_mul(inner))
    }
}
