use std::cmp::Ordering;
use std::sync::Arc;

use super::node::Leaf;
use super::{Child, Key, Map};

impl<K: Key, V: Clone + Default, const N: usize> Map<K, V, N> {
    /// Passes each key that only one of two maps has, and each that both have in leaves that they don't share, with its values to `visit`, in order.
    /// Ranks must be unique.
    ///
    /// It takes time in proportion to the nodes that the maps don't share: a shared subtree begins at the same key in both, so two cursors that
    /// always take the lesser first key apart, and of equal ones the higher subtree, arrive at it together and step over it, however
    /// differently the trees around it were split.
    pub(in crate::mem_fs) fn diff<'a>(
        &'a self,
        new: &'a Self,
        mut visit: impl FnMut(&'a K, Option<&'a V>, Option<&'a V>),
    ) {
        let (mut old, mut new) = (Cursor::at(&self.root), Cursor::at(&new.root));
        loop {
            let ahead = match (old.first_key(), new.first_key()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.rank().cmp(&new.rank()),
            };
            match ahead {
                Ordering::Less => {
                    if let Some((key, value)) = old.step() {
                        visit(key, Some(value), None);
                    }
                }
                Ordering::Greater => {
                    if let Some((key, value)) = new.step() {
                        visit(key, None, Some(value));
                    }
                }
                Ordering::Equal if old.skip_shared(&mut new) => {}
                Ordering::Equal => match old.height().cmp(&new.height()) {
                    Ordering::Greater => drop(old.step()),
                    Ordering::Less => drop(new.step()),
                    Ordering::Equal => {
                        if let (Some((key, old)), Some((_, new))) = (old.step(), new.step()) {
                            visit(key, Some(old), Some(new));
                        }
                    }
                },
            }
        }
    }
}

/// A place in a map, on the way from its start to its end.
struct Cursor<'a, K, V, const N: usize> {
    /// What comes after the entries: subtrees and their heights, the next one last. A leaf's height is 1, an entry's is 0.
    subtrees: Vec<(u32, &'a Child<K, V, N>)>,
    /// What comes next: the rest of a leaf.
    entries: Option<(&'a Leaf<K, V, N>, usize)>,
}

impl<'a, K: Key, V: Clone + Default, const N: usize> Cursor<'a, K, V, N> {
    fn at(root: &'a Child<K, V, N>) -> Self {
        let mut height = 1;
        let mut child = root;
        while let Child::Inner(inner) = child {
            height += 1;
            child = &inner.children[0];
        }
        let empty = matches!(root, Child::Empty);
        Self {
            subtrees: if empty {
                Vec::new()
            } else {
                vec![(height, root)]
            },
            entries: None,
        }
    }

    fn first_key(&self) -> Option<K> {
        match self.entries {
            Some((leaf, at)) => Some(leaf.keys[at]),
            None => self.subtrees.last().map(|(_, child)| child.first_key()),
        }
    }

    fn height(&self) -> u32 {
        match self.entries {
            Some(_) => 0,
            None => self.subtrees.last().map_or(0, |(height, _)| *height),
        }
    }

    /// Takes the next subtree apart, or passes the next entry and returns it.
    fn step(&mut self) -> Option<(&'a K, &'a V)> {
        if let Some((leaf, at)) = self.entries {
            self.entries = (at + 1 < leaf.len).then_some((leaf, at + 1));
            return Some((&leaf.keys[at], &leaf.values[at]));
        }
        match self.subtrees.pop()? {
            (_, Child::Empty) => {}
            (_, Child::Leaf(leaf)) => self.entries = (leaf.len > 0).then_some((&**leaf, 0)),
            (height, Child::Inner(inner)) => {
                let children = inner.children[..inner.len].iter().rev();
                self.subtrees
                    .extend(children.map(|child| (height - 1, child)));
            }
        }
        None
    }

    /// Passes the next subtree of both if it is one and the same.
    fn skip_shared(&mut self, other: &mut Self) -> bool {
        if self.entries.is_some() || other.entries.is_some() {
            return false;
        }
        let shared = match (self.subtrees.last(), other.subtrees.last()) {
            (Some((_, Child::Leaf(a))), Some((_, Child::Leaf(b)))) => Arc::ptr_eq(a, b),
            (Some((_, Child::Inner(a))), Some((_, Child::Inner(b)))) => Arc::ptr_eq(a, b),
            _ => false,
        };
        if shared {
            self.subtrees.pop();
            other.subtrees.pop();
        }
        shared
    }
}
