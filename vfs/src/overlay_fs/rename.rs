use std::sync::Arc;

use super::files::FileEntry;
use super::layers::LowerNode;
use super::lookup::{Child, Walked};
use super::remove::Garbage;
use super::state::State;
use crate::refusal::at_last;
use crate::{Errno, FileType, LastName, Place, Stop, Walk};

/// One rename: both ways, the node that moves, and what is in its way.
struct Rename<'a> {
    from: Walked<'a>,
    node: Child,
    to: Walked<'a>,
    replaced: Option<Child>,
}

impl State {
    /// Moves a name. In the upper that is one rename: what is moved is copied there before, a directory without what it merges, which is found where it was.
    pub(super) fn rename(&mut self, old: Place<'_>, new: Place<'_>) -> Walk<Garbage> {
        let from = self.walk(old)?;
        let to = self.walk(new).map_err(Stop::second)?;
        let at_new = |errno| at_last(new, errno).second();
        if old.names.is_empty() {
            return Err(at_last(old, Errno::Busy));
        }
        if new.names.is_empty() {
            return Err(at_new(Errno::Busy));
        }
        let node = self.last(&from, LastName::Act)?;
        let node = node.ok_or(Stop::missing(from.last()))?;
        if self.start_is_removed(&to) {
            return Err(at_new(Errno::NoEntry));
        }
        let replaced = self.last(&to, LastName::Act).map_err(Stop::second)?;
        if !node.is_dir() && old.must_be_dir {
            return Err(at_last(old, Errno::NotDir));
        }
        if !node.is_dir() && new.must_be_dir {
            return Err(at_new(Errno::NotDir));
        }
        let rename = Rename {
            from,
            node,
            to,
            replaced,
        };
        if !self.check_rename(&rename).map_err(at_new)? {
            return Ok(Garbage::default());
        }
        let moved = self.move_name(&rename);
        if let (Err(_), Some(replaced)) = (&moved, &rename.replaced) {
            // What was held for its removal.
            drop(self.settle(replaced.ino()));
        }
        moved.map_err(at_new)
    }

    /// Makes the checks in the documented order, and says whether there is anything to do.
    fn check_rename(&self, rename: &Rename<'_>) -> Result<bool, Errno> {
        let node = &rename.node;
        if node.is_dir() && self.leads_through(&rename.to, node.ino()) {
            return Err(Errno::Invalid);
        }
        let Some(replaced) = &rename.replaced else {
            return Ok(true);
        };
        if replaced.is_dir() && self.leads_through(&rename.from, replaced.ino()) {
            return Err(Errno::NotEmpty);
        }
        if replaced.ino() == node.ino() {
            return Ok(false);
        }
        match (node.is_dir(), replaced.is_dir()) {
            (false, true) => Err(Errno::IsDir),
            (true, false) => Err(Errno::NotDir),
            (true, true) if !self.is_empty(&rename.to, replaced)? => Err(Errno::NotEmpty),
            _ => Ok(true),
        }
    }

    /// Whether a directory is one of those that the last name of a walk lies in.
    fn leads_through(&self, walked: &Walked<'_>, dir: u64) -> bool {
        let start = walked.dirs.first();
        walked.dirs.iter().any(|spot| spot.ino == dir)
            || start.is_some_and(|start| self.dirs.holds(dir, start.ino))
    }

    fn move_name(&mut self, rename: &Rename<'_>) -> Result<Garbage, Errno> {
        let Rename {
            from,
            node,
            to,
            replaced,
        } = rename;
        let (leaves, hides) = (self.hides(from)?, self.hides(to)?);
        let going = match replaced {
            Some(replaced) => Some(self.before_removal(to, replaced)?),
            None => None,
        };
        let source = self.bring_up(from, node)?;
        let target = self.upper_place(to, to.last())?;
        let upper = Arc::clone(&self.layers.upper);
        let moved = upper.rename(source.place(), target.place());
        moved.map_err(|stop| stop.errno())?;
        self.name_is_gone(from, leaves);
        self.name_is_gone(to, hides);
        let garbage = going.map(|going| self.after_removal(to, &going));
        let garbage = garbage.unwrap_or_default();
        match node.metadata.file_type {
            FileType::Dir => self.dir_has_moved(from, node, to),
            FileType::File => self.file_has_moved(from, node.ino(), to),
            _ => {}
        }
        Ok(garbage)
    }

    /// Records where the lower directories of a moved one are, and, if it is known, where it is now.
    fn dir_has_moved(&mut self, from: &Walked<'_>, node: &Child, to: &Walked<'_>) {
        let ino = node.ino();
        let lowers = node.lowers.iter().map(|lower| lower.node(from.names));
        let lowers: Box<[Arc<LowerNode>]> = lowers.collect();
        if !lowers.is_empty() {
            self.marks.entry(ino).or_default().lowers = Some(lowers);
            if let Some(name) = to.names.last() {
                self.recorded.insert(*name);
            }
        }
        self.touched(ino);
        if self.dirs.get(ino).is_some()
            && let (Ok(parent), Some(name)) = (self.dirs.pin(to, to.last()), to.names.last())
        {
            self.dirs.moved(ino, parent, *name);
        }
    }

    /// Notes the new name of a file of several names.
    fn file_has_moved(&mut self, from: &Walked<'_>, ino: u64, to: &Walked<'_>) {
        let linked = |entry: &FileEntry| entry.node.is_linked();
        if !self.files.get(&ino).is_some_and(linked) {
            return;
        }
        let (Some(dir), Some(name)) = (from.dirs.last(), from.names.last()) else {
            return;
        };
        let here = |(d, n): &(u64, Box<[u8]>)| *d == dir.ino && **n == *name.as_bytes();
        let (Ok(pinned), Some(new)) = (self.dirs.pin(to, to.last()), to.names.last()) else {
            return;
        };
        let Some(entry) = self.files.get_mut(&ino) else {
            return;
        };
        let new = (pinned, new.as_bytes().into());
        let unpinned = match entry.names.iter().position(here) {
            Some(at) => {
                entry.names.push(new);
                entry.names.swap_remove(at).0
            }
            None => pinned,
        };
        self.dirs.unpin(unpinned);
    }
}
