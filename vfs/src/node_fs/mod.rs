//! Simple filesystems, one name at a time.
//!
//! [`FileSystem`](crate::FileSystem) walks whole paths so that its operations are atomic and fast. A filesystem that needs neither implements the traits
//! here, which know nodes and single names only; [`ReadOnlyNodeFs`] and [`NodeFs`] make it a `FileSystem`. They walk, count open directories, and
//! make every check in the documented order, so that an implementation does the plain work only.

mod file;
mod read_only;
mod reader;
mod rename;
mod walk;
mod writable;

use std::ops::ControlFlow;

use crate::{DirEntry, Errno, Metadata, Name, SetTimes, SyncKind};

pub use read_only::ReadOnlyNodeFs;
pub use writable::NodeFs;

/// A tree of nodes to look at, one name at a time. [`ReadOnlyNodeFs`] makes it a filesystem.
///
/// ```
/// use std::ops::ControlFlow;
/// use guesthouse_vfs::{DirEntry, Errno, FileType, Metadata, Name, NodeFileSystem, ReadOnlyNodeFs};
///
/// /// One file, `greeting`.
/// struct Greeting;
///
/// #[derive(Clone)]
/// enum Node { Root, Greeting }
///
/// impl NodeFileSystem for Greeting {
///     type Node = Node;
///
///     fn root(&self) -> Node {
///         Node::Root
///     }
///     fn lookup(&self, _dir: &Node, name: Name<'_>) -> Result<Node, Errno> {
///         if name.as_bytes() == b"greeting" { Ok(Node::Greeting) } else { Err(Errno::NoEntry) }
///     }
///     fn metadata(&self, node: &Node) -> Result<Metadata, Errno> {
///         Ok(match node {
///             Node::Root => Metadata::of(FileType::Dir, 1, 0),
///             Node::Greeting => Metadata::of(FileType::File, 2, 6),
///         })
///     }
///     fn read_link(&self, _link: &Node) -> Result<Box<[u8]>, Errno> {
///         Err(Errno::Invalid)
///     }
///     fn list(&self, _: &Node, cookie: u64, sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>) -> Result<(), Errno> {
///         if cookie == 0 {
///             let _ = sink(DirEntry { name: b"greeting", ino: 2, file_type: FileType::File, next: 1 });
///         }
///         Ok(())
///     }
///     fn read_at(&self, _: &Node, buf: &mut [u8], offset: u64) -> Result<usize, Errno> {
///         let rest = usize::try_from(offset).ok().and_then(|o| b"hello\n".get(o..)).unwrap_or_default();
///         let n = rest.len().min(buf.len());
///         buf[..n].copy_from_slice(&rest[..n]);
///         Ok(n)
///     }
/// }
///
/// let fs = ReadOnlyNodeFs::new(Greeting);
/// # let _ = fs;
/// ```
pub trait NodeFileSystem: Send + Sync + 'static {
    /// What stands for a node: cheap to clone, and usable for as long as a clone exists, also when the node has lost its last name. An
    /// `Arc`, or a number for nodes that are never freed. Dropping one must not call the filesystem's adapter.
    type Node: Clone + Send + Sync + 'static;

    /// The root directory.
    fn root(&self) -> Self::Node;

    /// The node of this name in `dir`, which is a directory.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if there is none; whatever the implementation cannot do.
    fn lookup(&self, dir: &Self::Node, name: Name<'_>) -> Result<Self::Node, Errno>;

    /// What is known of a node. The adapter takes its type and `ino`, which tells nodes apart, from here.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn metadata(&self, node: &Self::Node) -> Result<Metadata, Errno>;

    /// The target of `link`, which is a symbolic link.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn read_link(&self, link: &Self::Node) -> Result<Box<[u8]>, Errno>;

    /// Passes the entries of `dir` after `cookie` to `sink`, as [`DirStream::next_from`](crate::DirStream::next_from) does. For entries that never change their position in
    /// the tree counts as a cookie; otherwise give each entry a number that is never used again in its directory.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn list(
        &self,
        dir: &Self::Node,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno>;

    /// Reads from `offset` (bytes) on into `buf` and returns how many bytes; fewer than asked only at the end of the file.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn read_at(&self, file: &Self::Node, buf: &mut [u8], offset: u64) -> Result<usize, Errno>;
}

