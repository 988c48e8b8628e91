use std::collections::{BTreeMap, BTreeSet};

use guesthouse_vfs::{Change, ChangeKind, FileType, Modified};

use super::tree::{Content, Ino, Node, ROOT, Tree};

/// A name, whatever the directories above it are called.
type Name = (Ino, Vec<u8>);

/// A name that only one of two trees has for a node.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lost {
    node: Ino,
    file_type: FileType,
}

/// Every name of a tree, with what it stands for and the path to it.
fn names(tree: &Tree) -> BTreeMap<Name, (Ino, Vec<u8>)> {
    let mut names = BTreeMap::new();
    let mut dirs = vec![(ROOT, Vec::new())];
    while let Some((dir, path)) = dirs.pop() {
        let Content::Dir(content) = tree.content(dir) else {
            continue;
        };
        for (name, entry) in &content.entries {
            let mut path: Vec<u8> = path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend(name);
            if tree.is_dir(entry.ino) {
                dirs.push((entry.ino, path.clone()));
            }
            names.insert((dir, name.clone()), (entry.ino, path));
        }
    }
    names
}

/// The paths of the names that `tree` has for nodes and `other` has not.
fn only_in(tree: &Tree, other: &Tree) -> BTreeMap<Vec<u8>, Lost> {
    let others = names(other);
    let mut only = BTreeMap::new();
    for (name, (node, path)) in names(tree) {
        if others.get(&name).is_none_or(|(there, _)| *there != node) {
            let file_type = tree.metadata(node).file_type;
            only.insert(path, Lost { node, file_type });
        }
    }
    only
}

/// Holds a list of changes against two states of a tree.
///
/// Where a node has lost several names and got several, any of them may be joined into renames.
pub(super) fn check(old: &Tree, new: &Tree, list: &[Change]) -> Result<(), String> {
    if !list.is_sorted_by(|one, next| one < next) {
        return Err(format!("not sorted, or twice the same: {list:#?}"));
    }
    let (mut gone, mut come) = (only_in(old, new), only_in(new, old));
    let (mut removed, mut created) = (BTreeMap::new(), BTreeMap::new());
    let mut modified = BTreeMap::new();
    let wrong = |change: &Change| format!("this has not happened: {change:?}");
    for change in list {
        let path = change.path.to_vec();
        let file_type = change.file_type;
        let is_right = match &change.kind {
            ChangeKind::Removed => match gone.remove(&path) {
                Some(lost) => {
                    removed.insert(lost.node, path);
                    lost.file_type == file_type
                }
                None => false,
            },
            ChangeKind::Created => match come.remove(&path) {
                Some(got) => {
                    created.insert(path, got.node);
                    got.file_type == file_type
                }
                None => false,
            },
            ChangeKind::Renamed { from } => match (gone.remove(&**from), come.remove(&path)) {
                (Some(lost), Some(got)) => lost == got && got.file_type == file_type,
                _ => false,
            },
            ChangeKind::Modified(what) => modified.insert(path, (*what, file_type)).is_none(),
        };
        if !is_right {
            return Err(wrong(change));
        }
    }
    if let Some(path) = gone.keys().chain(come.keys()).next() {
        return Err(format!("what became of \"{}\"?", path.escape_ascii()));
    }
    if let Some((path, node)) = created.iter().find(|(_, node)| removed.contains_key(node)) {
        let (from, path) = (removed[node].escape_ascii(), path.escape_ascii());
        return Err(format!("\"{from}\" was renamed to \"{path}\""));
    }
    let created: BTreeSet<Vec<u8>> = created.into_keys().collect();
    check_modified(old, new, &created, modified)
}

/// Holds the modifications against two states of a tree, of which one has been told that these paths are created.
fn check_modified(
    old: &Tree,
    new: &Tree,
    created: &BTreeSet<Vec<u8>>,
    mut list: BTreeMap<Vec<u8>, (Modified, FileType)>,
) -> Result<(), String> {
    let before: BTreeSet<Ino> = names(old).values().map(|(node, _)| *node).collect();
    let root = (ROOT, Vec::new());
    for (node, path) in names(new).into_values().chain([root]) {
        if created.contains(&path) || node != ROOT && !before.contains(&node) {
            continue;
        }
        let (least, most) = modified(old, new, node);
        let shown = path.escape_ascii().to_string();
        let (got, file_type) = list
            .remove(&path)
            .unwrap_or((Modified::default(), new.metadata(node).file_type));
        if file_type != new.metadata(node).file_type {
            return Err(format!("\"{shown}\" is no {file_type:?}"));
        }
        if got != least && got != most {
            return Err(format!("\"{shown}\" is {got:?} instead of {least:?}"));
        }
    }
    match list.into_iter().next() {
        Some((path, (what, _))) => {
            let path = path.escape_ascii();
            Err(format!("\"{path}\" is not modified, but listed: {what:?}"))
        }
        None => Ok(()),
    }
}

/// What differs in a node, and what may be said to. The two are different where a file was changed and changed back.
fn modified(old: &Tree, new: &Tree, ino: Ino) -> (Modified, Modified) {
    let (before, now): (&Node, &Node) = (&old.nodes[&ino], &new.nodes[&ino]);
    let since = parted(&old.line, &new.line);
    let (least, most) = match (&before.content, &now.content) {
        (Content::File(before), Content::File(now)) => {
            let differs = now.differs(before, since);
            (differs, differs || now.may_differ(before, since))
        }
        (Content::Dir(before), Content::Dir(now)) => {
            let nodes = |dir: &super::tree::Dir| -> Vec<(Vec<u8>, Ino)> {
                let entries = dir.entries.iter();
                entries
                    .map(|(name, entry)| (name.clone(), entry.ino))
                    .collect()
            };
            let differs = nodes(before) != nodes(now);
            (differs, differs)
        }
        _ => (false, false),
    };
    let modified = |contents| Modified {
        contents,
        mode: before.mode != now.mode,
        times: (before.accessed, before.modified) != (now.accessed, now.modified),
    };
    (modified(least), modified(most))
}

/// The number from which on two trees went different ways.
fn parted(one: &[u64], other: &[u64]) -> u64 {
    let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let next = |line: &[u64]| line.get(common).copied().unwrap_or(u64::MAX);
    next(one).min(next(other))
}
