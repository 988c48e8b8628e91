use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Shared;
use super::directories::Directory;
use super::lock;
use super::lookup::found;
use super::state::State;
use crate::{DirEntry, DirStream, Errno, FileSystem, FileType, Metadata, Name, NodeId, Place};

/// The listing of a merged directory: the names of each lower directory, topmost first, then those that only the upper has.
///
/// A name's position is that in the first lower directory that has it, whatever it means now, and the lower layers never change. So an entry is neither lost nor passed twice
/// when it is copied up, replaced or made anew, and every cookie stays good.
pub(super) struct MergedStream {
    shared: Arc<Shared>,
    dir: NodeId,
    /// The listing of a layer that is under way, and the part that it is.
    inner: Option<(usize, Box<dyn DirStream>)>,
    rest: Option<Rest>,
}

/// What a layer had listed when the caller had enough. Going back in the layer for it would cost a caller with a small buffer each entry several times, and a host's tmpfs
/// loses its place when its next entry was removed meanwhile.
struct Rest {
    part: usize,
    /// Where the caller goes on from.
    cookie: u64,
    entries: VecDeque<Listed>,
    /// Where the layer goes on from when there are none: behind those that were not shown.
    behind: u64,
    /// The layer's listing. A new one would have to seek.
    inner: Option<(usize, Box<dyn DirStream>)>,
}

/// Some entries of a layer, in its order.
struct Batch {
    entries: VecDeque<Listed>,
    /// They were listed for an earlier call, and those of the upper can be gone by now.
    kept: bool,
    /// Where the layer was before them.
    from: u64,
}

/// An entry as a layer lists it.
struct Listed {
    name: Box<[u8]>,
    ino: u64,
    file_type: FileType,
    next: u64,
}

/// The open directory that is listed, in all layers.
struct Merged<'a> {
    state: &'a State,
    ino: u64,
    directory: &'a Directory,
}

/// How many entries are asked of a layer at once: at first, and at most. A layer may hold a lock meanwhile, so nothing else can be looked up then.
const FIRST_BATCH: usize = 32;
const LARGEST_BATCH: usize = 1024;

impl MergedStream {
    pub(super) const fn new(shared: Arc<Shared>, dir: NodeId) -> Self {
        Self {
            shared,
            dir,
            inner: None,
            rest: None,
        }
    }

    /// The next entries of a part of the listing.
    fn batch(
        &mut self,
        merged: &Merged<'_>,
        part: usize,
        mut cookie: u64,
        size: usize,
    ) -> Result<Batch, Errno> {
        let goes_on = |rest: &mut Rest| (rest.part, rest.cookie) == (part, cookie);
        let mut entries = VecDeque::new();
        if let Some(rest) = self.rest.take_if(goes_on) {
            (entries, cookie) = (rest.entries, rest.behind);
            self.inner = rest.inner;
        }
        if !entries.is_empty() {
            return Ok(Batch {
                entries,
                kept: true,
                from: cookie,
            });
        }
        let mut stream = match self.inner.take() {
            Some((at, stream)) if at == part => stream,
            _ => match merged.layer(part) {
                Some((fs, node)) => fs.open_dir_stream(node)?,
                None => {
                    return Ok(Batch {
                        entries,
                        kept: false,
                        from: cookie,
                    });
                }
            },
        };
        stream.next_from(cookie, &mut |entry| {
            if entries.len() == size {
                return ControlFlow::Break(());
            }
            entries.push_back(Listed {
                name: entry.name.into(),
                ino: entry.ino,
                file_type: entry.file_type,
                next: entry.next,
            });
            ControlFlow::Continue(())
        })?;
        self.inner = Some((part, stream));
        Ok(Batch {
            entries,
            kept: false,
            from: cookie,
        })
    }

    fn keep(&mut self, part: usize, cookie: u64, entries: VecDeque<Listed>, behind: u64) {
        self.rest = Some(Rest {
            part,
            cookie,
            entries,
            behind,
            inner: self.inner.take(),
        });
    }
}

