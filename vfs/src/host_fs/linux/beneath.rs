use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use cap_std::fs::Dir;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno as HostErrno;

use super::super::open_dirs::Opened;
use super::dir_stream::HostDirStream;
use super::file::HostFile;
use super::retry::{call, ours, retry};
use super::stat::{file_type_of_fd, stat_fd, stat_name};
use crate::{Access, DirStream, Errno, FileType, Metadata, Name, OpenOptions};

/// What never to do when opening: follow a link, wait for the other end of a FIFO, become the owner of a terminal, hand the descriptor on to
/// programs that the host starts.
pub(super) const SAFE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A handle good for walking only, which needs no right to read. (`O_PATH` permits few other flags.)
pub(super) const WALK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Never above the start, through no symbolic link, and through none of `/proc`'s which are none to look at.
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);

/// What there is to know of a host directory: whether the kernel walks, and which device the root lies on.
pub(in super::super) struct Host {
    has_openat2: bool,
    root_dev: u64,
}

impl Host {
    /// Asks the kernel once.
    pub(in super::super) fn probe(root: &Dir) -> Result<Self, Errno> {
        let walk = WALK.union(OFlags::DIRECTORY);
        let probed = openat2(root, c".", walk, Mode::empty(), BENEATH);
        Ok(Self {
            // A kernel before 5.6 says `ENOSYS`; a filter of system calls that does not know this one says `EPERM` or `ENOSYS`. With any other answer the
            // call is there. A filter that comes later is met again below.
            has_openat2: !matches!(probed, Err(HostErrno::NOSYS | HostErrno::PERM)),
            root_dev: stat_fd(root)?.dev,
        })
    }

    /// The same without `openat2`.
    pub(in super::super) fn by_steps(self) -> Self {
        Self {
            has_openat2: false,
            ..self
        }
    }

