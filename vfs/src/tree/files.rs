use std::io::{Read, Write};

use super::tree_path::in_tree;
use super::{Tree, TreeError, TreeFile, TreeResult};
use crate::resolve::{self, OpenNode, Symlinks};
use crate::{Access, Errno, OpenFile, OpenOptions};

impl Tree {
    /// Opens a file for reading, as [`std::fs::File::open`].
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::IsDir`].
    pub fn open(&self, path: impl AsRef<[u8]>) -> TreeResult<TreeFile> {
        self.open_with(path, OpenOptions::existing(Access::READ))
    }

    /// Opens an empty file for writing: makes it, or cuts what is there, as [`std::fs::File::create`].
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if its directory is missing; [`Errno::IsDir`].
    pub fn create(&self, path: impl AsRef<[u8]>) -> TreeResult<TreeFile> {
        let options = OpenOptions {
            truncate: true,
            access: Access::WRITE,
            ..OpenOptions::create()
        };
        self.open_with(path, options)
    }

    /// Makes a file and opens it for reading and writing, as [`std::fs::File::create_new`].
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if its directory is missing; [`Errno::Exist`].
    pub fn create_new(&self, path: impl AsRef<[u8]>) -> TreeResult<TreeFile> {
        self.open_with(path, OpenOptions::create_new())
    }

    /// Opens a file so that every write goes to its end, and makes it if it is missing.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if its directory is missing; [`Errno::IsDir`].
    pub fn append(&self, path: impl AsRef<[u8]>) -> TreeResult<TreeFile> {
        let options = OpenOptions {
            access: Access::WRITE,
            ..OpenOptions::create()
        };
        let file = self.open_with(path, options)?;
        Ok(TreeFile::appending(file.descriptor().clone()))
    }

    /// Opens or makes a file in any way that [`OpenOptions`] describes.
    ///
    /// # Errors
    /// As [`resolve::open`]; [`Errno::IsDir`].
    pub fn open_with(&self, path: impl AsRef<[u8]>, options: OpenOptions) -> TreeResult<TreeFile> {
        let path = path.as_ref();
        self.open_file(path, options)
            .map(TreeFile::new)
            .map_err(|errno| TreeError::new("open", path, errno))
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(&self, path: impl AsRef<[u8]>) -> TreeResult<Vec<u8>> {
        let path = path.as_ref();
        let mut contents = Vec::new();
        self.open(path)?
            .read_to_end(&mut contents)
            .map_err(|error| TreeError::new("read", path, errno_of(&error)))?;
        Ok(contents)
    }

    /// The contents of a text file.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Errno::Invalid`] if they aren't UTF-8.
    pub fn read_to_string(&self, path: impl AsRef<[u8]>) -> TreeResult<String> {
        let path = path.as_ref();
        String::from_utf8(self.read(path)?)
            .map_err(|_| TreeError::new("read as UTF-8", path, Errno::Invalid))
    }

    /// Writes a file with these contents, replacing what it held, as [`std::fs::write`].
    ///
    /// # Errors
    /// As [`create`](Self::create); [`Errno::NoSpace`] and [`Errno::FileTooBig`] when part of it was written.
    pub fn write(&self, path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> TreeResult<()> {
        let path = path.as_ref();
        self.create(path)?
            .write_all(contents.as_ref())
            .map_err(|error| TreeError::new("write", path, errno_of(&error)))
    }

    pub(super) fn open_file(&self, path: &[u8], options: OpenOptions) -> Result<OpenFile, Errno> {
        match resolve::open(self.start(), in_tree(path), Symlinks::Follow, options)? {
            OpenNode::Dir(_) => Err(Errno::IsDir),
            OpenNode::File(file) => Ok(file),
        }
    }
}

/// Why reading or writing failed.
fn errno_of(error: &std::io::Error) -> Errno {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Errno>())
        .copied()
        .unwrap_or(Errno::Io)
}
