use super::directory::EntryType;
use super::inode::Inode;
use super::limits::{Limits, Storage};
use super::short_name::ShortName;
use super::state::{Found, Parent, Spot, State, Taken};
use crate::{Errno, Place, Stop, Timestamp, Walk};

impl State {
    /// Moves a name. What it replaces is returned, to be dropped when the lock is gone.
    pub(super) fn rename(
        &mut self,
        old: &Place<'_>,
        new: &Place<'_>,
        storage: &Storage,
        limits: &Limits,
        now: Timestamp,
    ) -> Walk<Option<Inode>> {
        let from = self.parent(old)?;
        let to = self.parent(new).map_err(Stop::second)?;
        let Parent::Spot(from) = from else {
            return Err(Stop::failed(0, Errno::Busy));
        };
        let Parent::Spot(to) = to else {
            return Err(Stop::failed(0, Errno::Busy).second());
        };
        let Found::Taken(from) = self.last(from, old.last)? else {
            return Err(Stop::missing(from.index));
        };
        // A removed directory lies in none, and what it remembers of its parent may be out of date. No name is looked up there.
        if self.links(to.dir) == 0 {
            return Err(to.failed(Errno::NoEntry).second());
        }
        let replaced = match self.last(to, new.last).map_err(Stop::second)? {
            Found::Taken(replaced) => Some(replaced),
            Found::Free(_) | Found::Itself(_) => None,
        };
        if from.entry_type != EntryType::Dir {
            if old.must_be_dir {
                return Err(from.spot.failed(Errno::NotDir));
            }
            if new.must_be_dir {
                return Err(to.failed(Errno::NotDir).second());
            }
        }
        if replaced.as_ref().is_some_and(|r| r.slot == from.slot) {
            return Ok(None);
        }
        self.check_rename(&from, &to, replaced.as_ref(), limits)
            .map_err(|errno| to.failed(errno).second())?;
        let garbage = replaced.and_then(|replaced| self.replace(&replaced, storage, now));
        self.move_name(&from, &to, now);
        Ok(garbage)
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
                if moves_dir && from.spot.dir != to.dir && links.saturating_sub(2) >= limits.links {
                    return Err(Errno::TooManyLinks);
                }
            }
        }
        if from.spot.dir != to.dir {
            self.check_sequence(to.dir)?;
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
            }
        }
        self.change(from.slot, |times, _| times.changed = now);
    }
}
