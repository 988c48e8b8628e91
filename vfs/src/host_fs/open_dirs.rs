use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use cap_std::fs::Dir;

use super::sys::Listing;
use crate::{Errno, NodeId};

/// The open directories of a filesystem: a slab whose slots are reused, each time under a new generation.
///
/// A reader takes a counted handle out and works on it without the lock, so a slow host never holds up others, and a handle is
/// closed by whoever lets go of it last, never under the lock.
pub(super) struct OpenDirs {
    slots: RwLock<Slots>,
}

/// An open directory of the host.
pub(super) struct Opened {
    /// The handle; perhaps good for walking only.
    pub(super) dir: Dir,
    /// Whether the handle can also be synced and was opened under the right to list it.
    pub(super) readable: bool,
    /// The id was given back. A call that runs at that moment may still have its share in the handle.
    released: AtomicBool,
    /// What the listings of the directory share.
    pub(super) listing: Listing,
}

impl Opened {
    pub(super) fn new(dir: Dir, readable: bool) -> Self {
        Self {
            dir,
            readable,
            released: AtomicBool::new(false),
            listing: Listing::default(),
        }
    }

    /// Whether the id of this directory was given back.
    pub(super) fn is_released(&self) -> bool {
        self.released.load(Ordering::Acquire)
    }
}

struct Slots {
    slots: Vec<Slot>,
    /// Slots that nobody uses and whose generation may still grow.
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    /// How often the id was given out and not yet released.
    count: u32,
    opened: Option<Arc<Opened>>,
}

/// Slot 0 is the root's for good.
const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};

impl OpenDirs {
    pub(super) fn new(root: Opened) -> Self {
        let slot = Slot {
            generation: ROOT.generation,
            count: 1,
            opened: Some(Arc::new(root)),
        };
        Self {
            slots: RwLock::new(Slots {
                slots: vec![slot],
                free: Vec::new(),
            }),
        }
    }

    pub(super) const fn root(&self) -> NodeId {
        ROOT
    }

    /// The directory of this id, or `None` if the id was released.
    pub(super) fn get(&self, node: NodeId) -> Option<Arc<Opened>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.get(node)?.opened.clone()
    }

    /// Takes a directory in, under a new id.
    ///
    /// # Errors
    /// [`Errno::TooManyOpenFiles`] if there are no more numbers.
    pub(super) fn insert(&self, opened: Opened) -> Result<NodeId, Errno> {
        let opened = Arc::new(opened);
        let inserted = {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            slots.insert(opened)
        };
        // A directory that found no room is closed here, after the lock.
        inserted.map_err(|_no_room| Errno::TooManyOpenFiles)
    }

    /// Counts an id once more.
    ///
    /// # Errors
    /// [`Errno::BadFd`] if it was released; [`Errno::TooManyOpenFiles`] if the count is at its end.
    pub(super) fn count(&self, node: NodeId) -> Result<(), Errno> {
        if node == ROOT {
            return Ok(());
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get_mut(node).ok_or(Errno::BadFd)?;
        slot.count = slot.count.checked_add(1).ok_or(Errno::TooManyOpenFiles)?;
        Ok(())
    }

    /// Gives an id back. The root and unknown ids are left alone.
    pub(super) fn release(&self, node: NodeId) {
        if node == ROOT {
            return;
        }
        let closed = {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            slots.release(node)
        };
        if let Some(closed) = &closed {
            closed.released.store(true, Ordering::Release);
        }
        // The descriptor is closed here, after the lock, unless a call that runs at this moment still has a share in it.
        drop(closed);
    }
}

impl Slots {
    fn get(&self, node: NodeId) -> Option<&Slot> {
        let slot = self.slots.get(usize::try_from(node.slot).ok()?)?;
        (slot.generation == node.generation).then_some(slot)
    }

    fn get_mut(&mut self, node: NodeId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(usize::try_from(node.slot).ok()?)?;
        (slot.generation == node.generation && slot.opened.is_some()).then_some(slot)
    }

    /// Gives the directory back if there is no room.
    fn insert(&mut self, opened: Arc<Opened>) -> Result<NodeId, Arc<Opened>> {
        if let Some(slot) = self.free.pop() {
            let free = usize::try_from(slot).ok();
            if let Some(free) = free.and_then(|index| self.slots.get_mut(index)) {
                free.count = 1;
                free.opened = Some(opened);
                let generation = free.generation;
                return Ok(NodeId { slot, generation });
            }
        }
        let Ok(slot) = u32::try_from(self.slots.len()) else {
            return Err(opened);
        };
        let generation = 0;
        self.slots.push(Slot {
            generation,
            count: 1,
            opened: Some(opened),
        });
        Ok(NodeId { slot, generation })
    }

    fn release(&mut self, node: NodeId) -> Option<Arc<Opened>> {
        let slot = self.get_mut(node)?;
        slot.count -= 1;
        if slot.count > 0 {
            return None;
        }
        let closed = slot.opened.take();
        // A slot whose generations are used up is left empty for ever: an id must never come back with another meaning.
        if let Some(generation) = slot.generation.checked_add(1) {
            slot.generation = generation;
            self.free.push(node.slot);
        }
        closed
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn opened() -> Opened {
        let file = std::fs::File::open(".").expect("the current directory");
        Opened::new(Dir::from_std_file(file), true)
    }

    #[test]
    fn a_released_id_is_refused_also_after_its_slot_is_reused() {
        let dirs = OpenDirs::new(opened());
        let first = dirs.insert(opened()).expect("room");
        dirs.release(first);
        assert!(dirs.get(first).is_none());
        let second = dirs.insert(opened()).expect("room");
        assert_eq!(second.slot, first.slot);
        assert_ne!(second.generation, first.generation);
        assert!(dirs.get(first).is_none());
        assert_eq!(dirs.count(first), Err(Errno::BadFd));
        dirs.release(first);
        assert!(dirs.get(second).is_some());
    }

    #[test]
    fn an_id_lives_until_it_is_released_as_often_as_it_was_given() {
        let dirs = OpenDirs::new(opened());
        let node = dirs.insert(opened()).expect("room");
        dirs.count(node).expect("an open directory");
        dirs.release(node);
        assert!(dirs.get(node).is_some());
        dirs.release(node);
        assert!(dirs.get(node).is_none());
        dirs.release(node);
        assert!(dirs.get(dirs.root()).is_some());
    }

    #[test]
    fn the_root_is_always_open() {
        let dirs = OpenDirs::new(opened());
        dirs.release(dirs.root());
        assert!(dirs.get(dirs.root()).is_some());
    }

    #[test]
    fn a_slot_at_its_last_generation_is_retired() {
        let dirs = OpenDirs::new(opened());
        let node = dirs.insert(opened()).expect("room");
        dirs.slots.write().expect("the lock").slots[1].generation = u32::MAX;
        let last = NodeId {
            generation: u32::MAX,
            ..node
        };
        dirs.release(last);
        assert!(dirs.get(last).is_none());
        assert_ne!(dirs.insert(opened()).expect("room").slot, node.slot);
    }
}
