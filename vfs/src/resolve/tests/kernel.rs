use std::cell::Cell;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use tempfile::TempDir;

use super::call::{Answer, Call};
use crate::resolve::Symlinks;
use crate::{Access, Errno, FileType, OpenOptions};

/// A temporary directory with one so deep inside that a `..` too many stays in it.
pub(super) struct Depth {
    _temporary: TempDir,
    deepest: PathBuf,
    trees: Cell<u32>,
}

impl Depth {
    pub(super) fn new() -> Self {
        // In memory, where the host has that: thousands of trees are made.
        let temporary = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let temporary = temporary.unwrap();
        let mut deepest = temporary.path().to_owned();
        deepest.extend(["deep"; 40]);
        std::fs::create_dir_all(&deepest).unwrap();
        Self {
            _temporary: temporary,
            deepest,
            trees: Cell::new(0),
        }
    }

    /// A fresh empty directory, on which calls are run as they are.
    pub(super) fn tree(&self) -> KernelTree {
        self.trees.set(self.trees.get() + 1);
        let path = self.deepest.join(self.trees.get().to_string());
        std::fs::create_dir(&path).unwrap();
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = fs::openat(CWD, &path, flags, Mode::empty()).unwrap();
        KernelTree { path, fd }
    }
}

/// One line of a tree's listing.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) path: Vec<u8>,
    pub(super) ino: u64,
    pub(super) file_type: FileType,
    pub(super) nlink: u64,
}

/// A directory of the host on which calls are run as they are.
pub(super) struct KernelTree {
    path: PathBuf,
    fd: OwnedFd,
}

impl KernelTree {
    /// Asks the kernel.
    pub(super) fn run(&self, call: &Call) -> Result<Answer, Errno> {
        self.syscall(call).map_err(errno)
    }

    fn syscall(&self, call: &Call) -> rustix::io::Result<Answer> {
        let fd = self.fd.as_fd();
        let done = |()| Answer::Done;
        let at = |symlinks: Symlinks| match symlinks {
            Symlinks::Follow => AtFlags::empty(),
            Symlinks::NoFollow => AtFlags::SYMLINK_NOFOLLOW,
        };
        match call {
            Call::Open(path, symlinks, options) => {
                let flags = open_flags(*symlinks, *options);
                let file = fs::openat(fd, os(path), flags, create_mode(*options))?;
                Ok(Answer::Node(fs::fstat(file)?.st_ino))
            }
            Call::Metadata(path, symlinks) => {
                let stat = fs::statat(fd, os(path), at(*symlinks))?;
                Ok(Answer::Node(stat.st_ino))
            }
            Call::SetTimes(path, symlinks) => {
                let epoch = Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                };
                let times = Timestamps {
                    last_access: epoch,
                    last_modification: epoch,
                };
                fs::utimensat(fd, os(path), &times, at(*symlinks)).map(done)
            }
            Call::SetMode(path) => {
                fs::chmodat(fd, os(path), Mode::from(0o755), AtFlags::empty()).map(done)
            }
            Call::ReadLink(path) => {
                let target = fs::readlinkat(fd, os(path), Vec::new())?;
                Ok(Answer::Target(target.into_bytes()))
            }
            Call::CreateDir(path) => fs::mkdirat(fd, os(path), Mode::from(0o755)).map(done),
            Call::RemoveDir(path) => fs::unlinkat(fd, os(path), AtFlags::REMOVEDIR).map(done),
            Call::Unlink(path) => fs::unlinkat(fd, os(path), AtFlags::empty()).map(done),
            Call::Symlink(target, path) => fs::symlinkat(os(target), fd, os(path)).map(done),
            Call::Link(old, symlinks, new) => {
                let flags = match symlinks {
                    Symlinks::Follow => AtFlags::SYMLINK_FOLLOW,
                    Symlinks::NoFollow => AtFlags::empty(),
                };
                fs::linkat(fd, os(old), fd, os(new), flags).map(done)
            }
            Call::Rename(old, new) => fs::renameat(fd, os(old), fd, os(new)).map(done),
        }
    }

    /// What the kernel's own sandbox of paths answers when `dir` in the tree is opened as the start of a walk.
    pub(super) fn open_confined(
        &self,
        dir: &[u8],
        path: &[u8],
        symlinks: Symlinks,
        options: OpenOptions,
        resolve: ResolveFlags,
    ) -> Result<u64, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let start = fs::openat(&self.fd, os(dir), flags, Mode::empty()).unwrap();
        let flags = open_flags(symlinks, options);
        let mode = create_mode(options);
        loop {
            match fs::openat2(&start, os(path), flags, mode, resolve) {
                // A rename somewhere on the system came between.
                Err(rustix::io::Errno::AGAIN) => {}
                Err(rustix::io::Errno::XDEV) => return Err(Errno::Permission),
                Err(error) => return Err(errno(error)),
                Ok(file) => return Ok(fs::fstat(file).unwrap().st_ino),
            }
        }
    }

    pub(super) fn ino(&self) -> u64 {
        fs::fstat(&self.fd).unwrap().st_ino
    }

    /// The directory as our own filesystem of the host sees it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Every path in the tree, sorted.
    pub(super) fn list(&self) -> Vec<Listed> {
        let mut list = Vec::new();
        let mut todo = vec![self.path.clone()];
        while let Some(dir) = todo.pop() {
            for entry in std::fs::read_dir(&dir).unwrap() {
                let path = entry.unwrap().path();
                let metadata = std::fs::symlink_metadata(&path).unwrap();
                let relative = path.strip_prefix(&self.path).unwrap();
                list.push(Listed {
                    path: relative.as_os_str().as_bytes().to_vec(),
                    ino: metadata.ino(),
                    file_type: file_type(&metadata),
                    nlink: metadata.nlink(),
                });
                if metadata.is_dir() {
                    todo.push(path);
                }
            }
        }
        list.sort_by(|one, other| one.path.cmp(&other.path));
        list
    }
}

