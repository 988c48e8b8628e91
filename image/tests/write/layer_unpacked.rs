use std::collections::HashSet;

use guesthouse_vfs::resolve::{self, Start, Symlinks};
use guesthouse_vfs::{FileType, SetTime, SetTimes, Timestamp, Tree};
use tar::EntryType;

use crate::entries::{Found, entries};

/// Applies a layer entry by entry as it comes, as simple programs do, and holds it against what the specification asks of those who write one.
pub(crate) fn apply(layer: &[u8], tree: &Tree) {
    let mut dir_times = Vec::new();
    let mut had = HashSet::new();
    let mut dirs_with_entries = HashSet::new();
    for entry in entries(layer) {
        let name = &entry.name;
        let path = name.strip_suffix(b"/").unwrap_or(name).to_vec();
        assert!(had.insert(path.clone()), "twice: {path:?}");
        let (dir, last) = split(&path);
        assert!(
            dir.is_empty() || had.contains(dir),
            "before its directory: {path:?}"
        );
        if let Some(gone) = last.strip_prefix(b".wh.") {
            assert_eq!(entry.size, 0);
            assert!(
                !dirs_with_entries.contains(dir),
                "after its siblings: {path:?}"
            );
            match gone {
                b".wh..opq" => {
                    for entry in tree.list([b"/", dir].concat()).unwrap() {
                        remove(tree, entry.path());
                    }
                }
                _ => {
                    let path = [dir, b"/", gone].concat();
                    assert!(tree.symlink_metadata(&path).is_ok(), "nothing: {path:?}");
                    remove(tree, &path);
                }
            }
            continue;
        }
        if path != b"." {
            dirs_with_entries.insert(dir.to_vec());
        }
        make(tree, &path, &entry);
        match entry.kind {
            EntryType::Link => {}
            EntryType::Directory => dir_times.push((path, entry.modified)),
            _ => set_modified(tree, &path, entry.modified),
        }
    }
    for (path, time) in dir_times.into_iter().rev() {
        set_modified(tree, &path, time);
    }
}

fn make(tree: &Tree, path: &[u8], entry: &Found) {
    let there = tree.symlink_metadata(path);
    let keep = entry.kind == EntryType::Directory
        && there.is_ok_and(|there| there.file_type == FileType::Dir);
    if !keep {
        remove(tree, path);
    }
    let link = entry.link.as_deref().unwrap_or_default();
    match entry.kind {
        EntryType::Directory if keep => {}
        EntryType::Directory => tree.create_dir(path).unwrap(),
        EntryType::Symlink => return tree.symlink(path, link).unwrap(),
        EntryType::Link => return tree.hard_link(link, path).unwrap(),
        EntryType::Regular => tree.write(path, &entry.contents).unwrap(),
        other => panic!("an entry of type {other:?}"),
    }
    tree.set_mode(path, entry.mode).unwrap();
}

fn remove(tree: &Tree, path: &[u8]) {
    match tree.symlink_metadata(path) {
        Ok(found) if found.file_type == FileType::Dir => tree.remove_dir_all(path).unwrap(),
        Ok(_) => tree.remove_file(path).unwrap(),
        Err(_) => {}
    }
}

/// Of a link the link's own.
fn set_modified(tree: &Tree, path: &[u8], nanos: i64) {
    let times = SetTimes {
        accessed: SetTime::Keep,
        modified: SetTime::At(Timestamp::from_nanos(nanos)),
    };
    resolve::set_times(Start::at_root(tree.root()), path, Symlinks::NoFollow, times).unwrap();
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
