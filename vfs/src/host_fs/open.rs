use std::sync::Arc;

use cap_std::fs::Dir;

use super::open_dirs::Opened as OpenedDir;
use super::walk::{Last, settle};
use super::{HostFs, sys};
use crate::{
    Errno, File, FileType, LastName, Mount, NodeId, OpenOptions, Opened, OpenedFile, Place, Stop,
    Walk,
};

impl HostFs {
    /// Opens the node at `place`.
    ///
    /// Opening a FIFO wakes a writer, opening a device can rewind a tape or arm a watchdog: so nothing is opened by name before its kind was seen, and
    /// the kind is checked again on what was opened. Two opens need neither, and are one call of the system: one that makes
    /// a file and fails if the name is taken, and one that fails unless it is a directory. They are tried first where they may do.
    pub(super) fn open_place(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let start = self
            .dir(place.dir)
            .map_err(|errno| Stop::failed(0, errno))?;
        if let Some(opened) = self.open_at_once(&start.dir, &place, options)? {
            return Ok(opened);
        }
        match self.last(&start.dir, &place)? {
            None => self
                .open_start(place.dir, &start, options)
                .map_err(|errno| Stop::failed(0, errno)),
            Some(last) => settle(last.index, || self.open_last(&last, options)),
        }
    }

    /// The two opens that cannot act on what is there. `None` if neither is asked for, or it failed, for whatever reason.
    fn open_at_once(
        &self,
        start: &Dir,
        place: &Place<'_>,
        options: OpenOptions,
    ) -> Walk<Option<Opened>> {
        if place.names.is_empty() {
            return Ok(None);
        }
        let wants_dir = options.directory || place.must_be_dir;
        if options.create && !wants_dir {
            let file = self.host.create_beneath(start, place.names, options);
            return Ok(file.map(|file| self.file(file)));
        }
        if wants_dir && !options.writes() {
            let read = options.access.read;
            let dir = self.host.open_dir_beneath(start, place.names, read);
            return dir.map(|dir| self.keep(dir, place)).transpose();
        }
        Ok(None)
    }

    /// Opens the directory in which the place begins once more.
    fn open_start(
        &self,
        node: NodeId,
        start: &OpenedDir,
        options: OpenOptions,
    ) -> Result<Opened, Errno> {
        if options.create && options.directory {
            return Err(Errno::Invalid);
        }
        if options.create && options.exclusive {
            return Err(Errno::Exist);
        }
        if options.writes() {
            return Err(Errno::IsDir);
        }
        if options.access.read && !start.readable {
            let dir = sys::open_self(&start.dir)?;
            return Ok(Opened::Dir(self.dirs.insert(OpenedDir::new(dir, true))?));
        }
        self.dirs.count(node)?;
        Ok(Opened::Dir(node))
    }

    /// Opens the last name after looking at its kind. `None` if it changed meanwhile.
    fn open_last(&self, last: &Last<'_>, options: OpenOptions) -> Option<Walk<Opened>> {
        let file_type = match sys::file_type(&last.parent, last.name) {
            Ok(file_type) => file_type,
            Err(Errno::NoEntry) if options.create => return self.create_last(last, options),
            Err(errno) => return Some(Err(last.stop(errno))),
        };
        if file_type == FileType::Symlink && last.rule == LastName::Follow {
            return last.report_link();
        }
        if let Err(errno) = check_kind(file_type, last.must_be_dir, options) {
            return Some(Err(last.failed(errno)));
        }
        let opened = if file_type == FileType::Dir {
            sys::open_dir(&last.parent, last.name, options.access.read).and_then(|dir| {
                dir.map(|dir| self.dirs.insert(dir).map(Opened::Dir))
                    .transpose()
            })
        } else {
            let file = self.host.open_file(&last.parent, last.name, options);
            file.map(|file| file.map(|file| self.file(file)))
        };
        opened.map_err(|errno| last.failed(errno)).transpose()
    }

