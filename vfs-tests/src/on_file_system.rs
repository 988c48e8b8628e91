use std::collections::HashMap;
use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{DirStream, Errno, FileSystem, FileType, OpenDir, OpenFile, OpenOptions};

use crate::{Call, Entry, Model, Outcome, Subject, Target};

/// A [`FileSystem`] as a guest's descriptors see it: through [`resolve`] and open handles. The one place where the kit touches the interface.
pub struct OnFileSystem {
    /// The working directory, which is also where absolute links lead.
    dir: OpenDir,
    handles: HashMap<String, Handle>,
    streams: HashMap<String, Box<dyn DirStream>>,
    /// How long to wait until the clock has surely moved.
    tick: Duration,
}

enum Handle {
    File(OpenFile),
    /// An open directory, or one that was closed: then its id is kept, to be refused.
    Dir(OpenDir),
}

impl OnFileSystem {
    /// Runs cases in the root of a filesystem.
    #[must_use]
    pub fn at_root(fs: Arc<dyn FileSystem>) -> Self {
        Self::in_dir(OpenDir::root(fs))
    }

    /// Runs cases in the directory at a path from the root of a filesystem.
    ///
    /// # Errors
    /// Those of [`resolve::open`].
    pub fn at_path(fs: Arc<dyn FileSystem>, path: &[u8]) -> Result<Self, Errno> {
        let root = OpenDir::root(fs);
        let options = OpenOptions::directory();
        match resolve::open(Start::at_root(&root), path, Symlinks::Follow, options)? {
            OpenNode::Dir(dir) => Ok(Self::in_dir(dir)),
            OpenNode::File(_) => Err(Errno::NotDir),
        }
    }

    fn in_dir(dir: OpenDir) -> Self {
        Self {
            dir,
            handles: HashMap::new(),
            streams: HashMap::new(),
            tick: Duration::from_millis(15),
        }
    }

    /// Closes everything.
    pub(crate) fn close_all(&mut self) {
        self.streams.clear();
        self.handles.clear();
    }

    /// Lets the filesystem go, but for its open files, which can be used on. Paths lead into an empty tree.
    pub(crate) fn let_go(&mut self) {
        self.streams.clear();
        self.handles
            .retain(|_, handle| matches!(handle, Handle::File(_)));
        self.dir = OpenDir::root(Model::new());
    }

    fn file(&self, name: &str) -> Result<&OpenFile, Errno> {
        match self.handles.get(name) {
            Some(Handle::File(file)) => Ok(file),
            _ => Err(Errno::BadFd),
        }
    }

    fn dir(&self, name: &str) -> Result<&OpenDir, Errno> {
        match self.handles.get(name) {
            Some(Handle::Dir(dir)) => Ok(dir),
            Some(Handle::File(_)) => Err(Errno::NotDir),
            None => Err(Errno::BadFd),
        }
    }

    fn start<'a>(&'a self, dir: &'a OpenDir) -> Start<'a> {
        Start {
            dir,
            root: Some(&self.dir),
        }
    }