fn os(path: &[u8]) -> &OsStr {
    OsStr::from_bytes(path)
}

fn file_type(metadata: &std::fs::Metadata) -> FileType {
    if metadata.is_dir() {
        FileType::Dir
    } else if metadata.is_symlink() {
        FileType::Symlink
    } else {
        FileType::File
    }
}

fn create_mode(options: OpenOptions) -> Mode {
    if options.create {
        Mode::from(options.mode)
    } else {
        Mode::empty()
    }
}

fn open_flags(symlinks: Symlinks, options: OpenOptions) -> OFlags {
    let mut flags = OFlags::CLOEXEC
        | match options.access {
            Access {
                read: true,
                write: true,
            } => OFlags::RDWR,
            Access { write: true, .. } => OFlags::WRONLY,
            Access { .. } => OFlags::RDONLY,
        };
    flags.set(OFlags::CREATE, options.create);
    flags.set(OFlags::EXCL, options.exclusive);
    flags.set(OFlags::TRUNC, options.truncate);
    flags.set(OFlags::DIRECTORY, options.directory);
    flags.set(OFlags::NOFOLLOW, symlinks == Symlinks::NoFollow);
    flags
}

fn errno(error: rustix::io::Errno) -> Errno {
    use rustix::io::Errno as Host;
    match error {
        Host::NOENT => Errno::NoEntry,
        Host::NOTDIR => Errno::NotDir,
        Host::ISDIR => Errno::IsDir,
        Host::EXIST => Errno::Exist,
        Host::LOOP => Errno::Loop,
        Host::INVAL => Errno::Invalid,
        Host::NOTEMPTY => Errno::NotEmpty,
        Host::PERM => Errno::Permission,
        Host::BUSY => Errno::Busy,
        Host::NAMETOOLONG => Errno::NameTooLong,
        other => panic!("the kernel answers {other}"),
    }
}
