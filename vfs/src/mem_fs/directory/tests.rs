use std::collections::btree_map::Entry::Vacant;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn entry(name: &[u8], slot: u32) -> Entry {
    Entry {
        name: ShortName::new(name),
        slot,
        file_type: EntryType::File,
    }
}

fn listed(dir: &Directory, cookie: u64) -> Vec<(u64, Vec<u8>, u32)> {
    let mut listed = Vec::new();
    dir.visit_after(cookie, &mut |sequence, entry| {
        listed.push((sequence, entry.name.as_bytes().to_vec(), entry.slot));
        ControlFlow::Continue(())
    });
    listed
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8),
    Remove(u8),
    Rename(u8, u8),
    Snapshot,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || prop_oneof![0u8..20, any::<u8>()];
    let step = prop_oneof![
        6 => name().prop_map(Step::Insert),
        5 => name().prop_map(Step::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => Just(Step::Snapshot),
    ];
    prop::collection::vec(step, 0..400)
}

/// Names of all lengths, some inline and some not.
fn name_of(number: u8) -> Vec<u8> {
    vec![b'a' + number % 26; 1 + usize::from(number)]
}

/// What a diff passes is in order and true, and nothing that differs is left out.
fn check_diff(old: Option<&Directory>, new: Option<&Directory>) {
    let entries = |dir: Option<&Directory>| {
        let listed = dir.map_or(Vec::new(), |dir| listed(dir, 0));
        let by_sequence = |(sequence, name, slot)| (sequence, (name, slot));
        listed
            .into_iter()
            .map(by_sequence)
            .collect::<BTreeMap<_, _>>()
    };
    let (before, now) = (entries(old), entries(new));
    let mut rest: BTreeSet<_> = before.keys().chain(now.keys()).copied().collect();
    rest.retain(|sequence| before.get(sequence) != now.get(sequence));
    let mut last = 0;
    Directory::diff(old, new, |sequence, old, new| {
        let seen = |entry: &Entry| (entry.name.as_bytes().to_vec(), entry.slot);
        assert!(last < sequence);
        assert_eq!(old.map(seen), before.get(&sequence).cloned());
        assert_eq!(new.map(seen), now.get(&sequence).cloned());
        rest.remove(&sequence);
        last = sequence;
    });
    assert_eq!(rest, BTreeSet::new());
}

proptest! {
    #[test]
    fn behaves_like_a_map_in_order_of_arrival(steps in steps()) {
        let mut dir = Directory::new();
        let mut by_name = BTreeMap::<Vec<u8>, (u64, u32)>::new();
        let mut next = 1;
        let mut snapshots = Vec::new();
        for step in steps {
            match step {
                Step::Insert(number) => {
                    let name = name_of(number);
                    let added = entry(&name, number.into());
                    if let Vacant(free) = by_name.entry(name) {
                        dir.insert(added);
                        free.insert((next, number.into()));
                        next += 1;
                    }
                }
                Step::Remove(number) => {
                    let name = name_of(number);
                    let found = dir.find(&name).map(|(sequence, entry)| (sequence, entry.slot));
                    prop_assert_eq!(found, by_name.remove(&name));
                    if let Some((sequence, slot)) = found {
                        prop_assert_eq!(dir.remove(sequence).unwrap().slot, slot);
                        prop_assert!(dir.remove(sequence).is_none());
                    }
                }
                Step::Rename(from, to) => {
                    let (from, to) = (name_of(from), name_of(to));
                    if by_name.contains_key(&from) && !by_name.contains_key(&to) {
                        let moved = by_name.remove(&from).unwrap();
                        dir.rename(moved.0, ShortName::new(&to));
                        by_name.insert(to, moved);
                    }
                }
                Step::Snapshot => snapshots.push((dir.clone(), by_name.clone())),
            }
        }
        snapshots.push((dir, by_name));
        let few = || snapshots.iter().step_by(snapshots.len().div_ceil(4)).map(|(dir, _)| dir);
        for old in few() {
            few().for_each(|new| check_diff(Some(old), Some(new)));
            check_diff(Some(old), None);
            check_diff(None, Some(old));
        }
        for (dir, by_name) in snapshots {
            prop_assert_eq!(dir.len(), by_name.len());
            let mut model: Vec<_> = by_name.iter().map(|(n, (q, s))| (*q, n.clone(), *s)).collect();
            model.sort();
            for at in 0..=model.len() {
                let cookie = at.checked_sub(1).map_or(0, |at| model[at].0);
                prop_assert_eq!(&listed(&dir, cookie), &model[at..]);
            }
        }
    }
}

