use super::directory::EntryType;
use super::inode::Inode;
use super::limits::{Limits, Storage};
use super::short_name::ShortName;
use super::state::{Found, Spot, State};
use super::tree::ROOT;
use crate::{Errno, NodeId, Place, Stop, Timestamp, Walk};

/// A name that an operation takes away or moves.
struct Taken<'a> {
    spot: Spot<'a>,
    sequence: u64,
    slot: u32,
    entry_type: EntryType,
}

/// What removals return is to be dropped when the lock is gone.
impl State {
    pub(super) fn unlink(
        &mut self,
        place: &Place<'_>,
        storage: &Storage,
        now: Timestamp,
    ) -> Walk<Option<Inode>> {
        let taken = match self.taken(place)? {
            Err(_) => return Err(Stop::failed(0, Errno::IsDir)),
            Ok(taken) => taken,
        };
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
        let taken = match self.taken(place)? {
            Err(_) => return Err(Stop::failed(0, Errno::Busy)),
            Ok(taken) => taken,
        };
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

    pub(super) fn rename(
        &mut self,
        old: &Place<'_>,
        new: &Place<'_>,
        storage: &Storage,
        limits: &Limits,
        now: Timestamp,
    ) -> Walk<Option<Inode>> {
        let from = self.taken(old)?;
        let to = self.find(new).map_err(Stop::second)?;
        let Ok(from) = from else {
            return Err(Stop::failed(0, Errno::Busy));
        };
        let (spot, replaced) = match to {
            Found::Itself(_) => return Err(Stop::failed(0, Errno::Busy).second()),
            Found::Free(spot) => (spot, None),
            Found::Taken {
                spot,
                sequence,
                slot,
                entry_type,
            } => (
                spot,
                Some(Taken {
                    spot,
                    sequence,
                    slot,
                    entry_type,
                }),
            ),
        };
        if from.entry_type != EntryType::Dir && old.must_be_dir {
            return Err(from.spot.failed(Errno::NotDir));
        }
        let checked = if from.entry_type != EntryType::Dir && new.must_be_dir {
            Err(Errno::NotDir)
        } else {
            self.check_rename(&from, &spot, replaced.as_ref(), limits)
        };
        checked.map_err(|errno| spot.failed(errno).second())?;
        if replaced.as_ref().is_some_and(|r| r.slot == from.slot) {
            return Ok(None);
        }
        let garbage = replaced.and_then(|replaced| self.replace(&replaced, storage, now));
        self.move_name(&from, &spot, now);
        Ok(garbage)
    }

    /// Gives a directory back. One that was removed meanwhile goes with its last handle.
    pub(super) fn release(&mut self, id: NodeId) -> Option<Inode> {
        let slot = self.open.close_dir(id)?;
        if self.open.nameless.remove(&slot) {
            return self.tree.remove(slot);
        }
        None
    }

    /// A name that must be there. The inner error: there are no names.
    fn taken<'a>(&self, place: &Place<'a>) -> Walk<Result<Taken<'a>, ()>> {
        match self.find(place)? {
            Found::Itself(_) => Ok(Err(())),
            Found::Free(spot) => Err(Stop::missing(spot.index)),
            Found::Taken {
                spot,
                sequence,
                slot,
                entry_type,
            } => Ok(Ok(Taken {
                spot,
                sequence,
                slot,
                entry_type,
            })),
        }
    }

    fn is_empty_dir(&self, slot: u32) -> bool {
        self.tree.directory(slot).is_some_and(|dir| dir.len() == 0)
    }

    /// All that can be wrong with a rename once both names are known.
    fn check_rename(
        &self,
        from: &Taken<'_>,
        to: &Spot<'_>,
        replaced: Option<&Taken<'_>>,
        limits: &Limits,
    ) -> Result<(), Errno> {
        let moves_dir = from.entry_type == EntryType::Dir;
        if replaced.is_some_and(|r| r.slot == from.slot) {
            return Ok(());
        }
        if moves_dir && self.tree.is_within(to.dir, from.slot) {
            return Err(Errno::Invalid);
        }
        match replaced {
            Some(r) if r.entry_type == EntryType::Dir => {
                if self.tree.is_within(from.spot.dir, r.slot) {
                    return Err(Errno::NotEmpty);
                }
                if !moves_dir {
                    return Err(Errno::IsDir);
                }
                if !self.is_empty_dir(r.slot) {
                    return Err(Errno::NotEmpty);
                }
            }
            Some(_) if moves_dir => return Err(Errno::NotDir),
            Some(_) => {}
            None => {
                let links = self.links(to.dir);
                if links == 0 {
                    return Err(Errno::NoEntry);
                }
                if moves_dir && from.spot.dir != to.dir && links.saturating_sub(2) >= limits.links {
                    return Err(Errno::TooManyLinks);
                }
            }
        }
        Ok(())
    }

    /// Takes away the name that a rename is about to use.
    fn replace(
        &mut self,
        replaced: &Taken<'_>,
        storage: &Storage,
        now: Timestamp,
    ) -> Option<Inode> {
        let dir = replaced.spot.dir;
        self.tree.remove_entry(dir, replaced.sequence, now);
        if replaced.entry_type == EntryType::Dir {
            self.set_links(dir, self.links(dir).saturating_sub(1));
        }
        self.drop_name(replaced.slot, storage, now)
    }

    fn move_name(&mut self, from: &Taken<'_>, to: &Spot<'_>, now: Timestamp) {
        let name = ShortName::new(to.name.as_bytes());
        let dir = from.spot.dir;
        if dir == to.dir {
            if let Some(directory) = self.tree.touched_directory(dir, now) {
                directory.rename(from.sequence, name);
            }
        } else if let Some(mut entry) = self.tree.remove_entry(dir, from.sequence, now) {
            entry.name = name;
            self.tree.add_entry(to.dir, entry, now);
            if from.entry_type == EntryType::Dir {
                self.set_links(dir, self.links(dir).saturating_sub(1));
                self.set_links(to.dir, self.links(to.dir).saturating_add(1));
                self.tree.set_parent(from.slot, to.dir);
            }
        }
        self.change(from.slot, |times, _| times.changed = now);
    }

    /// Takes a name off a node's count. A node without names goes, unless it is open.
    fn drop_name(&mut self, slot: u32, storage: &Storage, now: Timestamp) -> Option<Inode> {
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
