use super::lookup::{Child, Walked};
use super::state::State;
use crate::refusal::at_last;
use crate::{Errno, FileType, Metadata, Place, SetTimes, Walk};

impl State {
    pub(super) fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        if let Some(metadata) = self.shortcut(place)? {
            return Ok(metadata);
        }
        match self.find(place)? {
            (_, Some(child)) => Ok(child.metadata),
            (walked, None) => self.metadata_of_start(&walked),
        }
    }

    /// What is known of the directory in which a walk begins.
    fn metadata_of_start(&self, walked: &Walked<'_>) -> Walk<Metadata> {
        let failed = |errno| crate::Stop::failed(0, errno);
        let start = walked.dir(0)?;
        let dir = self.dirs.get(start.ino).ok_or(failed(Errno::BadFd))?;
        let known = match (dir.upper, dir.lowers.first()) {
            (Some(node), _) => self.layers.upper.metadata(Place::dir(node)),
            (None, Some(lower)) => {
                let node = lower.node.ok_or(failed(Errno::BadFd))?;
                let fs = self.layers.lower(lower.path.layer).map_err(failed)?;
                fs.metadata(Place::dir(node))
            }
            (None, None) => return Err(failed(Errno::Io)),
        };
        let metadata = known.map_err(|stop| failed(stop.errno()))?;
        Ok(self.shown_start(start.ino, metadata, start.lowers.len()))
    }

    pub(super) fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let failed = |errno| at_last(place, errno);
        let (walked, child) = self.find(place)?;
        let child = child.ok_or(failed(Errno::Invalid))?;
        if child.metadata.file_type != FileType::Symlink {
            return Err(failed(Errno::Invalid));
        }
        self.target(&walked, walked.last(), &child).map_err(failed)
    }

    pub(super) fn set_times(&mut self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        let (walked, child) = self.find(place)?;
        if times == SetTimes::default() {
            return Ok(());
        }
        let set = |state: &Self, at: Place<'_>| {
            let upper = &state.layers.upper;
            upper.set_times(at, times).map_err(|stop| stop.errno())
        };
        self.change(&walked, child.as_ref(), set)
            .map_err(|errno| at_last(place, errno))
    }

    pub(super) fn set_mode(&mut self, place: Place<'_>, mode: u32) -> Walk<()> {
        let (walked, child) = self.find(place)?;
        let is_link = |child: &Child| child.metadata.file_type == FileType::Symlink;
        if child.as_ref().is_some_and(is_link) {
            return Err(at_last(place, Errno::NotSupported));
        }
        let set = |state: &Self, at: Place<'_>| {
            let upper = &state.layers.upper;
            upper.set_mode(at, mode).map_err(|stop| stop.errno())
        };
        self.change(&walked, child.as_ref(), set)
            .map_err(|errno| at_last(place, errno))
    }

    /// Changes the metadata of a node in the upper, where it is copied before.
    fn change(
        &mut self,
        walked: &Walked<'_>,
        child: Option<&Child>,
        set: impl FnOnce(&Self, Place<'_>) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let Some(child) = child else {
            let ino = walked.dirs.first().ok_or(Errno::Io)?.ino;
            let dir = self.upper_dir(ino)?;
            set(self, Place::dir(dir.node))?;
            self.touched(ino);
            return Ok(());
        };
        let at = self.bring_up(walked, child)?;
        set(self, at.place())?;
        match child.metadata.file_type {
            FileType::Dir => self.touched(child.ino()),
            FileType::Symlink if self.symlinks.contains_key(&child.ino()) => {
                let metadata = self.layers.upper.metadata(at.place());
                let metadata = metadata.map_err(|stop| stop.errno())?;
                if let Some(link) = self.symlinks.get_mut(&child.ino()) {
                    link.metadata.accessed = metadata.accessed;
                    link.metadata.modified = metadata.modified;
                    link.metadata.changed = metadata.changed;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
