use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use super::layers::{Layers, LowerNode, open_dir};
use super::lock;
use super::state::State;
use crate::refusal::at_last;
use crate::{
    Cause, Errno, FileSystem, FileType, LastName, Metadata, NAME_MAX, Name, NodeId, Place, Stop,
    Walk,
};

/// A directory that a walk has come to.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) ino: u64,
    /// Whether it is in the upper: then so are all before it.
    pub(super) in_upper: bool,
    /// What it merges, topmost first.
    pub(super) lowers: Vec<LowerSpot>,
}

/// A directory of a lower layer that a walk has come to.
#[derive(Clone)]
pub(super) struct LowerSpot {
    /// Where the way that is left began.
    base: Arc<LowerNode>,
    /// The handle of that, if there is one.
    held: Option<NodeId>,
    /// How many of the walk's names lead to where it began.
    skip: usize,
}

impl LowerSpot {
    /// A directory that is open, in which the walk begins.
    pub(super) const fn held(base: Arc<LowerNode>, node: NodeId) -> Self {
        Self {
            base,
            held: Some(node),
            skip: 0,
        }
    }

    pub(super) fn layer(&self) -> usize {
        self.base.layer
    }

    /// Opens the directory that `names` lead to, of which the first `skip` are passed over.
    pub(super) fn open(&self, layers: &Layers, names: &[Name<'_>]) -> Result<NodeId, Errno> {
        let fs = layers.lower(self.layer())?;
        let rest = names.get(self.skip..).unwrap_or_default();
        let (dir, names) = self.way(&**fs, rest);
        open_dir(&**fs, Place::act(dir, &names))
    }

    /// Where the layer is to begin, and what it is to walk.
    pub(super) fn way<'n>(
        &'n self,
        fs: &dyn FileSystem,
        rest: &'n [Name<'n>],
    ) -> (NodeId, Cow<'n, [Name<'n>]>) {
        match self.held {
            Some(node) => (node, Cow::Borrowed(rest)),
            None => {
                let mut names = self.base.names();
                names.extend_from_slice(rest);
                (fs.root(), Cow::Owned(names))
            }
        }
    }

    /// What `names`, of which the first `skip` are passed over, lead to from here.
    pub(super) fn node(&self, names: &[Name<'_>]) -> Arc<LowerNode> {
        self.base
            .descend(names.get(self.skip..).unwrap_or_default())
    }
}

/// A walk to the directory of a place's last name.
pub(super) struct Walked<'a> {
    /// The upper directory from which the walk goes on, and how many names lead to it.
    upper: Option<(NodeId, usize)>,
    pub(super) names: &'a [Name<'a>],
    /// The handles that were opened on a long way.
    steps: Arc<Steps>,
    /// The start, and the directory after each name.
    pub(super) dirs: Vec<Spot>,
}

/// Handles of layers on a long way, given back when dropped. Without them each name would be looked up by all the names before it, which takes the square of their number.
struct Steps {
    layers: Arc<Layers>,
    opened: Mutex<Vec<(Arc<dyn FileSystem>, NodeId)>>,
}

/// After so many names there is a handle.
const STEP: usize = 16;

impl Steps {
    /// Opens a directory of a layer for the rest of the walk. Where that is forbidden, the walk does without.
    fn open(&self, fs: &Arc<dyn FileSystem>, place: Place<'_>) -> Option<NodeId> {
        let node = open_dir(&**fs, place).ok()?;
        lock::lock(&self.opened).push((Arc::clone(fs), node));
        Some(node)
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        for (fs, node) in lock::lock(&self.opened).drain(..) {
            fs.release(node);
        }
    }
}

/// What a name stands for.
pub(super) struct Child {
    /// As the overlay shows it.
    pub(super) metadata: Metadata,
    pub(super) source: Source,
    /// Of a directory: what it merges.
    pub(super) lowers: Vec<LowerSpot>,
}

/// The layer of which a node is.
pub(super) enum Source {
    /// In the upper, with the overlay's number of an upper node.
    Upper(u64),
    /// In this lower directory.
    Lower(LowerSpot),
}

impl Child {
    pub(super) const fn ino(&self) -> u64 {
        self.metadata.ino
    }

    pub(super) fn is_dir(&self) -> bool {
        self.metadata.file_type == FileType::Dir
    }

    pub(super) const fn in_upper(&self) -> bool {
        matches!(self.source, Source::Upper(_))
    }

    pub(super) fn spot(&self) -> Spot {
        Spot {
            ino: self.metadata.ino,
            in_upper: self.in_upper(),
            lowers: self.lowers.clone(),
        }
    }
}

impl<'a> Walked<'a> {
    /// The index of the last name.
    pub(super) const fn last(&self) -> usize {
        self.names.len().saturating_sub(1)
    }

