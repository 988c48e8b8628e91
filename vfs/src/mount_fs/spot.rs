use super::MountFs;
use super::trie::Volume;
use crate::{Errno, FileSystem, Place, Stop, Walk};

/// Where a path leads, as far as the mount tree knows: a place in one mounted filesystem.
pub(super) struct Spot<'a> {
    /// What the place lies in.
    pub(super) volume: &'a Volume,
    pub(super) volume_index: usize,
    /// What the last name lies in; without names, the volume itself.
    pub(super) parent: &'a Volume,
    /// The place in the volume's filesystem.
    pub(super) place: Place<'a>,
    /// The node, if the whole path is on the trie. Then the place has no names.
    pub(super) node: Option<usize>,
    /// How many names lead to the place's directory.
    skipped: usize,
}

impl MountFs {
    /// Follows a path along the trie and cuts it at the deepest directory there.
    #[inline]
    pub(super) fn find<'a>(&'a self, place: Place<'a>) -> Walk<Spot<'a>> {
        let bad = || Stop::failed(0, Errno::BadFd);
        let (mut inner, mut node) = self.dir(place.dir).map_err(|_| bad())?;
        let (mut skipped, mut parent) = (0, inner.volume);
        if let Some(start) = node {
            let descent = self.trie.descend(start, place.names);
            skipped = descent.names;
            if let Some(found) = self.trie.nodes.get(descent.node) {
                inner.volume = found.volume;
                inner.dir = found.dir;
                parent = if skipped == 0 {
                    found.volume
                } else {
                    found.parent_volume
                };
            }
            node = (skipped == place.names.len()).then_some(descent.node);
        }
        if node.is_none() {
            parent = inner.volume;
        }
        let volume = |index: usize| self.trie.volumes.get(index).ok_or_else(bad);
        Ok(Spot {
            volume: volume(inner.volume)?,
            volume_index: inner.volume,
            parent: volume(parent)?,
            place: Place {
                dir: inner.dir,
                names: place.names.get(skipped..).unwrap_or_default(),
                ..place
            },
            node,
            skipped,
        })
    }
}

impl<'a> Spot<'a> {
    /// Calls the filesystem at this spot.
    #[inline]
    pub(super) fn call<R>(
        &self,
        operation: impl FnOnce(&dyn FileSystem, Place<'a>) -> Walk<R>,
    ) -> Walk<R> {
        operation(&*self.volume.fs, self.place).map_err(|stop| self.rebased(stop))
    }

    /// A stop in the filesystem's place, as one in the whole path.
    pub(super) fn rebased(&self, stop: Stop) -> Stop {
        if self.place.names.is_empty() {
            // The filesystem speaks of the directory itself, which is the last name on the trie.
            return stop.rebased(self.skipped.saturating_sub(1));
        }
        stop.rebased(self.skipped)
    }
}
