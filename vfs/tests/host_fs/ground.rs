use std::fs;
use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guesthouse_vfs::{
    Access, Cause, Errno, FileSystem, HostFs, LastName, Name, NodeId, OpenFile, OpenOptions,
    Opened, Operand, Place, Stop, Walk,
};
use tempfile::TempDir;

/// Where the host directory of a test lies.
#[derive(Clone, Copy)]
pub(crate) enum Storage {
    /// In memory, where the host has such a place; otherwise where temporary files go.
    Memory,
    /// Where this package is built.
    Disk,
}

/// How paths are walked.
#[derive(Clone, Copy)]
pub(crate) enum Walking {
    /// As the system can best.
    Best,
    /// Name by name.
    Steps,
}

/// A fresh directory of the host and a filesystem on it.
pub(crate) struct Ground {
    /// The directory that holds `root`, so that a test can have something outside.
    around: TempDir,
    pub(crate) fs: Arc<HostFs>,
}

/// Makes a test of each case on each ground.
macro_rules! on_every_ground {
    ($($case:ident)*) => {
        on_every_ground!(@ memory_best Memory Best: $($case)*);
        on_every_ground!(@ memory_steps Memory Steps: $($case)*);
        on_every_ground!(@ disk_best Disk Best: $($case)*);
        on_every_ground!(@ disk_steps Disk Steps: $($case)*);
    };
    (@ $name:ident $storage:ident $walking:ident: $($case:ident)*) => {
        mod $name {
            use crate::ground::{Ground, Storage, Walking};
            $(
                #[test]
                fn $case() {
                    super::$case(&Ground::new(Storage::$storage, Walking::$walking));
                }
            )*
        }
    };
}
pub(crate) use on_every_ground;

impl Ground {
    pub(crate) fn new(storage: Storage, walking: Walking) -> Self {
        let memory = Path::new("/dev/shm");
        let around = match storage {
            Storage::Memory if memory.is_dir() => TempDir::new_in(memory),
            Storage::Memory => TempDir::new(),
            Storage::Disk => TempDir::new_in(env!("CARGO_TARGET_TMPDIR")),
        };
        let around = around.expect("a temporary directory");
        let root = around.path().join("root");
        fs::create_dir(&root).expect("a directory");
        let fs = match walking {
            Walking::Best => HostFs::open_ambient(&root),
            Walking::Steps => HostFs::open_ambient_by_steps(&root),
        };
        Self {
            around,
            fs: fs.expect("a filesystem"),
        }
    }

    /// The host's path of something below the root.
    pub(crate) fn host(&self, path: &str) -> PathBuf {
        self.around.path().join("root").join(path)
    }

    /// The host's path of something beside the root.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.around.path().join(path)
    }

    /// Makes a file on the host, with the directories above it.
    pub(crate) fn put(&self, path: &str, contents: &str) {
        let path = self.host(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, contents).expect("a file");
    }

    /// Makes a directory on the host, with those above it.
    pub(crate) fn put_dir(&self, path: &str) {
        fs::create_dir_all(self.host(path)).expect("directories");
    }

    /// Makes a symbolic link on the host.
    pub(crate) fn put_link(&self, target: &str, path: &str) {
        std::os::unix::fs::symlink(target, self.host(path)).expect("a link");
    }

    /// What a file of the host holds.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.host(path)).expect("a file")
    }

    pub(crate) fn open(&self, path: &'static str, options: OpenOptions) -> Walk<Opened> {
        self.fs.open(p(path).follow(self.fs.root()), options)
    }

    /// Opens a file that must open.
    pub(crate) fn file(&self, path: &'static str, options: OpenOptions) -> OpenFile {
        match self.open(path, options) {
            Ok(Opened::File(file)) => OpenFile::new(file, options.access),
            Ok(Opened::Dir(_)) => panic!("{path} is a directory"),
            Err(stop) => panic!("{path}: {stop:?}"),
        }
    }

    /// Opens a directory that must open.
    pub(crate) fn dir(&self, path: &'static str) -> NodeId {
        match self.open(path, OpenOptions::directory()) {
            Ok(Opened::Dir(node)) => node,
            Ok(Opened::File(_)) => panic!("{path} is a file"),
            Err(stop) => panic!("{path}: {stop:?}"),
        }
    }

    /// The names in a directory, sorted.
    pub(crate) fn list(&self, dir: NodeId) -> Vec<String> {
        let mut stream = self.fs.open_dir_stream(dir).expect("a listing");
        let mut names = Vec::new();
        stream
            .next_from(0, &mut |entry| {
                names.push(String::from_utf8_lossy(entry.name).into_owned());
                ControlFlow::Continue(())
            })
            .expect("entries");
        names.sort();
        names
    }
}

/// Names of a path, and whether it ends in a slash.
pub(crate) struct Names<'a> {
    names: Vec<Name<'a>>,
    slash: bool,
}

/// The names of a path as it is written; `""` has none.
pub(crate) fn p(path: &str) -> Names<'_> {
    let names = path.split('/').filter(|name| !name.is_empty());
    Names {
        names: names
            .map(|name| Name::new(name.as_bytes()).expect("an ordinary name"))
            .collect(),
        slash: path.ends_with('/'),
    }
}

impl Names<'_> {
    pub(crate) fn act(&self, dir: NodeId) -> Place<'_> {
        Place {
            dir,
            names: &self.names,
            must_be_dir: self.slash,
            last: LastName::Act,
        }
    }

    pub(crate) fn follow(&self, dir: NodeId) -> Place<'_> {
        Place {
            last: LastName::Follow,
            ..self.act(dir)
        }
    }
}

/// What an operation came to, for comparison: `Ok` without its value.
pub(crate) fn outcome<T>(walk: Walk<T>) -> Result<(), Stop> {
    walk.map(drop)
}

pub(crate) fn failed(index: usize, errno: Errno) -> Result<(), Stop> {
    Err(Stop::failed(index, errno))
}

pub(crate) fn missing(index: usize) -> Result<(), Stop> {
    Err(Stop::missing(index))
}

pub(crate) fn link(index: usize, target: &str) -> Result<(), Stop> {
    Err(Stop {
        operand: Operand::First,
        index,
        cause: Cause::Link(target.as_bytes().into()),
    })
}

/// The same of the second path.
pub(crate) fn second(stop: Result<(), Stop>) -> Result<(), Stop> {
    stop.map_err(Stop::second)
}

pub(crate) fn read_at(file: &OpenFile, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let read = file
        .read_at(&mut [IoSliceMut::new(&mut bytes)], offset)
        .expect("reading");
    bytes.truncate(read);
    bytes
}

pub(crate) fn write_at(file: &OpenFile, offset: u64, bytes: &[u8]) -> usize {
    file.write_at(&[IoSlice::new(bytes)], offset)
        .expect("writing")
}

pub(crate) const READ: OpenOptions = OpenOptions::existing(Access::READ);
pub(crate) const WRITE: OpenOptions = OpenOptions::existing(Access::WRITE);
pub(crate) const READ_WRITE: OpenOptions = OpenOptions::existing(Access::READ_WRITE);