    /// The directory in which the name `index` stands.
    pub(super) fn dir(&self, index: usize) -> Walk<&Spot> {
        self.dirs.get(index).ok_or(Stop::failed(index, Errno::Io))
    }

    pub(super) fn name(&self, index: usize) -> Walk<Name<'a>> {
        let name = self.names.get(index).copied();
        name.ok_or(Stop::failed(index, Errno::Io))
    }

    /// The same walk, into the directory that the last name stands for.
    pub(super) fn entered(&self, child: &Child) -> Walked<'a> {
        let mut dirs = self.dirs.clone();
        dirs.push(child.spot());
        Walked {
            upper: self.upper,
            names: self.names,
            steps: Arc::clone(&self.steps),
            dirs,
        }
    }

    /// Where the name `index` is in the upper.
    pub(super) fn upper_way(&self, index: usize) -> Option<(NodeId, &'a [Name<'a>])> {
        let (node, skip) = self.upper?;
        Some((node, self.names.get(skip..=index)?))
    }

    /// Opens the directory that the walk has come to after `depth` names in each layer, to go on from there.
    fn step(&mut self, depth: usize) {
        let layers = Arc::clone(&self.steps.layers);
        let Some(spot) = self.dirs.last_mut() else {
            return;
        };
        if let (true, Some((node, skip))) = (spot.in_upper, self.upper) {
            let names = self.names.get(skip..depth).unwrap_or_default();
            if let Some(node) = self.steps.open(&layers.upper, Place::act(node, names)) {
                self.upper = Some((node, depth));
            }
        }
        for lower in &mut spot.lowers {
            let Ok(fs) = layers.lower(lower.layer()) else {
                continue;
            };
            let rest = self.names.get(lower.skip..depth).unwrap_or_default();
            let (dir, names) = lower.way(&**fs, rest);
            let opened = self.steps.open(fs, Place::act(dir, &names));
            drop(names);
            if opened.is_some() {
                *lower = LowerSpot {
                    base: lower.base.descend(rest),
                    held: opened,
                    skip: depth,
                };
            }
        }
    }

    /// The place of the name `index` in the upper.
    pub(super) fn upper_place(&self, index: usize) -> Option<Place<'a>> {
        let (node, names) = self.upper_way(index)?;
        Some(Place::act(node, names))
    }
}

