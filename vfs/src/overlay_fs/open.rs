use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::copy_up::Contents;
use super::directories::LowerDirectory;
use super::files::{FileIo, FileNode};
use super::layers::{file_of, open_dir};
use super::lock;
use super::lookup::{Child, Source, Walked};
use super::state::State;
use crate::refusal::at_last;
use crate::{
    Access, Errno, FileType, LastName, NodeId, OpenFile, OpenOptions, OpenedFile, Place, Walk,
};

/// A node that was opened.
pub(super) enum OpenedNode {
    Dir(NodeId),
    /// A file of the upper of which nothing else is to be known, and the inode number that it shows, if that is not its own.
    Upper(OpenedFile, Option<u64>),
    /// A file that began in a lower layer, counted as open.
    Shared(Arc<FileNode>),
    /// A device of a lower layer, and its inode number.
    Device(OpenedFile, u64),
}

impl State {
    pub(super) fn open(&mut self, place: Place<'_>, options: OpenOptions) -> Walk<OpenedNode> {
        let failed = |errno| at_last(place, errno);
        let walked = self.walk(place)?;
        if options.create && options.directory {
            return Err(failed(Errno::Invalid));
        }
        if place.names.is_empty() {
            return self.open_start(&walked, options).map_err(failed);
        }
        // Whether the name is taken comes before a link that is in the way.
        let child = self.last(&walked, LastName::Act)?;
        if options.create {
            if child.is_some() && options.exclusive {
                return Err(failed(Errno::Exist));
            }
            if place.must_be_dir {
                return Err(failed(Errno::IsDir));
            }
        }
        let Some(child) = child else {
            if !options.create {
                return Err(crate::Stop::missing(walked.last()));
            }
            return self.create_file(&walked, options).map_err(failed);
        };
        if child.metadata.file_type == FileType::Symlink {
            if place.last == LastName::Follow {
                let target = self.target(&walked, walked.last(), &child);
                let target = target.map_err(failed)?;
                return Err(crate::Stop::link(walked.last(), target));
            }
            return Err(failed(Errno::Loop));
        }
        if place.must_be_dir && !child.is_dir() {
            return Err(failed(Errno::NotDir));
        }
        self.open_child(&walked, &child, options).map_err(failed)
    }

    fn open_start(
        &mut self,
        walked: &Walked<'_>,
        options: OpenOptions,
    ) -> Result<OpenedNode, Errno> {
        if options.create && options.exclusive {
            return Err(Errno::Exist);
        }
        if options.writes() {
            return Err(Errno::IsDir);
        }
        let start = walked.dirs.first().ok_or(Errno::BadFd)?;
        self.dirs.open(start.ino).map(OpenedNode::Dir)
    }

    fn create_file(
        &mut self,
        walked: &Walked<'_>,
        options: OpenOptions,
    ) -> Result<OpenedNode, Errno> {
        let dir = walked.dirs.last().ok_or(Errno::Io)?.ino;
        let to = self.upper_place(walked, walked.last())?;
        let upper = &self.layers.upper;
        let options = OpenOptions {
            exclusive: true,
            ..options
        };
        let file = file_of(upper, upper.open(to.place(), options))?;
        self.touched(dir);
        Ok(OpenedNode::Upper(file, None))
    }

    fn open_child(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        options: OpenOptions,
    ) -> Result<OpenedNode, Errno> {
        match child.metadata.file_type {
            FileType::Symlink => Err(Errno::Loop),
            FileType::Dir if options.writes() => Err(Errno::IsDir),
            FileType::Dir => self.open_dir(walked, child).map(OpenedNode::Dir),
            _ if options.directory => Err(Errno::NotDir),
            FileType::Unknown | FileType::Socket => Err(Errno::NotSupported),
            FileType::File => self.open_file(walked, child, options),
            FileType::CharDevice | FileType::BlockDevice => {
                self.open_device(walked, child, options)
            }
        }
    }

    fn open_dir(&mut self, walked: &Walked<'_>, child: &Child) -> Result<NodeId, Errno> {
        let ino = self.pin_child(walked, child)?;
        let opened = if self.dirs.is_open(ino) {
            self.dirs.open(ino)
        } else {
            self.hold_dir(walked, child, ino)
        };
        self.dirs.unpin(ino);
        opened
    }

    /// Opens a known directory for the first time: in every layer.
    fn hold_dir(&mut self, walked: &Walked<'_>, child: &Child, ino: u64) -> Result<NodeId, Errno> {
        let layers = Arc::clone(&self.layers);
        let upper = match walked.upper_place(walked.last()) {
            Some(place) if child.in_upper() => Some(open_dir(&*layers.upper, place)?),
            _ => None,
        };
        let mut held = super::directories::Released {
            upper,
            lowers: Vec::new(),
        };
        for lower in &child.lowers {
            match lower.open(&layers, walked.names) {
                Ok(node) => held.lowers.push(LowerDirectory {
                    path: lower.node(walked.names),
                    node: Some(node),
                }),
                Err(errno) => {
                    held.release(&layers);
                    return Err(errno);
                }
            }
        }
        let opened = self.dirs.open(ino);
        match (&opened, self.dirs.get_mut(ino)) {
            (Ok(_), Some(dir)) => {
                dir.upper = held.upper;
                dir.lowers = held.lowers;
            }
            _ => held.release(&layers),
        }
        opened
    }