    /// Makes the last name, which was free. `None` if it is taken by now.
    fn create_last(&self, last: &Last<'_>, options: OpenOptions) -> Option<Walk<Opened>> {
        if options.directory {
            return Some(Err(last.failed(Errno::Invalid)));
        }
        if last.must_be_dir {
            return Some(Err(last.failed(Errno::IsDir)));
        }
        match self.host.create_file(&last.parent, last.name, options) {
            Ok(file) => Some(Ok(self.file(file))),
            Err(Errno::Exist) => None,
            Err(errno) => Some(Err(last.failed(errno))),
        }
    }

    fn file(&self, file: impl File + 'static) -> Opened {
        Opened::File(OpenedFile {
            file: Arc::new(file),
            file_type: FileType::File,
            mount: Mount::default(),
        })
    }

    fn keep(&self, dir: OpenedDir, place: &Place<'_>) -> Walk<Opened> {
        let last = place.names.len().saturating_sub(1);
        let node = self.dirs.insert(dir);
        node.map(Opened::Dir)
            .map_err(|errno| Stop::failed(last, errno))
    }
}

/// What `options` make of a name that stands for a node of this kind; a link that is to be reported has been by now.
fn check_kind(file_type: FileType, must_be_dir: bool, options: OpenOptions) -> Result<(), Errno> {
    let exclusive = options.create && options.exclusive;
    if file_type == FileType::Symlink && !exclusive {
        return Err(Errno::Loop);
    }
    if options.create && options.directory {
        return Err(Errno::Invalid);
    }
    if exclusive {
        return Err(Errno::Exist);
    }
    let is_dir = file_type == FileType::Dir;
    if (is_dir && options.writes()) || (options.create && must_be_dir) {
        return Err(Errno::IsDir);
    }
    if !is_dir && (options.directory || must_be_dir) {
        return Err(Errno::NotDir);
    }
    if !matches!(file_type, FileType::Dir | FileType::File) {
        return Err(Errno::NotSupported);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Access;

    #[test]
    fn kinds_are_checked_in_the_documented_order() {
        let read = OpenOptions::existing(Access::READ);
        let write = OpenOptions::existing(Access::WRITE);
        let create = OpenOptions::create();
        let exclusive = OpenOptions::create_new();
        let directory = OpenOptions::directory();
        let both = OpenOptions {
            directory: true,
            ..exclusive
        };
        let truncate = OpenOptions {
            truncate: true,
            ..read
        };
        for (file_type, slash, options, answer) in [
            (FileType::Symlink, false, read, Err(Errno::Loop)),
            (FileType::Symlink, false, create, Err(Errno::Loop)),
            (FileType::Symlink, false, exclusive, Err(Errno::Exist)),
            (FileType::File, false, both, Err(Errno::Invalid)),
            (FileType::Dir, true, exclusive, Err(Errno::Exist)),
            (FileType::Dir, false, write, Err(Errno::IsDir)),
            (FileType::Dir, false, truncate, Err(Errno::IsDir)),
            (FileType::Dir, false, create, Err(Errno::IsDir)),
            (FileType::File, true, create, Err(Errno::IsDir)),
            (FileType::File, true, write, Err(Errno::NotDir)),
            (FileType::File, false, directory, Err(Errno::NotDir)),
            (FileType::Unknown, true, read, Err(Errno::NotDir)),
            (FileType::Unknown, false, read, Err(Errno::NotSupported)),
            (FileType::CharDevice, false, write, Err(Errno::NotSupported)),
            (FileType::Socket, false, create, Err(Errno::NotSupported)),
            (FileType::Dir, true, directory, Ok(())),
            (FileType::File, false, create, Ok(())),
        ] {
            assert_eq!(
                check_kind(file_type, slash, options),
                answer,
                "{file_type:?}, slash {slash}, {options:?}"
            );
        }
    }
}
