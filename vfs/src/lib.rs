//! A virtual filesystem for WebAssembly hosts: one tree, composed of memory, directories of the host and filesystems of your own.
//!
//! ```
//! use guesthouse_vfs::{MemFs, MountFs, ReadOnlyFs, Tree};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What all guests share, made once.
//! let assets = MemFs::new();
//! Tree::new(assets.clone()).build().file("lib/greeting.txt", "hello").finish()?;
//!
//! // One guest's tree: memory of its own, and the assets for reading.
//! let fs = MountFs::builder(MemFs::new())
//!     .mount("/usr", ReadOnlyFs::new(assets))?
//!     .build();
//!
//! // `Tree` is the host's way in, with paths and `std::io`. The guest's is `guesthouse-wasi`.
//! let tree = Tree::new(fs);
//! let greeting = tree.read_to_string("/usr/lib/greeting.txt")?;
//! tree.write("/out.txt", greeting + ", world")?;
//! assert_eq!(tree.read("/out.txt")?, b"hello, world");
//! assert!(tree.write("/usr/out.txt", "").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # How it fits together
//! Every backend implements two traits, [`FileSystem`] and [`File`], and sees plain names only ([`Place`]). [`resolve`] is the one place that knows `/`, `.`, `..` and symbolic
//! links, so paths mean the same everywhere, and an operation is one atomic step of its backend. Errors are one closed [`Errno`].
//!
//! | backend | what it is |
//! |---|---|
//! | [`MemFs`] | files in memory: sparse, limited, forked in constant time |
//! | `HostFs` | a directory of the host, which nothing leaves |
//! | [`MountFs`] | several filesystems in one tree |
//! | [`ReadOnlyFs`] | a view of another that cannot be written |
//! | [`OverlayFs`] | changes in one filesystem, over others that are never written |
//! | [`DevFs`] | `null`, `zero`, `random`, `urandom` |
//! | [`NodeFs`], [`ReadOnlyNodeFs`] | your own, from a hundred lines that know single names only |
//!
//! # Features
//! `host` (on by default) adds `HostFs`. Without it the crate builds for `wasm32-unknown-unknown`.
#![forbid(unsafe_code)]

// The words: what the traits speak of.
mod change;
mod clock;
mod errno;
mod metadata;
mod name;
mod open_options;
mod place;

// The traits, and the handles that everybody holds.
mod dir_stream;
mod file;
mod file_system;
mod handle;

// Paths.
pub mod resolve;

// The backends, and what several of them need.
mod dev_fs;
#[cfg(feature = "host")]
mod host_fs;
mod mem_fs;
mod mount_fs;
mod node_fs;
mod node_table;
mod overlay_fs;
mod read_only_fs;
mod refusal;

// The host's own way in.
mod tree;

pub use change::{Change, ChangeKind, Modified};
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use dir_stream::{DirEntry, DirStream};
pub use errno::Errno;
pub use file::{Advice, File, SyncKind};
pub use file_system::{FileSystem, NodeId, Opened, OpenedFile};
pub use handle::{Mount, OpenDir, OpenFile};
#[cfg(feature = "host")]
pub use host_fs::HostFs;
pub use mem_fs::{ChunkPool, Limits, MemFs, MemFsBuilder, Snapshot, Usage};
pub use metadata::{FileType, Metadata, SetTime, SetTimes};
pub use name::{NAME_MAX, Name};
pub use open_options::{Access, OpenOptions};
pub use place::{Cause, LastName, Operand, Place, Stop, Walk};

pub use dev_fs::{DevFs, RandomSource};
pub use mount_fs::{MissingParents, MountEntry, MountError, MountFs, MountFsBuilder, MountOptions};
pub use node_fs::{
    MetadataChange, NewNode, NodeFileSystem, NodeFs, ReadOnlyNodeFs, WritableNodeFileSystem,
};
pub use overlay_fs::{OverlayFs, OverlayFsBuilder};
pub use read_only_fs::ReadOnlyFs;

pub use tree::{
    AbsoluteLinks, Assets, CopyOptions, CopyProgress, CopyReport, DirChain, LeftOut, LeftOutReason,
    Lend, ReadDir, Tree, TreeBuilder, TreeEntry, TreeError, TreeFile, TreeResult, TreeWalk,
};
