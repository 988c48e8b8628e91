use std::collections::HashMap;
use std::sync::Arc;

use super::cookies::Cookies;
use super::layers::{Layers, LowerNode};
use super::lookup::{LowerSpot, Spot, Walked};
use crate::node_table::NodeTable;
use crate::{Errno, Name, NodeId};

/// The directories that are open, and all above them: a directory that is not in the upper must know where it is, to be copied there.
pub(super) struct Directories {
    root: u64,
    known: HashMap<u64, Directory>,
    /// The inode numbers of the open ones.
    open: NodeTable<u64>,
}

/// A directory that somebody needs.
pub(super) struct Directory {
    /// Where it is: the inode number of its parent, and its name there. `None` for the root and for one that was removed.
    pub(super) home: Option<(u64, Box<[u8]>)>,
    /// How often it is open.
    handles: u32,
    /// How many things lie in it that need it.
    pins: u32,
    /// The upper's handle, while it is open and in the upper.
    pub(super) upper: Option<NodeId>,
    pub(super) lowers: Vec<LowerDirectory>,
    pub(super) removed: bool,
    /// The cookies that its listings gave out.
    pub(super) cookies: Cookies,
}

/// A lower directory that is part of a [`Directory`].
pub(super) struct LowerDirectory {
    pub(super) path: Arc<LowerNode>,
    /// The layer's handle, while the directory is open.
    pub(super) node: Option<NodeId>,
}

/// The root's id; its slot is not in the table.
pub(super) const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};

/// Handles of the layers to be given back when nothing needs them any more.
#[derive(Default)]
pub(super) struct Released {
    pub(super) upper: Option<NodeId>,
    pub(super) lowers: Vec<LowerDirectory>,
}

impl Released {
    pub(super) fn release(self, layers: &Layers) {
        if let Some(node) = self.upper {
            layers.upper.release(node);
        }
        for lower in self.lowers {
            if let (Some(node), Ok(fs)) = (lower.node, layers.lower(lower.path.layer)) {
                fs.release(node);
            }
        }
    }
}

impl Directories {
    /// A table in which only the root is open, for good.
    pub(super) fn new(root: u64, upper: NodeId, lowers: Vec<LowerDirectory>) -> Self {
        let directory = Directory {
            home: None,
            handles: 1,
            pins: 0,
            upper: Some(upper),
            lowers,
            removed: false,
            cookies: Cookies::default(),
        };
        Self {
            root,
            known: HashMap::from([(root, directory)]),
            open: NodeTable::starting_at(ROOT.slot + 1),
        }
    }

    /// The inode number of an open directory.
    pub(super) fn ino(&self, id: NodeId) -> Result<u64, Errno> {
        if id == ROOT {
            return Ok(self.root);
        }
        self.open.get(id).copied().ok_or(Errno::BadFd)
    }

    pub(super) fn get(&self, ino: u64) -> Option<&Directory> {
        self.known.get(&ino)
    }

    pub(super) fn get_mut(&mut self, ino: u64) -> Option<&mut Directory> {
        self.known.get_mut(&ino)
    }

    pub(super) fn is_open(&self, ino: u64) -> bool {
        self.known.get(&ino).is_some_and(|dir| dir.handles > 0)
    }

    /// Where a walk from an open directory begins.
    pub(super) fn start(&self, id: NodeId) -> Result<(Option<NodeId>, Spot), Errno> {
        let ino = self.ino(id)?;
        let dir = self.known.get(&ino).ok_or(Errno::BadFd)?;
        let held = |lower: &LowerDirectory| {
            let path = Arc::clone(&lower.path);
            lower.node.map(|node| LowerSpot::held(path, node))
        };
        let spot = Spot {
            ino,
            in_upper: dir.upper.is_some(),
            lowers: dir.lowers.iter().filter_map(held).collect(),
        };
        Ok((dir.upper, spot))
    }

    /// Whether `above` is `dir` or one of the directories that it lies in.
    pub(super) fn holds(&self, above: u64, dir: u64) -> bool {
        let mut at = dir;
        loop {
            if at == above {
                return true;
            }
            match self.known.get(&at).and_then(|dir| dir.home.as_ref()) {
                Some((parent, _)) => at = *parent,
                None => return false,
            }
        }
    }

    /// Makes the directory known that the first `depth` names of a walk lead to, and all above it, until it is [`unpin`](Self::unpin)ned as often.
    pub(super) fn pin(&mut self, walked: &Walked<'_>, depth: usize) -> Result<u64, Errno> {
        let mut ino = walked.dirs.first().ok_or(Errno::Io)?.ino;
        for (index, spot) in walked.dirs.iter().enumerate().take(depth + 1).skip(1) {
            if !self.known.contains_key(&spot.ino) {
                let names = walked.names.get(..index).unwrap_or_default();
                let name = names.last().copied().ok_or(Errno::Io)?;
                self.insert(ino, name, spot, names);
            }
            ino = spot.ino;
        }
        let dir = self.known.get_mut(&ino).ok_or(Errno::Io)?;
        dir.pins += 1;
        Ok(ino)
    }

