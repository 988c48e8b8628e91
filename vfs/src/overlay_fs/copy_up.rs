use std::sync::Arc;

use super::files::FileEntry;
use super::layers::{LowerNode, file_of, open_dir};
use super::lazy_file::{Copied, copy_data};
use super::lock;
use super::lookup::{Child, Source, Walked};
use super::state::{LinkedSymlink, Origin, State, times_of};
use super::unfinished::{REMOVE_DIR, Site, UNLINK};
use crate::{
    Access, Cause, Errno, FileSystem, FileType, Metadata, Name, NodeId, OpenFile, OpenOptions,
    Place, SetTime, SetTimes,
};

/// How much of a lower file's contents its copy is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    All,
    /// It is about to be cut.
    None,
}

/// A directory of the upper, given back when dropped if it was opened for this.
pub(super) struct UpperDir {
    fs: Arc<dyn FileSystem>,
    pub(super) node: NodeId,
    owned: bool,
}

impl UpperDir {
    fn open(fs: &Arc<dyn FileSystem>, place: Place<'_>) -> Result<Self, Errno> {
        Ok(Self {
            node: open_dir(&**fs, place)?,
            fs: Arc::clone(fs),
            owned: true,
        })
    }
}

impl Drop for UpperDir {
    fn drop(&mut self) {
        if self.owned {
            self.fs.release(self.node);
        }
    }
}

/// Where a name is in the upper, by way of a directory that is held.
pub(super) struct UpperPlace<'a> {
    dir: UpperDir,
    names: &'a [Name<'a>],
}

impl<'a> UpperPlace<'a> {
    /// The name itself.
    pub(super) fn place(&self) -> Place<'_> {
        Place::act(self.dir.node, self.names)
    }

    /// The directory in which it is.
    pub(super) fn parent(&self) -> Place<'_> {
        let parents = self.names.split_last().map(|(_, parents)| parents);
        Place::act(self.dir.node, parents.unwrap_or_default())
    }
}

