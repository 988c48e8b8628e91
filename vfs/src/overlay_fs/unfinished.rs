use std::sync::Arc;

use super::lookup::found;
use super::state::{State, times_of};
use crate::{Errno, FileSystem, Name, NodeId, Place, SetTimes, Walk};

/// How what cannot be finished is removed.
pub(super) type Removal = fn(&dyn FileSystem, Place<'_>) -> Walk<()>;

pub(super) const UNLINK: Removal = |fs, at| fs.unlink(at);
pub(super) const REMOVE_DIR: Removal = |fs, at| fs.remove_dir(at);

/// A copy that could neither be finished nor removed. It is not seen, and removed before the next change.
pub(super) struct Unfinished {
    /// The directory in which it is, pinned.
    dir: u64,
    name: Box<[u8]>,
    remove: Removal,
    /// What the directory's times were.
    times: SetTimes,
}

/// Where a copy is made.
pub(super) struct Site<'a> {
    /// The directory, which is known.
    pub(super) dir: u64,
    /// The same in the upper.
    pub(super) node: NodeId,
    pub(super) place: Place<'a>,
    pub(super) remove: Removal,
}

impl State {
    /// Makes a copy in a directory of the upper, whose times stay: creates it and then finishes it. What cannot be finished is removed again.
    pub(super) fn quietly<C, T>(
        &mut self,
        site: &Site<'_>,
        create: impl FnOnce() -> Result<C, Errno>,
        finish: impl FnOnce(C) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let upper = Arc::clone(&self.layers.upper);
        let parent = Place::dir(site.node);
        let before = upper.metadata(parent).map_err(|stop| stop.errno())?;
        let made = finish(create()?);
        self.keep_changed(site.dir, before.changed);
        let made = made.and_then(|made| {
            let kept = upper.set_times(parent, times_of(&before));
            kept.map(|()| made).map_err(|stop| stop.errno())
        });
        made.inspect_err(|_| {
            // The failure is what is told; what fails here adds nothing.
            if (site.remove)(&*upper, site.place).is_err() {
                self.leave_unfinished(site, times_of(&before));
            }
            let _moved = upper.set_times(parent, times_of(&before));
        })
    }

    fn leave_unfinished(&mut self, site: &Site<'_>, times: SetTimes) {
        if let Some(name) = site.place.names.last()
            && self.dirs.pin_known(site.dir)
        {
            self.unfinished.push(Unfinished {
                dir: site.dir,
                name: name.as_bytes().into(),
                remove: site.remove,
                times,
            });
        }
    }

    /// Whether what the upper has under a name is no more than the beginning of a copy.
    pub(super) fn is_unfinished(&self, dir: u64, name: Name<'_>) -> bool {
        let here = |left: &Unfinished| left.dir == dir && *left.name == *name.as_bytes();
        self.unfinished.iter().any(here)
    }

    /// Removes the copies that could not be finished; the times of their directories are what they were. Nothing may be changed before.
    pub(super) fn remove_unfinished(&mut self) -> Result<(), Errno> {
        while let Some(left) = self.unfinished.last() {
            let failed = |stop: crate::Stop| stop.errno();
            let at = self.dirs.in_upper(left.dir, &left.name);
            let (node, names) = at.ok_or(Errno::Io)?;
            let place = Place::act(node, &names);
            let parents = names.split_last().map(|(_, parents)| parents);
            let parent = Place::act(node, parents.unwrap_or_default());
            let upper = &self.layers.upper;
            if found(upper.metadata(place), 0).map_err(failed)?.is_some() {
                (left.remove)(&**upper, place).map_err(failed)?;
            }
            upper.set_times(parent, left.times).map_err(failed)?;
            let dir = left.dir;
            self.unfinished.pop();
            self.dirs.unpin(dir);
        }
        Ok(())
    }
}
