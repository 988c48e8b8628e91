use std::path::Path;

use super::Tree;
use super::copy::{End, copy};
use super::copy_options::CopyOptions;
use super::copy_report::CopyReport;
use super::error::{TreeError, TreeResult};
use crate::{Errno, HostFs};

impl Tree {
    /// A directory of the host.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::NotDir`]; [`Errno::Access`].
    pub fn open_host(path: impl AsRef<Path>) -> TreeResult<Self> {
        let path = path.as_ref();
        HostFs::open_ambient(path)
            .map(|fs| Self::new(fs))
            .map_err(|errno| TreeError::new("open directory", bytes(path), errno))
    }

    /// Copies a file or directory of the host to a place in this tree, as [`copy_to`](Self::copy_to). Links among the copied files are kept; links that
    /// lead out of the directory and special files are left out and reported.
    ///
    /// # Errors
    /// As [`copy_to`](Self::copy_to).
    ///
    /// # Examples
    /// ```
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// # #[cfg(unix)]
    /// # fn main() -> std::io::Result<()> {
    /// # use guesthouse_vfs::{CopyOptions, MemFs, Tree};
    /// # let host = tempfile::tempdir()?;
    /// # let host = host.path();
    /// std::fs::write(host.join("input.txt"), "input")?;
    /// std::os::unix::fs::symlink("/etc/passwd", host.join("secret"))?;
    ///
    /// let tree = Tree::new(MemFs::new());
    /// let report = tree.copy_in(host, "/work", CopyOptions::default())?;
    /// assert_eq!(tree.read_to_string("/work/input.txt")?, "input");
    /// assert!(!tree.exists("/work/secret"));
    /// for left_out in &report.left_out {
    ///     eprintln!("not copied: {left_out}");
    /// }
    /// # assert_eq!(report.left_out.len(), 1);
    ///
    /// tree.write("/work/output.txt", "output")?;
    /// tree.copy_out("/work", host.join("result"), CopyOptions::default())?;
    /// assert_eq!(std::fs::read(host.join("result/output.txt"))?, b"output");
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_in(
        &self,
        host_path: impl AsRef<Path>,
        at: impl AsRef<[u8]>,
        options: CopyOptions<'_>,
    ) -> TreeResult<CopyReport> {
        let host_path = host_path.as_ref();
        let (host, name) = open_source(host_path)
            .map_err(|errno| TreeError::new("open", bytes(host_path), errno))?;
        let from = End {
            tree: &host,
            path: name,
            shown: bytes(host_path),
        };
        copy(from, self.end(at.as_ref()), options)
    }

    /// Copies a file or directory of this tree to a place on the host, as [`copy_to`](Self::copy_to). The directory that is to hold `host_path` must exist.
    ///
    /// Whatever the tree holds, nothing outside of `host_path` is touched: links on the host are not followed below it, and links that would lead out of it are not made.
    ///
    /// # Errors
    /// As [`copy_to`](Self::copy_to).
    pub fn copy_out(
        &self,
        at: impl AsRef<[u8]>,
        host_path: impl AsRef<Path>,
        options: CopyOptions<'_>,
    ) -> TreeResult<CopyReport> {
        let host_path = host_path.as_ref();
        let (host, name) = open_target(host_path)
            .map_err(|errno| TreeError::new("open", bytes(host_path), errno))?;
        let to = End {
            tree: &host,
            path: name,
            shown: bytes(host_path),
        };
        copy(self.end(at.as_ref()), to, options)
    }
}

/// The tree that holds a path of the host, and the path in it.
fn open_source(path: &Path) -> Result<(Tree, &[u8]), Errno> {
    match HostFs::open_ambient(path) {
        Ok(fs) => Ok((Tree::new(fs), b".")),
        Err(Errno::NotDir) => open_parent(path),
        Err(errno) => Err(errno),
    }
}

/// The same of a path where there need be nothing yet.
fn open_target(path: &Path) -> Result<(Tree, &[u8]), Errno> {
    match HostFs::open_ambient(path) {
        Ok(fs) => Ok((Tree::new(fs), b".")),
        Err(Errno::NotDir | Errno::NoEntry) => open_parent(path),
        Err(errno) => Err(errno),
    }
}

fn open_parent(path: &Path) -> Result<(Tree, &[u8]), Errno> {
    let name = path.file_name().ok_or(Errno::NoEntry)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let fs = HostFs::open_ambient(parent)?;
    Ok((Tree::new(fs), name.as_encoded_bytes()))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}
