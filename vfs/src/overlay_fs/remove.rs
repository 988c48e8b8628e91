use std::ops::ControlFlow;
use std::sync::Arc;

use super::copy_up::Contents;
use super::directories::Released;
use super::files::FileIo;
use super::layers::open_dir;
use super::lock;
use super::lookup::{Child, Source, Walked, found};
use super::state::State;
use crate::refusal::at_last;
use crate::{
    Access, Errno, FileSystem, FileType, LastName, OpenFile, OpenOptions, Place, SetTime, SetTimes,
    Stop, Walk,
};

/// What a removal leaves to be dropped when the lock is gone.
#[derive(Default)]
pub(super) struct Garbage {
    pub(super) file: FileIo,
    pub(super) dirs: Released,
}

/// What has to be known of a name before it goes.
pub(super) struct Going {
    ino: u64,
    file_type: FileType,
    /// What was shown.
    metadata: crate::Metadata,
    /// Of a symbolic link of several names: the time.
    changed: Option<crate::Timestamp>,
    /// The number in the upper of a copy that has no name there and is still known by it.
    nameless: Option<u64>,
    /// In the upper: the number there, and whether this is the node's last name there.
    pub(super) upper: Option<(u64, bool)>,
}

impl State {
    pub(super) fn unlink(&mut self, place: Place<'_>) -> Walk<Garbage> {
        let (walked, child) = self.taken(place, Errno::IsDir)?;
        let failed = |errno| at_last(place, errno);
        if child.is_dir() {
            return Err(failed(Errno::IsDir));
        }
        if place.must_be_dir {
            return Err(failed(Errno::NotDir));
        }
        self.remove_name(&walked, &child, |upper, at| upper.unlink(at))
            .map_err(failed)
    }

    pub(super) fn remove_dir(&mut self, place: Place<'_>) -> Walk<Garbage> {
        let (walked, child) = self.taken(place, Errno::Busy)?;
        let failed = |errno| at_last(place, errno);
        if !child.is_dir() {
            return Err(failed(Errno::NotDir));
        }
        if !self.is_empty(&walked, &child).map_err(failed)? {
            return Err(failed(Errno::NotEmpty));
        }
        self.remove_name(&walked, &child, |upper, at| upper.remove_dir(at))
            .map_err(failed)
    }