impl State {
    /// Walks all names but the last.
    pub(super) fn walk<'a>(&self, place: Place<'a>) -> Walk<Walked<'a>> {
        let (upper, start) = self
            .start(place.dir)
            .map_err(|errno| Stop::failed(0, errno))?;
        let mut walked = Walked {
            upper: upper.map(|node| (node, 0)),
            names: place.names,
            steps: Arc::new(Steps {
                layers: Arc::clone(&self.layers),
                opened: Mutex::default(),
            }),
            dirs: vec![start],
        };
        for index in 0..walked.last() {
            let child = self.look_up(&walked, index)?;
            let child = child.ok_or(Stop::missing(index))?;
            match child.metadata.file_type {
                FileType::Dir => {
                    walked.dirs.push(child.spot());
                    if (index + 1) % STEP == 0 {
                        walked.step(index + 1);
                    }
                }
                FileType::Symlink => return Err(self.link_at(&walked, index, &child)),
                _ => return Err(Stop::failed(index + 1, Errno::NotDir)),
            }
        }
        Ok(walked)
    }

    /// Looks up a place's last name, which may be free. A symbolic link is reported if the place says so.
    pub(super) fn last(&self, walked: &Walked<'_>, rule: LastName) -> Walk<Option<Child>> {
        let index = walked.last();
        let child = self.look_up(walked, index)?;
        match child {
            Some(child)
                if rule == LastName::Follow && child.metadata.file_type == FileType::Symlink =>
            {
                Err(self.link_at(walked, index, &child))
            }
            child => Ok(child),
        }
    }

    /// Walks to a node that must be there, a directory if the place has a trailing slash. No node: the directory itself.
    pub(super) fn find<'a>(&self, place: Place<'a>) -> Walk<(Walked<'a>, Option<Child>)> {
        let walked = self.walk(place)?;
        if place.names.is_empty() {
            return Ok((walked, None));
        }
        let child = self.last(&walked, place.last)?;
        let child = child.ok_or(Stop::missing(walked.last()))?;
        if place.must_be_dir && !child.is_dir() {
            return Err(at_last(place, Errno::NotDir));
        }
        Ok((walked, Some(child)))
    }

    /// Looks up the name `index` in the directory that the walk has come to by then.
    pub(super) fn look_up(&self, walked: &Walked<'_>, index: usize) -> Walk<Option<Child>> {
        let dir = walked.dir(index)?;
        let name = walked.name(index)?;
        if name.as_bytes().len() > NAME_MAX {
            return Err(Stop::failed(index, Errno::NameTooLong));
        }
        let hidden = self.is_whiteout(dir.ino, name);
        if dir.in_upper
            && !self.is_unfinished(dir.ino, name)
            && let Some(place) = walked.upper_place(index)
            && let Some(found) = found(self.layers.upper.metadata(place), index)?
        {
            return self.upper_child(walked, index, found, hidden).map(Some);
        }
        if hidden {
            return Ok(None);
        }
        let Some((lower, metadata)) = self.topmost(walked, index)? else {
            return Ok(None);
        };
        let ino = self.layers.lower_number(lower.layer(), &metadata);
        let lowers = if metadata.file_type == FileType::Dir {
            self.merged(walked, index)?
        } else {
            Vec::new()
        };
        let shown = self.shown_lower(ino, metadata, lowers.len());
        let metadata = shown.map_err(|errno| Stop::failed(index, errno))?;
        Ok(Some(Child {
            metadata,
            source: Source::Lower(lower),
            lowers,
        }))
    }

    /// The topmost lower layer in which the directory at `index` has the name, and what it is there.
    fn topmost(&self, walked: &Walked<'_>, index: usize) -> Walk<Option<(LowerSpot, Metadata)>> {
        for lower in &walked.dir(index)?.lowers {
            if let Some(metadata) = self.in_lower(lower, walked, index)? {
                return Ok(Some((lower.clone(), metadata)));
            }
        }
        Ok(None)
    }

    /// The lower directories of this name that lie under one another without a file between them.
    fn merged(&self, walked: &Walked<'_>, index: usize) -> Walk<Vec<LowerSpot>> {
        let mut merged = Vec::new();
        for lower in &walked.dir(index)?.lowers {
            match self.in_lower(lower, walked, index)? {
                Some(metadata) if metadata.file_type == FileType::Dir => merged.push(lower.clone()),
                Some(_) => break,
                None => {}
            }
        }
        Ok(merged)
    }

    /// Whether a lower layer has the name `index` in the directory that the walk has come to by then.
    pub(super) fn is_in_lowers(&self, walked: &Walked<'_>, index: usize) -> Walk<bool> {
        self.topmost(walked, index).map(|found| found.is_some())
    }

    fn in_lower(
        &self,
        lower: &LowerSpot,
        walked: &Walked<'_>,
        index: usize,
    ) -> Walk<Option<Metadata>> {
        let fs = self.layers.lower(lower.layer());
        let fs = fs.map_err(|errno| Stop::failed(index, errno))?;
        let rest = walked.names.get(lower.skip..=index).unwrap_or_default();
        let (dir, names) = lower.way(&**fs, rest);
        found(fs.metadata(Place::act(dir, &names)), index)
    }

    fn upper_child(
        &self,
        walked: &Walked<'_>,
        index: usize,
        metadata: Metadata,
        hidden: bool,
    ) -> Walk<Child> {
        let number = self.layers.upper_number(&metadata);
        let ino = self.ino_of_upper(number);
        let mut lowers = Vec::new();
        if metadata.file_type == FileType::Dir {
            match self.moved_lowers(ino) {
                Some(moved) => {
                    lowers.extend(moved.iter().map(|base| LowerSpot {
                        base: Arc::clone(base),
                        held: None,
                        skip: index + 1,
                    }));
                }
                None if hidden => {}
                None => lowers = self.merged(walked, index)?,
            }
        }
        Ok(Child {
            metadata: self.shown_upper(ino, metadata, lowers.len()),
            source: Source::Upper(number),
            lowers,
        })
    }

    /// The target of the symbolic link `child` at `index`.
    pub(super) fn target(
        &self,
        walked: &Walked<'_>,
        index: usize,
        child: &Child,
    ) -> Result<Box<[u8]>, Errno> {
        match &child.source {
            Source::Upper(_) => {
                let place = walked.upper_place(index).ok_or(Errno::Io)?;
                let target = self.layers.upper.read_link(place);
                target.map_err(|stop| stop.errno())
            }
            Source::Lower(lower) => {
                let names = walked.names.get(..=index).unwrap_or_default();
                self.layers.read_lower_link(&lower.node(names))
            }
        }
    }

    fn link_at(&self, walked: &Walked<'_>, index: usize, child: &Child) -> Stop {
        match self.target(walked, index, child) {
            Ok(target) => Stop::link(index, target),
            Err(errno) => Stop::failed(index, errno),
        }
    }
}

/// What a layer found at the name `index` of the walk. The directories before it were there a moment ago.
pub(super) fn found(metadata: Walk<Metadata>, index: usize) -> Walk<Option<Metadata>> {
    match metadata {
        Ok(metadata) => Ok(Some(metadata)),
        Err(Stop {
            cause: Cause::Missing,
            ..
        }) => Ok(None),
        Err(stop) => Err(Stop::failed(index, stop.errno())),
    }
}
