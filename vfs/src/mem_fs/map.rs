mod diff;
mod node;

use std::cmp::Ordering;
use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use self::node::{FANOUT, Inner, Leaf};

/// A persistent ordered map: a B+tree of `Arc` nodes, `N` entries a leaf.
///
/// Cloning copies the root pointer. A node is changed in place while nobody else holds it and copied when somebody does, so what a clone
/// shares is never disturbed. Keys are ordered by their rank, a number, and those of equal rank as the caller's [`Search`] says.
/// Separators in inner nodes are always the first key of their subtree, thus keys that are present; a search may look up what belongs to a key.
#[derive(Clone)]
pub(super) struct Map<K, V, const N: usize> {
    root: Child<K, V, N>,
    len: usize,
}

/// What a map is ordered by in the first place. Comparing numbers needs no branch, and most comparisons end there.
pub(super) trait Key: Copy + Default {
    type Rank: Copy + Ord;

    fn rank(&self) -> Self::Rank;

    /// How far behind this key, the first of its node, one of that rank is if the keys between them lie close, as sequence numbers do. It
    /// leads to a guess that is tried before a search. `None` where several keys can have one rank.
    fn distance(&self, rank: Self::Rank) -> Option<usize>;
}

/// A sought key.
pub(super) trait Search<K: Key> {
    fn rank(&self) -> K::Rank;

    /// How a stored key of the same rank lies to the sought one.
    fn tie(&mut self, stored: &K) -> Ordering;
}

/// Searches for a key whose rank is all of it.
pub(super) struct At<R>(pub(super) R);

impl<K: Key> Search<K> for At<K::Rank> {
    fn rank(&self) -> K::Rank {
        self.0
    }

    fn tie(&mut self, _: &K) -> Ordering {
        Ordering::Equal
    }
}

impl Key for u32 {
    type Rank = Self;

    fn rank(&self) -> Self {
        *self
    }

    fn distance(&self, rank: Self) -> Option<usize> {
        usize::try_from(rank.checked_sub(*self)?).ok()
    }
}

impl Key for u64 {
    type Rank = Self;

    fn rank(&self) -> Self {
        *self
    }

    fn distance(&self, rank: Self) -> Option<usize> {
        usize::try_from(rank.checked_sub(*self)?).ok()
    }
}

/// The rank of such a key is all of it, and keys seldom lie close.
impl Key for u128 {
    type Rank = Self;

    fn rank(&self) -> Self {
        *self
    }

    fn distance(&self, _: Self) -> Option<usize> {
        None
    }
}

#[derive(Clone, Default)]
enum Child<K, V, const N: usize> {
    #[default]
    Empty,
    Leaf(Arc<Leaf<K, V, N>>),
    Inner(Arc<Inner<K, V, N>>),
}

impl<K: Key, V: Clone + Default, const N: usize> Default for Map<K, V, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, V: Clone + Default, const N: usize> Map<K, V, N> {
    pub(super) const fn new() -> Self {
        Self {
            root: Child::Empty,
            len: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, mut search: impl Search<K>) -> Option<(&K, &V)> {
        let mut child = &self.root;
        loop {
            match child {
                Child::Empty => return None,
                Child::Inner(inner) => child = &inner.children[inner.position(&mut search)],
                Child::Leaf(leaf) => {
                    let at = leaf.find(&mut search).ok()?;
                    return Some((&leaf.keys[at], &leaf.values[at]));
                }
            }
        }
    }

    /// The value, to be changed. Call it for keys that are present: it unshares the way to where the key would be.
    pub(super) fn get_mut(&mut self, mut search: impl Search<K>) -> Option<&mut V> {
        let mut child = &mut self.root;
        loop {
            match child {
                Child::Empty => return None,
                Child::Inner(inner) => {
                    let inner = Arc::make_mut(inner);
                    child = &mut inner.children[inner.position(&mut search)];
                }
                Child::Leaf(leaf) => {
                    let at = leaf.find(&mut search).ok()?;
                    return Some(&mut Arc::make_mut(leaf).values[at]);
                }
            }
        }
    }

    pub(super) fn first(&self) -> Option<(&K, &V)> {
        let mut child = &self.root;
        loop {
            match child {
                Child::Empty => return None,
                Child::Inner(inner) => child = &inner.children[0],
                Child::Leaf(leaf) => return Some((&leaf.keys[0], &leaf.values[0])),
            }
        }
    }

    pub(super) fn last(&self) -> Option<(&K, &V)> {
        let mut child = &self.root;
        loop {
            match child {
                Child::Empty => return None,
                Child::Inner(inner) => child = &inner.children[inner.len - 1],
                Child::Leaf(leaf) => {
                    return Some((&leaf.keys[leaf.len - 1], &leaf.values[leaf.len - 1]));
                }
            }
        }
    }

    /// Adds a key that is not present.
    pub(super) fn insert(&mut self, key: K, value: V, mut search: impl Search<K>) {
        if let Some(sibling) = self.root.insert(key, value, &mut search, true) {
            let mut root = Inner::new();
            root.push(mem::take(&mut self.root));
            root.push(sibling);
            self.root = Child::Inner(Arc::new(root));
        }
        self.len += 1;
    }

    /// Removes a key. Call it for keys that are present, as with [`get_mut`](Self::get_mut).
    pub(super) fn remove(&mut self, mut search: impl Search<K>) -> Option<(K, V)> {
        let removed = self.root.remove(&mut search)?;
        self.len -= 1;
        match &mut self.root {
            Child::Leaf(leaf) if leaf.len == 0 => self.root = Child::Empty,
            Child::Inner(inner) if inner.len == 1 => {
                let only = inner.children[0].clone();
                self.root = only;
            }
            _ => {}
        }
        Some(removed)
    }

    /// Passes the entries whose keys are not before the sought one to `visit`, in order, until it breaks.
    pub(super) fn visit_from<'a>(
        &'a self,
        mut search: impl Search<K>,
        visit: &mut impl FnMut(&'a K, &'a V) -> ControlFlow<()>,
    ) {
        let _: ControlFlow<()> = self.root.visit_from(&mut search, visit);
    }

