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

#[cfg(test)]
mod tests {
    use guesthouse_vfs::Errno;

    use super::*;
    use crate::script::{Script, Step};
    use crate::{Model, OnFileSystem, Subject};

    const CONTENTS: Modified = Modified {
        contents: true,
        mode: false,
        times: false,
    };

    /// Performs the lines of two scripts, and returns what the model was after the first and is after the second. Time stands still.
    fn models(before: &str, after: &str) -> (std::sync::Arc<Model>, std::sync::Arc<Model>) {
        let clock = std::sync::Arc::new(guesthouse_vfs::FixedClock::default());
        let model = Model::with_clock(clock);
        let perform = |script: &str| {
            let mut subject = OnFileSystem::at_root(model.clone());
            let script = format!("---\n{script}\n---\n");
            for line in Script::parse(&script).unwrap().lines {
                if let Step::Call(call) = line.step {
                    let result: Result<_, Errno> = subject.perform(&call);
                    result.unwrap();
                }
            }
        };
        perform(before);
        let copy = model.copy();
        perform(after);
        (copy, model)
    }

    fn change(path: &str, kind: ChangeKind, file_type: FileType) -> Change {
        Change {
            path: path.as_bytes().into(),
            kind,
            file_type,
        }
    }

    fn renamed(from: &str) -> ChangeKind {
        let from = from.as_bytes().into();
        ChangeKind::Renamed { from }
    }

    /// The list is right, and is wrong without any one of its changes or with one twice.
    #[track_caller]
    fn is_right(before: &str, after: &str, list: &[Change]) {
        let (old, new) = models(before, after);
        assert_eq!(new.check_changes(&old, list), Ok(()));
        for at in 0..list.len() {
            let mut less = list.to_vec();
            let change = less.remove(at);
            assert!(new.check_changes(&old, &less).is_err(), "{less:#?}");
            let mut more = list.to_vec();
            more.insert(at, change);
            assert!(new.check_changes(&old, &more).is_err(), "{more:#?}");
        }
    }

    #[test]
    fn nothing_that_was_only_read_is_listed() {
        let (old, new) = models("f = open f write create", "g = open f read\nread g 0 9");
        assert_eq!(new.check_changes(&old, &[]), Ok(()));
        let made_up = change("f", ChangeKind::Modified(CONTENTS), FileType::File);
        assert!(new.check_changes(&old, &[made_up]).is_err());
    }

    #[test]
    fn swapped_files_are_two_renames() {
        is_right(
            "open a write create\nopen b write create",
            "rename a c\nrename b a\nrename c b",
            &[
                change("", ChangeKind::Modified(CONTENTS), FileType::Dir),
                change("a", renamed("b"), FileType::File),
                change("b", renamed("a"), FileType::File),
            ],
        );
    }

    #[test]
    fn a_replacing_rename_is_a_removal_and_a_rename() {
        is_right(
            "open a write create\nopen b write create",
            "rename a b",
            &[
                change("", ChangeKind::Modified(CONTENTS), FileType::Dir),
                change("b", ChangeKind::Removed, FileType::File),
                change("b", renamed("a"), FileType::File),
            ],
        );
    }

    #[test]
    fn the_same_bytes_written_again_are_a_modification_of_every_old_name() {
        is_right(
            "mkdir d\nf = open a write create\nwrite f 0 \"x\"\nlink a d/b",
            "f = open a write\nwrite f 0 \"x\"\nlink a c\nrename d e",
            &[
                change("", ChangeKind::Modified(CONTENTS), FileType::Dir),
                change("a", ChangeKind::Modified(CONTENTS), FileType::File),
                change("c", ChangeKind::Created, FileType::File),
                change("e", renamed("d"), FileType::Dir),
                change("e/b", ChangeKind::Modified(CONTENTS), FileType::File),
            ],
        );
    }

    #[test]
    fn what_was_cut_and_restored_may_be_listed() {
        let (old, new) = models(
            "f = open a write create\ntruncate f 10",
            "f = open a write\ntruncate f 20\ntruncate f 10",
        );
        let modified = change("a", ChangeKind::Modified(CONTENTS), FileType::File);
        assert_eq!(new.check_changes(&old, &[]), Ok(()));
        assert_eq!(new.check_changes(&old, &[modified]), Ok(()));
    }

    #[test]
    fn nodes_of_siblings_that_are_alike_are_not_the_same() {
        let (one, other) = models("", "");
        for model in [&one, &other] {
            let mut subject = OnFileSystem::at_root(model.clone());
            let target = crate::Target::path("d");
            let mode = 0o755;
            subject
                .perform(&crate::Call::CreateDir { target, mode })
                .unwrap();
        }
        let list = [
            change("", ChangeKind::Modified(CONTENTS), FileType::Dir),
            change("d", ChangeKind::Removed, FileType::Dir),
            change("d", ChangeKind::Created, FileType::Dir),
        ];
        assert_eq!(other.check_changes(&one, &list), Ok(()));
        assert!(other.check_changes(&one, &list[..1]).is_err());
    }
}
