use super::copy_up::UpperPlace;
use super::lookup::Walked;
use super::state::State;
use crate::refusal::at_last;
use crate::{Errno, FileType, LastName, Place, Stop, Walk};

impl State {
    pub(super) fn create_dir(&mut self, place: Place<'_>, mode: u32) -> Walk<()> {
        let walked = self.free_name(place)?;
        self.make(&walked, |state, to| {
            let made = state.layers.upper.create_dir(to.place(), mode);
            made.map_err(|stop| stop.errno())
        })
        .map_err(|errno| at_last(place, errno))
    }

    pub(super) fn symlink(&mut self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let walked = self.free_name(place)?;
        if place.must_be_dir {
            return Err(at_last(place, Errno::NoEntry));
        }
        self.make(&walked, |state, to| {
            let made = state.layers.upper.symlink(target, to.place());
            made.map_err(|stop| stop.errno())
        })
        .map_err(|errno| at_last(place, errno))
    }

    pub(super) fn link(&mut self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let (from, child) = self.find(old)?;
        let to = self.free_name(new).map_err(Stop::second)?;
        let at_new = |errno| at_last(new, errno).second();
        if new.must_be_dir {
            return Err(at_new(Errno::NoEntry));
        }
        if self.start_is_removed(&to) {
            return Err(at_new(Errno::NoEntry));
        }
        let child = match child {
            Some(child) if !child.is_dir() => child,
            _ => return Err(at_last(old, Errno::Permission)),
        };
        let source = self.bring_up(&from, &child).map_err(at_new)?;
        self.make(&to, |state, to| {
            let linked = state.layers.upper.link(source.place(), to.place());
            linked.map_err(|stop| stop.errno())
        })
        .map_err(at_new)?;
        self.one_more_name(&to, child.ino(), child.metadata.file_type);
        Ok(())
    }

    /// Counts a new name of a file of several names.
    fn one_more_name(&mut self, to: &Walked<'_>, ino: u64, file_type: FileType) {
        if file_type == FileType::Symlink {
            if let Some(link) = self.symlinks.get_mut(&ino) {
                link.metadata.nlink += 1;
            }
            return;
        }
        let linked = |entry: &super::files::FileEntry| entry.node.is_linked();
        if !self.files.get(&ino).is_some_and(linked) {
            return;
        }
        let index = to.last();
        let (Ok(dir), Some(name)) = (self.dirs.pin(to, index), to.names.get(index)) else {
            return;
        };
        if let Some(entry) = self.files.get_mut(&ino) {
            entry.names.push((dir, name.as_bytes().into()));
            entry.node.set_links(entry.node.links().saturating_add(1));
            entry.relinked = true;
        }
    }

    /// Walks to a name that must be free.
    fn free_name<'a>(&self, place: Place<'a>) -> Walk<Walked<'a>> {
        let walked = self.walk(place)?;
        if place.names.is_empty() || self.last(&walked, LastName::Act)?.is_some() {
            return Err(at_last(place, Errno::Exist));
        }
        Ok(walked)
    }

    /// Whether the directory of a walk's last name was removed. Only an open one can be.
    pub(super) fn start_is_removed(&self, walked: &Walked<'_>) -> bool {
        let start = walked.dirs.first().and_then(|dir| self.dirs.get(dir.ino));
        walked.dirs.len() == 1 && start.is_some_and(|dir| dir.removed)
    }

    /// Makes a name in the upper.
    fn make(
        &mut self,
        walked: &Walked<'_>,
        make: impl FnOnce(&Self, &UpperPlace<'_>) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let to = self.upper_place(walked, walked.last())?;
        make(self, &to)?;
        if let Some(dir) = walked.dirs.last() {
            self.touched(dir.ino);
        }
        Ok(())
    }
}
