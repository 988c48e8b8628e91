use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::lookup::{LowerSpot, Spot};
use super::state::State;
use crate::{Cause, Errno, FileType, LastName, Metadata, NAME_MAX, Name, Place, Stop, Walk};

/// The names of which something is recorded anywhere: hidden ones, and those of directories that were moved. A path without any of them means what a plain merge of the
/// layers says. It holds hashes, and what was once put in stays: a path that is taken for a recorded one is walked name by name, which is right for every path.
#[derive(Default)]
pub(super) struct RecordedNames {
    hashes: HashSet<u64>,
    state: RandomState,
    /// There were too many: every name is taken for a recorded one.
    full: bool,
}

/// How many names are told apart. A guest that moves one directory again and again would otherwise fill the host's memory.
const NAMES_MAX: usize = 1 << 18;

impl RecordedNames {
    pub(super) fn insert(&mut self, name: Name<'_>) {
        if self.full {
            return;
        }
        self.hashes.insert(self.state.hash_one(name.as_bytes()));
        if self.hashes.len() > NAMES_MAX {
            self.hashes = HashSet::new();
            self.full = true;
        }
    }

    fn has_none_of(&self, names: &[Name<'_>]) -> bool {
        if self.full {
            return false;
        }
        let recorded =
            |name: &Name<'_>| self.hashes.contains(&self.state.hash_one(name.as_bytes()));
        self.hashes.is_empty() || !names.iter().any(recorded)
    }
}

/// What a layer knows of a whole path.
enum InLayer {
    Found(Metadata),
    /// It has directories up to some name, and there nothing.
    Missing,
    /// Something else is in the way.
    Other,
}

impl InLayer {
    fn of(metadata: Walk<Metadata>) -> Walk<Self> {
        match metadata {
            Ok(metadata) => Ok(Self::Found(metadata)),
            Err(stop) => match stop.cause {
                Cause::Missing => Ok(Self::Missing),
                Cause::Link(_) | Cause::Failed(Errno::NotDir) => Ok(Self::Other),
                _ => Err(stop),
            },
        }
    }
}

impl State {
    /// The metadata of what is at a place, with one call of each layer, if nothing is recorded of the names on the way and no link or file is in it.
    ///
    /// The first layer that has the whole path decides: those above it have directories as far as they go, and nothing where they end.
    pub(super) fn shortcut(&self, place: Place<'_>) -> Walk<Option<Metadata>> {
        let names = place.names;
        let too_long = |name: &Name<'_>| name.as_bytes().len() > NAME_MAX;
        if names.len() < 2 || names.iter().any(too_long) || !self.recorded.has_none_of(names) {
            return Ok(None);
        }
        if !self.unfinished.is_empty() {
            return Ok(None);
        }
        let start = self.start(place.dir);
        let (upper, start) = start.map_err(|errno| Stop::failed(0, errno))?;
        let Some(metadata) = self.plain_merge(upper, &start, names)? else {
            return Ok(None);
        };
        let fits = match metadata.file_type {
            FileType::Dir => true,
            FileType::Symlink => !place.must_be_dir && place.last == LastName::Act,
            _ => !place.must_be_dir,
        };
        Ok(fits.then_some(metadata))
    }

    fn plain_merge(
        &self,
        upper: Option<crate::NodeId>,
        start: &Spot,
        names: &[Name<'_>],
    ) -> Walk<Option<Metadata>> {
        if let Some(node) = upper {
            match InLayer::of(self.layers.upper.metadata(Place::act(node, names)))? {
                InLayer::Found(found) => {
                    let ino = self.ino_of_upper(self.layers.upper_number(&found));
                    let lowers = match found.file_type {
                        FileType::Dir => match self.has_lower_dir(start, names)? {
                            Some(merged) => usize::from(merged),
                            None => return Ok(None),
                        },
                        _ => 0,
                    };
                    return Ok(Some(self.shown_upper(ino, found, lowers)));
                }
                InLayer::Missing => {}
                InLayer::Other => return Ok(None),
            }
        }
        for lower in &start.lowers {
            match self.in_layer(lower, names)? {
                InLayer::Found(found) => {
                    let ino = self.layers.lower_number(lower.layer(), &found);
                    let lowers = usize::from(found.file_type == FileType::Dir);
                    let shown = self.shown_lower(ino, found, lowers);
                    let last = names.len().saturating_sub(1);
                    return shown.map(Some).map_err(|errno| Stop::failed(last, errno));
                }
                InLayer::Missing => {}
                InLayer::Other => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Whether a directory of the upper is merged with a lower one.
    fn has_lower_dir(&self, start: &Spot, names: &[Name<'_>]) -> Walk<Option<bool>> {
        for lower in &start.lowers {
            match self.in_layer(lower, names)? {
                InLayer::Found(found) => return Ok(Some(found.file_type == FileType::Dir)),
                InLayer::Missing => {}
                InLayer::Other => return Ok(None),
            }
        }
        Ok(Some(false))
    }

    fn in_layer(&self, lower: &LowerSpot, names: &[Name<'_>]) -> Walk<InLayer> {
        let fs = self.layers.lower(lower.layer());
        let fs = fs.map_err(|errno| Stop::failed(0, errno))?;
        let (dir, names) = lower.way(&**fs, names);
        InLayer::of(fs.metadata(Place::act(dir, &names)))
    }
}
