//! A virtual filesystem for WebAssembly hosts.
//!
//! Every backend implements two traits, [`FileSystem`] and [`File`]. A backend sees plain names only: the resolver is the one place that
//! knows `/`, `.`, `..` and symbolic links, so paths mean the same everywhere.
#![forbid(unsafe_code)]

mod clock;
mod dir_stream;
mod errno;
mod file;
mod file_system;
mod handle;
#[cfg(feature = "host")]
mod host_fs;
mod mem_fs;
mod metadata;
mod name;
mod open_options;
mod place;
pub mod resolve;

mod node_table;
mod refusal;

mod dev_fs;
mod mount_fs;
mod node_fs;
mod read_only_fs;

mod tree;

pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use dir_stream::{DirEntry, DirStream};
pub use errno::Errno;
pub use file::{Advice, File, SyncKind};
pub use file_system::{FileSystem, NodeId, Opened, OpenedFile};
pub use handle::{Mount, OpenDir, OpenFile};
#[cfg(feature = "host")]
pub use host_fs::HostFs;
pub use mem_fs::{ChunkPool, Limits, MemFs, MemFsBuilder, Usage};
pub use metadata::{FileType, Metadata, SetTime, SetTimes};
pub use name::{NAME_MAX, Name};
pub use open_options::{Access, OpenOptions};
pub use place::{Cause, LastName, Operand, Place, Stop, Walk};

pub use dev_fs::{DevFs, RandomSource};
pub use mount_fs::{MissingParents, MountEntry, MountError, MountFs, MountFsBuilder, MountOptions};
pub use node_fs::{
    MetadataChange, NewNode, NodeFileSystem, NodeFs, ReadOnlyNodeFs, WritableNodeFileSystem,
};
pub use read_only_fs::ReadOnlyFs;

pub use tree::{
    AbsoluteLinks, CopyOptions, CopyProgress, CopyReport, LeftOut, LeftOutReason, ReadDir, Tree,
    TreeBuilder, TreeEntry, TreeError, TreeFile, TreeResult, TreeWalk,
};
