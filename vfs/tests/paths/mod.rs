//! Calls on a [`FileSystem`] by a path of plain names such as `a/b`, for tests. A trailing slash means that the name must be a directory.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::{
    Access, Errno, FileSystem, FileType, LastName, Metadata, Name, NodeId, OpenFile, OpenOptions,
    Opened, Place, SetTime, SetTimes, Timestamp, Walk,
};

pub(crate) struct Paths {
    pub(crate) fs: Arc<dyn FileSystem>,
    pub(crate) dir: NodeId,
}

pub(crate) const TOUCH: SetTimes = SetTimes {
    accessed: SetTime::Now,
    modified: SetTime::At(Timestamp::from_nanos(7)),
};

impl Paths {
    pub(crate) fn new(fs: Arc<dyn FileSystem>) -> Self {
        let dir = fs.root();
        Self { fs, dir }
    }

    /// The same filesystem, walked from an open directory.
    pub(crate) fn from(&self, dir: NodeId) -> Self {
        Self {
            fs: Arc::clone(&self.fs),
            dir,
        }
    }

    pub(crate) fn at<R>(&self, path: &str, last: LastName, act: impl FnOnce(Place<'_>) -> R) -> R {
        let names: Vec<_> = names(path).collect();
        act(Place {
            dir: self.dir,
            names: &names,
            must_be_dir: path.ends_with('/'),
            last,
        })
    }

    fn act<R>(&self, path: &str, act: impl FnOnce(Place<'_>) -> Walk<R>) -> Result<R, Errno> {
        self.at(path, LastName::Act, act)
            .map_err(|stop| stop.errno())
    }

    pub(crate) fn open(&self, path: &str, options: OpenOptions) -> Result<Opened, Errno> {
        let last = if options.exclusive {
            LastName::Act
        } else {
            LastName::Follow
        };
        self.at(path, last, |place| self.fs.open(place, options))
            .map_err(|stop| stop.errno())
    }

    pub(crate) fn file(&self, path: &str, options: OpenOptions) -> Result<OpenFile, Errno> {
        match self.open(path, options)? {
            Opened::File(file) => Ok(OpenFile::new(file, options.access)),
            Opened::Dir(dir) => {
                self.fs.release(dir);
                Err(Errno::IsDir)
            }
        }
    }

    pub(crate) fn dir(&self, path: &str) -> Result<NodeId, Errno> {
        match self.open(path, OpenOptions::directory())? {
            Opened::Dir(dir) => Ok(dir),
            Opened::File(_) => Err(Errno::NotDir),
        }
    }

    pub(crate) fn stat(&self, path: &str) -> Result<Metadata, Errno> {
        self.act(path, |place| self.fs.metadata(place))
    }

    pub(crate) fn mkdir(&self, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.create_dir(place, 0o755))
    }

    pub(crate) fn rmdir(&self, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.remove_dir(place))
    }

    pub(crate) fn unlink(&self, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.unlink(place))
    }

    pub(crate) fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.symlink(target.as_bytes(), place))
    }

    pub(crate) fn read_link(&self, path: &str) -> Result<Vec<u8>, Errno> {
        self.act(path, |place| self.fs.read_link(place))
            .map(Vec::from)
    }

    pub(crate) fn touch(&self, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.set_times(place, TOUCH))
    }

    pub(crate) fn chmod(&self, path: &str) -> Result<(), Errno> {
        self.act(path, |place| self.fs.set_mode(place, 0o600))
    }

    pub(crate) fn link(&self, old: &str, new: &str) -> Result<(), Errno> {
        self.act(old, |old| {
            self.at(new, LastName::Act, |new| self.fs.link(old, new))
        })
    }

    pub(crate) fn rename(&self, old: &str, new: &str) -> Result<(), Errno> {
        self.act(old, |old| {
            self.at(new, LastName::Act, |new| self.fs.rename(old, new))
        })
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let options = OpenOptions {
            truncate: true,
            ..OpenOptions::create()
        };
        let file = self.file(path, options)?;
        assert_eq!(file.write_at(&[IoSlice::new(bytes)], 0)?, bytes.len());
        Ok(())
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let file = self.file(path, OpenOptions::existing(Access::READ))?;
        let mut buf = vec![0; 1 << 16];
        let n = file.read_at(&mut [IoSliceMut::new(&mut buf)], 0)?;
        buf.truncate(n);
        Ok(buf)
    }

    /// Name, inode, type and cookie of the entries after `cookie`.
    pub(crate) fn list_from(&self, path: &str, cookie: u64) -> Vec<(String, u64, FileType, u64)> {
        let dir = self.dir(path).unwrap();
        let mut entries = Vec::new();
        let mut stream = self.fs.open_dir_stream(dir).unwrap();
        stream
            .next_from(cookie, &mut |e| {
                let name = String::from_utf8_lossy(e.name).into_owned();
                entries.push((name, e.ino, e.file_type, e.next));
                ControlFlow::Continue(())
            })
            .unwrap();
        self.fs.release(dir);
        entries
    }

    pub(crate) fn list(&self, path: &str) -> Vec<String> {
        self.list_from(path, 0).into_iter().map(|e| e.0).collect()
    }

    /// Everything below a directory, one line each: what a change anywhere would change.
    pub(crate) fn everything(&self, path: &str) -> Vec<String> {
        let mut lines = vec![format!("{path:?} {:?}", self.stat(path))];
        for (name, _, file_type, _) in self.list_from(path, 0) {
            let path = format!("{path}{name}");
            if file_type == FileType::Dir {
                lines.extend(self.everything(&format!("{path}/")));
            } else {
                let inside = match file_type {
                    FileType::Symlink => self.read_link(&path),
                    _ => self.read(&path),
                };
                lines.push(format!("{path:?} {:?} {inside:?}", self.stat(&path)));
            }
        }
        lines
    }
}

pub(crate) fn names(path: &str) -> impl Iterator<Item = Name<'_>> {
    path.split('/')
        .filter(|name| !name.is_empty())
        .map(|name| Name::new(name.as_bytes()).unwrap())
}
