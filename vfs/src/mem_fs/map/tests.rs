use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Insert(u32, u8),
    Remove(u32),
    Change(u32, u8),
    Snapshot,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || prop_oneof![0u32..40, 0u32..600];
    let step = prop_oneof![
        4 => (key(), any::<u8>()).prop_map(|(k, v)| Step::Insert(k, v)),
        3 => key().prop_map(Step::Remove),
        1 => (key(), any::<u8>()).prop_map(|(k, v)| Step::Change(k, v)),
        1 => Just(Step::Snapshot),
    ];
    prop::collection::vec(step, 0..800)
}

type Subject = Map<u32, Option<u8>, 4>;

fn check(map: &Subject, model: &BTreeMap<u32, u8>) {
    assert_eq!(map.len(), model.len());
    let mut listed = Vec::new();
    map.for_each(|k, v| listed.push((*k, v.unwrap())));
    assert!(
        listed
            .iter()
            .copied()
            .eq(model.iter().map(|(k, v)| (*k, *v)))
    );
    assert_eq!(map.first().map(|(k, _)| *k), model.keys().next().copied());
    assert_eq!(map.last().map(|(k, _)| *k), model.keys().last().copied());
    check_shape(&map.root);
}

/// Separators are first keys, nothing is empty, and all leaves lie at the same height, which is returned.
fn check_shape(child: &Child<u32, Option<u8>, 4>) -> usize {
    match child {
        Child::Empty => 0,
        Child::Leaf(leaf) => {
            assert!(leaf.len > 0);
            1
        }
        Child::Inner(inner) => {
            let heights: Vec<_> = (0..inner.len)
                .map(|at| {
                    assert_eq!(inner.keys[at], inner.children[at].first_key());
                    check_shape(&inner.children[at])
                })
                .collect();
            assert!(heights.iter().all(|h| *h > 0 && *h == heights[0]));
            heights[0] + 1
        }
    }
}

/// What a diff passes is in order and true, and nothing that differs is left out.
fn check_diff(old: &(Subject, BTreeMap<u32, u8>), new: &(Subject, BTreeMap<u32, u8>)) {
    let mut last = None;
    let mut rest: BTreeSet<_> = old.1.keys().chain(new.1.keys()).copied().collect();
    rest.retain(|key| old.1.get(key) != new.1.get(key));
    old.0.diff(&new.0, |key, before, now| {
        assert!(last.is_none_or(|last| last < *key));
        assert_eq!(before.copied().flatten(), old.1.get(key).copied());
        assert_eq!(now.copied().flatten(), new.1.get(key).copied());
        rest.remove(key);
        last = Some(*key);
    });
    assert_eq!(rest, BTreeSet::new());
}

proptest! {
    #[test]
    fn behaves_like_an_ordered_map_and_leaves_snapshots_alone(steps in steps()) {
        let mut map = Subject::new();
        let mut model = BTreeMap::new();
        let mut snapshots = Vec::new();
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    if model.insert(key, value).is_none() {
                        map.insert(key, Some(value), At(key));
                    } else {
                        *map.get_mut(At(key)).unwrap() = Some(value);
                    }
                }
                Step::Remove(key) => {
                    let removed = map.remove(At(key));
                    prop_assert_eq!(removed, model.remove(&key).map(|v| (key, Some(v))));
                }
                Step::Change(key, value) => {
                    let there = map.get(At(key)).is_some();
                    prop_assert_eq!(there, model.contains_key(&key));
                    if let Some(old) = model.get_mut(&key) {
                        *old = value;
                        *map.get_mut(At(key)).unwrap() = Some(value);
                    }
                }
                Step::Snapshot => snapshots.push((map.clone(), model.clone())),
            }
        }
        check(&map, &model);
        for (map, model) in &snapshots {
            check(map, model);
        }
        snapshots.push((map, model));
        let few = || snapshots.iter().step_by(snapshots.len().div_ceil(4));
        for old in few() {
            few().for_each(|new| check_diff(old, new));
        }
    }

    #[test]
    fn a_visit_begins_where_it_is_told_and_stops_when_it_is_told(
        keys in prop::collection::btree_set(0u32..500, 0..200), from in 0u32..500, most in 1usize..20,
    ) {
        let mut map = Subject::new();
        for key in &keys {
            map.insert(*key, None, At(*key));
        }
        let mut seen = Vec::new();
        map.visit_from(At(from), &mut |k, _| {
            seen.push(*k);
            if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        prop_assert!(seen.into_iter().eq(keys.range(from..).take(most).copied()));
    }
}

#[test]
fn ascending_keys_fill_their_leaves() {
    let mut map = Map::<u64, u64, 8>::new();
    for key in 0..8 * 32 * 3 {
        map.insert(key, key, At(key));
    }
    let Child::Inner(root) = &map.root else {
        panic!("one level of leaves holds 8 * 32 keys");
    };
    assert_eq!(root.len, 3);
    assert!(root.children[..3].iter().all(|c| c.len() == FANOUT));
}

#[test]
fn removals_leave_no_thin_leaves_behind() {
    let mut map = Map::<u64, u64, 8>::new();
    for key in 0..4096 {
        map.insert(key, key, At(key));
    }
    for key in (0..4096).filter(|k| k % 16 != 0) {
        map.remove(At(key));
    }
    assert_eq!(map.len(), 256);
    assert!(leaves(&map.root) <= 256 * 2 / 3, "{}", leaves(&map.root));
}

fn leaves<K: Key, V: Clone + Default, const N: usize>(child: &Child<K, V, N>) -> usize {
    match child {
        Child::Empty => 0,
        Child::Leaf(_) => 1,
        Child::Inner(inner) => inner.children[..inner.len].iter().map(leaves).sum(),
    }
}

/// Removals merge and insertions split nodes, so that old and new share subtrees at different depths and places.
#[test]
fn a_diff_meets_little_but_what_differs() {
    let mut old = Map::<u64, u64, 8>::new();
    for key in 0..100_000 {
        old.insert(2 * key, key, At(2 * key));
    }
    let mut new = old.clone();
    for hundred in 0..10 {
        let start = 20_000 * hundred;
        for key in start..start + 40 {
            if key % 2 == 0 {
                new.remove(At(key));
            } else {
                new.insert(key, 0, At(key));
            }
        }
    }
    let (mut met, mut differ) = (0, 0);
    old.diff(&new, |_, before, now| {
        met += 1;
        differ += usize::from(before != now);
    });
    assert_eq!(differ, 400);
    assert!(met < 800, "{met} entries were compared");
    let mut same = 0;
    new.diff(&new.clone(), |_, _, _| same += 1);
    assert_eq!(same, 0);
    // A root that has grown a level.
    let mut large = old.clone();
    for key in 200_000..900_000 {
        large.insert(key, key, At(key));
    }
    let mut met = 0;
    old.diff(&large, |_, _, _| met += 1);
    assert!(met < 700_020, "{met} entries were compared");
}