    fn open_file(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        options: OpenOptions,
    ) -> Result<OpenedNode, Errno> {
        if let Source::Upper(_) = child.source
            && !self.files.contains_key(&child.ino())
        {
            let place = walked.upper_place(walked.last()).ok_or(Errno::Io)?;
            let upper = &self.layers.upper;
            let existing = OpenOptions {
                create: false,
                exclusive: false,
                ..options
            };
            let file = file_of(upper, upper.open(place, existing))?;
            return Ok(OpenedNode::Upper(file, Some(child.ino())));
        }
        let ino = child.ino();
        let entry = self.file_entry(walked, child)?;
        entry.handles = entry
            .handles
            .checked_add(1)
            .ok_or(Errno::TooManyOpenFiles)?;
        let node = Arc::clone(&entry.node);
        let opened = self.hold_file(walked, child, options);
        if let Err(errno) = opened {
            let closed = self.close_file(ino);
            drop(closed);
            return Err(errno);
        }
        Ok(OpenedNode::Shared(node))
    }

    /// Opens what reading and writing a file needs, as far as it is not open yet, and cuts the file if that is asked for.
    fn hold_file(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        options: OpenOptions,
    ) -> Result<(), Errno> {
        let entry = self.files.get(&child.ino()).ok_or(Errno::Io)?;
        let node = Arc::clone(&entry.node);
        let anew = options.truncate && !node.is_copied();
        if anew {
            self.copy_file(child.ino(), Contents::None)?;
            node.written
                .store(child.metadata.size > 0, Ordering::Relaxed);
        }
        if node.is_copied() {
            let access = Access {
                read: true,
                write: options.access.write,
            };
            self.hold_upper(walked, child, access)?;
        }
        let mut io = lock::write(&node.io);
        let FileIo {
            lower,
            upper: _,
            copied,
        } = &mut *io;
        let needs_lower = copied.as_ref().is_none_or(|copied| !copied.is_complete());
        if needs_lower && lower.is_none() {
            let opened = self.layers.open_lower_file(&node.source)?;
            *lower = Some(OpenFile::new(opened, Access::READ));
        }
        if options.truncate
            && !anew
            && let Some(cut) = io.change(|pair, copied| pair.set_len(copied, 0))
        {
            node.written.fetch_or(cut?, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Opens the copy of a file, unless it is open for this access already.
    fn hold_upper(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        access: Access,
    ) -> Result<(), Errno> {
        let entry = self.files.get(&child.ino()).ok_or(Errno::Io)?;
        let node = Arc::clone(&entry.node);
        let held = lock::read(&node.io).upper.as_ref().map(OpenFile::access);
        if held.is_some_and(|held| held.write || !access.write) {
            return Ok(());
        }
        let layers = Arc::clone(&self.layers);
        let options = OpenOptions::existing(access);
        let opened = match walked.upper_place(walked.last()) {
            Some(place) if child.in_upper() => layers.upper.open(place, options),
            _ => {
                let (dir, name) = entry.names.first().ok_or(Errno::Io)?;
                let (dir, names) = self.dirs.in_upper(*dir, name).ok_or(Errno::Io)?;
                layers.upper.open(Place::act(dir, &names), options)
            }
        };
        let file = OpenFile::new(file_of(&layers.upper, opened)?, access);
        let replaced = lock::write(&node.io).upper.replace(file);
        drop(replaced);
        Ok(())
    }

    /// Opens a device where it is. That of a lower layer cannot be written.
    fn open_device(
        &mut self,
        walked: &Walked<'_>,
        child: &Child,
        options: OpenOptions,
    ) -> Result<OpenedNode, Errno> {
        let options = OpenOptions {
            create: false,
            exclusive: false,
            ..options
        };
        let layers = Arc::clone(&self.layers);
        let opened = match &child.source {
            Source::Upper(_) => {
                let place = walked.upper_place(walked.last()).ok_or(Errno::Io)?;
                file_of(&layers.upper, layers.upper.open(place, options))?
            }
            Source::Lower(lower) => {
                let node = lower.node(walked.names);
                let fs = layers.lower(node.layer)?;
                let names = node.names();
                file_of(fs, fs.open(Place::act(fs.root(), &names), options))?
            }
        };
        Ok(OpenedNode::Device(opened, child.ino()))
    }
}
