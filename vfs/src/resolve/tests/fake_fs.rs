use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::fake_file::{FakeStream, open_file};
use crate::{
    DirStream, Errno, FileSystem, FileType, LastName, Metadata, NAME_MAX, NodeId, OpenOptions,
    Opened, Place, SetTimes, Stop, SyncKind, Timestamp, Walk,
};

/// The simplest tree that answers as Linux does: nodes in a vector, never reused.
#[derive(Default)]
pub(super) struct FakeFs {
    state: Mutex<State>,
}

struct State {
    nodes: Vec<Node>,
    /// How many directories were opened and not yet released.
    open_dirs: usize,
}

struct Node {
    kind: Kind,
    nlink: u64,
}

enum Kind {
    Dir(BTreeMap<Vec<u8>, usize>),
    File,
    Link(Vec<u8>),
}

/// The end of a walk.
struct Found<'a> {
    /// The directory of the last name, or the place's own if it has no names.
    dir: usize,
    /// The last name's index, bytes, and what it names.
    last: Option<(usize, &'a [u8], Option<usize>)>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            nodes: vec![Node {
                kind: Kind::Dir(BTreeMap::new()),
                nlink: 1,
            }],
            open_dirs: 0,
        }
    }
}

impl FakeFs {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn open_dirs(&self) -> usize {
        self.lock().open_dirs
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn walk<'a>(&self, place: Place<'a>) -> Walk<Found<'a>> {
        let mut at = place.dir.slot as usize;
        let Some((last, parents)) = place.names.split_last() else {
            return Ok(Found {
                dir: at,
                last: None,
            });
        };
        for (index, name) in parents.iter().enumerate() {
            match self.child(at, name.as_bytes(), index)? {
                None => return Err(Stop::missing(index)),
                Some(child) => {
                    if let Kind::Link(target) = &self.nodes[child].kind {
                        return Err(Stop::link(index, target.as_slice().into()));
                    }
                    at = child;
                }
            }
        }
        let index = parents.len();
        let child = self.child(at, last.as_bytes(), index)?;
        if let Some(child) = child
            && let Kind::Link(target) = &self.nodes[child].kind
            && place.last == LastName::Follow
        {
            return Err(Stop::link(index, target.as_slice().into()));
        }
        Ok(Found {
            dir: at,
            last: Some((index, last.as_bytes(), child)),
        })
    }

    fn child(&self, dir: usize, name: &[u8], index: usize) -> Walk<Option<usize>> {
        let Kind::Dir(names) = &self.nodes[dir].kind else {
            return Err(Stop::failed(index, Errno::NotDir));
        };
        if name.len() > NAME_MAX {
            return Err(Stop::failed(index, Errno::NameTooLong));
        }
        Ok(names.get(name).copied())
    }

    /// The node at a place, which must exist.
    fn node(&self, place: Place<'_>) -> Walk<usize> {
        let found = self.walk(place)?;
        let (index, node) = match found.last {
            None => (0, found.dir),
            Some((index, _, child)) => (index, child.ok_or(Stop::missing(index))?),
        };
        if place.must_be_dir && !self.is_dir(node) {
            return Err(Stop::failed(index, Errno::NotDir));
        }
        Ok(node)
    }

    fn is_dir(&self, node: usize) -> bool {
        matches!(self.nodes[node].kind, Kind::Dir(_))
    }

    fn names(&mut self, dir: usize) -> &mut BTreeMap<Vec<u8>, usize> {
        match &mut self.nodes[dir].kind {
            Kind::Dir(names) => names,
            Kind::File | Kind::Link(_) => panic!("{dir} is no directory"),
        }
    }

    fn make(&mut self, dir: usize, name: &[u8], kind: Kind) -> usize {
        self.nodes.push(Node { kind, nlink: 1 });
        let node = self.nodes.len() - 1;
        self.names(dir).insert(name.to_vec(), node);
        node
    }

    fn remove(&mut self, dir: usize, name: &[u8]) {
        if let Some(node) = self.names(dir).remove(name) {
            self.nodes[node].nlink -= 1;
        }
    }

    fn holds(&self, dir: usize, node: usize) -> bool {
        dir == node
            || match &self.nodes[dir].kind {
                Kind::Dir(names) => names.values().any(|&child| self.holds(child, node)),
                Kind::File | Kind::Link(_) => false,
            }
    }

    fn metadata(&self, node: usize) -> Metadata {
        let (file_type, size) = match &self.nodes[node].kind {
            Kind::Dir(_) => (FileType::Dir, 0),
            Kind::File => (FileType::File, 0),
            Kind::Link(target) => (FileType::Symlink, target.len()),
        };
        Metadata {
            dev: 0,
            ino: node as u64,
            file_type,
            mode: 0o644,
            nlink: self.nodes[node].nlink,
            size: size as u64,
            allocated: 0,
            accessed: Timestamp::EPOCH,
            modified: Timestamp::EPOCH,
            changed: Timestamp::EPOCH,
            created: None,
        }
    }
}

