use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guesthouse_vfs::{
    Clock, Errno, FileType, LastName, Metadata, NAME_MAX, Name, NodeId, Place, SetTime, SetTimes,
    Stop, Timestamp, Walk,
};

use super::contents::Contents;

/// The number of a node, never used again.
pub(super) type Ino = u64;

pub(super) const ROOT: Ino = 1;

/// Numbers that a tree and all copies of it never use twice: of nodes, and of changes.
#[derive(Clone, Debug)]
pub(super) struct Numbers(Arc<AtomicU64>);

impl Numbers {
    pub(super) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// All nodes by their numbers. None is ever thrown away.
pub(super) struct Tree {
    pub(super) nodes: BTreeMap<Ino, Node>,
    /// The open directories by slot. Slots are never used again either, so the generation is always 0.
    pub(super) open_dirs: BTreeMap<u32, Ino>,
    next_slot: u32,
    next_sequence: u64,
    pub(super) numbers: Numbers,
    pub(super) clock: Arc<dyn Clock>,
    /// The number at which each tree began that this one descends from, and its own: the first one's, its copy's, and so on.
    pub(super) line: Vec<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) nlink: u64,
    pub(super) mode: u32,
    pub(super) accessed: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) created: Timestamp,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    File(Contents),
    Dir(Dir),
    Symlink(Box<[u8]>),
}

#[derive(Clone, Debug)]
pub(super) struct Dir {
    /// The directory that has this one as an entry. Of the root, itself.
    pub(super) parent: Ino,
    pub(super) entries: BTreeMap<Vec<u8>, Entry>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) ino: Ino,
    /// When the name came into the directory: the order of listings, and the cookie.
    pub(super) sequence: u64,
}

/// What a walk came to.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    /// The directory in which the walk began: there were no names.
    Start(Ino),
    /// The last name.
    Name(Named<'a>),
}

/// The last name of a place, taken or free.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) parent: Ino,
    pub(super) name: Name<'a>,
    pub(super) index: usize,
    pub(super) ino: Option<Ino>,
}

impl Named<'_> {
    pub(super) fn failed(&self, errno: Errno) -> Stop {
        Stop::failed(self.index, errno)
    }
}

