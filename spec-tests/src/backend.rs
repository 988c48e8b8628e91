use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use guesthouse_vfs::{DevFs, FileSystem, HostFs, Limits, MemFs, MountFs, Tree};
use guesthouse_wasi::OsRandom;
use tempfile::TempDir;

use crate::Outcome;

/// What a filesystem is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Memory.
    Memory,
    /// A directory of the host.
    Host,
    /// A directory of the host whose paths are walked name by name, as on systems without `openat2`.
    HostBySteps,
    /// Memory, with a directory of the host as `/tmp`.
    HostInMemory,
    /// A directory of the host, with memory as `/tmp`.
    MemoryInHost,
    /// A fork of a tree in memory, which is made when the guest's filesystem is asked for: what was prepared before is inherited.
    Fork,
}

/// A fresh filesystem with an empty directory `/tmp`. What it has on the host is removed with it.
pub struct Ground {
    backend: Backend,
    fs: Arc<dyn FileSystem>,
    /// Of [`Backend::Fork`]: what `fs` is as well, and its fork once it is made.
    origin: Option<Origin>,
    _scratch: TempDir,
}

struct Origin {
    memory: Arc<MemFs>,
    fork: OnceLock<Arc<MemFs>>,
}

impl Backend {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Memory,
        Self::Host,
        Self::HostBySteps,
        Self::HostInMemory,
        Self::MemoryInHost,
        Self::Fork,
    ];

    /// How many bytes a memory filesystem of a [`Ground`] holds.
    pub const MEMORY_BYTES: u64 = 4 << 20;

    /// Whether `/tmp` has a limit: a directory of the host has the host's.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        matches!(self, Self::Memory | Self::MemoryInHost | Self::Fork)
    }

    /// A fresh filesystem of this kind.
    ///
    /// # Errors
    /// The host refuses a temporary directory.
    pub fn ground(self) -> Outcome<Ground> {
        let scratch = scratch()?;
        let host = match self {
            Self::HostBySteps => HostFs::open_ambient_by_steps(scratch.path())?,
            _ => HostFs::open_ambient(scratch.path())?,
        };
        let memory = MemFs::builder()
            .limits(Limits {
                private_bytes: Self::MEMORY_BYTES,
                ..Limits::default()
            })
            .build();
        let origin = (self == Self::Fork).then(|| Origin {
            memory: Arc::clone(&memory),
            fork: OnceLock::new(),
        });
        let (outer, inner): (Arc<dyn FileSystem>, Option<Arc<dyn FileSystem>>) = match self {
            Self::Memory | Self::Fork => (memory, None),
            Self::Host | Self::HostBySteps => (host, None),
            Self::HostInMemory => (memory, Some(host)),
            Self::MemoryInHost => (host, Some(memory)),
        };
        Tree::new(Arc::clone(&outer)).create_dir("/tmp")?;
        let fs = match inner {
            Some(inner) => MountFs::builder(outer).mount("/tmp", inner)?.build(),
            None => outer,
        };
        Ok(Ground {
            backend: self,
            fs,
            origin,
            _scratch: scratch,
        })
    }
}

impl Ground {
    /// The filesystem, for a guest.
    #[must_use]
    pub fn fs(&self) -> Arc<dyn FileSystem> {
        match &self.origin {
            Some(Origin { memory, fork }) => fork.get_or_init(|| memory.fork()).clone(),
            None => Arc::clone(&self.fs),
        }
    }

    /// Its tree, to prepare it or, once a guest has been given it, to look at it from the host's side.
    #[must_use]
    pub fn tree(&self) -> Tree {
        match self.origin.as_ref().and_then(|origin| origin.fork.get()) {
            Some(fork) => Tree::new(fork.clone()),
            None => Tree::new(Arc::clone(&self.fs)),
        }
    }

    /// The filesystem with devices in `/dev`.
    ///
    /// # Errors
    /// There is something else.
    pub fn fs_with_devices(&self) -> Outcome<Arc<dyn FileSystem>> {
        let devices = DevFs::new(Arc::new(OsRandom));
        Ok(MountFs::builder(self.fs()).mount("/dev", devices)?.build())
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground")
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

/// An empty directory of the host: in memory, where the host has such a place.
fn scratch() -> Outcome<TempDir> {
    let memory = Path::new("/dev/shm");
    Ok(if memory.is_dir() {
        TempDir::new_in(memory)?
    } else {
        TempDir::new()?
    })
}