/// A tree of nodes that can also be changed. [`NodeFs`] makes it a filesystem.
///
/// The adapter owns the implementation and its lock: a change has it alone, looking shares it. It has checked everything that POSIX wants checked when it
/// calls: `dir` is a directory that exists, a new name is free and at most 255 bytes long, a directory to be removed or replaced is empty, nothing is moved into itself. An
/// implementation answers only what it alone knows, such as [`Errno::NoSpace`], and then has changed nothing. A directory that was removed reports `nlink` 0.
pub trait WritableNodeFileSystem: NodeFileSystem {
    /// The directory that holds `dir`; the root and removed directories hold themselves.
    fn parent(&self, dir: &Self::Node) -> Self::Node;

    /// Makes a node with one name.
    ///
    /// # Errors
    /// [`Errno::NoSpace`] and the like.
    fn create(
        &mut self,
        dir: &Self::Node,
        name: Name<'_>,
        new: NewNode<'_>,
    ) -> Result<Self::Node, Errno>;

    /// Gives `node`, which is not a directory, one more name.
    ///
    /// # Errors
    /// [`Errno::TooManyLinks`]; [`Errno::NoSpace`]; [`Errno::Permission`] from a filesystem without hard links, as Linux answers.
    fn link(&mut self, node: &Self::Node, dir: &Self::Node, name: Name<'_>) -> Result<(), Errno>;

    /// Removes a name that exists; if it is a directory's, the directory is empty.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn remove(&mut self, dir: &Self::Node, name: Name<'_>) -> Result<(), Errno>;

    /// Moves the name `old` in `old_dir`, which exists, to `new` in `new_dir`. What is there, of a fitting type and another node, loses that name.
    ///
    /// # Errors
    /// [`Errno::NoSpace`] and the like.
    fn rename(
        &mut self,
        old_dir: &Self::Node,
        old: Name<'_>,
        new_dir: &Self::Node,
        new: Name<'_>,
    ) -> Result<(), Errno>;

    /// Writes `buf` at `offset` (bytes) and returns how many bytes; fewer than asked where a limit is met. A gap before `offset` reads as zeros.
    ///
    /// # Errors
    /// [`Errno::NoSpace`] or [`Errno::FileTooBig`] where no byte fits.
    fn write_at(&mut self, file: &Self::Node, buf: &[u8], offset: u64) -> Result<usize, Errno>;

    /// Cuts the file to `len` bytes, or lets it grow by zeros. The space for them is taken: writing inside the length never fails for want of it. (So the adapter can
    /// answer [`File::allocate`](crate::File::allocate) with it. A filesystem with sparse files implements [`FileSystem`](crate::FileSystem).)
    ///
    /// # Errors
    /// [`Errno::NoSpace`]; [`Errno::FileTooBig`].
    fn set_len(&mut self, file: &Self::Node, len: u64) -> Result<(), Errno>;

    /// Changes what is known of a node.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn set_metadata(&mut self, node: &Self::Node, change: MetadataChange) -> Result<(), Errno>;

    /// Waits until a node has reached the storage.
    ///
    /// # Errors
    /// Whatever the implementation cannot do.
    fn sync(&self, node: &Self::Node, kind: SyncKind) -> Result<(), Errno>;
}

/// What [`WritableNodeFileSystem::create`] makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewNode<'a> {
    /// An empty regular file.
    File {
        /// Its permission bits.
        mode: u32,
    },
    /// An empty directory.
    Dir {
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Symlink {
        /// Where it leads.
        target: &'a [u8],
    },
}

/// What [`WritableNodeFileSystem::set_metadata`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataChange {
    /// The times.
    Times(SetTimes),
    /// The permission bits (`0o7777`), never of a symbolic link.
    Mode(u32),
}
