use std::cmp::Ordering;
use std::mem;
use std::ops::ControlFlow;

use super::{Child, Key, Search};

/// Children of an inner node.
pub(super) const FANOUT: usize = 32;

#[derive(Clone)]
pub(super) struct Leaf<K, V, const N: usize> {
    pub(super) len: usize,
    pub(super) keys: [K; N],
    pub(super) values: [V; N],
}

#[derive(Clone)]
pub(super) struct Inner<K, V, const N: usize> {
    pub(super) len: usize,
    /// The first key of each child.
    pub(super) keys: [K; FANOUT],
    pub(super) children: [Child<K, V, N>; FANOUT],
}

impl<K: Key, V: Clone + Default, const N: usize> Leaf<K, V, N> {
    pub(super) fn new() -> Self {
        Self {
            len: 0,
            keys: [K::default(); N],
            values: std::array::from_fn(|_| V::default()),
        }
    }

    /// Where the sought key is, or else belongs.
    pub(super) fn find(&self, search: &mut impl Search<K>) -> Result<usize, usize> {
        let keys = &self.keys[..self.len];
        let rank = search.rank();
        if let Some(guess) = keys.first().and_then(|first| first.distance(rank))
            && keys.get(guess).is_some_and(|key| key.rank() == rank)
        {
            return Ok(guess);
        }
        find(keys, search)
    }

    pub(super) fn insert(&mut self, at: usize, key: K, value: V) {
        self.keys.copy_within(at..self.len, at + 1);
        self.values[at..=self.len].rotate_right(1);
        self.keys[at] = key;
        self.values[at] = value;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, at: usize) -> (K, V) {
        let removed = (self.keys[at], mem::take(&mut self.values[at]));
        self.keys.copy_within(at + 1..self.len, at);
        self.values[at..self.len].rotate_left(1);
        self.len -= 1;
        removed
    }

    pub(super) fn split_off(&mut self, keep: usize) -> Self {
        let mut right = Self::new();
        right.len = self.len - keep;
        right.keys[..right.len].copy_from_slice(&self.keys[keep..self.len]);
        right.values[..right.len].swap_with_slice(&mut self.values[keep..self.len]);
        self.len = keep;
        right
    }

    pub(super) fn visit<'a>(
        &'a self,
        from: usize,
        visit: &mut impl FnMut(&'a K, &'a V) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.keys[from..self.len]
            .iter()
            .zip(&self.values[from..self.len])
            .try_for_each(|(key, value)| visit(key, value))
    }
}

impl<K: Key, V: Clone + Default, const N: usize> Inner<K, V, N> {
    pub(super) fn new() -> Self {
        Self {
            len: 0,
            keys: [K::default(); FANOUT],
            children: std::array::from_fn(|_| Child::Empty),
        }
    }

    /// The child in which the sought key is or belongs.
    pub(super) fn position(&self, search: &mut impl Search<K>) -> usize {
        let keys = &self.keys[..self.len];
        let rank = search.rank();
        // Children that are full leaves of keys that lie close.
        let distance = keys.first().and_then(|first| first.distance(rank));
        if let Some(guess) = distance.map(|distance| distance / N)
            && keys.get(guess).is_some_and(|key| key.rank() <= rank)
            && keys.get(guess + 1).is_none_or(|next| rank < next.rank())
        {
            return guess;
        }
        match find(keys, search) {
            Ok(at) => at,
            Err(at) => at.saturating_sub(1),
        }
    }

    pub(super) fn push(&mut self, child: Child<K, V, N>) {
        self.insert(self.len, child);
    }

    pub(super) fn insert(&mut self, at: usize, child: Child<K, V, N>) {
        self.keys.copy_within(at..self.len, at + 1);
        self.children[at..=self.len].rotate_right(1);
        self.keys[at] = child.first_key();
        self.children[at] = child;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, at: usize) -> Child<K, V, N> {
        let removed = mem::take(&mut self.children[at]);
        self.keys.copy_within(at + 1..self.len, at);
        self.children[at..self.len].rotate_left(1);
        self.len -= 1;
        removed
    }

    pub(super) fn split_off(&mut self, keep: usize) -> Self {
        let mut right = Self::new();
        right.len = self.len - keep;
        right.keys[..right.len].copy_from_slice(&self.keys[keep..self.len]);
        right.children[..right.len].swap_with_slice(&mut self.children[keep..self.len]);
        self.len = keep;
        right
    }

    /// Merges the child with a neighbour if the two fill at most three quarters of one node, so that many removals leave no thin leaves behind
    /// and a removal after an insertion does not merge what was just split.
    pub(super) fn merge_around(&mut self, at: usize) {
        let room = self.children[at].capacity() * 3 / 4;
        if self.children[at].len() > room / 2 {
            return;
        }
        let fits = |left: usize| {
            left + 1 < self.len && self.children[left].len() + self.children[left + 1].len() <= room
        };
        let left = if fits(at) {
            at
        } else if at > 0 && fits(at - 1) {
            at - 1
        } else {
            return;
        };
        let right = self.remove(left + 1);
        self.children[left].absorb(right);
    }
}

/// Where the sought key is among these, or else belongs.
fn find<K: Key>(keys: &[K], search: &mut impl Search<K>) -> Result<usize, usize> {
    let rank = search.rank();
    let first = keys.partition_point(|key| key.rank() < rank);
    match keys.get(first) {
        Some(key) if key.rank() == rank => find_tied(keys, first, search),
        _ => Err(first),
    }
}

/// The same among keys of which the one at `first` is the first of the sought rank.
fn find_tied<K: Key>(
    keys: &[K],
    first: usize,
    search: &mut impl Search<K>,
) -> Result<usize, usize> {
    match search.tie(&keys[first]) {
        Ordering::Equal => return Ok(first),
        Ordering::Greater => return Err(first),
        Ordering::Less => {}
    }
    let rank = search.rank();
    let tied = keys[first..].iter().take_while(|key| key.rank() == rank);
    keys[first..first + tied.count()]
        .binary_search_by(|key| search.tie(key))
        .map(|at| first + at)
        .map_err(|at| first + at)
}