impl FileSystem for FakeFs {
    fn root(&self) -> NodeId {
        NodeId {
            slot: 0,
            generation: 0,
        }
    }

    fn release(&self, dir: NodeId) {
        if dir != self.root() {
            self.lock().open_dirs -= 1;
        }
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let mut state = self.lock();
        let found = state.walk(place)?;
        let (index, node) = match found.last {
            None => (0, found.dir),
            Some((index, _, Some(child))) => (index, child),
            Some((index, _, None)) if !options.create => return Err(Stop::missing(index)),
            Some((_, name, None)) => {
                assert!(!place.must_be_dir, "the resolver refuses that");
                let node = state.make(found.dir, name, Kind::File);
                return Ok(open_file(state.metadata(node)));
            }
        };
        let failed = |errno| Err(Stop::failed(index, errno));
        match state.nodes[node].kind {
            _ if options.exclusive => failed(Errno::Exist),
            Kind::Link(_) => failed(Errno::Loop),
            Kind::Dir(_) if options.writes() => failed(Errno::IsDir),
            Kind::Dir(_) => {
                if node != 0 {
                    state.open_dirs += 1;
                }
                Ok(Opened::Dir(NodeId {
                    slot: u32::try_from(node).unwrap(),
                    generation: 0,
                }))
            }
            Kind::File if place.must_be_dir || options.directory => failed(Errno::NotDir),
            Kind::File => Ok(open_file(state.metadata(node))),
        }
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        let mut state = self.lock();
        let names = state.names(dir.slot as usize).clone();
        let of = |(name, node)| (name, state.metadata(node));
        Ok(Box::new(FakeStream(names.into_iter().map(of).collect())))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let state = self.lock();
        state.node(place).map(|node| state.metadata(node))
    }

    fn set_times(&self, place: Place<'_>, _: SetTimes) -> Walk<()> {
        self.lock().node(place).map(drop)
    }

    fn set_mode(&self, place: Place<'_>, _: u32) -> Walk<()> {
        let state = self.lock();
        match state.nodes[state.node(place)?].kind {
            Kind::Link(_) => Err(Stop::failed(0, Errno::NotSupported)),
            Kind::Dir(_) | Kind::File => Ok(()),
        }
    }