    /// Where a path begins, and the path; an open directory itself is the path `.` in it.
    fn at<'a>(&'a self, target: &'a Target) -> Result<(Start<'a>, &'a [u8]), Errno> {
        Ok(match target {
            Target::Path { at: None, path } => (self.start(&self.dir), path),
            Target::Path { at: Some(at), path } => (self.start(self.dir(at)?), path),
            Target::Handle(name) => (self.start(self.dir(name)?), b"."),
        })
    }

    /// The open file that is meant itself.
    fn open_file<'a>(&'a self, target: &Target) -> Option<&'a OpenFile> {
        match target {
            Target::Handle(name) => self.file(name).ok(),
            Target::Path { .. } => None,
        }
    }

    fn open(
        &mut self,
        bind: &str,
        target: &Target,
        symlinks: Symlinks,
        options: OpenOptions,
    ) -> Result<Outcome, Errno> {
        let (start, path) = self.at(target)?;
        let (file_type, handle) = match resolve::open(start, path, symlinks, options)? {
            OpenNode::Dir(dir) => (FileType::Dir, Handle::Dir(dir)),
            OpenNode::File(file) => (file.file_type(), Handle::File(file)),
        };
        self.handles.insert(bind.to_owned(), handle);
        Ok(Outcome::Opened(file_type))
    }

    /// Closes a handle. The id of a closed directory is kept to be refused, unless it is still good because another handle has the same one.
    fn close(&mut self, name: &str) -> Result<(), Errno> {
        let Handle::Dir(dir) = self.handles.remove(name).ok_or(Errno::BadFd)? else {
            return Ok(());
        };
        let (fs, node) = (dir.file_system().clone(), dir.node());
        let same = |handle: &Handle| matches!(handle, Handle::Dir(dir) if dir.node() == node);
        drop(dir);
        if !self.handles.values().any(same) && self.dir.node() != node {
            // When this one is dropped, the id is released once more: that must be ignored.
            let released = Handle::Dir(OpenDir::from_opened(fs, node));
            self.handles.insert(name.to_owned(), released);
        }
        Ok(())
    }

    fn node_call(&self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::Stat { target, follow } => Ok(Outcome::Stat(match self.open_file(target) {
                Some(file) => file.metadata()?,
                None => {
                    let (start, path) = self.at(target)?;
                    resolve::metadata(start, path, symlinks(*follow))?
                }
            })),
            Call::SetTimes {
                target,
                follow,
                times,
            } => {
                match self.open_file(target) {
                    Some(file) => file.set_times(*times)?,
                    None => {
                        let (start, path) = self.at(target)?;
                        resolve::set_times(start, path, symlinks(*follow), *times)?;
                    }
                }
                Ok(Outcome::Done)
            }
            Call::SetMode {
                target,
                follow,
                mode,
            } => {
                match self.open_file(target) {
                    Some(file) => file.set_mode(*mode)?,
                    None => {
                        let (start, path) = self.at(target)?;
                        resolve::set_mode(start, path, symlinks(*follow), *mode)?;
                    }
                }
                Ok(Outcome::Done)
            }
            call => self.name_call(call),
        }
    }

    fn name_call(&self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::CreateDir { target, mode } => {
                let (start, path) = self.at(target)?;
                resolve::create_dir(start, path, *mode)?;
            }
            Call::RemoveDir(target) => {
                let (start, path) = self.at(target)?;
                resolve::remove_dir(start, path)?;
            }
            Call::Unlink(target) => {
                let (start, path) = self.at(target)?;
                resolve::unlink(start, path)?;
            }
            Call::ReadLink(target) => {
                let (start, path) = self.at(target)?;
                return Ok(Outcome::Bytes(resolve::read_link(start, path)?.into_vec()));
            }
            Call::Symlink { to, target } => {
                let (start, path) = self.at(target)?;
                resolve::symlink(to, start, path)?;
            }
            Call::Link { old, follow, new } => {
                let ((start, path), (new_start, new_path)) = (self.at(old)?, self.at(new)?);
                resolve::link(start, path, symlinks(*follow), new_start, new_path)?;
            }
            Call::Rename { old, new } => {
                let ((start, path), (new_start, new_path)) = (self.at(old)?, self.at(new)?);
                resolve::rename(start, path, new_start, new_path)?;
            }
            call => return self.file_call(call),
        }
        Ok(Outcome::Done)
    }

    fn file_call(&self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::Read {
                file,
                offset,
                lengths,
            } => {
                // Filled with something, so that a read that claims more than it does is found out.
                let mut buffers: Vec<Vec<u8>> =
                    lengths.iter().map(|&len| vec![0xaa; len]).collect();
                let mut slices: Vec<_> = buffers.iter_mut().map(|b| IoSliceMut::new(b)).collect();
                let count = self.file(file)?.read_at(&mut slices, *offset)?;
                let mut bytes = buffers.concat();
                bytes.truncate(count);
                return Ok(Outcome::Bytes(bytes));
            }
            Call::Write {
                file,
                offset,
                buffers,
            } => {
                let count = self.file(file)?.write_at(&slices(buffers), *offset)?;
                return Ok(Outcome::Written(count));
            }
            Call::Append { file, buffers } => {
                let (end, count) = self.file(file)?.append(&slices(buffers))?;
                return Ok(Outcome::Appended(count, end));
            }
            Call::SetLen { file, len } => self.file(file)?.set_len(*len)?,
            Call::Allocate { file, offset, len } => self.file(file)?.allocate(*offset, *len)?,
            Call::Sync { handle, kind } => match self.file(handle) {
                Ok(file) => file.sync(*kind)?,
                Err(_) => {
                    let dir = self.dir(handle)?;
                    dir.file_system().sync_dir(dir.node(), *kind)?;
                }
            },
            Call::Advise {
                file,
                offset,
                len,
                advice,
            } => self.file(file)?.advise(*offset, *len, *advice)?,
            _ => return Err(Errno::NotSupported),
        }
        Ok(Outcome::Done)
    }

    fn next_entries(&mut self, stream: &str, cookie: u64, limit: usize) -> Result<Outcome, Errno> {
        let stream = self.streams.get_mut(stream).ok_or(Errno::BadFd)?;
        let mut entries = Vec::new();
        stream.next_from(cookie, &mut |entry| {
            if entries.len() == limit {
                return ControlFlow::Break(());
            }
            entries.push(Entry {
                name: entry.name.to_vec(),
                ino: entry.ino,
                file_type: entry.file_type,
                next: entry.next,
            });
            ControlFlow::Continue(())
        })?;
        Ok(Outcome::Entries(entries))
    }
}

impl Subject for OnFileSystem {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::Open {
                bind,
                target,
                follow,
                options,
            } => self.open(bind, target, symlinks(*follow), *options),
            Call::Close(name) => self.close(name).map(|()| Outcome::Done),
            Call::OpenStream { bind, dir } => {
                let dir = self.dir(dir)?;
                let stream = dir.file_system().open_dir_stream(dir.node())?;
                self.streams.insert(bind.clone(), stream);
                Ok(Outcome::Done)
            }
            Call::NextEntries {
                stream,
                cookie,
                limit,
            } => self.next_entries(stream, *cookie, *limit),
            call => self.node_call(call),
        }
    }

    fn pass_time(&mut self) {
        std::thread::sleep(self.tick);
    }
}

fn symlinks(follow: bool) -> Symlinks {
    if follow {
        Symlinks::Follow
    } else {
        Symlinks::NoFollow
    }
}

fn slices(buffers: &[Vec<u8>]) -> Vec<IoSlice<'_>> {
    buffers.iter().map(|buffer| IoSlice::new(buffer)).collect()
}
