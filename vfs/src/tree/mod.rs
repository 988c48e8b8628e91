mod assets;
mod builder;
mod contents;
mod copy;
mod copy_options;
mod copy_report;
mod descent;
mod dir_chain;
mod error;
mod files;
#[cfg(feature = "host")]
mod host;
mod lend;
mod linked_nodes;
mod listing;
mod node_copy;
mod nodes;
mod removal;
mod tree_file;
mod tree_path;

pub use assets::Assets;
pub use builder::TreeBuilder;
pub use copy_options::{AbsoluteLinks, CopyOptions, CopyProgress};
pub use copy_report::{CopyReport, LeftOut, LeftOutReason};
pub use descent::Descent as TreeWalk;
pub use dir_chain::DirChain;
pub use error::{TreeError, TreeResult};
pub use lend::Lend;
pub use listing::{ReadDir, TreeEntry};
pub use tree_file::TreeFile;

use std::sync::Arc;

use tree_path::in_tree;

use crate::resolve::{self, OpenNode, Start, Symlinks};
use crate::{Errno, FileSystem, OpenDir, OpenOptions};

/// A host's way into any [`FileSystem`]: paths in, [`std::io`] out.
///
/// It follows symbolic links as [`std::fs`] does, and it can't leave the tree: `/a` is `a` in the tree's root, a link with an absolute target leads to a
/// place in the tree, and `..` above the root is [`Errno::Permission`]. A clone is another handle of the same tree. What it does is at once seen by the guests that
/// run on the same filesystem, and the other way round.
///
/// # Paths
/// A path is bytes and needs not be UTF-8. Every function takes what [`AsRef<[u8]>`](AsRef) describes: `"usr/lib"`, a `String`, `b"\xff"`, a
/// `Vec<u8>`. From a [`std::path::Path`] take `path.as_os_str().as_encoded_bytes()`; where a function means a path of the host, it takes a `Path`.
///
/// # Errors
/// Every function fails with a [`TreeError`], which says what was tried, where, and why; it turns into a [`std::io::Error`] with `?`. Besides
/// what is listed with each function there are the errors of every path, as [`resolve`](crate::resolve) lists them, and the host's.
///
/// # Examples
/// ```
/// use guesthouse_vfs::{MemFs, Tree};
/// use std::io::{Read, Write};
///
/// fn main() -> std::io::Result<()> {
///     let tree = Tree::new(MemFs::new());
///     tree.build()
///         .file("etc/motd", "Welcome.\n")
///         .executable("bin/hello", [0x7f, b'E', b'L', b'F'])
///         .symlink("bin/hi", "hello")
///         .dir("tmp")
///         .finish()?;
///
///     let mut log = tree.append("tmp/log")?;
///     writeln!(log, "one line")?;
///     assert_eq!(tree.read_to_string("/tmp/log")?, "one line\n");
///
///     let mut start = [0; 2];
///     tree.open("bin/hi")?.read_exact(&mut start)?;
///     assert_eq!(&start, b"\x7fE");
///
///     let names: Vec<String> = tree.list("/")?.iter().map(|entry| entry.name_lossy().into_owned()).collect();
///     assert_eq!(names, ["bin", "etc", "tmp"]);
///
///     let error = tree.read("etc/shadow").unwrap_err();
///     assert_eq!(error.to_string(), "cannot open etc/shadow: no such file or directory");
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    root: Arc<OpenDir>,
}

impl Tree {
    /// The whole of a filesystem.
    #[must_use]
    pub fn new(fs: Arc<dyn FileSystem>) -> Self {
        Self::below(OpenDir::root(fs))
    }

    /// What lies below an open directory, which is the root for all paths, also those in symbolic links.
    #[must_use]
    pub fn below(dir: OpenDir) -> Self {
        Self {
            root: Arc::new(dir),
        }
    }

    /// The root directory, for the functions of [`resolve`](crate::resolve) and for guests.
    #[must_use]
    pub fn root(&self) -> &OpenDir {
        &self.root
    }

