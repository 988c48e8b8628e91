use std::sync::Arc;

#[cfg(unix)]
use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_fs_ext::{FollowSymlinks, MetadataExt as _, OpenOptionsFollowExt as _};
use cap_std::fs::{Dir, File as CapFile, OpenOptions as HostOptions};

use super::super::host_errno::host_errno;
use super::super::open_dirs::Opened;
use super::dir_stream::SnapshotStream;
use super::file::HostFile;
use super::host_name::host_name;
use super::stat::{file_type, kind, reported, stat_name};
use crate::{DirStream, Errno, FileType, Metadata, Name, OpenOptions};

/// What there is to know of a host directory: which device the root lies on.
pub(in super::super) struct Host {
    root_dev: u64,
}

impl Host {
    pub(in super::super) fn probe(root: &Dir) -> Result<Self, Errno> {
        let metadata = root.dir_metadata().map_err(|e| host_errno(&e))?;
        Ok(Self {
            root_dev: metadata.dev(),
        })
    }

    /// The same: there is no other way to walk here.
    pub(in super::super) fn by_steps(self) -> Self {
        self
    }

    /// `None`: no system but Linux refuses every symbolic link of a path in one call.
    pub(in super::super) fn dir_beneath(&self, _: &Dir, _: &[Name<'_>]) -> Option<Dir> {
        None
    }

    /// `None`, as for [`dir_beneath`](Self::dir_beneath).
    pub(in super::super) fn open_dir_beneath(
        &self,
        _: &Dir,
        _: &[Name<'_>],
        _: bool,
    ) -> Option<Opened> {
        None
    }

    /// Makes a file of a single name, if that is free. `None`: find out by walking name by name.
    pub(in super::super) fn create_beneath(
        &self,
        dir: &Dir,
        names: &[Name<'_>],
        options: OpenOptions,
    ) -> Option<HostFile> {
        match names {
            &[name] => self.create_file(dir, name, options).ok(),
            _ => None,
        }
    }

    /// Makes a file; the name must be free.
    pub(in super::super) fn create_file(
        &self,
        dir: &Dir,
        name: Name<'_>,
        options: OpenOptions,
    ) -> Result<HostFile, Errno> {
        let mut host = safe();
        // The standard library makes files only for those who write; the descriptor keeps a reader from it.
        host.read(options.access.read).write(true).create_new(true);
        set_mode(&mut host, options.mode);
        let file = dir.open_with(host_name(name)?, &host);
        Ok(self.file(file.map_err(|e| host_errno(&e))?))
    }

    /// Opens a name that was seen to be a regular file. `Ok(None)` if it is something else by now.
    pub(in super::super) fn open_file(
        &self,
        dir: &Dir,
        name: Name<'_>,
        options: OpenOptions,
    ) -> Result<Option<HostFile>, Errno> {
        let access = options.access;
        let mut host = safe();
        host.read(access.read || !access.write)
            .write(access.write || options.truncate)
            .truncate(options.truncate);
        let opened = dir.open_with(host_name(name)?, &host).and_then(|file| {
            let metadata = file.metadata()?;
            Ok((file, kind(metadata.file_type())))
        });
        match opened {
            Ok((file, FileType::File)) => Ok(Some(self.file(file))),
            // Another kind of node took the name. What was opened of it is closed without having been used.
            Ok(_) => Ok(None),
            // Systems differ in how they refuse what is no file any more.
            Err(error) => match file_type(dir, name) {
                Ok(FileType::File) => Err(host_errno(&error)),
                Ok(_) | Err(Errno::NoEntry) => Ok(None),
                Err(errno) => Err(errno),
            },
        }
    }

    /// Describes the node of this name.
    pub(in super::super) fn metadata(&self, dir: &Dir, name: Name<'_>) -> Result<Metadata, Errno> {
        Ok(reported(&stat_name(dir, name)?, self.root_dev))
    }

    /// Describes an open directory.
    pub(in super::super) fn dir_metadata(&self, dir: &Dir) -> Result<Metadata, Errno> {
        let metadata = dir.dir_metadata().map_err(|e| host_errno(&e))?;
        Ok(reported(&metadata, self.root_dev))
    }

    /// Begins a listing.
    pub(in super::super) fn dir_stream(
        &self,
        dir: &Arc<Opened>,
    ) -> Result<Box<dyn DirStream>, Errno> {
        Ok(Box::new(SnapshotStream::open(dir, self.root_dev)?))
    }

    fn file(&self, file: CapFile) -> HostFile {
        HostFile::new(file.into_std(), self.root_dev)
    }
}

/// Options that follow no link and do not wait for the other end of a FIFO.
pub(super) fn safe() -> HostOptions {
    let mut options = HostOptions::new();
    options.follow(FollowSymlinks::No);
    #[cfg(unix)]
    options.nonblock(true);
    options
}

#[cfg(unix)]
fn set_mode(options: &mut HostOptions, mode: u32) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(mode & 0o7777);
}

#[cfg(not(unix))]
fn set_mode(_: &mut HostOptions, _: u32) {}
