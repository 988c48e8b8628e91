use crate::NodeId;

/// What a filesystem keeps for each directory that is open, under ids that are refused once they were released.
///
/// A slot is used again with its next generation; one whose generations are used up is never used again.
pub(crate) struct NodeTable<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    first: u32,
}

struct Slot<T> {
    generation: u32,
    tenant: Option<T>,
}

impl<T> NodeTable<T> {
    /// An empty table whose ids begin with the slot `first`; those below it are the owner's.
    pub(crate) const fn starting_at(first: u32) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            first,
        }
    }

    /// Keeps `tenant` and returns its id, or gives it back if there are as many as there can be ids.
    pub(crate) fn insert(&mut self, tenant: T) -> Result<NodeId, T> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let next = u32::try_from(self.slots.len()).ok();
                let Some(slot) = next.and_then(|n| n.checked_add(self.first)) else {
                    return Err(tenant);
                };
                self.slots.push(Slot {
                    generation: 0,
                    tenant: None,
                });
                slot
            }
        };
        let Some(entry) = self.slot_mut(slot) else {
            return Err(tenant);
        };
        entry.tenant = Some(tenant);
        Ok(NodeId {
            slot,
            generation: entry.generation,
        })
    }

    /// What is kept under `id`, unless it was released.
    pub(crate) fn get(&self, id: NodeId) -> Option<&T> {
        let index = usize::try_from(id.slot.checked_sub(self.first)?).ok()?;
        let entry = self.slots.get(index)?;
        entry
            .tenant
            .as_ref()
            .filter(|_| entry.generation == id.generation)
    }

    /// Takes out what is kept under `id`. The caller drops it when it holds no lock.
    pub(crate) fn remove(&mut self, id: NodeId) -> Option<T> {
        let entry = self.slot_mut(id.slot)?;
        if entry.generation != id.generation {
            return None;
        }
        let tenant = entry.tenant.take()?;
        if let Some(next) = entry.generation.checked_add(1) {
            entry.generation = next;
            self.free.push(id.slot);
        }
        Some(tenant)
    }

    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot<T>> {
        let index = usize::try_from(slot.checked_sub(self.first)?).ok()?;
        self.slots.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_id_is_refused_even_when_its_slot_is_used_again() {
        let mut table = NodeTable::starting_at(3);
        let first = table.insert("a").unwrap();
        assert_eq!(first.slot, 3);
        assert_eq!(table.remove(first), Some("a"));
        assert_eq!(table.remove(first), None);
        let second = table.insert("b").unwrap();
        assert_eq!(second.slot, first.slot);
        assert_eq!(table.get(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.get(second), Some(&"b"));
    }

    #[test]
    fn the_slots_below_the_first_belong_to_the_owner() {
        let mut table = NodeTable::starting_at(2);
        let id = table.insert(()).unwrap();
        for slot in [0, 1, 3] {
            assert_eq!(table.get(NodeId { slot, ..id }), None);
            assert_eq!(table.remove(NodeId { slot, ..id }), None);
        }
    }

    #[test]
    fn a_slot_without_further_generations_stays_empty() {
        let mut table = NodeTable::starting_at(0);
        let id = table.insert(1).unwrap();
        table.slots[0].generation = u32::MAX;
        let last = NodeId {
            generation: u32::MAX,
            ..id
        };
        assert_eq!(table.remove(last), Some(1));
        assert_eq!(table.insert(2).unwrap().slot, 1);
        assert_eq!(table.get(last), None);
    }
}