impl DirStream for MergedStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let shared = Arc::clone(&self.shared);
        let state = lock::read(&shared.state);
        let ino = state.dirs.ino(self.dir)?;
        let directory = state.dirs.get(ino).ok_or(Errno::BadFd)?;
        if directory.removed {
            return Ok(());
        }
        let merged = Merged {
            state: &state,
            ino,
            directory,
        };
        let lowers = directory.lowers.len();
        let (mut part, mut inner) = directory.cookies.decode(lowers, cookie)?;
        if cookie == 0 {
            self.rest = None;
        }
        // Behind the last entry that was passed; `inner` is behind those that are not shown, too.
        let mut passed = inner;
        let mut size = FIRST_BATCH;
        while part <= lowers {
            let dev = merged.dev(part)?;
            let batch = self.batch(&merged, part, inner, size)?;
            let Batch {
                mut entries,
                kept,
                from,
            } = batch;
            inner = from;
            if entries.is_empty() && part == lowers {
                self.keep(part, passed, entries, inner);
                break;
            }
            if entries.is_empty() {
                (part, inner, passed) = (part + 1, 0, 0);
                self.inner = None;
                continue;
            }
            while let Some(entry) = entries.pop_front() {
                inner = entry.next;
                if kept && part == lowers && merged.look_up(part, &entry.name)?.is_none() {
                    continue;
                }
                let Some((ino, file_type)) = merged.shown(part, dev, &entry)? else {
                    continue;
                };
                let taken = sink(DirEntry {
                    name: &entry.name,
                    ino,
                    file_type,
                    next: directory.cookies.encode(lowers, part, entry.next)?,
                });
                if taken.is_break() {
                    entries.push_front(entry);
                    self.keep(part, passed, entries, inner);
                    return Ok(());
                }
                passed = entry.next;
            }
            size = (size * 4).min(LARGEST_BATCH);
        }
        Ok(())
    }
}

impl Merged<'_> {
    /// The directory in the layer of a part.
    fn layer(&self, part: usize) -> Option<(&dyn FileSystem, NodeId)> {
        let layers = &self.state.layers;
        match self.directory.lowers.get(part) {
            Some(lower) => Some((&**layers.lower(lower.path.layer).ok()?, lower.node?)),
            None => Some((&*layers.upper, self.directory.upper?)),
        }
    }

    /// The device of the directory in a part.
    fn dev(&self, part: usize) -> Result<u64, Errno> {
        let Some((fs, node)) = self.layer(part) else {
            return Ok(0);
        };
        let metadata = fs.metadata(Place::dir(node));
        metadata.map(|m| m.dev).map_err(|stop| stop.errno())
    }

    /// What a layer has under a name.
    fn look_up(&self, part: usize, name: &[u8]) -> Result<Option<Metadata>, Errno> {
        let Some((fs, node)) = self.layer(part) else {
            return Ok(None);
        };
        let names = [Name::new_unchecked(name)];
        let metadata = fs.metadata(Place::act(node, &names));
        found(metadata, 0).map_err(|stop| stop.errno())
    }

    /// The inode number and kind of an entry, unless it is hidden or has its position in another part.
    fn shown(
        &self,
        part: usize,
        dev: u64,
        entry: &Listed,
    ) -> Result<Option<(u64, FileType)>, Errno> {
        for earlier in 0..part {
            if self.look_up(earlier, &entry.name)?.is_some() {
                return Ok(None);
            }
        }
        let upper = self.directory.lowers.len();
        let layers = &self.state.layers;
        let name = Name::new_unchecked(&entry.name);
        if part < upper
            && !self.state.is_unfinished(self.ino, name)
            && let Some(metadata) = self.look_up(upper, &entry.name)?
        {
            let number = layers.upper_number(&metadata);
            return Ok(Some((self.state.ino_of_upper(number), metadata.file_type)));
        }
        if part < upper && self.state.is_whiteout(self.ino, name) {
            return Ok(None);
        }
        let mut metadata = Metadata {
            dev,
            ..Metadata::of(entry.file_type, entry.ino, 0)
        };
        // Another filesystem may be mounted there; only a directory can be a mount point.
        if entry.file_type == FileType::Dir
            && let Some(found) = self.look_up(part, &entry.name)?
        {
            metadata = found;
        }
        let ino = match self.directory.lowers.get(part) {
            Some(lower) => layers.lower_number(lower.path.layer, &metadata),
            None => self.state.ino_of_upper(layers.upper_number(&metadata)),
        };
        Ok(Some((ino, metadata.file_type)))
    }
}