    /// Passes all entries to `visit`, in order.
    pub(super) fn for_each<'a>(&'a self, mut visit: impl FnMut(&'a K, &'a V)) {
        let _: ControlFlow<()> = self.root.visit_all(&mut |key, value| {
            visit(key, value);
            ControlFlow::Continue(())
        });
    }
}

impl<K: Key, V: Clone + Default, const N: usize> Child<K, V, N> {
    fn first_key(&self) -> K {
        match self {
            Self::Empty => K::default(),
            Self::Leaf(leaf) => leaf.keys[0],
            Self::Inner(inner) => inner.keys[0],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Leaf(leaf) => leaf.len,
            Self::Inner(inner) => inner.len,
        }
    }

    /// Adds the entry and returns the new right sibling if there was no room. `last`: nothing lies to the right in the whole tree.
    fn insert(
        &mut self,
        key: K,
        value: V,
        search: &mut impl Search<K>,
        last: bool,
    ) -> Option<Self> {
        match self {
            Self::Empty => {
                let mut leaf = Leaf::new();
                leaf.insert(0, key, value);
                *self = Self::Leaf(Arc::new(leaf));
                None
            }
            Self::Leaf(leaf) => {
                let at = leaf.find(search).unwrap_or_else(|at| at);
                let leaf = Arc::make_mut(leaf);
                if leaf.len < N {
                    leaf.insert(at, key, value);
                    return None;
                }
                // Keys that arrive in ascending order (sequence numbers, blocks of a growing file) leave full leaves behind.
                let keep = if last && at == N { N } else { N / 2 };
                let mut right = leaf.split_off(keep);
                if at <= keep && keep < N {
                    leaf.insert(at, key, value);
                } else {
                    right.insert(at - keep, key, value);
                }
                Some(Self::Leaf(Arc::new(right)))
            }
            Self::Inner(inner) => {
                let inner = Arc::make_mut(inner);
                let at = inner.position(search);
                let last = last && at + 1 == inner.len;
                let sibling = inner.children[at].insert(key, value, search, last);
                inner.keys[at] = inner.children[at].first_key();
                let sibling = sibling?;
                if inner.len < FANOUT {
                    inner.insert(at + 1, sibling);
                    return None;
                }
                let keep = if last { FANOUT } else { FANOUT / 2 };
                let mut right = inner.split_off(keep);
                if at < keep && keep < FANOUT {
                    inner.insert(at + 1, sibling);
                } else {
                    right.insert(at + 1 - keep, sibling);
                }
                Some(Self::Inner(Arc::new(right)))
            }
        }
    }

    fn remove(&mut self, search: &mut impl Search<K>) -> Option<(K, V)> {
        match self {
            Self::Empty => None,
            Self::Leaf(leaf) => {
                let at = leaf.find(search).ok()?;
                Some(Arc::make_mut(leaf).remove(at))
            }
            Self::Inner(inner) => {
                let inner = Arc::make_mut(inner);
                let at = inner.position(search);
                let removed = inner.children[at].remove(search)?;
                if inner.children[at].len() == 0 {
                    inner.remove(at);
                } else {
                    inner.keys[at] = inner.children[at].first_key();
                    inner.merge_around(at);
                }
                Some(removed)
            }
        }
    }

    fn visit_from<'a>(
        &'a self,
        search: &mut impl Search<K>,
        visit: &mut impl FnMut(&'a K, &'a V) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self {
            Self::Empty => ControlFlow::Continue(()),
            Self::Leaf(leaf) => {
                let from = leaf.find(search).unwrap_or_else(|at| at);
                leaf.visit(from, visit)
            }
            Self::Inner(inner) => {
                let at = inner.position(search);
                inner.children[at].visit_from(search, visit)?;
                for child in &inner.children[at + 1..inner.len] {
                    child.visit_all(visit)?;
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn visit_all<'a>(
        &'a self,
        visit: &mut impl FnMut(&'a K, &'a V) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self {
            Self::Empty => ControlFlow::Continue(()),
            Self::Leaf(leaf) => leaf.visit(0, visit),
            Self::Inner(inner) => inner.children[..inner.len]
                .iter()
                .try_for_each(|child| child.visit_all(visit)),
        }
    }

    /// Takes over the entries of the sibling to the right, for which there is room.
    fn absorb(&mut self, right: Self) {
        match (self, right) {
            (Self::Leaf(left), Self::Leaf(mut right)) => {
                let (left, right) = (Arc::make_mut(left), Arc::make_mut(&mut right));
                for at in 0..right.len {
                    left.keys[left.len] = right.keys[at];
                    left.values[left.len] = mem::take(&mut right.values[at]);
                    left.len += 1;
                }
            }
            (Self::Inner(left), Self::Inner(mut right)) => {
                let (left, right) = (Arc::make_mut(left), Arc::make_mut(&mut right));
                for child in &mut right.children[..right.len] {
                    left.push(mem::take(child));
                }
            }
            _ => debug_assert!(false, "siblings lie at the same height"),
        }
    }

    /// How many entries or children the node has room for.
    const fn capacity(&self) -> usize {
        match self {
            Self::Inner(_) => FANOUT,
            _ => N,
        }
    }
}

#[cfg(test)]
mod tests;
