//! [`HostFs`]: a directory of the host.
//!
//! cap-std holds the handles. Everything that depends on the system is in one module `sys`, with the same names in each of its two shapes:
//! `linux`, which does the hot paths with rustix on the same handles, and `portable`, which does all with cap-std (macOS, Windows and the
//! rest; on Linux with `--cfg guesthouse_portable`, where its tests run). What is shared is how an operation goes:
//!
//! 1. `open_dirs` turns the node id into a handle. The handles are counted; none is dropped while the lock of their table is held.
//! 2. `walk` opens the directory that holds the last name: at once where the system can ([`sys::Host::dir_beneath`]), otherwise, and to find
//!    out why that failed, name by name ([`sys::enter`]). Neither follows a symbolic link.
//! 3. One call of the system acts on the last name in that directory, again without following.
//!
//! So nothing here can leave the directory: a [`Name`](crate::Name) is never `..` and holds no slash, and no link is ever followed.
//!
//! Locks: the table's ([`open_dirs`]); a file's, held for an append; the process's, held for an append where the system has none that
//! is atomic. None is taken while another is held.

mod file_system;
mod host_errno;
mod inode;
#[cfg(all(target_os = "linux", not(guesthouse_portable)))]
mod linux;
mod open;
mod open_dirs;
#[cfg(any(not(target_os = "linux"), guesthouse_portable))]
mod portable;
mod two_places;
mod walk;

#[cfg(all(target_os = "linux", not(guesthouse_portable)))]
use linux as sys;
#[cfg(any(not(target_os = "linux"), guesthouse_portable))]
use portable as sys;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::{Errno, NodeId, Place, Stop, Walk};
use host_errno::host_errno;
use open_dirs::{OpenDirs, Opened};

/// A directory of the host as a filesystem, and nothing outside it.
///
/// What a guest does there happens on the host at once, under the host's permissions, umask, quotas and limits; what others do there shows
/// at once. Symbolic links are never followed here, only reported; nothing is ever opened but regular files and directories, and a FIFO,
/// a socket or a device is [`Errno::NotSupported`] before it is touched. A mount of the host below the directory is part of it.
///
/// An open directory is one file descriptor of the host, an open file one, an open listing one.
///
/// # How it differs by system
/// - **Linux**: a path is walked by one `openat2`, which refuses symbolic links, or, where the kernel has none (before 5.6, or forbidden by a
///   filter), name by name with the same outcome. A trailing slash is checked by the kernel in the call that acts. Appending is atomic, also with regard to other
///   processes (`RWF_APPEND`, Linux 4.16). Inode numbers of other file systems mounted below are made different from those of
///   this one. Setting the mode of a node that is not open needs `/proc`, or read access to the node.
///   Where `RLIMIT_FSIZE` is set, `SIGXFSZ` should be ignored, so that a write past it is [`Errno::FileTooBig`] and not a signal.
/// - **Elsewhere**: paths are walked name by name with cap-std. A trailing slash and the kind of a node are checked just before the call that acts, not
///   by it. Appending is atomic within this process. [`allocate`](crate::File::allocate) is [`Errno::NotSupported`], advice is ignored. A listing is a
///   snapshot taken at its start, and a cookie holds for the listings of one open directory. A time before the epoch becomes the epoch when it is set
///   by name. This code is tested on Linux (`--cfg guesthouse_portable`); what is left to macOS or Windows alone (a `#[cfg]` of few lines each) has
///   been type-checked for both, not run.
/// - **Windows**: a name with one of `\ / : * ? " < > |` or a control character, the name of a device (`NUL`, `com1.txt`), a trailing dot or space, or one
///   that is not UTF-8 is [`Errno::Invalid`]. Only the permission bit `0o200` is kept.
pub struct HostFs {
    dirs: OpenDirs,
    host: sys::Host,
}

impl HostFs {
    /// The filesystem of the host's directory at `path`, with the authority of this process. Links in `path` itself are followed.
    ///
    /// # Errors
    /// [`Errno::NoEntry`], [`Errno::NotDir`] and the like for `path`, as the host answers.
    pub fn open_ambient(path: impl AsRef<Path>) -> Result<Arc<Self>, Errno> {
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|e| host_errno(&e))?;
        Self::from_dir(dir)
    }

    /// The filesystem of an open directory.
    ///
    /// # Errors
    /// What the host answers to a `stat` of it.
    pub fn from_dir(dir: Dir) -> Result<Arc<Self>, Errno> {
        let host = sys::Host::probe(&dir)?;
        Ok(Self::with_host(dir, host))
    }

    /// As [`open_ambient`](Self::open_ambient), but every walk goes name by name, as on a system without `openat2`. For tests of that walk.
    ///
    /// # Errors
    /// As [`open_ambient`](Self::open_ambient).
    #[doc(hidden)]
    pub fn open_ambient_by_steps(path: impl AsRef<Path>) -> Result<Arc<Self>, Errno> {
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|e| host_errno(&e))?;
        let host = sys::Host::probe(&dir)?.by_steps();
        Ok(Self::with_host(dir, host))
    }

    fn with_host(dir: Dir, host: sys::Host) -> Arc<Self> {
        // The handle that came in may be good for walking only (`O_PATH`); the root is to be listed and synced as well.
        let root = match sys::open_self(&dir) {
            Ok(dir) => Opened::new(dir, true),
            Err(_) => Opened::new(dir, false),
        };
        Arc::new(Self {
            dirs: OpenDirs::new(root),
            host,
        })
    }

    /// The directory in which `place` begins.
    fn start(&self, place: &Place<'_>) -> Walk<Arc<Opened>> {
        self.dir(place.dir).map_err(|errno| Stop::failed(0, errno))
    }

    fn dir(&self, node: NodeId) -> Result<Arc<Opened>, Errno> {
        self.dirs.get(node).ok_or(Errno::BadFd)
    }
}

impl fmt::Debug for HostFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFs").finish_non_exhaustive()
    }
}
