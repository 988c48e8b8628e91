use super::tree_path::{in_tree, parent_len};
use super::{Tree, TreeError, TreeResult};
use crate::Errno;

/// A chain of calls that makes files and directories in a [`Tree`], missing parents included.
///
/// After the first failure the rest does nothing, and [`finish`](Self::finish) returns the failure.
///
/// # Examples
/// ```
/// # use guesthouse_vfs::{MemFs, Tree, TreeResult};
/// # fn main() -> TreeResult<()> {
/// let tree = Tree::new(MemFs::new());
/// tree.build()
///     .dir("tmp")
///     .file("etc/hosts", "127.0.0.1 localhost\n")
///     .executable("usr/bin/tool", b"\0asm")
///     .symlink("bin", "usr/bin")
///     .hard_link("usr/bin/alias", "usr/bin/tool")
///     .mode("tmp", 0o1777)
///     .finish()?;
/// assert_eq!(tree.metadata("bin/alias")?.nlink, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a failure is known only from `finish`"]
pub struct TreeBuilder<'t> {
    tree: &'t Tree,
    result: TreeResult<()>,
}

impl<'t> TreeBuilder<'t> {
    pub(super) const fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            result: Ok(()),
        }
    }

    /// Makes a directory; it may exist.
    pub fn dir(self, path: impl AsRef<[u8]>) -> Self {
        self.step(|tree| tree.create_dir_all(path))
    }

    /// Writes a file, replacing what it held.
    pub fn file(self, path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        self.step(|tree| {
            make_parent(tree, path)?;
            tree.write(path, contents)
        })
    }

    /// Writes a file and sets its permission bits to `0o755`.
    pub fn executable(self, path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        self.file(path, contents).mode(path, 0o755)
    }

    /// Makes a symbolic link `path` that leads to `target`.
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        self.step(|tree| {
            make_parent(tree, path)?;
            tree.symlink(path, target)
        })
    }

    /// Gives the file `old` the further name `path`.
    pub fn hard_link(self, path: impl AsRef<[u8]>, old: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        self.step(|tree| {
            make_parent(tree, path)?;
            tree.hard_link(old, path)
        })
    }

    /// Sets the permission bits of what is there.
    pub fn mode(self, path: impl AsRef<[u8]>, mode: u32) -> Self {
        self.step(|tree| tree.set_mode(path, mode))
    }

    /// Ends the chain.
    ///
    /// # Errors
    /// The first failure of a step.
    pub fn finish(self) -> TreeResult<()> {
        self.result
    }

    fn step(self, step: impl FnOnce(&Tree) -> TreeResult<()>) -> Self {
        Self {
            tree: self.tree,
            result: self.result.and_then(|()| step(self.tree)),
        }
    }
}

/// Makes the directory that is to hold the last name of a path.
pub(super) fn make_parent(tree: &Tree, path: &[u8]) -> TreeResult<()> {
    let relative = in_tree(path);
    match parent_len(relative).and_then(|end| relative.get(..end)) {
        Some(parent) => tree.create_dir_all(parent),
        None if relative.is_empty() => Err(TreeError::new("create", path, Errno::NoEntry)),
        None => Ok(()),
    }
}