    /// A name that must be there. `itself`: what is wrong if there are no names.
    fn taken<'a>(&self, place: Place<'a>, itself: Errno) -> Walk<(Walked<'a>, Child)> {
        let walked = self.walk(place)?;
        if place.names.is_empty() {
            return Err(at_last(place, itself));
        }
        let child = self.last(&walked, LastName::Act)?;
        Ok((walked, child.ok_or(Stop::missing(place.names.len() - 1))?))
    }

    /// Takes a name away, in the upper if it is there, and hides what is below.
    fn remove_name(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        remove: impl FnOnce(&dyn FileSystem, Place<'_>) -> Walk<()>,
    ) -> Result<Garbage, Errno> {
        let removed = self.try_to_remove(walked, child, remove);
        if removed.is_err() {
            // What was held for the removal.
            drop(self.settle(child.ino()));
        }
        removed
    }

    fn try_to_remove(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        remove: impl FnOnce(&dyn FileSystem, Place<'_>) -> Walk<()>,
    ) -> Result<Garbage, Errno> {
        let going = self.before_removal(walked, child)?;
        let index = walked.last();
        let hides = self.hides(walked)?;
        let layers = Arc::clone(&self.layers);
        let at = self.upper_place(walked, index)?;
        let removed = if going.upper.is_some() {
            remove(&*layers.upper, at.place())
        } else {
            layers.upper.set_times(at.parent(), MOVED)
        };
        removed.map_err(|stop| stop.errno())?;
        self.name_is_gone(walked, hides);
        Ok(self.after_removal(walked, &going))
    }

    /// Whether a lower layer has the last name, so that it must be hidden when it is gone or means something else.
    pub(super) fn hides(&self, walked: &Walked<'_>) -> Result<bool, Errno> {
        let hides = self.is_in_lowers(walked, walked.last());
        hides.map_err(|stop| stop.errno())
    }

    /// The last name does not mean any more what it did.
    pub(super) fn name_is_gone(&mut self, walked: &Walked<'_>, hides: bool) {
        let (Some(dir), Some(name)) = (walked.dirs.last(), walked.names.last()) else {
            return;
        };
        self.touched(dir.ino);
        if hides {
            self.white_out(dir.ino, *name);
        }
    }

    /// Does what can fail before a node loses a name: what is open lives on in the upper.
    pub(super) fn before_removal(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
    ) -> Result<Going, Errno> {
        let ino = child.ino();
        let mut going = Going {
            ino,
            file_type: child.metadata.file_type,
            metadata: child.metadata,
            changed: None,
            nameless: None,
            upper: None,
        };
        if !child.in_upper() && child.is_dir() && self.dirs.is_open(ino) {
            self.upper_dir(ino)?;
        }
        let open = |entry: &super::files::FileEntry| entry.handles > 0;
        if !child.in_upper() && self.files.get(&ino).is_some_and(open) {
            self.copy_file(ino, Contents::All)?;
        }
        if let Source::Lower(lower) = &child.source
            && child.metadata.nlink > 1
        {
            match child.metadata.file_type {
                FileType::File => drop(self.file_entry(walked, child)?),
                FileType::Symlink => {
                    self.note_linked_symlink(child.metadata, &lower.node(walked.names));
                }
                _ => {}
            }
        }
        let at = self.upper_place(walked, walked.last())?;
        let there = found(self.layers.upper.metadata(at.place()), 0);
        if let Some(metadata) = there.map_err(|stop| stop.errno())? {
            let number = self.layers.upper_number(&metadata);
            let last = metadata.nlink <= 1 || child.is_dir();
            going.upper = Some((number, last));
            if last && child.metadata.nlink > 1 {
                self.hold_nameless(ino, at.place())?;
            }
        }
        if let Some(entry) = self.files.get(&ino).filter(|entry| entry.is_nameless())
            && let Some(upper) = &lock::read(&entry.node.io).upper
        {
            going.nameless = Some(self.layers.upper_number(&upper.metadata()?));
        }
        if self.symlinks.contains_key(&ino) {
            // The removal is about to change the directory: it shows what time it is.
            let upper = &self.layers.upper;
            let touched = upper.set_times(at.parent(), MOVED);
            let metadata = touched.and_then(|()| upper.metadata(at.parent()));
            going.changed = Some(metadata.map_err(|stop| stop.errno())?.changed);
        }
        Ok(going)
    }

    /// Opens a file that is about to lose its last name in the upper while the lower layer still shows others.
    fn hold_nameless(&mut self, ino: u64, place: Place<'_>) -> Result<(), Errno> {
        let Some(entry) = self.files.get(&ino) else {
            return Ok(());
        };
        let node = Arc::clone(&entry.node);
        let mut io = lock::write(&node.io);
        if !node.is_linked() || io.upper.is_some() {
            return Ok(());
        }
        let upper = &self.layers.upper;
        let opened = |access| {
            let options = OpenOptions::existing(access);
            let file = super::layers::file_of(upper, upper.open(place, options))?;
            Ok(OpenFile::new(file, access))
        };
        // The host may forbid writing.
        let file = match opened(Access::READ_WRITE) {
            Err(Errno::Access | Errno::Permission | Errno::ReadOnly) => opened(Access::READ)?,
            opened => opened?,
        };
        io.upper = Some(file);
        Ok(())
    }

    /// Keeps the books of a node that has lost the last name of a walk.
    pub(super) fn after_removal(&mut self, walked: &Walked<'_>, going: &Going) -> Garbage {
        let mut garbage = Garbage::default();
        let ino = going.ino;
        match going.file_type {
            FileType::Dir => {
                self.marks.remove(&ino);
                garbage.dirs = self.dirs.removed(ino);
            }
            FileType::Symlink => {
                let changed = going.changed;
                if let Some(link) = self.symlinks.get_mut(&ino).map(|link| &mut link.metadata) {
                    link.nlink = link.nlink.saturating_sub(1);
                    link.changed = changed.unwrap_or(link.changed).max(link.changed);
                    if link.nlink == 0 {
                        self.symlinks.remove(&ino);
                    }
                }
            }
            _ => self.file_lost_a_name(walked, going),
        }
        if let Some((number, true)) = going.upper
            && !self.files.get(&ino).is_some_and(|e| e.is_nameless())
        {
            self.origins.remove(&number);
        }
        garbage.file = self.settle(ino);
        garbage
    }

    fn file_lost_a_name(&mut self, walked: &Walked<'_>, going: &Going) {
        let Some(entry) = self.files.get_mut(&going.ino) else {
            return;
        };
        if !entry.node.is_linked() {
            entry.dead = going.metadata.nlink <= 1;
            return;
        }
        let links = entry.node.links().saturating_sub(1);
        entry.node.set_links(links);
        entry.relinked = true;
        entry.dead = links == 0;
        let (Some(dir), Some(name)) = (walked.dirs.last(), walked.names.last()) else {
            return;
        };
        let here = |(d, n): &(u64, Box<[u8]>)| *d == dir.ino && **n == *name.as_bytes();
        if let Some(at) = entry.names.iter().position(here) {
            let (dir, _) = entry.names.swap_remove(at);
            self.dirs.unpin(dir);
        }
        if let (0, Some(number)) = (links, going.nameless) {
            self.origins.remove(&number);
        }
    }

    /// Whether nothing is seen in a directory.
    pub(super) fn is_empty(&self, walked: &Walked<'_>, child: &Child) -> Result<bool, Errno> {
        if child.in_upper() {
            let place = walked.upper_place(walked.last()).ok_or(Errno::Io)?;
            if !shows_nothing(&self.layers.upper, place, |_| false)? {
                return Ok(false);
            }
        }
        let marks = self.marks.get(&child.ino());
        let hidden = |name: &[u8]| marks.is_some_and(|marks| marks.whiteouts.contains(name));
        for lower in &child.lowers {
            let node = lower.node(walked.names);
            let fs = self.layers.lower(node.layer)?;
            let names = node.names();
            if !shows_nothing(fs, Place::act(fs.root(), &names), hidden)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Changes a directory's times as a name that comes or goes does.
const MOVED: SetTimes = SetTimes {
    accessed: SetTime::Keep,
    modified: SetTime::Now,
};

/// Whether a directory of a layer has no entries but hidden ones.
fn shows_nothing(
    fs: &Arc<dyn FileSystem>,
    place: Place<'_>,
    hidden: impl Fn(&[u8]) -> bool,
) -> Result<bool, Errno> {
    let dir = open_dir(&**fs, place)?;
    let mut empty = true;
    let listed = fs.open_dir_stream(dir).and_then(|mut stream| {
        stream.next_from(0, &mut |entry| {
            if hidden(entry.name) {
                return ControlFlow::Continue(());
            }
            empty = false;
            ControlFlow::Break(())
        })
    });
    fs.release(dir);
    listed.map(|()| empty)
}
