mod dir_times;
mod dirs;
mod fault;

use std::collections::HashMap;
use std::io::IoSlice;
use std::sync::Arc;

use bytes::Bytes;
use guesthouse_vfs::resolve::PATH_MAX;
use guesthouse_vfs::{
    Errno, FileSystem, FileType, MemFs, Metadata, OpenDir, OpenOptions, Opened, Place, SetTime,
    SetTimes, Stop, Timestamp, Tree,
};

use self::dirs::ordinary;
use super::budget::Budget;
use super::entry_name::EntryName;
use super::note::{NoteKind, Notes};
use super::{ImageError, ImageErrorKind, ImageOptions, empty_fs};
use crate::error::shown;

/// Puts the entries of archives into one filesystem, in the order in which they come.
///
/// A later entry replaces what an earlier one made under the same name, a whole directory too; only a directory that comes upon a directory leaves
/// what is in it. Names lead through symbolic links, which never lead out of the tree; the last part of a name is never followed. Missing directories on the way
/// are made.
pub(super) struct Unpacker {
    fs: Arc<MemFs>,
    root: OpenDir,
    /// The directory that held the last entry. Most entries lie beside the one before.
    last_dir: Option<(Vec<u8>, OpenDir)>,
    /// The last names and the times of directories by inode, set at the end: what is put into a directory changes them.
    dir_times: HashMap<u64, (Box<[u8]>, SetTimes)>,
    /// For the names in it: a name can be a hundred times as long as what it takes in the filesystem.
    dir_times_budget: Budget,
    /// The contents of files by inode, where somebody wants to have them again.
    contents: Option<HashMap<u64, Bytes>>,
    pub(super) notes: Notes,
}

/// What an archive tells of a node besides its name and its contents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes {
    /// The permission bits.
    pub(super) mode: u32,
    pub(super) modified: Timestamp,
    /// `None` where the archive does not tell.
    pub(super) accessed: Option<Timestamp>,
}

impl Attributes {
    fn times(&self) -> SetTimes {
        SetTimes {
            accessed: SetTime::At(self.accessed.unwrap_or(self.modified)),
            modified: SetTime::At(self.modified),
        }
    }
}

/// A part of a sparse file that is stored.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Where it lies in the file, in bytes.
    pub(super) offset: u64,
    pub(super) bytes: Bytes,
}

impl Unpacker {
    pub(super) fn new(options: &ImageOptions) -> Self {
        let fs = empty_fs(options);
        Self {
            root: OpenDir::root(fs.clone()),
            fs,
            last_dir: None,
            dir_times: HashMap::new(),
            dir_times_budget: Budget::new(options.memory_bytes),
            contents: None,
            notes: Notes::default(),
        }
    }

    /// Keeps the contents of files by inode, for [`finish_with_contents`](Self::finish_with_contents).
    pub(super) fn keeping_contents(self) -> Self {
        Self {
            contents: Some(HashMap::new()),
            ..self
        }
    }

    /// Makes a file whose contents are these bytes.
    pub(super) fn file(
        &mut self,
        name: &EntryName<'_>,
        attributes: &Attributes,
        bytes: Bytes,
    ) -> Result<(), ImageError> {
        let fs = Arc::clone(&self.fs);
        let contents = bytes.clone();
        self.make(name, |place| {
            fs.add_bytes(place, attributes.mode, bytes.clone())?;
            fs.set_times(place, attributes.times())
        })?;
        if self.contents.is_some() {
            let inode = self.look_at(name)?.map(|metadata| metadata.ino);
            if let (Some(kept), Some(inode)) = (&mut self.contents, inode) {
                kept.insert(inode, contents);
            }
        }
        Ok(())
    }

