use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn listed(slab: &Slab<u32>) -> Vec<(u32, u32)> {
    let mut listed = Vec::new();
    slab.for_each(|slot, item| listed.push((slot, *item)));
    listed
}

/// What a diff passes is in order and true, and nothing that differs is left out.
fn check_diff(old: &(Slab<u32>, BTreeMap<u32, u32>), new: &(Slab<u32>, BTreeMap<u32, u32>)) {
    let mut rest: BTreeSet<_> = old.1.keys().chain(new.1.keys()).copied().collect();
    rest.retain(|slot| old.1.get(slot) != new.1.get(slot));
    let mut last = None;
    old.0.diff(&new.0, |slot, before, now| {
        assert!(last.is_none_or(|last| last < slot));
        assert_eq!(before, old.1.get(&slot));
        assert_eq!(now, new.1.get(&slot));
        rest.remove(&slot);
        last = Some(slot);
    });
    assert_eq!(rest, BTreeSet::new());
}

proptest! {
    #[test]
    fn behaves_like_a_map_that_gives_out_the_lowest_free_number(
        // Runs of insertions, and removals of the slots that are a multiple of something.
        steps in prop::collection::vec((0usize..300, 1u32..6, any::<bool>()), 1..20),
    ) {
        let mut slab = Slab::default();
        let mut model = BTreeMap::new();
        let mut free = BTreeSet::new();
        let mut snapshots = Vec::new();
        let mut next = 0;
        for (inserted, every, snapshot) in steps {
            if snapshot {
                snapshots.push((slab.clone(), model.clone()));
            }
            for _ in 0..inserted {
                let slot = slab.insert(next).unwrap();
                let lowest = free.pop_first().unwrap_or(u32::try_from(model.len()).unwrap());
                prop_assert_eq!(slot, lowest);
                model.insert(slot, next);
                next += 1;
            }
            let gone: Vec<u32> = model.keys().copied().filter(|s| s % every == 0).collect();
            for slot in gone {
                prop_assert_eq!(slab.remove(slot), model.remove(&slot));
                prop_assert_eq!(slab.remove(slot), None);
                free.insert(slot);
            }
            if let Some((&slot, item)) = model.iter_mut().next() {
                *item += 1000;
                *slab.get_mut(slot).unwrap() += 1000;
            }
        }
        snapshots.push((slab, model));
        let few = || snapshots.iter().step_by(snapshots.len().div_ceil(3));
        for old in few() {
            few().for_each(|new| check_diff(old, new));
        }
        for (slab, model) in snapshots {
            prop_assert_eq!(slab.len(), model.len());
            prop_assert_eq!(slab.get(u32::MAX), None);
            prop_assert!(model.iter().all(|(slot, item)| slab.get(*slot) == Some(item)));
            prop_assert_eq!(listed(&slab), model.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_hundred_thousand_items_come_and_go() {
    let mut slab = Slab::default();
    for item in 0..100_000 {
        assert_eq!(slab.insert(item), Ok(item));
    }
    assert!((0..100_000).all(|slot| slab.get(slot) == Some(&slot)));
    for slot in 0..100_000 {
        assert_eq!(slab.remove(slot), Some(slot));
    }
    assert_eq!(slab.len(), 0);
    assert!(matches!(slab.root, Branch::Empty), "pages were kept");
    assert_eq!(slab.insert(7), Ok(0));
}

#[test]
fn a_diff_meets_the_pages_that_differ() {
    let mut old = Slab::default();
    for item in 0..50_000 {
        assert_eq!(old.insert(item), Ok(item));
    }
    let mut new = old.clone();
    *new.get_mut(7).unwrap() = 0;
    new.remove(40_000);
    let mut met = Vec::new();
    old.diff(&new, |slot, before, now| {
        assert!(slot < 32 || slot / 32 == 40_000 / 32);
        if before != now {
            met.push((slot, before.copied(), now.copied()));
        }
    });
    assert_eq!(met, [(7, Some(7), Some(0)), (40_000, Some(40_000), None)]);
    // A root that has grown a level.
    for item in 0..50_000 {
        new.insert(item).unwrap();
    }
    let mut met = 0;
    old.diff(&new, |_, _, _| met += 1);
    assert!((50_000..50_100).contains(&met), "{met}");
}