impl Tree {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let mut tree = Self {
            nodes: BTreeMap::new(),
            open_dirs: BTreeMap::from([(0, ROOT)]),
            next_slot: 1,
            next_sequence: 1,
            numbers: Numbers(Arc::new(AtomicU64::new(ROOT))),
            clock,
            line: vec![ROOT],
        };
        tree.make(Content::empty_dir(ROOT), 0o755);
        tree
    }

    /// A deep copy, in which nothing but the root is open.
    pub(super) fn copy(&self) -> Self {
        let mut line = self.line.clone();
        line.push(self.numbers.next());
        Self {
            nodes: self.nodes.clone(),
            open_dirs: BTreeMap::from([(0, ROOT)]),
            next_slot: 1,
            next_sequence: self.next_sequence,
            numbers: self.numbers.clone(),
            clock: self.clock.clone(),
            line,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn open_dir(&mut self, ino: Ino) -> NodeId {
        let slot = self.next_slot;
        self.next_slot += 1;
        self.open_dirs.insert(slot, ino);
        NodeId {
            slot,
            generation: 0,
        }
    }

    pub(super) fn opened_dir(&self, id: NodeId) -> Result<Ino, Errno> {
        let ino = self.open_dirs.get(&id.slot).filter(|_| id.generation == 0);
        ino.copied().ok_or(Errno::BadFd)
    }

    /// A new node without a name.
    pub(super) fn make(&mut self, content: Content, mode: u32) -> Ino {
        let ino = self.numbers.next();
        let now = self.now();
        let nlink = match content {
            Content::Dir(_) => 2,
            _ => 0,
        };
        let node = Node {
            content,
            nlink,
            mode: mode & 0o7777,
            accessed: now,
            modified: now,
            changed: now,
            created: now,
        };
        self.nodes.insert(ino, node);
        ino
    }

    pub(super) fn node(&mut self, ino: Ino) -> &mut Node {
        self.nodes
            .get_mut(&ino)
            .expect("nodes are never thrown away")
    }

    pub(super) fn content(&self, ino: Ino) -> &Content {
        &self.nodes[&ino].content
    }

    pub(super) fn is_dir(&self, ino: Ino) -> bool {
        matches!(self.content(ino), Content::Dir(_))
    }

    /// A removed directory has no links; all others have two or more.
    pub(super) fn is_removed(&self, ino: Ino) -> bool {
        self.nodes[&ino].nlink == 0
    }

    /// Gives a node a name that is free, and the directory new times.
    pub(super) fn add(&mut self, parent: Ino, name: Name<'_>, ino: Ino) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let node = self.node(ino);
        match &mut node.content {
            Content::Dir(dir) => {
                dir.parent = parent;
                self.node(parent).nlink += 1;
            }
            _ => node.nlink += 1,
        }
        let entry = Entry { ino, sequence };
        self.entries(parent).insert(name.as_bytes().to_vec(), entry);
        self.touch(parent);
    }

    /// Takes a name away, and gives the directory new times.
    pub(super) fn remove(&mut self, parent: Ino, name: Name<'_>) {
        let Some(entry) = self.entries(parent).remove(name.as_bytes()) else {
            return;
        };
        let now = self.now();
        let node = self.node(entry.ino);
        node.changed = now;
        if let Content::Dir(_) = node.content {
            self.node(parent).nlink -= 1;
        } else {
            node.nlink -= 1;
        }
        self.touch(parent);
    }

    pub(super) fn entries(&mut self, dir: Ino) -> &mut BTreeMap<Vec<u8>, Entry> {
        match &mut self.node(dir).content {
            Content::Dir(dir) => &mut dir.entries,
            _ => panic!("only directories have entries"),
        }
    }

    /// The contents of a node change now.
    pub(super) fn touch(&mut self, ino: Ino) {
        let now = self.now();
        let node = self.node(ino);
        (node.modified, node.changed) = (now, now);
    }

    /// Walks all names but the last, and looks for that one.
    pub(super) fn walk<'a>(&self, place: Place<'a>) -> Walk<Found<'a>> {
        let found = self.walk_parent(place)?;
        let Found::Name(mut named) = found else {
            return Ok(found);
        };
        self.find(&mut named)?;
        if place.last == LastName::Follow
            && let Some(ino) = named.ino
            && let Content::Symlink(target) = self.content(ino)
        {
            return Err(Stop::link(named.index, target.clone()));
        }
        Ok(Found::Name(named))
    }

    /// Walks all names but the last, to a directory.
    pub(super) fn walk_parent<'a>(&self, place: Place<'a>) -> Walk<Found<'a>> {
        let start = self.opened_dir(place.dir);
        let mut parent = start.map_err(|errno| Stop::failed(0, errno))?;
        let Some((&name, above)) = place.names.split_last() else {
            return Ok(Found::Start(parent));
        };
        for (index, &name) in above.iter().enumerate() {
            let mut named = Named {
                parent,
                name,
                index,
                ino: None,
            };
            self.find(&mut named)?;
            parent = named.ino.ok_or(Stop::missing(index))?;
            match self.content(parent) {
                Content::Dir(_) => {}
                Content::Symlink(target) => return Err(Stop::link(index, target.clone())),
                Content::File(_) => return Err(Stop::failed(index + 1, Errno::NotDir)),
            }
        }
        Ok(Found::Name(Named {
            parent,
            name,
            index: above.len(),
            ino: None,
        }))
    }

    /// Looks for the name in its directory.
    pub(super) fn find(&self, named: &mut Named<'_>) -> Walk<()> {
        let name = named.name.as_bytes();
        if name.len() > NAME_MAX {
            return Err(named.failed(Errno::NameTooLong));
        }
        if let Content::Dir(dir) = self.content(named.parent) {
            named.ino = dir.entries.get(name).map(|entry| entry.ino);
        }
        Ok(())
    }

    /// The node that is there, which is a directory if the place says so.
    pub(super) fn existing(&self, place: Place<'_>) -> Walk<(Ino, usize)> {
        match self.walk(place)? {
            Found::Start(ino) => Ok((ino, 0)),
            Found::Name(named) => {
                let ino = named.ino.ok_or(Stop::missing(named.index))?;
                if place.must_be_dir && !self.is_dir(ino) {
                    return Err(named.failed(Errno::NotDir));
                }
                Ok((ino, named.index))
            }
        }
    }

    pub(super) fn metadata(&self, ino: Ino) -> Metadata {
        let node = &self.nodes[&ino];
        let (file_type, size, allocated) = match &node.content {
            Content::File(contents) => (FileType::File, contents.len(), contents.allocated()),
            Content::Dir(dir) => (FileType::Dir, dir.entries.len() as u64, 0),
            Content::Symlink(target) => (FileType::Symlink, target.len() as u64, 0),
        };
        Metadata {
            dev: 0,
            ino,
            file_type,
            mode: node.mode,
            nlink: node.nlink,
            size,
            allocated,
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
            created: Some(node.created),
        }
    }

    pub(super) fn set_times(&mut self, ino: Ino, times: SetTimes) {
        if times == SetTimes::default() {
            return;
        }
        let now = self.now();
        let node = self.node(ino);
        for (time, set) in [
            (&mut node.accessed, times.accessed),
            (&mut node.modified, times.modified),
        ] {
            match set {
                SetTime::Keep => {}
                SetTime::Now => *time = now,
                SetTime::At(at) => *time = at,
            }
        }
        node.changed = now;
    }

    pub(super) fn set_mode(&mut self, ino: Ino, mode: u32) {
        let now = self.now();
        let node = self.node(ino);
        node.mode = mode & 0o7777;
        node.changed = now;
    }

    /// Whether `below` is `above` or lies in it.
    pub(super) fn lies_in(&self, below: Ino, above: Ino) -> bool {
        let mut dir = below;
        loop {
            match self.content(dir) {
                _ if dir == above => return true,
                Content::Dir(found) if found.parent != dir => dir = found.parent,
                _ => return false,
            }
        }
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("nodes", &self.nodes)
            .field("open_dirs", &self.open_dirs)
            .finish_non_exhaustive()
    }
}

impl Content {
    pub(super) fn empty_dir(parent: Ino) -> Self {
        Self::Dir(Dir {
            parent,
            entries: BTreeMap::new(),
        })
    }
}
