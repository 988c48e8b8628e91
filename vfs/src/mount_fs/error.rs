use std::{error, fmt};

use crate::Errno;

/// Why a filesystem could not be mounted. Its text says where and what to do.
#[derive(Debug)]
pub struct MountError {
    path: Box<[u8]>,
    reason: Reason,
}

#[derive(Debug)]
pub(super) enum Reason {
    /// Something on the way, or at the mount point, is not a directory.
    NotDir,
    /// The filesystem at the mount point cannot tell names apart that differ in case.
    FoldsCase,
    /// The path does not lead anywhere, or a filesystem failed.
    Failed(Errno),
    /// More directories on the way to mounts than there may be.
    TooMany,
}

impl MountError {
    pub(super) fn new(path: &[u8], reason: Reason) -> Self {
        Self {
            path: path.into(),
            reason,
        }
    }

    /// The path of the mount point, as it was given.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The errno that `mount(2)` has for it.
    #[must_use]
    pub const fn errno(&self) -> Errno {
        match self.reason {
            Reason::NotDir => Errno::NotDir,
            Reason::FoldsCase => Errno::NotSupported,
            Reason::Failed(errno) => errno,
            Reason::TooMany => Errno::NoSpace,
        }
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot mount on \"{}\": ", self.path.escape_ascii())?;
        match &self.reason {
            Reason::NotDir => f.write_str(
                "there is a file in the way; only directories can be mounted, on directories or on free names",
            ),
            Reason::FoldsCase => f.write_str(
                "the filesystem there ignores the case of names, so a guest could reach what the mount hides by another spelling; mount it beside",
            ),
            Reason::Failed(errno) => write!(f, "{errno}"),
            Reason::TooMany => write!(
                f,
                "more than {} directories lead to mounts",
                super::builder::TRIE_NODES_MAX
            ),
        }
    }
}

impl error::Error for MountError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.reason {
            Reason::Failed(errno) => Some(errno),
            _ => None,
        }
    }
}

impl From<Errno> for Reason {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NotDir => Self::NotDir,
            errno => Self::Failed(errno),
        }
    }
}