    fn create_dir(&self, place: Place<'_>, _: u32) -> Walk<()> {
        let mut state = self.lock();
        let found = state.walk(place)?;
        match found.last {
            Some((_, name, None)) => {
                state.make(found.dir, name, Kind::Dir(BTreeMap::new()));
                Ok(())
            }
            Some((index, _, Some(_))) => Err(Stop::failed(index, Errno::Exist)),
            None => Err(Stop::failed(0, Errno::Exist)),
        }
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let mut state = self.lock();
        let found = state.walk(place)?;
        let Some((index, name, child)) = found.last else {
            return Err(Stop::failed(0, Errno::Busy));
        };
        let child = child.ok_or(Stop::missing(index))?;
        match &state.nodes[child].kind {
            Kind::Dir(names) if names.is_empty() => {
                state.remove(found.dir, name);
                Ok(())
            }
            Kind::Dir(_) => Err(Stop::failed(index, Errno::NotEmpty)),
            Kind::File | Kind::Link(_) => Err(Stop::failed(index, Errno::NotDir)),
        }
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let mut state = self.lock();
        let found = state.walk(place)?;
        let Some((index, name, child)) = found.last else {
            return Err(Stop::failed(0, Errno::IsDir));
        };
        if state.is_dir(child.ok_or(Stop::missing(index))?) {
            return Err(Stop::failed(index, Errno::IsDir));
        }
        if place.must_be_dir {
            return Err(Stop::failed(index, Errno::NotDir));
        }
        state.remove(found.dir, name);
        Ok(())
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let state = self.lock();
        match &state.nodes[state.node(place)?].kind {
            Kind::Link(target) => Ok(target.as_slice().into()),
            Kind::Dir(_) | Kind::File => Err(Stop::failed(0, Errno::Invalid)),
        }
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let mut state = self.lock();
        let (dir, name) = state.free_name(place)?;
        state.make(dir, name, Kind::Link(target.to_vec()));
        Ok(())
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let mut state = self.lock();
        let node = state.node(old)?;
        let (dir, name) = state.free_name(new).map_err(Stop::second)?;
        if state.is_dir(node) {
            return Err(Stop::failed(0, Errno::Permission));
        }
        state.nodes[node].nlink += 1;
        state.names(dir).insert(name.to_vec(), node);
        Ok(())
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let mut state = self.lock();
        let from = state.walk(old)?;
        let to = state.walk(new).map_err(Stop::second)?;
        let (Some((index, old_name, node)), Some((_, new_name, target))) = (from.last, to.last)
        else {
            return Err(Stop::failed(0, Errno::Busy));
        };
        let node = node.ok_or(Stop::missing(index))?;
        let failed = |errno| Err(Stop::failed(index, errno));
        if (old.must_be_dir || new.must_be_dir) && !state.is_dir(node) {
            return failed(Errno::NotDir);
        }
        if state.holds(node, to.dir) {
            return failed(Errno::Invalid);
        }
        if let Some(target) = target {
            if target == node {
                return Ok(());
            }
            if state.holds(target, from.dir) {
                return failed(Errno::NotEmpty);
            }
            match (&state.nodes[node].kind, &state.nodes[target].kind) {
                (Kind::Dir(_), Kind::Dir(names)) if !names.is_empty() => {
                    return failed(Errno::NotEmpty);
                }
                (Kind::Dir(_), Kind::File | Kind::Link(_)) => return failed(Errno::NotDir),
                (Kind::File | Kind::Link(_), Kind::Dir(_)) => return failed(Errno::IsDir),
                _ => state.remove(to.dir, new_name),
            }
        }
        state.names(from.dir).remove(old_name);
        state.names(to.dir).insert(new_name.to_vec(), node);
        Ok(())
    }

    fn sync_dir(&self, _: NodeId, _: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
}

impl State {
    /// The directory and name of a place where something other than a directory is to be made.
    fn free_name<'a>(&self, place: Place<'a>) -> Walk<(usize, &'a [u8])> {
        let found = self.walk(place)?;
        match found.last {
            None => Err(Stop::failed(0, Errno::Exist)),
            Some((index, _, Some(_))) => Err(Stop::failed(index, Errno::Exist)),
            Some((index, _, None)) if place.must_be_dir => Err(Stop::missing(index)),
            Some((_, name, None)) => Ok((found.dir, name)),
        }
    }
}