    /// The tree below a directory of this one.
    ///
    /// # Errors
    /// [`Errno::NotDir`].
    pub fn subtree(&self, path: impl AsRef<[u8]>) -> TreeResult<Self> {
        let path = path.as_ref();
        self.open_dir(path)
            .map(Self::below)
            .map_err(|errno| TreeError::new("open directory", path, errno))
    }

    /// Begins a chain of calls that makes files and directories.
    pub fn build(&self) -> TreeBuilder<'_> {
        TreeBuilder::new(self)
    }

    /// Lists a directory in its own order, reading on as the iterator is asked.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::NotDir`].
    pub fn read_dir(&self, path: impl AsRef<[u8]>) -> TreeResult<ReadDir> {
        let path = path.as_ref();
        self.open_dir(path)
            .and_then(|dir| ReadDir::new(Arc::new(dir), path))
            .map_err(|errno| TreeError::new("list", path, errno))
    }

    /// Lists a directory, sorted by name.
    ///
    /// # Errors
    /// As [`read_dir`](Self::read_dir).
    pub fn list(&self, path: impl AsRef<[u8]>) -> TreeResult<Vec<TreeEntry>> {
        let mut entries = self.read_dir(path)?.collect::<TreeResult<Vec<_>>>()?;
        entries.sort_by(|one, other| one.name().cmp(other.name()));
        Ok(entries)
    }

    /// Goes through all that is below a directory: depth first, each directory before what is in it, each sorted by name. Links are not followed, so it comes to an end.
    ///
    /// # Errors
    /// As [`read_dir`](Self::read_dir).
    ///
    /// # Examples
    /// ```
    /// # use guesthouse_vfs::{MemFs, Tree, TreeResult};
    /// # fn main() -> TreeResult<()> {
    /// let tree = Tree::new(MemFs::new());
    /// tree.build().file("a/b/one", "1").file("a/two", "22").finish()?;
    /// let mut bytes = 0;
    /// for entry in tree.walk("/a")? {
    ///     let entry = entry?;
    ///     println!("{} {}", entry.path_lossy(), entry.metadata().size);
    ///     bytes += if entry.is_file() { entry.metadata().size } else { 0 };
    /// }
    /// assert_eq!(bytes, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn walk(&self, path: impl AsRef<[u8]>) -> TreeResult<TreeWalk> {
        let path = path.as_ref();
        self.open_dir(path)
            .map_err(|errno| TreeError::new("list", path, errno))
            .and_then(|dir| TreeWalk::new(dir, path))
    }

    fn start(&self) -> Start<'_> {
        Start::at_root(&self.root)
    }

    fn call<T>(
        &self,
        operation: &'static str,
        path: &[u8],
        call: impl FnOnce(Start<'_>, &[u8]) -> Result<T, Errno>,
    ) -> TreeResult<T> {
        call(self.start(), in_tree(path)).map_err(|errno| TreeError::new(operation, path, errno))
    }

    fn call_between(
        &self,
        operation: &'static str,
        old: &[u8],
        new: &[u8],
        call: impl FnOnce(Start<'_>, &[u8], &[u8]) -> Result<(), Errno>,
    ) -> TreeResult<()> {
        call(self.start(), in_tree(old), in_tree(new))
            .map_err(|errno| TreeError::between(operation, old, new, errno))
    }

    fn open_dir(&self, path: &[u8]) -> Result<OpenDir, Errno> {
        self.open_dir_with(path, Symlinks::Follow)
    }

    fn open_dir_with(&self, path: &[u8], symlinks: Symlinks) -> Result<OpenDir, Errno> {
        let options = OpenOptions::directory();
        match resolve::open(self.start(), in_tree(path), symlinks, options)? {
            OpenNode::Dir(dir) => Ok(dir),
            OpenNode::File(_) => Err(Errno::NotDir),
        }
    }
}