#[test]
fn names_with_equal_hashes_are_told_apart() {
    // All names of one hash: the order falls back to the names themselves.
    let mut by_hash = BTreeMap::<u32, Vec<u8>>::new();
    let mut pairs = Vec::new();
    for number in 0..400_000u32 {
        let name = format!("n{number}").into_bytes();
        if let Some(other) = by_hash.insert(hash(&name), name.clone()) {
            pairs.push((other, name));
        }
    }
    assert!(
        !pairs.is_empty(),
        "400,000 names have about 18 collisions in 32 bits"
    );
    let mut dir = Directory::new();
    for slot in 0..100 {
        dir.insert(entry(format!("other{slot}").as_bytes(), slot));
    }
    for (slot, (one, other)) in (1000..).zip(&pairs) {
        dir.insert(entry(one, slot));
        assert!(dir.find(other).is_none());
        dir.insert(entry(other, slot + 1_000_000));
    }
    for (slot, (one, other)) in (1000..).zip(&pairs) {
        let (sequence, found) = dir.find(one).unwrap();
        assert_eq!(found.slot, slot);
        dir.remove(sequence);
        assert!(dir.find(one).is_none());
        assert_eq!(dir.find(other).unwrap().1.slot, slot + 1_000_000);
    }
}

#[test]
fn a_cookie_outlives_its_entry_and_no_sequence_number_comes_twice() {
    for others in [2, 100] {
        let mut dir = Directory::new();
        for slot in 0..others {
            dir.insert(entry(format!("{slot}").as_bytes(), slot));
        }
        let last = listed(&dir, 0).pop().unwrap();
        dir.remove(last.0);
        assert_eq!(listed(&dir, last.0), []);
        dir.insert(entry(&last.1, 77));
        let again = listed(&dir, last.0);
        assert_eq!(again.len(), 1);
        assert!(again[0].0 > last.0);
    }
}

#[test]
fn a_directory_shrinks_back_to_a_vector() {
    let mut dir = Directory::new();
    for slot in 0..17 {
        dir.insert(entry(format!("{slot}").as_bytes(), slot));
    }
    assert!(matches!(dir.entries, Entries::Large(_)));
    for (sequence, ..) in listed(&dir, 0).into_iter().take(11) {
        dir.remove(sequence);
    }
    assert!(matches!(dir.entries, Entries::Small(_)));
    assert_eq!(listed(&dir, 0).len(), 6);
    assert!(dir.find(b"16").is_some());
}

#[test]
fn an_emptied_directory_keeps_little_room() {
    for others in [16, 40] {
        let mut dir = Directory::new();
        for slot in 0..others {
            dir.insert(entry(format!("{slot}").as_bytes(), slot));
        }
        for (sequence, ..) in listed(&dir, 0) {
            dir.remove(sequence);
        }
        let Entries::Small(entries) = &dir.entries else {
            panic!("it is empty");
        };
        assert!(entries.capacity() <= SPARE, "{}", entries.capacity());
    }
}

#[test]
fn sequence_numbers_end_where_an_inode_has_no_room_for_them() {
    let mut dir = Directory::new();
    dir.use_up(1);
    assert!(!dir.is_used_up());
    assert_eq!(dir.insert(entry(b"last", 1)), (1 << 48) - 1);
    assert!(dir.is_used_up());
    assert_eq!(dir.find(b"last").map(|found| found.0), Some((1 << 48) - 1));
}