    /// Makes a directory known that lies in a known one.
    fn insert(&mut self, parent: u64, name: Name<'_>, spot: &Spot, names: &[Name<'_>]) {
        if let Some(parent) = self.known.get_mut(&parent) {
            parent.pins += 1;
        }
        let lowers = spot.lowers.iter().map(|lower| LowerDirectory {
            path: lower.node(names),
            node: None,
        });
        let directory = Directory {
            home: Some((parent, name.as_bytes().into())),
            handles: 0,
            pins: 0,
            upper: None,
            lowers: lowers.collect(),
            removed: false,
            cookies: Cookies::default(),
        };
        self.known.insert(spot.ino, directory);
    }

    /// Keeps a directory known, if it is, until it is [`unpin`](Self::unpin)ned.
    pub(super) fn pin_known(&mut self, ino: u64) -> bool {
        let dir = self.known.get_mut(&ino);
        dir.map(|dir| dir.pins += 1).is_some()
    }

    pub(super) fn unpin(&mut self, ino: u64) {
        if let Some(dir) = self.known.get_mut(&ino) {
            dir.pins = dir.pins.saturating_sub(1);
        }
        self.forget(ino);
    }

    /// Forgets a directory that nothing needs, and then perhaps the one it lies in.
    fn forget(&mut self, ino: u64) {
        let mut next = Some(ino);
        while let Some(ino) = next.take() {
            let unused = self.known.get(&ino);
            if unused.is_none_or(|dir| dir.pins > 0 || dir.handles > 0) {
                return;
            }
            let home = self.known.remove(&ino).and_then(|dir| dir.home);
            if let Some((parent, _)) = home
                && let Some(dir) = self.known.get_mut(&parent)
            {
                dir.pins = dir.pins.saturating_sub(1);
                next = Some(parent);
            }
        }
    }

    /// Opens a known directory once more.
    pub(super) fn open(&mut self, ino: u64) -> Result<NodeId, Errno> {
        if ino == self.root {
            return Ok(ROOT);
        }
        let dir = self.known.get_mut(&ino).ok_or(Errno::Io)?;
        let handles = dir.handles.checked_add(1).ok_or(Errno::TooManyOpenFiles)?;
        let kept = self.open.insert(ino);
        let id = kept.map_err(|_ino| Errno::TooManyOpenFiles)?;
        dir.handles = handles;
        Ok(id)
    }

    /// Closes a directory once. At the last time its handles are returned.
    pub(super) fn close(&mut self, id: NodeId) -> Released {
        let mut released = Released::default();
        let Some(ino) = self.open.remove(id) else {
            return released;
        };
        if let Some(dir) = self.known.get_mut(&ino) {
            dir.handles = dir.handles.saturating_sub(1);
            if dir.handles == 0 {
                released.upper = dir.upper.take();
                for lower in &mut dir.lowers {
                    released.lowers.push(LowerDirectory {
                        path: Arc::clone(&lower.path),
                        node: lower.node.take(),
                    });
                }
            }
        }
        self.forget(ino);
        released
    }

    /// The directory has been given a new name in another or the same directory, which is pinned for it.
    pub(super) fn moved(&mut self, ino: u64, parent: u64, name: Name<'_>) {
        let Some(dir) = self.known.get_mut(&ino) else {
            return self.unpin(parent);
        };
        let old = dir.home.replace((parent, name.as_bytes().into()));
        if let Some((old, _)) = old {
            self.unpin(old);
        }
    }

    /// The directory is gone: nothing is in it any more.
    pub(super) fn removed(&mut self, ino: u64) -> Released {
        let mut released = Released::default();
        let Some(dir) = self.known.get_mut(&ino) else {
            return released;
        };
        dir.removed = true;
        released.lowers = std::mem::take(&mut dir.lowers);
        if let Some((parent, _)) = dir.home.take() {
            self.unpin(parent);
        }
        released
    }
}

impl Directories {
    /// The way in the upper to `name` in a known directory that is in the upper.
    pub(super) fn in_upper<'a>(
        &'a self,
        dir: u64,
        name: &'a [u8],
    ) -> Option<(NodeId, Vec<Name<'a>>)> {
        let mut names = vec![Name::new_unchecked(name)];
        let mut at = self.known.get(&dir)?;
        loop {
            if let Some(node) = at.upper {
                names.reverse();
                return Some((node, names));
            }
            let (parent, name) = at.home.as_ref()?;
            names.push(Name::new_unchecked(name));
            at = self.known.get(parent)?;
        }
    }
}
