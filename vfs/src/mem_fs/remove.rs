use super::directory::EntryType;
use super::inode::Inode;
use super::limits::Storage;
use super::state::{Found, State, Taken};
use super::tree::ROOT;
use crate::{Errno, NodeId, Place, Stop, Timestamp, Walk};

/// What removals return is to be dropped when the lock is gone.
impl State {
    pub(super) fn unlink(
        &mut self,
        place: &Place<'_>,
        storage: &Storage,
        now: Timestamp,
    ) -> Walk<Option<Inode>> {
        let taken = self.taken(place, Errno::IsDir)?;
        if taken.entry_type == EntryType::Dir {
            return Err(taken.spot.failed(Errno::IsDir));
        }
        if place.must_be_dir {
            return Err(taken.spot.failed(Errno::NotDir));
        }
        self.tree.remove_entry(taken.spot.dir, taken.sequence, now);
        Ok(self.drop_name(taken.slot, storage, now))
    }

    pub(super) fn remove_dir(
        &mut self,
        place: &Place<'_>,
        storage: &Storage,
        now: Timestamp,
    ) -> Walk<Option<Inode>> {
        let taken = self.taken(place, Errno::Busy)?;
        if taken.entry_type != EntryType::Dir {
            return Err(taken.spot.failed(Errno::NotDir));
        }
        if !self.is_empty_dir(taken.slot) {
            return Err(taken.spot.failed(Errno::NotEmpty));
        }
        let parent = taken.spot.dir;
        self.tree.remove_entry(parent, taken.sequence, now);
        self.set_links(parent, self.links(parent).saturating_sub(1));
        Ok(self.drop_name(taken.slot, storage, now))
    }

    /// Gives a directory back. One that was removed meanwhile goes with its last handle.
    pub(super) fn release(&mut self, id: NodeId) -> Option<Inode> {
        let slot = self.open.close_dir(id)?;
        if self.open.nameless.remove(&slot) {
            return self.tree.remove(slot);
        }
        None
    }

    /// A name that must be there. `itself`: what is wrong if there are no names.
    fn taken<'a>(&self, place: &Place<'a>, itself: Errno) -> Walk<Taken<'a>> {
        match self.find(place)? {
            Found::Itself(_) => Err(Stop::failed(0, itself)),
            Found::Free(spot) => Err(Stop::missing(spot.index)),
            Found::Taken(taken) => Ok(taken),
        }
    }

    pub(super) fn is_empty_dir(&self, slot: u32) -> bool {
        self.tree.directory(slot).is_some_and(|dir| dir.len() == 0)
    }

    /// Takes a name off a node's count. A node without names goes, unless it is open.
    pub(super) fn drop_name(
        &mut self,
        slot: u32,
        storage: &Storage,
        now: Timestamp,
    ) -> Option<Inode> {
        debug_assert_ne!(slot, ROOT);
        let inode = self.tree.inode(slot)?;
        let is_dir = inode.entry_type() == EntryType::Dir;
        let nlink = if is_dir {
            0
        } else {
            inode.nlink.saturating_sub(1)
        };
        let open = self.open.file(slot).is_some() || is_dir && self.open.is_dir_open(slot);
        if nlink == 0 && !open {
            let inode = self.tree.remove(slot)?;
            storage.refund(inode.charged(storage.owner));
            return Some(inode);
        }
        if nlink == 0 {
            self.open.nameless.insert(slot);
        }
        self.set_links(slot, nlink);
        self.change(slot, |times, _| times.changed = now);
        None
    }
}
