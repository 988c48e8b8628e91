use super::fake_fs::FakeFs;
use crate::resolve::{self, OpenNode, Start, Symlinks};
use crate::{Errno, OpenDir, OpenOptions};

/// A tree with these directories, files, and links from name to target.
pub(super) fn tree(dirs: &[&str], files: &[&str], links: &[(&str, &str)]) -> OpenDir {
    let root = OpenDir::root(FakeFs::new());
    let start = Start::at_root(&root);
    for dir in dirs {
        resolve::create_dir(start, dir.as_bytes(), 0o755).unwrap();
    }
    for file in files {
        create(start, file).unwrap();
    }
    for (name, target) in links {
        resolve::symlink(target.as_bytes(), start, name.as_bytes()).unwrap();
    }
    root
}

pub(super) fn create(start: Start<'_>, path: &str) -> Result<(), Errno> {
    let options = OpenOptions::create_new();
    resolve::open(start, path.as_bytes(), Symlinks::Follow, options).map(drop)
}

pub(super) fn ino(start: Start<'_>, path: &str) -> Result<u64, Errno> {
    resolve::metadata(start, path.as_bytes(), Symlinks::Follow).map(|metadata| metadata.ino)
}

pub(super) fn open_dir(start: Start<'_>, path: &str) -> OpenDir {
    match resolve::open(
        start,
        path.as_bytes(),
        Symlinks::Follow,
        OpenOptions::directory(),
    ) {
        Ok(OpenNode::Dir(dir)) => dir,
        other => panic!("{path}: {other:?}"),
    }
}
