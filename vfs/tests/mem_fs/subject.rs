use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use guesthouse_vfs::{
    Cause, Clock, Errno, File, FileSystem, Limits, MemFs, Metadata, Name, NodeId, OpenOptions,
    Opened, Operand, Place, Stop, Timestamp,
};

/// A clock that moves on by one nanosecond each time it is asked.
pub(super) struct Ticking(AtomicI64);

impl Ticking {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1000)))
    }

    /// A time after everything that has happened so far.
    pub(super) fn mark(&self) -> Timestamp {
        self.now()
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A filesystem with calls by path: `a/b`, a trailing slash for `must_be_dir`, the empty path for the start itself.
pub(super) struct Subject {
    pub(super) fs: Arc<MemFs>,
    pub(super) clock: Arc<Ticking>,
}

impl Subject {
    pub(super) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        let clock = Ticking::new();
        let fs = MemFs::builder()
            .limits(limits)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build();
        Self { fs, clock }
    }

    pub(super) fn mkdir(&self, path: &str) -> Result<(), Stop> {
        at(self.fs.root(), path, |place| {
            self.fs.create_dir(place, 0o755)
        })
    }

    pub(super) fn open(&self, path: &str, options: OpenOptions) -> Result<Opened, Stop> {
        at(self.fs.root(), path, |place| self.fs.open(place, options))
    }

    pub(super) fn file(&self, path: &str) -> Arc<dyn File> {
        match self.open(path, OpenOptions::create()) {
            Ok(Opened::File(opened)) => opened.file,
            Ok(Opened::Dir(_)) => panic!("{path} is a directory"),
            Err(stop) => panic!("{path}: {stop:?}"),
        }
    }

    pub(super) fn dir(&self, path: &str) -> NodeId {
        match self.open(path, OpenOptions::directory()) {
            Ok(Opened::Dir(id)) => id,
            Ok(Opened::File(_)) => panic!("{path} is a file"),
            Err(stop) => panic!("{path}: {stop:?}"),
        }
    }

    pub(super) fn put(&self, path: &str, bytes: &[u8]) {
        assert_eq!(write(&*self.file(path), bytes, 0), Ok(bytes.len()));
    }

    pub(super) fn get(&self, path: &str) -> Vec<u8> {
        match self.open(path, OpenOptions::existing(guesthouse_vfs::Access::READ)) {
            Ok(Opened::File(opened)) => contents(&*opened.file),
            _ => panic!("{path} cannot be read"),
        }
    }

    pub(super) fn stat(&self, path: &str) -> Result<Metadata, Stop> {
        at(self.fs.root(), path, |place| self.fs.metadata(place))
    }

    pub(super) fn unlink(&self, path: &str) -> Result<(), Stop> {
        at(self.fs.root(), path, |place| self.fs.unlink(place))
    }

    pub(super) fn rmdir(&self, path: &str) -> Result<(), Stop> {
        at(self.fs.root(), path, |place| self.fs.remove_dir(place))
    }

    pub(super) fn symlink(&self, target: &str, path: &str) -> Result<(), Stop> {
        at(self.fs.root(), path, |place| {
            self.fs.symlink(target.as_bytes(), place)
        })
    }

    pub(super) fn read_link(&self, path: &str) -> Result<Box<[u8]>, Stop> {
        at(self.fs.root(), path, |place| self.fs.read_link(place))
    }

    pub(super) fn link(&self, old: &str, new: &str) -> Result<(), Stop> {
        let root = self.fs.root();
        at(root, old, |old| at(root, new, |new| self.fs.link(old, new)))
    }

    pub(super) fn rename(&self, old: &str, new: &str) -> Result<(), Stop> {
        let root = self.fs.root();
        at(root, old, |old| {
            at(root, new, |new| self.fs.rename(old, new))
        })
    }

    pub(super) fn list(&self, path: &str) -> Vec<String> {
        let id = self.dir(path);
        let names = names(&self.fs, id);
        self.fs.release(id);
        names
    }

    /// Checks that the account agrees with a count from scratch.
    pub(super) fn audit(&self) {
        assert_eq!(self.fs.usage(), self.fs.recount());
    }
}

/// Calls `call` with the place that a path names, the last name taken as it is.
pub(super) fn at<T>(dir: NodeId, path: &str, call: impl FnOnce(Place<'_>) -> T) -> T {
    let names: Vec<_> = path
        .split('/')
        .filter(|name| !name.is_empty())
        .map(|name| Name::new(name.as_bytes()).expect("an ordinary name"))
        .collect();
    let place = Place::act(dir, &names);
    call(if path.ends_with('/') {
        place.must_be_dir()
    } else {
        place
    })
}

pub(super) fn names(fs: &MemFs, dir: NodeId) -> Vec<String> {
    let mut names = Vec::new();
    let mut stream = fs.open_dir_stream(dir).expect("the directory is open");
    stream
        .next_from(0, &mut |entry| {
            names.push(String::from_utf8_lossy(entry.name).into_owned());
            ControlFlow::Continue(())
        })
        .expect("the directory is open");
    names
}

pub(super) fn write(file: &dyn File, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
    file.write_at(&[IoSlice::new(bytes)], offset)
}

pub(super) fn read(file: &dyn File, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xaa; len];
    let n = file
        .read_at(&mut [IoSliceMut::new(&mut bytes)], offset)
        .expect("memory can be read");
    bytes.truncate(n);
    bytes
}

pub(super) fn contents(file: &dyn File) -> Vec<u8> {
    let len = file.metadata().expect("memory can be read").size;
    read(file, 0, usize::try_from(len).expect("a small file"))
}

pub(super) fn failed(index: usize, errno: Errno) -> Stop {
    Stop::failed(index, errno)
}

pub(super) fn second(index: usize, errno: Errno) -> Stop {
    Stop {
        operand: Operand::Second,
        index,
        cause: Cause::Failed(errno),
    }
}