    /// Makes a file of `len` bytes that holds these segments and holes between them.
    pub(super) fn sparse_file(
        &mut self,
        name: &EntryName<'_>,
        attributes: &Attributes,
        len: u64,
        segments: &[Segment],
    ) -> Result<(), ImageError> {
        if let [Segment { offset: 0, bytes }] = segments
            && bytes.len() as u64 == len
        {
            return self.file(name, attributes, bytes.clone());
        }
        let fs = Arc::clone(&self.fs);
        let options = OpenOptions {
            mode: attributes.mode,
            ..OpenOptions::create_new()
        };
        self.make(name, |place| {
            let failed = |errno| Stop::failed(0, errno);
            let Opened::File(opened) = fs.open(place, options)? else {
                return Err(failed(Errno::Io));
            };
            let file = opened.file;
            file.set_len(len).map_err(failed)?;
            for segment in segments {
                write_all(&*file, segment).map_err(failed)?;
            }
            file.set_mode(attributes.mode).map_err(failed)?;
            file.set_times(attributes.times()).map_err(failed)
        })
    }

    /// Makes a symbolic link.
    pub(super) fn symlink(
        &mut self,
        name: &EntryName<'_>,
        attributes: &Attributes,
        target: &[u8],
    ) -> Result<(), ImageError> {
        use ImageErrorKind::{Corrupt, Refused};
        if target.is_empty() || target.contains(&0) {
            let what = "it is a symbolic link, and its target is empty or has a NUL in it";
            return Err(ImageError::new(Corrupt, what));
        }
        if target.len() >= PATH_MAX {
            let what = format!(
                "it is a symbolic link whose target is longer than {} bytes",
                PATH_MAX - 1
            );
            return Err(ImageError::new(Refused, what));
        }
        let fs = Arc::clone(&self.fs);
        self.make(name, |place| {
            fs.symlink(target, place)?;
            fs.set_times(place, attributes.times())
        })
    }

    /// Gives a file that is there already a further name. What `target` names must be there, and is not followed.
    pub(super) fn hard_link(
        &mut self,
        name: &EntryName<'_>,
        target: &EntryName<'_>,
    ) -> Result<(), ImageError> {
        use ImageErrorKind::{Corrupt, Refused};
        let to = shown(target.path());
        let Some(old) = self.look_at(target)? else {
            let what = format!("it is a hard link to {to}, which is not there");
            return Err(ImageError::new(Corrupt, what));
        };
        if old.file_type == FileType::Dir {
            let what = format!("it is a hard link to {to}, which is a directory");
            return Err(ImageError::new(Refused, what));
        }
        if self.look_at(name)?.is_some_and(|new| new.ino == old.ino) {
            return Ok(());
        }
        let below = target.path().strip_prefix(name.path());
        if below.is_some_and(|rest| rest.starts_with(b"/")) {
            let what = format!("it is a hard link to {to}, which it would replace");
            return Err(ImageError::new(Refused, what));
        }
        let (parent, last) = target.split().unwrap_or_default();
        let from = self.open_dir(parent)?;
        let names = [ordinary(last)?];
        let fs = Arc::clone(&self.fs);
        self.make(name, |place| {
            fs.link(Place::act(from.node(), &names), place)
        })
    }

    /// Makes a directory, or finds that it is there.
    pub(super) fn dir(
        &mut self,
        name: &EntryName<'_>,
        attributes: &Attributes,
    ) -> Result<(), ImageError> {
        let fs = Arc::clone(&self.fs);
        let there = self.look_at(name)?;
        let there = there.filter(|there| there.file_type == FileType::Dir);
        let mut ino = there.as_ref().map_or(0, |there| there.ino);
        if name.path().is_empty() {
            let place = Place::dir(fs.root());
            fs.set_mode(place, attributes.mode)
                .map_err(|stop| self.fault(stop.errno()))?;
        } else if there.is_some() {
            self.at(name, |place| fs.set_mode(place, attributes.mode))?;
        } else {
            self.make(name, |place| {
                fs.create_dir(place, attributes.mode)?;
                ino = fs.metadata(place)?.ino;
                Ok(())
            })?;
        }
        self.keep_times(ino, name.path(), attributes.times())
    }

