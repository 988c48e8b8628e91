use std::ops::Range;
use std::sync::Arc;

use crate::{FileSystem, Name, NodeId, OpenDir};

/// The names that lead to mounts, fixed once built.
///
/// A node stands for a directory that is a mount point or leads to one. All of them stay open for as long as the tree exists, so walking down needs no lock.
pub(super) struct Trie {
    /// Breadth first, so that the children of a node lie side by side; the root is the first.
    pub(super) nodes: Box<[TrieNode]>,
    /// What the nodes lie in: the mounted filesystems and the synthetic directories.
    pub(super) volumes: Box<[Volume]>,
    /// How many filesystems are mounted.
    pub(super) mounts: u64,
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

impl Trie {
    /// Follows `names` from a node as far as they match.
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
    pub(super) fn child(&self, node: usize, name: &[u8]) -> Option<usize> {
        let children = self.children(node);
        if children.is_empty() {
            return None;
        }
        let index = children
            .binary_search_by(|child| (*child.name).cmp(name))
            .ok()?;
        Some(self.nodes.get(node)?.children.start + index)
    }

    /// The device number of a node that a volume's filesystem says lies on its device `inner`: 0 unless mounts are nested. It is the mount's position,
    /// and unique for every device of every nested tree.
    pub(super) fn dev(&self, volume: &Volume, inner: u64) -> u64 {
        volume.dev.wrapping_add(self.mounts.wrapping_mul(inner))
    }
}