impl State {
    /// The name `index` of a walk in the upper, where its directory is made if it isn't there yet.
    pub(super) fn upper_place<'a>(
        &mut self,
        walked: &Walked<'a>,
        index: usize,
    ) -> Result<UpperPlace<'a>, Errno> {
        self.remove_unfinished()?;
        let spot = walked.dirs.get(index).ok_or(Errno::Io)?;
        if spot.in_upper
            && let Some((node, names)) = walked.upper_way(index)
        {
            let dir = self.borrowed(node);
            return Ok(UpperPlace { dir, names });
        }
        let ino = self.dirs.pin(walked, index)?;
        let dir = self.upper_dir(ino);
        self.dirs.unpin(ino);
        let names = walked.names.get(index..=index).unwrap_or_default();
        Ok(UpperPlace { dir: dir?, names })
    }

    fn borrowed(&self, node: NodeId) -> UpperDir {
        UpperDir {
            fs: Arc::clone(&self.layers.upper),
            node,
            owned: false,
        }
    }

    /// A known directory in the upper, copied there if it isn't yet, and all above it.
    pub(super) fn upper_dir(&mut self, ino: u64) -> Result<UpperDir, Errno> {
        self.remove_unfinished()?;
        let mut missing = Vec::new();
        let mut at = ino;
        let mut node = loop {
            let dir = self.dirs.get(at).ok_or(Errno::Io)?;
            if let Some(node) = dir.upper {
                break self.borrowed(node);
            }
            let (parent, _) = dir.home.as_ref().ok_or(Errno::NoEntry)?;
            missing.push(at);
            at = *parent;
        };
        let mut parent = at;
        while let Some(ino) = missing.pop() {
            let name = self.dirs.get(ino).and_then(|dir| dir.home.clone());
            let (_, name) = name.ok_or(Errno::NoEntry)?;
            let mut child = self.upper_child_dir(parent, node.node, &name, ino)?;
            if self.dirs.is_open(ino)
                && let Some(dir) = self.dirs.get_mut(ino)
            {
                dir.upper = Some(child.node);
                child.owned = false;
            }
            (node, parent) = (child, ino);
        }
        Ok(node)
    }

    /// Opens a directory in the upper, or makes it like the topmost of its lower ones.
    fn upper_child_dir(
        &mut self,
        parent: u64,
        node: NodeId,
        name: &[u8],
        ino: u64,
    ) -> Result<UpperDir, Errno> {
        let names = [Name::new_unchecked(name)];
        let place = Place::act(node, &names);
        let layers = Arc::clone(&self.layers);
        let upper = &layers.upper;
        match upper.metadata(place) {
            Ok(_) => return UpperDir::open(upper, place),
            Err(stop) if stop.cause == Cause::Missing => {}
            Err(stop) => return Err(stop.errno()),
        }
        let lowers = self.dirs.get(ino).map(|dir| &dir.lowers);
        let source = lowers.and_then(|lowers| lowers.first()).ok_or(Errno::Io)?;
        let source = Arc::clone(&source.path);
        let metadata = layers.lower_metadata(&source)?;
        let site = Site {
            dir: parent,
            node,
            place,
            remove: REMOVE_DIR,
        };
        let create = || {
            let made = upper.create_dir(place, metadata.mode);
            made.map_err(|stop| stop.errno())
        };
        let finish = |()| finish_dir(upper, place, &metadata);
        let (made, found) = self.quietly(&site, create, finish)?;
        let number = layers.upper_number(&found);
        self.origins.insert(number, Origin::new(ino, source));
        self.keep_changed(ino, metadata.changed);
        Ok(made)
    }

    /// Sees to it that what a name stands for is in the upper, under that name.
    pub(super) fn bring_up<'a>(
        &mut self,
        walked: &Walked<'a>,
        child: &Child,
    ) -> Result<UpperPlace<'a>, Errno> {
        let index = walked.last();
        let Source::Lower(lower) = &child.source else {
            return self.upper_place(walked, index);
        };
        match child.metadata.file_type {
            FileType::Dir => {
                let ino = self.pin_child(walked, child)?;
                let copied = self.upper_dir(ino).map(drop);
                self.dirs.unpin(ino);
                copied?;
            }
            FileType::Symlink => {
                let source = lower.node(walked.names.get(..=index).unwrap_or_default());
                self.copy_symlink(walked, child, source)?;
            }
            FileType::File => {
                self.file_entry(walked, child)?;
                let brought = self.bring_file_up(walked, child.ino());
                let closed = self.settle(child.ino());
                drop(closed);
                brought?;
            }
            _ => return Err(Errno::NotSupported),
        }
        self.upper_place(walked, index)
    }

    /// Makes the directory known that the last name stands for.
    pub(super) fn pin_child(&mut self, walked: &Walked<'_>, child: &Child) -> Result<u64, Errno> {
        let deeper = walked.entered(child);
        self.dirs.pin(&deeper, walked.last() + 1)
    }

    fn copy_symlink(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        source: Arc<LowerNode>,
    ) -> Result<(), Errno> {
        let layers = Arc::clone(&self.layers);
        let target = layers.read_lower_link(&source)?;
        let to = self.upper_place(walked, walked.last())?;
        let place = to.place();
        let parent = self.opened(&to)?;
        let dir = self.dirs.pin(walked, walked.last())?;
        let site = Site {
            dir,
            node: parent.node,
            place,
            remove: UNLINK,
        };
        let create = || {
            let made = layers.upper.symlink(&target, place);
            made.map_err(|stop| stop.errno())
        };
        let finish = |()| {
            let times = layers.upper.set_times(place, times_of(&child.metadata));
            let made = times.and_then(|()| layers.upper.metadata(place));
            made.map_err(|stop| stop.errno())
        };
        let made = self.quietly(&site, create, finish);
        self.dirs.unpin(dir);
        let made = made?;
        if child.metadata.nlink > 1 {
            self.note_linked_symlink(child.metadata, &source);
        }
        let number = layers.upper_number(&made);
        self.origins
            .insert(number, Origin::new(child.ino(), source));
        Ok(())
    }

    /// Keeps what is shown of a symbolic link of several names.
    pub(super) fn note_linked_symlink(&mut self, metadata: Metadata, source: &Arc<LowerNode>) {
        let noted = self.symlinks.entry(metadata.ino);
        noted.or_insert_with(|| LinkedSymlink {
            metadata,
            source: Arc::clone(source),
        });
    }

    /// A handle of the directory that a name is in.
    fn opened(&self, to: &UpperPlace<'_>) -> Result<UpperDir, Errno> {
        let parent = to.parent();
        if parent.names.is_empty() {
            return Ok(self.borrowed(parent.dir));
        }
        UpperDir::open(&self.layers.upper, parent)
    }

    /// The entry of a lower file, made if there is none. If it is not copied it knows one of its names.
    pub(super) fn file_entry(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
    ) -> Result<&mut FileEntry, Errno> {
        let ino = child.ino();
        let index = walked.last();
        if !self.files.contains_key(&ino) {
            let names = walked.names.get(..=index).unwrap_or_default();
            let source = match &child.source {
                Source::Lower(lower) => lower.node(names),
                Source::Upper(number) => {
                    let origin = self.origins.get(number).ok_or(Errno::Io)?;
                    Arc::clone(&origin.source)
                }
            };
            let links = child.metadata.nlink;
            let entry = FileEntry::new(ino, source, Arc::default(), links);
            self.files.insert(ino, entry);
        }
        let entry = self.files.get(&ino).ok_or(Errno::Io)?;
        if entry.home.is_none() && !entry.node.is_copied() {
            let dir = self.dirs.pin(walked, index)?;
            let name = walked.names.get(index).ok_or(Errno::Io)?.as_bytes().into();
            if let Some(entry) = self.files.get_mut(&ino) {
                entry.home = Some((dir, name));
            }
        }
        self.files.get_mut(&ino).ok_or(Errno::Io)
    }

    /// Copies a lower file under the name of a walk.
    fn bring_file_up(&mut self, walked: &Walked<'_>, ino: u64) -> Result<(), Errno> {
        self.copy_file(ino, Contents::All)?;
        let entry = self.files.get(&ino).ok_or(Errno::Io)?;
        let index = walked.last();
        let name = walked.names.get(index).ok_or(Errno::Io)?.as_bytes();
        let dir = walked.dirs.get(index).ok_or(Errno::Io)?.ino;
        let here = |(d, n): &(u64, Box<[u8]>)| *d == dir && **n == *name;
        if !entry.node.is_linked() || entry.names.iter().any(here) {
            return Ok(());
        }
        let to = self.upper_place(walked, index)?;
        let parent = self.opened(&to)?;
        let pinned = self.dirs.pin(walked, index)?;
        let site = Site {
            dir: pinned,
            node: parent.node,
            place: to.place(),
            remove: UNLINK,
        };
        let added = self.add_name(ino, &site);
        if added.is_err() {
            self.dirs.unpin(pinned);
            return added;
        }
        if let Some(entry) = self.files.get_mut(&ino) {
            entry.names.push((pinned, name.into()));
        }
        Ok(())
    }

    /// Gives the copy of a file of several names one that is only in the lower layer so far.
    fn add_name(&mut self, ino: u64, site: &Site<'_>) -> Result<(), Errno> {
        let layers = Arc::clone(&self.layers);
        let entry = self.files.get(&ino).ok_or(Errno::Io)?;
        if let Some((known, name)) = entry.names.first().cloned() {
            let from = self.upper_dir(known)?;
            let names = [Name::new_unchecked(&name)];
            let old = Place::act(from.node, &names);
            let create = || {
                let linked = layers.upper.link(old, site.place);
                linked.map_err(|stop| stop.errno())
            };
            return self.quietly(site, create, Ok);
        }
        // It has none left that the upper could link to: the contents move to a new file.
        let node = Arc::clone(&entry.node);
        let mut io = lock::write(&node.io);
        let old = io.upper.as_ref().ok_or(Errno::Io)?;
        let metadata = old.metadata()?;
        let create = || create_file(&layers.upper, site.place, &metadata);
        let finish = |file| {
            let (file, made) = finish_file(file, &metadata, Contents::All)?;
            copy_data(old, &file, 0, metadata.size)?;
            file.set_times(times_of(&metadata))?;
            Ok((file, made))
        };
        let (file, made) = self.quietly(site, create, finish)?;
        let old_number = layers.upper_number(&metadata);
        if let Some(origin) = self.origins.remove(&old_number) {
            self.origins.insert(layers.upper_number(&made), origin);
        }
        io.upper = Some(file);
        Ok(())
    }

    /// Copies a lower file that knows its name, but for its contents.
    pub(super) fn copy_file(&mut self, ino: u64, contents: Contents) -> Result<(), Errno> {
        let entry = self.files.get(&ino).ok_or(Errno::Io)?;
        let node = Arc::clone(&entry.node);
        if node.is_copied() {
            return Ok(());
        }
        let (dir, name) = entry.home.clone().ok_or(Errno::NoEntry)?;
        let layers = Arc::clone(&self.layers);
        let metadata = layers.lower_metadata(&node.source)?;
        let parent = self.upper_dir(dir)?;
        let names = [Name::new_unchecked(&name)];
        let place = Place::act(parent.node, &names);
        let site = Site {
            dir,
            node: parent.node,
            place,
            remove: UNLINK,
        };
        let create = || create_file(&layers.upper, place, &metadata);
        let finish = |file| finish_file(file, &metadata, contents);
        let (file, made) = self.quietly(&site, create, finish)?;
        let origin = Origin {
            ino,
            source: Arc::clone(&node.source),
            written: Arc::clone(&node.written),
        };
        self.origins.insert(layers.upper_number(&made), origin);
        let visible = match contents {
            Contents::All => metadata.size,
            Contents::None => 0,
        };
        let mut io = lock::write(&node.io);
        io.upper = Some(file);
        io.copied = Some(Copied::nothing_of(visible, metadata.allocated));
        drop(io);
        if let Some(entry) = self.files.get_mut(&ino)
            && let Some(home) = entry.home.take()
        {
            if node.is_linked() {
                entry.names.push(home);
            } else {
                self.dirs.unpin(home.0);
            }
        }
        Ok(())
    }
}

