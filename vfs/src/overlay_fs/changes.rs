use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::layers::{Layers, LowerNode, open_dir};
use super::state::State;
use super::{OverlayFs, lock};
use crate::{
    Change, ChangeKind, Errno, FileSystem, FileType, Metadata, Modified, Name, NodeId, Place,
};

/// How many bytes all paths may have together, for each name that was looked at and besides. A guest that makes a million directories, each in the last
/// one, would otherwise have the host write down terabytes.
const PATH_BYTES_PER_NAME: usize = 256;
const PATH_BYTES: usize = 64 << 20;

impl OverlayFs {
    /// What differs from the lower layers as they are merged. See [`Change`].
    ///
    /// What a populated upper held from the beginning counts as a change. It takes time in proportion to what is in the upper and what is hidden; only if a file was
    /// modified that had several names in a lower layer, and some of them are only there, all names are looked at.
    ///
    /// # Errors
    /// [`Errno::NameTooLong`] if the paths have more bytes together than 64 MiB and 256 for each name that was looked at, as those of a guest that nests
    /// directories without end; what a layer answers.
    pub fn changes(&self) -> Result<Vec<Change>, Errno> {
        let state = lock::read(&self.shared.state);
        let mut comparison = Comparison {
            state: &state,
            layers: &state.layers,
            gone: Vec::new(),
            come: Vec::new(),
            alive: HashSet::new(),
            modified: Vec::new(),
            links: HashMap::new(),
            room: PATH_BYTES,
        };
        comparison.compare_all()?;
        comparison.expand_gone()?;
        comparison.compare_nameless()?;
        let mut changes = comparison.joined();
        let links = std::mem::take(&mut comparison.links);
        drop(state);
        self.list_other_names(links, &mut changes)?;
        changes.sort_unstable();
        Ok(changes)
    }

