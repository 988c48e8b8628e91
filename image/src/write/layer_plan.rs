use std::collections::BTreeMap;

use guesthouse_vfs::{Change, ChangeKind, FileType};

/// What is written to a layer, in the order in which it is written: directories before what is in them, and in each directory first what is gone from it.
#[derive(Default)]
pub(super) struct LayerPlan {
    steps: BTreeMap<StepKey, Step>,
}

/// One entry, or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The name is gone.
    Whiteout,
    /// What is there, without what is in it.
    Node,
    /// A directory with all that is in it.
    Subtree {
        /// The layers below have a directory there too, and nothing of it is left.
        opaque: bool,
    },
    /// What no archive holds.
    Special(FileType),
}

/// A path with zero bytes for slashes, so that what is in a directory comes next to it: `a`, `a/b`, `a-b`. A whiteout has an empty name before its own, and comes first in its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct StepKey(Vec<u8>);

/// What the changes say of one path.
#[derive(Default)]
struct AtPath {
    /// What the layers below have there is gone from there.
    gone: Option<FileType>,
    /// What is there was not there.
    new: Option<FileType>,
}

impl LayerPlan {
    /// Makes a plan of changes that belong together.
    ///
    /// Below a path that is gone or new nothing more is to be done: what was there is hidden with it, and what is there comes with it.
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut plan = Self::default();
        let mut covered: Option<Vec<u8>> = None;
        for (key, at) in by_path(changes) {
            if covered.as_ref().is_some_and(|cover| is_below(&key, cover)) {
                continue;
            }
            let step = match (at.new, at.gone) {
                (Some(FileType::Dir), gone) => Step::Subtree {
                    opaque: gone == Some(FileType::Dir),
                },
                (Some(FileType::File | FileType::Symlink), _) => Step::Node,
                (Some(special), gone) => {
                    if gone.is_some() {
                        plan.insert_gone(&key);
                    }
                    Step::Special(special)
                }
                (None, Some(_)) => Step::Whiteout,
                (None, None) => Step::Node,
            };
            match step {
                Step::Whiteout => plan.insert_gone(&key),
                _ => drop(plan.steps.insert(StepKey(key.clone()), step)),
            }
            if at.new.is_some() || at.gone.is_some() {
                covered = Some(key);
            }
        }
        plan
    }

    /// The paths and what is to be done there, in order.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Vec<u8>, Step)> {
        self.steps.iter().map(|(key, step)| (key.path(), *step))
    }

    pub(super) fn step_at(&self, path: &[u8]) -> Option<Step> {
        self.steps.get(&StepKey::of(path)).copied()
    }

    /// Adds what has not changed, because something that has cannot do without it.
    pub(super) fn insert_node(&mut self, path: &[u8]) {
        self.steps.entry(StepKey::of(path)).or_insert(Step::Node);
    }

    fn insert_gone(&mut self, key: &[u8]) {
        let name = key.iter().rposition(|&byte| byte == 0);
        let (dir, name) = key.split_at(name.map_or(0, |zero| zero + 1));
        let key = [dir, b"\0", name].concat();
        self.steps.insert(StepKey(key), Step::Whiteout);
    }
}

impl StepKey {
    fn of(path: &[u8]) -> Self {
        Self(key_of(path))
    }

    fn path(&self) -> Vec<u8> {
        let names = self.0.split(|&byte| byte == 0);
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        names.join(&b'/')
    }
}

fn by_path(changes: &[Change]) -> BTreeMap<Vec<u8>, AtPath> {
    let mut paths: BTreeMap<Vec<u8>, AtPath> = BTreeMap::new();
    for change in changes {
        let kind = change.file_type;
        let here = paths.entry(key_of(&change.path)).or_default();
        match &change.kind {
            ChangeKind::Removed => here.gone = Some(kind),
            ChangeKind::Created => here.new = Some(kind),
            ChangeKind::Modified(_) => {}
            ChangeKind::Renamed { from } => {
                here.new = Some(kind);
                paths.entry(key_of(from)).or_default().gone = Some(kind);
            }
        }
    }
    paths
}

fn key_of(path: &[u8]) -> Vec<u8> {
    let zero_for_slash = |&byte: &u8| if byte == b'/' { 0 } else { byte };
    path.iter().map(zero_for_slash).collect()
}

fn is_below(key: &[u8], cover: &[u8]) -> bool {
    let rest = key.strip_prefix(cover);
    rest.is_some_and(|rest| rest.first() == Some(&0))
}