    /// Whether something has that name, besides a directory where a directory is to be.
    pub(super) fn has_other(&self, name: &EntryName<'_>, dir: bool) -> Result<bool, ImageError> {
        let there = self.look_at(name)?;
        Ok(there.is_some_and(|metadata| !(dir && metadata.file_type == FileType::Dir)))
    }

    /// Removes what has that name, with all that is in it, and nothing if nothing has.
    pub(super) fn remove(&mut self, name: &EntryName<'_>) -> Result<(), ImageError> {
        match self.try_dir(name.split().unwrap_or_default().0) {
            Some(dir) => self.clear(&dir, name.split().unwrap_or_default().1),
            None => Ok(()),
        }
    }

    /// Removes all that is in a directory, and nothing if it is none.
    pub(super) fn empty(&mut self, dir_path: &[u8]) -> Result<(), ImageError> {
        let Some(dir) = self.try_dir(dir_path) else {
            return Ok(());
        };
        self.last_dir = None;
        Tree::below(dir)
            .remove_dir_all("/")
            .map_err(|error| self.fault(error.errno()))
    }

    /// Sets the times of directories and hands the filesystem out.
    pub(super) fn finish(self) -> Result<(Arc<MemFs>, Notes), ImageError> {
        self.set_dir_times()?;
        Ok((self.fs, self.notes))
    }

    /// As [`finish`](Self::finish), with the contents of files by inode.
    pub(super) fn finish_with_contents(
        self,
    ) -> Result<(Arc<MemFs>, HashMap<u64, Bytes>), ImageError> {
        self.set_dir_times()?;
        Ok((self.fs, self.contents.unwrap_or_default()))
    }

    /// Makes a node, and the directories on the way to it that are missing. What has the name is removed first.
    fn make(
        &mut self,
        name: &EntryName<'_>,
        mut make: impl FnMut(Place<'_>) -> Result<(), Stop>,
    ) -> Result<(), ImageError> {
        let Some((parent, last)) = name.split() else {
            let what = "it names the root of the image and is no directory";
            return Err(ImageError::new(ImageErrorKind::Refused, what));
        };
        let dir = self.take_dir(parent)?;
        let names = [ordinary(last)?];
        let place = Place::act(dir.node(), &names);
        let mut made = make(place);
        if made
            .as_ref()
            .is_err_and(|stop| stop.errno() == Errno::Exist)
        {
            self.clear(&dir, last)?;
            made = make(place);
        }
        match made {
            Ok(()) => {
                self.last_dir = Some((parent.to_vec(), dir));
                Ok(())
            }
            Err(stop) => Err(self.fault(stop.errno())),
        }
    }

    /// Does something at a name that is there.
    fn at(
        &mut self,
        name: &EntryName<'_>,
        act: impl FnOnce(Place<'_>) -> Result<(), Stop>,
    ) -> Result<(), ImageError> {
        let (parent, last) = name.split().unwrap_or_default();
        let dir = self.open_dir(parent)?;
        act(Place::act(dir.node(), &[ordinary(last)?])).map_err(|stop| self.fault(stop.errno()))
    }

    /// What has that name, if anything has.
    fn look_at(&self, name: &EntryName<'_>) -> Result<Option<Metadata>, ImageError> {
        match self.look(name.path()) {
            Ok((_, metadata)) => Ok(Some(metadata)),
            Err(Errno::NoEntry | Errno::NotDir) => Ok(None),
            Err(errno) => Err(self.fault(errno)),
        }
    }

    /// Notes that an entry is there which is read in another way than it asks for.
    pub(super) fn note(&mut self, name: &[u8], kind: NoteKind) {
        self.notes.add(name, kind);
    }
}

fn write_all(file: &dyn guesthouse_vfs::File, segment: &Segment) -> Result<(), Errno> {
    let mut rest = &segment.bytes[..];
    let mut offset = segment.offset;
    while !rest.is_empty() {
        let written = file.write_at(&[IoSlice::new(rest)], offset)?;
        rest = match rest.get(written..) {
            Some(rest) if written > 0 => rest,
            _ => return Err(Errno::NoSpace),
        };
        offset += written as u64;
    }
    Ok(())
}
