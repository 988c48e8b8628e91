//! The cases in forks: whatever a script does there, the origin stays exactly as it was, and the other way round.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use guesthouse_vfs::resolve::{self, Start, Symlinks};
use guesthouse_vfs::{
    Access, FileType, MemFs, Metadata, OpenDir, OpenFile, OpenOptions, SetTime, SetTimes,
    Timestamp, Tree,
};
use guesthouse_vfs_tests::{Backend, Fixture, Late, OnFileSystem};

/// The tree is made in an origin, and the script runs in a fork of it.
mod of_an_origin {
    use super::*;

    struct Fork;

    impl Backend for Fork {
        fn fresh() -> Fixture {
            let origin = MemFs::new();
            let spared = OnFileSystem::at_root(origin.clone());
            Fixture {
                subject: Box::new(Late::new({
                    let origin = origin.clone();
                    move || OnFileSystem::at_root(origin.fork())
                })),
                ..Fixture::at_root(origin)
            }
            .sparing(spared)
        }
    }

    guesthouse_vfs_tests::conformance!(Fork);
}

/// The script runs in the origin, and what is spared is a fork that was there before.
mod that_stays_behind {
    use super::*;

    struct Behind;

    impl Backend for Behind {
        fn fresh() -> Fixture {
            let origin = MemFs::new();
            let fork = Late::new({
                let origin = origin.clone();
                move || OnFileSystem::at_root(origin.fork())
            });
            Fixture::at_root(origin).sparing(fork)
        }
    }

    guesthouse_vfs_tests::conformance!(Behind);
}

/// All files of the origin are open for writing while it is forked, and stay so.
mod of_open_files {
    use super::*;

    struct OfOpenFiles;

    impl Backend for OfOpenFiles {
        fn fresh() -> Fixture {
            let origin = MemFs::new();
            let open = Rc::new(OnceCell::new());
            let spared = Late::new({
                let (origin, open) = (origin.clone(), open.clone());
                move || {
                    open.get_or_init(|| open_all(&origin));
                    OnFileSystem::at_root(origin)
                }
            });
            Fixture {
                subject: Box::new(Late::new({
                    let origin = origin.clone();
                    move || OnFileSystem::at_root(origin.fork())
                })),
                ..Fixture::at_root(origin)
            }
            .sparing(spared)
            .keeping(open)
        }
    }

    fn open_all(origin: &Arc<MemFs>) -> Vec<OpenFile> {
        let files = nodes(origin)
            .into_iter()
            .filter(|(_, metadata)| metadata.file_type == FileType::File);
        files.map(|(path, _)| open(origin, &path)).collect()
    }

    guesthouse_vfs_tests::conformance!(OfOpenFiles);
}

/// The script runs in a fork of a fork of a snapshot, and in the fork between everything has been changed, and back.
mod of_a_fork {
    use super::*;

    struct OfAFork;

    impl Backend for OfAFork {
        fn fresh() -> Fixture {
            let origin = MemFs::new();
            let between = Rc::new(OnceCell::new());
            let get = {
                let (origin, between) = (origin.clone(), between);
                move || {
                    let fork: &Arc<MemFs> = between.get_or_init(|| {
                        let fork = origin.snapshot().fork();
                        change_to_and_fro(&fork);
                        fork
                    });
                    fork.clone()
                }
            };
            let origin_spared = OnFileSystem::at_root(origin.clone());
            let between_spared = Late::new({
                let get = get.clone();
                move || OnFileSystem::at_root(get())
            });
            Fixture {
                subject: Box::new(Late::new(move || OnFileSystem::at_root(get().fork()))),
                ..Fixture::at_root(origin)
            }
            .sparing(origin_spared)
            .sparing(between_spared)
        }
    }

    guesthouse_vfs_tests::conformance!(OfAFork);
}

/// Changes and restores mode, times, name and first byte of every node, and the entries of every directory.
fn change_to_and_fro(fs: &Arc<MemFs>) {
    let tree = Tree::new(fs.clone());
    let root = OpenDir::root(fs.clone());
    let start = Start::at_root(&root);
    for (path, before) in nodes(fs).into_iter().rev() {
        let away = [&path[..], b".away"].concat();
        // Names of 255 bytes have no longer ones.
        let moved = tree.rename(&path, &away).is_ok();
        let path_now = if moved { &away } else { &path };
        match before.file_type {
            FileType::File => rewrite(&open(fs, path_now), &before),
            FileType::Dir => {
                let inner = [&path_now[..], b"/inner"].concat();
                tree.create_dir(&inner).unwrap();
                tree.remove_dir(&inner).unwrap();
            }
            _ => {}
        }
        if before.file_type != FileType::Symlink {
            tree.set_mode(path_now, 0o4711).unwrap();
            tree.set_mode(path_now, before.mode).unwrap();
        }
        let times = |accessed, modified| SetTimes {
            accessed: SetTime::At(accessed),
            modified: SetTime::At(modified),
        };
        let set = |times| {
            resolve::set_times(start, path_now, Symlinks::NoFollow, times).unwrap();
        };
        set(times(Timestamp::EPOCH, Timestamp::EPOCH));
        set(times(before.accessed, before.modified));
        if moved {
            tree.rename(&away, &path).unwrap();
        }
    }
}

/// Writes over the first byte, or lets an empty file grow, and restores it. What is a hole stays one.
fn rewrite(file: &OpenFile, before: &Metadata) {
    let write = |byte: u8| {
        let written = file.write_at(&[std::io::IoSlice::new(&[byte])], 0);
        assert_eq!(written, Ok(1));
    };
    if before.size == 0 {
        write(b'x');
        file.set_len(0).unwrap();
    } else if before.allocated > 0 {
        let mut first = [0];
        let read = file.read_at(&mut [std::io::IoSliceMut::new(&mut first)], 0);
        assert_eq!(read, Ok(1));
        write(!first[0]);
        write(first[0]);
    }
}

/// All nodes but the root, a directory before what is in it.
fn nodes(fs: &Arc<MemFs>) -> Vec<(Vec<u8>, Metadata)> {
    let entries = Tree::new(fs.clone()).walk("/").unwrap();
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let path = entry.path();
            let path = path.strip_prefix(b"/").unwrap_or(path);
            (path.to_vec(), *entry.metadata())
        })
        .collect()
}

fn open(fs: &Arc<MemFs>, path: &[u8]) -> OpenFile {
    let root = OpenDir::root(fs.clone());
    let options = OpenOptions::existing(Access::READ_WRITE);
    match resolve::open(Start::at_root(&root), path, Symlinks::NoFollow, options) {
        Ok(resolve::OpenNode::File(file)) => file,
        _ => panic!("a file is opened"),
    }
}