    /// Opens the directory `names` below `dir` for walking, in one call. `None`: find out by walking name by name.
    pub(in super::super) fn dir_beneath(&self, dir: &Dir, names: &[Name<'_>]) -> Option<Dir> {
        let flags = WALK.union(OFlags::DIRECTORY);
        self.beneath(dir, names, flags, Mode::empty())
            .map(Dir::from)
    }

    /// Opens the directory `names` below `dir`, in one call, and fails if it is no directory. `None`: find out by walking name by name.
    pub(in super::super) fn open_dir_beneath(
        &self,
        dir: &Dir,
        names: &[Name<'_>],
        read: bool,
    ) -> Option<Opened> {
        let readable = SAFE.union(OFlags::DIRECTORY);
        if let Some(fd) = self.beneath(dir, names, readable, Mode::empty()) {
            return Some(Opened::new(fd.into(), true));
        }
        if read {
            return None;
        }
        let walk = WALK.union(OFlags::DIRECTORY);
        let fd = self.beneath(dir, names, walk, Mode::empty())?;
        Some(Opened::new(fd.into(), false))
    }

    /// Makes the file `names` below `dir`, in one call, and fails if the name is taken. `None`: find out by walking name by name.
    pub(in super::super) fn create_beneath(
        &self,
        dir: &Dir,
        names: &[Name<'_>],
        options: OpenOptions,
    ) -> Option<HostFile> {
        let fd = self.beneath(dir, names, create_flags(options), mode(options.mode))?;
        Some(HostFile::new(fd, self.root_dev))
    }

    /// One `openat2`, or for a single name, which the kernel need not walk, one `openat`.
    fn beneath(&self, dir: &Dir, names: &[Name<'_>], flags: OFlags, mode: Mode) -> Option<OwnedFd> {
        let opened = match names {
            [name] => retry(|| openat(dir, name.as_bytes(), flags, mode)),
            _ if self.has_openat2 => {
                let path = joined(names)?;
                retry(|| openat2(dir, path.as_c_str(), flags, mode, BENEATH))
            }
            _ => return None,
        };
        // Nothing has happened when an open fails, so the walk may try again, and it says at which name and why:
        match opened {
            Ok(fd) => Some(fd),
            // a symbolic link on the way;
            Err(HostErrno::LOOP)
            // a name that is missing, no directory, taken, or a directory that may not be entered;
            | Err(HostErrno::NOENT | HostErrno::NOTDIR | HostErrno::EXIST | HostErrno::ACCESS)
            // a path longer than `PATH_MAX`, each of whose names may be short enough, or a name that is too long;
            | Err(HostErrno::NAMETOOLONG)
            // a filter of system calls that came after the first question, or a file that nobody may open so;
            | Err(HostErrno::NOSYS | HostErrno::PERM)
            // a kernel that cannot tell whether something moved out of the tree meanwhile, or says that it did, or that does not know a flag.
            | Err(HostErrno::AGAIN | HostErrno::XDEV | HostErrno::INVAL) => None,
            // All else (no descriptors, no memory, a device that fails) the walk will meet again, if it lasts, and knows the name.
            Err(_) => None,
        }
    }

    /// Makes a file; the name must be free.
    pub(in super::super) fn create_file(
        &self,
        dir: &Dir,
        name: Name<'_>,
        options: OpenOptions,
    ) -> Result<HostFile, Errno> {
        let flags = create_flags(options);
        let fd = call(|| openat(dir, name.as_bytes(), flags, mode(options.mode)))?;
        Ok(HostFile::new(fd, self.root_dev))
    }

    /// Opens a name that was seen to be a regular file. `Ok(None)` if it is something else by now.
    pub(in super::super) fn open_file(
        &self,
        dir: &Dir,
        name: Name<'_>,
        options: OpenOptions,
    ) -> Result<Option<HostFile>, Errno> {
        let name = name.as_bytes();
        let mut flags = SAFE.union(access_mode(options.access));
        flags.set(OFlags::TRUNC, options.truncate);
        // Passed on although the file exists: `fs.protected_regular` of the kernel goes by it.
        flags.set(OFlags::CREATE, options.create);
        let mode = if options.create {
            mode(options.mode)
        } else {
            Mode::empty()
        };
        let opened = match retry(|| openat(dir, name, flags, mode)) {
            // Opened for neither reading nor writing, so the right to read is not needed.
            Err(HostErrno::ACCESS) if !options.access.read && !options.writes() => {
                retry(|| openat(dir, name, WALK, Mode::empty()))
            }
            opened => opened,
        };
        match opened {
            Ok(fd) if file_type_of_fd(&fd)? == FileType::File => {
                Ok(Some(HostFile::new(fd, self.root_dev)))
            }
            // Another kind of node took the name. What was opened of it is closed without having been used.
            Ok(_) => Ok(None),
            // A link took it, a directory, a FIFO or socket without another end, or nothing.
            Err(HostErrno::LOOP | HostErrno::ISDIR | HostErrno::NXIO | HostErrno::NOENT) => {
                Ok(None)
            }
            Err(errno) => Err(ours(errno)),
        }
    }

    /// Describes the node of this name.
    pub(in super::super) fn metadata(&self, dir: &Dir, name: Name<'_>) -> Result<Metadata, Errno> {
        Ok(stat_name(dir, name)?.reported(self.root_dev))
    }

    /// Describes an open directory.
    pub(in super::super) fn dir_metadata(&self, dir: &Dir) -> Result<Metadata, Errno> {
        Ok(stat_fd(dir)?.reported(self.root_dev))
    }

    /// Begins a listing.
    pub(in super::super) fn dir_stream(
        &self,
        dir: &Arc<Opened>,
    ) -> Result<Box<dyn DirStream>, Errno> {
        Ok(Box::new(HostDirStream::open(dir, self.root_dev)?))
    }
}

/// The permission bits of a new node; the host takes its umask off.
pub(super) const fn mode(bits: u32) -> Mode {
    Mode::from_bits_retain(bits & 0o7777)
}

const fn access_mode(access: Access) -> OFlags {
    match (access.read, access.write) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        // Neither is reading for the host; the descriptor keeps the guest from it.
        (_, false) => OFlags::RDONLY,
    }
}

const fn create_flags(options: OpenOptions) -> OFlags {
    SAFE.union(access_mode(options.access))
        .union(OFlags::CREATE)
        .union(OFlags::EXCL)
}

/// The names as one path. `None` if a name holds a NUL, which none does.
fn joined(names: &[Name<'_>]) -> Option<CString> {
    let length = names.iter().map(|name| name.as_bytes().len() + 1).sum();
    let mut path = Vec::with_capacity(length);
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
    }
    CString::new(path).ok()
}

/// Others can give a name to another node between the look at its kind and the call that opens it. Here the look is left out.
#[cfg(test)]
mod tests {
    use std::path::Path;

    use rustix::fs::{CWD, FileType as HostFileType, mknodat};

    use super::super::names::{enter, open_dir};
    use super::*;
    use crate::File as _;

    const NAMES: [&[u8]; 5] = [b"fifo", b"link_to_file", b"link_to_dir", b"null", b"gone"];

    fn in_directory(act: impl FnOnce(&Path, &Dir, &Host)) {
        let temporary = tempfile::tempdir().expect("a directory");
        let path = temporary.path();
        std::fs::write(path.join("file"), "inside").expect("a file");
        std::fs::create_dir(path.join("dir")).expect("a directory");
        std::os::unix::fs::symlink("file", path.join("link_to_file")).expect("a link");
        std::os::unix::fs::symlink("dir", path.join("link_to_dir")).expect("a link");
        std::os::unix::fs::symlink("/dev/null", path.join("null")).expect("a link");
        let fifo = path.join("fifo");
        mknodat(CWD, fifo, HostFileType::Fifo, mode(0o600), 0).expect("a FIFO");
        let dir = Dir::from_std_file(std::fs::File::open(path).expect("a directory"));
        let host = Host::probe(&dir).expect("a host");
        act(path, &dir, &host);
    }

    fn name(bytes: &[u8]) -> Name<'_> {
        Name::new(bytes).expect("a name")
    }

    #[test]
    fn only_a_regular_file_is_given_out_as_one() {
        in_directory(|_, dir, host| {
            for access in [
                Access::default(),
                Access::READ,
                Access::WRITE,
                Access::READ_WRITE,
            ] {
                let options = OpenOptions::existing(access);
                for other in NAMES {
                    let opened = host.open_file(dir, name(other), options);
                    let opened = opened.map(|file| file.is_some());
                    assert_eq!(opened, Ok(false), "{}", other.escape_ascii());
                }
                let opened = host.open_file(dir, name(b"dir"), options);
                assert_eq!(opened.map(|file| file.is_some()), Ok(false));
                let opened = host.open_file(dir, name(b"file"), options);
                assert_eq!(opened.map(|file| file.is_some()), Ok(true));
            }
        });
    }

    #[test]
    fn truncation_reaches_no_file_through_a_link() {
        in_directory(|path, dir, host| {
            let options = OpenOptions {
                truncate: true,
                ..OpenOptions::create()
            };
            let opened = host.open_file(dir, name(b"link_to_file"), options);
            assert_eq!(opened.map(|file| file.is_some()), Ok(false));
            let kept = std::fs::read_to_string(path.join("file")).expect("the file");
            assert_eq!(kept, "inside");
        });
    }

    #[test]
    fn only_a_directory_is_given_out_as_one() {
        in_directory(|_, dir, host| {
            for other in NAMES.into_iter().chain([&b"file"[..]]) {
                for read in [true, false] {
                    let opened = open_dir(dir, name(other), read);
                    assert_eq!(opened.map(|dir| dir.is_some()), Ok(false));
                    assert!(host.open_dir_beneath(dir, &[name(other)], read).is_none());
                }
                assert!(enter(dir, name(other)).is_err());
                assert!(host.dir_beneath(dir, &[name(other), name(b"x")]).is_none());
            }
            assert!(matches!(open_dir(dir, name(b"dir"), true), Ok(Some(_))));
            assert!(enter(dir, name(b"dir")).is_ok());
        });
    }

    #[test]
    fn a_file_is_made_by_one_call_only_where_nothing_is() {
        in_directory(|path, dir, host| {
            let options = OpenOptions::create();
            for taken in [&b"file"[..], b"dir", b"fifo", b"link_to_file", b"null"] {
                assert!(host.create_beneath(dir, &[name(taken)], options).is_none());
            }
            let through = [name(b"link_to_dir"), name(b"new")];
            assert!(host.create_beneath(dir, &through, options).is_none());
            let below = [name(b"dir"), name(b"new")];
            let made = host.create_beneath(dir, &below, options);
            let made = made.expect("a file where nothing was");
            assert_eq!(made.metadata().map(|m| m.size), Ok(0));
            assert!(path.join("dir/new").is_file());
        });
    }
}
