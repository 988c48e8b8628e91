use std::ops::ControlFlow;

use super::map::{At, Map};

/// Where a name is: the slot of its directory, and the sequence number of its entry there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    pub(super) dir: u32,
    pub(super) sequence: u64,
}

/// The names of hard-linked files but the one that each inode knows itself.
///
/// Few files have any, so that a table beside the inodes costs less than room in each of them. A persistent set of (slot of the node, slot of the
/// directory, sequence number) in one number; cloning copies a pointer.
#[derive(Clone)]
pub(super) struct FurtherNames {
    ids: Map<u128, (), 32>,
}

impl FurtherNames {
    pub(super) const fn new() -> Self {
        Self { ids: Map::new() }
    }

    pub(super) fn insert(&mut self, slot: u32, id: EntryId) {
        let key = key(slot, id);
        self.ids.insert(key, (), At(key));
    }

    pub(super) fn remove(&mut self, slot: u32, id: EntryId) {
        let key = key(slot, id);
        // Looking for what is not there would unshare the way to where it would be.
        if self.ids.get(At(key)).is_some() {
            self.ids.remove(At(key));
        }
    }

    /// Takes one of the node's names out of the table.
    pub(super) fn take_one(&mut self, slot: u32) -> Option<EntryId> {
        if self.ids.len() == 0 {
            return None;
        }
        let mut first = None;
        self.for_each_of(slot, |id| {
            first = Some(id);
            ControlFlow::Break(())
        });
        self.remove(slot, first?);
        first
    }

    /// Passes the node's names in the table to `visit`, until it breaks.
    pub(super) fn for_each_of(&self, slot: u32, mut visit: impl FnMut(EntryId) -> ControlFlow<()>) {
        let first = EntryId {
            dir: 0,
            sequence: 0,
        };
        self.ids.visit_from(At(key(slot, first)), &mut |found, ()| {
            let (of, id) = unpack(*found);
            if of != slot {
                return ControlFlow::Break(());
            }
            visit(id)
        });
    }

    /// How many names the table has.
    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }
}

fn key(slot: u32, id: EntryId) -> u128 {
    u128::from(slot) << 96 | u128::from(id.dir) << 64 | u128::from(id.sequence)
}

#[expect(clippy::cast_possible_truncation, reason = "the parts are meant")]
const fn unpack(key: u128) -> (u32, EntryId) {
    let id = EntryId {
        dir: (key >> 64) as u32,
        sequence: key as u64,
    };
    ((key >> 96) as u32, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(table: &FurtherNames, slot: u32) -> Vec<(u32, u64)> {
        let mut names = Vec::new();
        table.for_each_of(slot, |id| {
            names.push((id.dir, id.sequence));
            ControlFlow::Continue(())
        });
        names
    }

    #[test]
    fn a_node_has_its_own_names_only() {
        let mut table = FurtherNames::new();
        let id = |dir, sequence| EntryId { dir, sequence };
        let most = id(u32::MAX, u64::MAX);
        for slot in [0, 7, u32::MAX] {
            table.insert(slot, id(1, 2));
            table.insert(slot, most);
        }
        table.insert(7, id(0, 9));
        assert_eq!(names(&table, 7), [(0, 9), (1, 2), (u32::MAX, u64::MAX)]);
        assert_eq!(names(&table, 6), []);
        assert_eq!(table.take_one(6), None);
        assert_eq!(table.take_one(7), Some(id(0, 9)));
        table.remove(7, id(3, 3));
        table.remove(7, most);
        assert_eq!(names(&table, 7), [(1, 2)]);
        assert_eq!(names(&table, 0), names(&table, u32::MAX));
        assert_eq!(table.len(), 5);
    }
}
