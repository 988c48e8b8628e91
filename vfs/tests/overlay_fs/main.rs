//! What an overlay does beyond the cases of the kit, which it passes as well (`vfs-tests/tests/conformance/overlay`).

mod changes;
mod copy_up;
mod directories;
mod files;
mod large;

use std::sync::Arc;

use guesthouse_vfs::{Errno, FileSystem, MemFs, OverlayFs, Tree, TreeError};

/// An overlay of memory over memory.
struct Overlay {
    fs: Arc<OverlayFs>,
    tree: Tree,
    upper: Tree,
    lower: Tree,
}

impl Overlay {
    fn over(lower: Arc<MemFs>) -> Self {
        Self::of(MemFs::new(), lower)
    }

    fn of(upper: Arc<MemFs>, lower: Arc<MemFs>) -> Self {
        let fs = OverlayFs::builder(upper.clone()).lower(lower.clone());
        let fs = fs.build().unwrap();
        Self {
            tree: Tree::new(fs.clone()),
            upper: Tree::new(upper),
            lower: Tree::new(lower),
            fs,
        }
    }
}

/// A memory filesystem with these files; a path that ends in a slash is a directory.
fn memory(files: &[(&str, &str)]) -> Arc<MemFs> {
    let fs = MemFs::new();
    let tree = Tree::new(fs.clone());
    for (path, contents) in files {
        match path.strip_suffix('/') {
            Some(dir) => tree.create_dir_all(dir).unwrap(),
            None => {
                if let Some((dir, _)) = path.rsplit_once('/') {
                    tree.create_dir_all(dir).unwrap();
                }
                tree.write(path, contents).unwrap();
            }
        }
    }
    fs
}

/// The names in a directory, sorted.
fn names(tree: &Tree, dir: &str) -> Vec<String> {
    let entries = tree.list(dir).unwrap();
    let names = entries.iter().map(|entry| entry.name_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn read(tree: &Tree, path: &str) -> String {
    tree.read_to_string(path).unwrap()
}

fn errno<T>(result: Result<T, TreeError>) -> Errno {
    match result {
        Ok(_) => panic!("it succeeds"),
        Err(error) => error.errno(),
    }
}

fn over_several(lowers: &[Arc<MemFs>]) -> Tree {
    let builder = OverlayFs::builder(MemFs::new());
    let builder = lowers
        .iter()
        .fold(builder, |b, lower| b.lower(lower.clone()));
    let fs: Arc<dyn FileSystem> = builder.build().unwrap();
    Tree::new(fs)
}