    /// Adds the names that modified files have in lower layers only.
    fn list_other_names(
        &self,
        links: HashMap<u64, Links>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Errno> {
        let missing = |links: &Links| (links.seen.len() as u64) < links.nlink;
        if !links.values().any(missing) {
            return Ok(());
        }
        let mut dirs = vec![Vec::new()];
        while let Some(dir) = dirs.pop() {
            for entry in list(self, self.root(), &dir)? {
                let path = joined(&dir, &entry.name);
                if entry.file_type == FileType::Dir {
                    dirs.push(path);
                } else if let Some(links) = links.get(&entry.ino)
                    && !links.seen.contains(&path)
                {
                    changes.push(Change {
                        path: path.into(),
                        kind: ChangeKind::Modified(links.modified),
                        file_type: entry.file_type,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Modified {
    fn between(was: &Metadata, now: &Metadata, contents: bool) -> Self {
        Self {
            contents,
            mode: was.mode != now.mode,
            times: (was.accessed, was.modified) != (now.accessed, now.modified),
        }
    }
}

/// The comparison of what is with what the lower layers say.
struct Comparison<'a> {
    state: &'a State,
    layers: &'a Layers,
    gone: Vec<Gone>,
    come: Vec<Named>,
    /// What has come: a directory among this takes along what is in it.
    alive: HashSet<u64>,
    modified: Vec<(Named, Modified)>,
    /// The modified files that had several names.
    links: HashMap<u64, Links>,
    /// How many more bytes the paths may have.
    room: usize,
}

/// A name that the lower layers have and the overlay has not, and what it stands for there.
struct Gone {
    named: Named,
    /// Of a directory: what it merges.
    lowers: Vec<Arc<LowerNode>>,
}

/// What a name stands for. Of nodes that began in a lower layer, that layer's number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    node: u64,
    path: Vec<u8>,
    file_type: FileType,
}

/// Which names of a modified file are known.
struct Links {
    nlink: u64,
    modified: Modified,
    seen: HashSet<Vec<u8>>,
}

/// A directory of the upper that is to be compared.
struct Dir {
    ino: u64,
    path: Vec<u8>,
    lowers: Vec<Arc<LowerNode>>,
    /// What its metadata were, and how it is called, unless it is new.
    before: Option<(Metadata, Named)>,
    now: Metadata,
}

/// What the lower layers have under a name.
struct Before {
    node: u64,
    metadata: Metadata,
    lowers: Vec<Arc<LowerNode>>,
}

impl Comparison<'_> {
    fn compare_all(&mut self) -> Result<(), Errno> {
        let upper = &self.layers.upper;
        let now = upper.metadata(Place::dir(upper.root()));
        let now = now.map_err(|stop| stop.errno())?;
        let roots = (0..self.layers.lowers.len()).map(LowerNode::root);
        let lowers: Vec<_> = roots.collect();
        let root = Named {
            node: 0,
            path: Vec::new(),
            file_type: FileType::Dir,
        };
        let mut dirs = vec![Dir {
            ino: self.state.ino_of_upper(self.layers.upper_number(&now)),
            path: Vec::new(),
            lowers,
            before: Some((self.state.root, root)),
            now,
        }];
        while let Some(dir) = dirs.pop() {
            self.compare_dir(dir, &mut dirs)?;
        }
        Ok(())
    }

    /// Compares what is in a directory, and passes on those in it that are in the upper.
    fn compare_dir(&mut self, dir: Dir, deeper: &mut Vec<Dir>) -> Result<(), Errno> {
        let upper = Arc::clone(&self.layers.upper);
        let mut differs = false;
        let mut in_upper = HashSet::new();
        for entry in list(&*upper, upper.root(), &dir.path)? {
            let name = Name::new_unchecked(&entry.name);
            if self.state.is_unfinished(dir.ino, name) {
                continue;
            }
            let path = joined(&dir.path, &entry.name);
            self.room = (self.room + PATH_BYTES_PER_NAME)
                .checked_sub(path.len())
                .ok_or(Errno::NameTooLong)?;
            let names = names_of(&path);
            let metadata = upper.metadata(Place::act(upper.root(), &names));
            let metadata = metadata.map_err(|stop| stop.errno())?;
            differs |= self.compare_name(&dir, &entry.name, path, metadata, deeper)?;
            in_upper.insert(entry.name);
        }
        if let Some(marks) = self.state.marks.get(&dir.ino) {
            for name in &marks.whiteouts {
                if !in_upper.contains(name)
                    && let Some(before) = self.before(&dir.lowers, name)?
                {
                    self.gone(&dir.lowers, name, before)?;
                    differs = true;
                }
            }
        }
        if let Some((before, named)) = dir.before {
            self.compare_metadata(named, &before, &dir.now, differs);
        }
        Ok(())
    }

    /// Compares what a name of the upper stands for with what it stood for, and says whether that is another node.
    fn compare_name(
        &mut self,
        dir: &Dir,
        name: &[u8],
        path: Vec<u8>,
        metadata: Metadata,
        deeper: &mut Vec<Dir>,
    ) -> Result<bool, Errno> {
        let number = self.layers.upper_number(&metadata);
        let ino = self.state.ino_of_upper(number);
        let before = self.before(&dir.lowers, name)?;
        let hidden = self.state.is_whiteout(dir.ino, Name::new_unchecked(name));
        let file_type = metadata.file_type;
        let lowers = match (file_type, self.state.moved_lowers(ino)) {
            (FileType::Dir, Some(moved)) => moved.to_vec(),
            (FileType::Dir, None) if !hidden => before
                .as_ref()
                .map(|b| b.lowers.clone())
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let origin = self.state.origins.get(&number).cloned();
        // What a node is told by: its lower self, if it has one.
        let source = match (lowers.first(), &origin) {
            (Some(lower), _) => Some(Arc::clone(lower)),
            (None, Some(origin)) => Some(Arc::clone(&origin.source)),
            (None, None) => None,
        };
        let was = match &source {
            Some(source) => Some(self.layers.lower_metadata(source)?),
            None => None,
        };
        let node = match (&source, &was) {
            (Some(source), Some(was)) => self.layers.lower_number(source.layer, was),
            _ => ino,
        };
        let same = before.as_ref().is_some_and(|before| before.node == node);
        let named = Named {
            node,
            path: path.clone(),
            file_type,
        };
        if !same {
            if let Some(before) = before {
                self.gone(&dir.lowers, name, before)?;
            }
            self.alive.insert(node);
            self.come.push(named.clone());
        }
        let now = self.state.shown_upper(ino, metadata, lowers.len());
        if file_type == FileType::Dir {
            deeper.push(Dir {
                ino,
                path,
                lowers,
                before: was.map(|was| (was, named)),
                now,
            });
        } else if let (Some(was), Some(origin)) = (was, origin) {
            let written = origin.written.load(Ordering::Relaxed);
            self.compare_metadata(named, &was, &now, written);
        }
        Ok(!same)
    }

    fn compare_metadata(&mut self, named: Named, was: &Metadata, now: &Metadata, contents: bool) {
        let modified = Modified::between(was, now, contents);
        if modified == Modified::default() {
            return;
        }
        if was.nlink > 1 && named.file_type != FileType::Dir {
            let links = self.links.entry(now.ino).or_insert_with(|| Links {
                nlink: now.nlink,
                modified,
                seen: HashSet::new(),
            });
            links.seen.insert(named.path.clone());
        }
        self.modified.push((named, modified));
    }

    /// What the lower layers have under a name of a merged directory.
    fn before(&self, lowers: &[Arc<LowerNode>], name: &[u8]) -> Result<Option<Before>, Errno> {
        let mut before: Option<Before> = None;
        for lower in lowers {
            let node = lower.child(Name::new_unchecked(name));
            let metadata = match self.layers.lower_metadata(&node) {
                Ok(metadata) => metadata,
                Err(Errno::NoEntry) => continue,
                Err(errno) => return Err(errno),
            };
            let is_dir = metadata.file_type == FileType::Dir;
            match &mut before {
                None => {
                    before = Some(Before {
                        node: self.layers.lower_number(node.layer, &metadata),
                        metadata,
                        lowers: if is_dir { vec![node] } else { Vec::new() },
                    });
                    if !is_dir {
                        break;
                    }
                }
                Some(before) if is_dir => before.lowers.push(node),
                Some(_) => break,
            }
        }
        Ok(before)
    }

    fn gone(
        &mut self,
        lowers: &[Arc<LowerNode>],
        name: &[u8],
        before: Before,
    ) -> Result<(), Errno> {
        let dir = lowers.first().map(|lower| lower.path()).unwrap_or_default();
        let path = joined(&dir, name);
        self.room = (self.room + PATH_BYTES_PER_NAME)
            .checked_sub(path.len())
            .ok_or(Errno::NameTooLong)?;
        self.gone.push(Gone {
            named: Named {
                node: before.node,
                path,
                file_type: before.metadata.file_type,
            },
            lowers: before.lowers,
        });
        Ok(())
    }

    /// Lists all that was in directories that are gone. One that came elsewhere has been compared there.
    fn expand_gone(&mut self) -> Result<(), Errno> {
        let mut at = 0;
        while let Some(gone) = self.gone.get_mut(at) {
            at += 1;
            if self.alive.contains(&gone.named.node) {
                continue;
            }
            let lowers = std::mem::take(&mut gone.lowers);
            let mut names = HashSet::new();
            for lower in &lowers {
                let fs = self.layers.lower(lower.layer)?;
                let entries = list(&**fs, fs.root(), &lower.path())?;
                names.extend(entries.into_iter().map(|entry| entry.name));
            }
            for name in names {
                if let Some(before) = self.before(&lowers, &name)? {
                    self.gone(&lowers, &name, before)?;
                }
            }
        }
        Ok(())
    }

    /// Finds the modified nodes of several names of which the upper has none any more.
    fn compare_nameless(&mut self) -> Result<(), Errno> {
        let files = self
            .state
            .files
            .values()
            .filter(|entry| entry.is_nameless());
        let files = files.map(|entry| {
            (
                &entry.node.source,
                entry.node.metadata(),
                &entry.node.written,
            )
        });
        let links = self.state.symlinks.values();
        let never = AtomicBool::new(false);
        let links = links.map(|link| (&link.source, Ok(link.metadata), &never));
        for (source, now, written) in files.map(|(s, n, w)| (s, n, &**w)).chain(links) {
            let (was, now) = (self.layers.lower_metadata(source)?, now?);
            let modified = Modified::between(&was, &now, written.load(Ordering::Relaxed));
            if modified != Modified::default() {
                self.links.entry(now.ino).or_insert_with(|| Links {
                    nlink: now.nlink,
                    modified,
                    seen: HashSet::new(),
                });
            }
        }
        Ok(())
    }

    /// Makes renames of the names of one node that are gone and have come, and leaves out that new names of a modified node are modified.
    fn joined(&mut self) -> Vec<Change> {
        let gone = std::mem::take(&mut self.gone).into_iter();
        let mut gone: Vec<Named> = gone.map(|gone| gone.named).collect();
        gone.sort_unstable();
        self.come.sort_unstable();
        let mut changes = Vec::new();
        let mut created = HashSet::new();
        let mut come = std::mem::take(&mut self.come).into_iter().peekable();
        let mut create = |new: Named, changes: &mut Vec<Change>| {
            changes.push(change(&new, ChangeKind::Created));
            created.insert(new.path);
        };
        for old in gone {
            while let Some(new) = come.next_if(|new| new.node < old.node) {
                create(new, &mut changes);
            }
            match come.next_if(|new| new.node == old.node) {
                Some(new) => {
                    let from = old.path.into();
                    changes.push(change(&new, ChangeKind::Renamed { from }));
                }
                None => changes.push(change(&old, ChangeKind::Removed)),
            }
        }
        come.for_each(|new| create(new, &mut changes));
        for (named, modified) in std::mem::take(&mut self.modified) {
            if !created.contains(&named.path) {
                changes.push(change(&named, ChangeKind::Modified(modified)));
            }
        }
        changes
    }
}

fn change(named: &Named, kind: ChangeKind) -> Change {
    Change {
        path: named.path.as_slice().into(),
        kind,
        file_type: named.file_type,
    }
}

/// An entry of a directory.
pub(super) struct Listed {
    pub(super) name: Box<[u8]>,
    ino: u64,
    pub(super) file_type: FileType,
}

/// The entries of the directory at a path.
pub(super) fn list(fs: &dyn FileSystem, root: NodeId, path: &[u8]) -> Result<Vec<Listed>, Errno> {
    let names = names_of(path);
    let dir = open_dir(fs, Place::act(root, &names))?;
    let mut entries = Vec::new();
    let listed = fs.open_dir_stream(dir).and_then(|mut stream| {
        stream.next_from(0, &mut |entry| {
            entries.push(Listed {
                name: entry.name.into(),
                ino: entry.ino,
                file_type: entry.file_type,
            });
            ControlFlow::Continue(())
        })
    });
    fs.release(dir);
    listed.map(|()| entries)
}

pub(super) fn names_of(path: &[u8]) -> Vec<Name<'_>> {
    let names = path.split(|byte| *byte == b'/');
    let names = names.filter(|name| !name.is_empty());
    names.map(Name::new_unchecked).collect()
}

pub(super) fn joined(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() {
        return name.to_vec();
    }
    [dir, b"/", name].concat()
}
