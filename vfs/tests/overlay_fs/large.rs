use guesthouse_vfs::{MemFs, OpenDir, OpenOptions, Opened, OverlayFs, Place, Tree};
use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{FileSystem, Name};

use super::{Overlay, memory, names, read};

/// How deep a tree is: far deeper than a path can say.
const LEVELS: usize = 4000;

/// Opens the directory `name` in `dir`, which is made where `make` says so.
fn step(fs: &Arc<dyn FileSystem>, dir: &OpenDir, name: &[u8], make: bool) -> OpenDir {
    let names = [Name::new(name).unwrap()];
    let place = Place::act(dir.node(), &names);
    if make {
        fs.create_dir(place, 0o755).unwrap();
    }
    match fs.open(place, OpenOptions::directory()) {
        Ok(Opened::Dir(node)) => OpenDir::from_opened(fs.clone(), node),
        _ => panic!("a directory"),
    }
}

fn descend(fs: &Arc<dyn FileSystem>, first: &[u8], make: bool) -> OpenDir {
    let mut dir = step(fs, &OpenDir::root(fs.clone()), first, make);
    for _ in 1..LEVELS {
        dir = step(fs, &dir, b"d", make);
    }
    dir
}

#[test]
fn a_tree_of_many_levels_is_copied_moved_and_dropped() {
    let lower: Arc<dyn FileSystem> = MemFs::new();
    Tree::below(descend(&lower, b"d", true))
        .write("f", "lower")
        .unwrap();
    let overlay = OverlayFs::builder(MemFs::new()).lower(lower.clone());
    let overlay = overlay.build().unwrap();
    let fs: Arc<dyn FileSystem> = overlay.clone();
    let bottom = Tree::below(descend(&fs, b"d", false));
    assert_eq!(read(&bottom, "f"), "lower");
    Tree::new(fs.clone()).rename("d", "x").unwrap();
    assert_eq!(read(&bottom, "f"), "lower");
    bottom.write("f", "changed").unwrap();
    drop(bottom);
    assert_eq!(
        read(&Tree::below(descend(&fs, b"x", false)), "f"),
        "changed"
    );
    assert_eq!(
        read(&Tree::below(descend(&lower, b"d", false)), "f"),
        "lower"
    );
    let changes = overlay.changes().unwrap();
    assert_eq!(changes.len(), 3);
    overlay.complete().unwrap();
    drop((fs, overlay, lower));
}

#[test]
fn a_hundred_thousand_names_are_hidden() {
    let lower = MemFs::new();
    let tree = Tree::new(lower.clone());
    tree.create_dir("d").unwrap();
    let count = 100_000;
    for number in 0..count {
        tree.write(format!("d/{number}"), "").unwrap();
    }
    let overlay = Overlay::over(lower);
    let tree = &overlay.tree;
    for number in (0..count).filter(|number| number % 1000 != 0) {
        tree.remove_file(format!("d/{number}")).unwrap();
    }
    assert_eq!(names(tree, "d").len(), 100);
    assert!(overlay.upper.list("d").unwrap().is_empty());
    for number in (0..count).step_by(1000) {
        tree.remove_file(format!("d/{number}")).unwrap();
    }
    tree.remove_dir("d").unwrap();
    assert!(names(tree, ".").is_empty());
}

#[test]
fn a_listing_in_pieces_goes_on_while_its_entries_are_copied() {
    let files: Vec<String> = (0..500).map(|number| format!("d/{number}")).collect();
    let files: Vec<_> = files.iter().map(|path| (path.as_str(), "")).collect();
    let overlay = Overlay::over(memory(&files));
    let dir = overlay.tree.subtree("d").unwrap();
    let dir = dir.root();
    let mut stream = dir.file_system().open_dir_stream(dir.node()).unwrap();
    let (mut cookie, mut seen) = (0, Vec::new());
    loop {
        let mut piece = Vec::new();
        let listed = stream.next_from(cookie, &mut |entry| {
            if piece.len() == 7 {
                return ControlFlow::Break(());
            }
            cookie = entry.next;
            piece.push(String::from_utf8(entry.name.to_vec()).unwrap());
            ControlFlow::Continue(())
        });
        listed.unwrap();
        if piece.is_empty() {
            break;
        }
        // Every entry is changed right after it was passed, and one that comes later before that.
        for name in &piece {
            overlay.tree.set_mode(format!("d/{name}"), 0o600).unwrap();
        }
        let later = format!("d/{}", (seen.len() * 31 + 250) % 500);
        overlay.tree.write(later, "changed").unwrap();
        seen.extend(piece);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 500);
}