impl Origin {
    fn new(ino: u64, source: Arc<LowerNode>) -> Self {
        Self {
            ino,
            source,
            written: Arc::default(),
        }
    }
}

/// Makes a new directory in the upper like the one that has this metadata, and opens it.
fn finish_dir(
    upper: &Arc<dyn FileSystem>,
    place: Place<'_>,
    like: &Metadata,
) -> Result<(UpperDir, Metadata), Errno> {
    let made = upper.metadata(place).map_err(|stop| stop.errno())?;
    if made.mode != like.mode {
        let set = upper.set_mode(place, like.mode);
        set.map_err(|stop| stop.errno())?;
    }
    let set = upper.set_times(place, times_of(like));
    set.map_err(|stop| stop.errno())?;
    Ok((UpperDir::open(upper, place)?, made))
}

fn create_file(
    upper: &Arc<dyn FileSystem>,
    place: Place<'_>,
    like: &Metadata,
) -> Result<OpenFile, Errno> {
    let options = OpenOptions {
        mode: like.mode | 0o600,
        ..OpenOptions::create_new()
    };
    let opened = file_of(upper, upper.open(place, options))?;
    Ok(OpenFile::new(opened, Access::READ_WRITE))
}

/// Makes a new file in the upper like the one that has this metadata, with a hole for contents.
fn finish_file(
    file: OpenFile,
    like: &Metadata,
    contents: Contents,
) -> Result<(OpenFile, Metadata), Errno> {
    if contents == Contents::All && like.size > 0 {
        file.set_len(like.size)?;
    }
    let made = file.metadata()?;
    if made.mode != like.mode {
        file.set_mode(like.mode)?;
    }
    let times = match contents {
        Contents::All => times_of(like),
        Contents::None => SetTimes {
            modified: SetTime::Keep,
            ..times_of(like)
        },
    };
    file.set_times(times)?;
    Ok((file, made))
}
