//! What the guest gets to see, and what became of it.

use std::path::Path;
use std::sync::Arc;

use guesthouse_vfs::{
    Change, ChangeKind, Errno, FileSystem, HostFs, MemFs, OpenDir, OverlayFs, ReadOnlyFs, Snapshot,
    Usage,
};

use crate::changes::{Changes, GuestChange};
use crate::failure::Failure;
use crate::guest_path::GuestPath;
use crate::mount_spec::Preopen;

/// The guest's tree.
pub(crate) struct GuestTree {
    /// Preopened as `/`.
    pub(crate) root: Arc<dyn FileSystem>,
    /// The memory filesystems that the guest can write.
    pub(crate) memories: Vec<Arc<MemFs>>,
    pub(crate) tracked: Vec<Tracked>,
    /// What can be written and is not tracked.
    pub(crate) not_tracked: Vec<Vec<u8>>,
    /// Whether directories of the host are in it, in place.
    pub(crate) shows_host: bool,
    /// Whether `/dev` is the default one.
    pub(crate) default_devices: bool,
}

/// A mount that knows what was changed in it.
pub(crate) struct Tracked {
    /// Its path in the tree; empty for the root.
    pub(crate) place: Vec<u8>,
    pub(crate) origin: Origin,
}

/// What a mount is compared with.
pub(crate) enum Origin {
    /// Memory as it was when the guest started.
    Snapshot(Arc<MemFs>, Snapshot),
    /// What lies under an overlay.
    Lowers(Arc<OverlayFs>),
}

impl GuestTree {
    /// The sum over the memory filesystems.
    pub(crate) fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for usage in self.memories.iter().map(|memory| memory.usage()) {
            sum.private_bytes += usage.private_bytes;
            sum.peak_private_bytes += usage.peak_private_bytes;
            sum.logical_bytes += usage.logical_bytes;
            sum.nodes += usage.nodes;
            sum.names += usage.names;
        }
        sum
    }

    /// What the guest has changed by now.
    pub(crate) fn changes(&self) -> Result<Changes, Failure> {
        let mut list = Vec::new();
        for mount in &self.tracked {
            let changes = mount.origin.changes().map_err(|errno| {
                let place = GuestChange::path_of(&mount.place, b"");
                let failure = Failure::new(format!(
                    "cannot tell what was changed in {}: {errno}",
                    String::from_utf8_lossy(&place)
                ));
                match errno {
                    Errno::NameTooLong => {
                        failure.advise("the guest nested directories until their paths became too long to be listed")
                    }
                    _ => failure,
                }
            })?;
            let seen = changes
                .into_iter()
                .map(|change| GuestChange::new(&mount.place, change));
            list.extend(seen);
        }
        list.sort();
        Ok(Changes {
            list,
            not_tracked: self.not_tracked.clone(),
        })
    }

    /// Whether nobody needs to be told that what is at `path` cannot leave the tree with `whole`: a device of the default `/dev` that nobody named.
    pub(crate) fn is_expected_to_stay(&self, whole: &GuestPath, path: &[u8]) -> bool {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let named = whole.as_str().strip_prefix('/').map(str::as_bytes) == Some(path);
        self.default_devices && path.starts_with(b"dev/") && !named
    }
}

impl Origin {
    fn changes(&self) -> Result<Vec<Change>, Errno> {
        match self {
            Self::Snapshot(memory, start) => memory.changes_since(start),
            Self::Lowers(overlay) => overlay.changes(),
        }
    }
}

impl GuestChange {
    fn new(place: &[u8], change: Change) -> Self {
        let kind = match change.kind {
            ChangeKind::Renamed { from } => ChangeKind::Renamed {
                from: Self::path_of(place, &from).into(),
            },
            kind => kind,
        };
        Self {
            path: Self::path_of(place, &change.path),
            kind,
            file_type: change.file_type,
        }
    }

    /// The path from the guest's `/` of what is at `path` in the mount at `place`.
    fn path_of(place: &[u8], path: &[u8]) -> Vec<u8> {
        if path.is_empty() && !place.is_empty() {
            return place.to_vec();
        }
        [place, b"/", path].concat()
    }
}

/// The directory of a `--preopen`.
pub(crate) fn preopen(preopen: &Preopen) -> Result<OpenDir, Failure> {
    let mut fs: Arc<dyn FileSystem> = open_host(&preopen.host)?;
    if preopen.read_only {
        fs = ReadOnlyFs::new(fs);
    }
    Ok(OpenDir::root(fs))
}

pub(crate) fn open_host(path: &Path) -> Result<Arc<HostFs>, Failure> {
    HostFs::open_ambient(path).map_err(|errno| {
        Failure::new(format!("cannot open the host directory {}: {errno}", path.display()))
            .advise("the part before :: is a directory of this machine, the part after it a place in the guest's tree")
    })
}
