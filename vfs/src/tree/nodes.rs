use super::tree_path::parent_len;
use super::{Tree, TreeResult};
use crate::resolve::{self, Start, Symlinks};
use crate::{Errno, FileType, Metadata, SetTimes};

impl Tree {
    /// Makes a directory.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if its parent is missing; [`Errno::Exist`].
    pub fn create_dir(&self, path: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call("create directory", path.as_ref(), |start, path| {
            resolve::create_dir(start, path, DIR_MODE)
        })
    }

    /// Makes a directory and all its parents that are missing; it may exist.
    ///
    /// # Errors
    /// [`Errno::NotDir`] or [`Errno::Exist`] where something else is in the way.
    pub fn create_dir_all(&self, path: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call("create directory", path.as_ref(), create_dir_all)
    }

    /// What is known of a node; a symbolic link is followed.
    ///
    /// # Errors
    /// [`Errno::NoEntry`].
    pub fn metadata(&self, path: impl AsRef<[u8]>) -> TreeResult<Metadata> {
        self.call("look at", path.as_ref(), |start, path| {
            resolve::metadata(start, path, Symlinks::Follow)
        })
    }

    /// What is known of a node, of a symbolic link itself.
    ///
    /// # Errors
    /// [`Errno::NoEntry`].
    pub fn symlink_metadata(&self, path: impl AsRef<[u8]>) -> TreeResult<Metadata> {
        self.call("look at", path.as_ref(), |start, path| {
            resolve::metadata(start, path, Symlinks::NoFollow)
        })
    }

    /// Whether the path leads to something; not if that can't be found out.
    #[must_use]
    pub fn exists(&self, path: impl AsRef<[u8]>) -> bool {
        self.metadata(path).is_ok()
    }

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::Invalid`] if it is none.
    pub fn read_link(&self, path: impl AsRef<[u8]>) -> TreeResult<Box<[u8]>> {
        self.call("read link", path.as_ref(), resolve::read_link)
    }

    /// Makes a symbolic link `path` that leads to `target`: a path from the link's directory, or an absolute one in the tree. (The order is that of
    /// [`write`](Self::write): first what is made, then what it holds.)
    ///
    /// # Errors
    /// [`Errno::NoEntry`] if its directory is missing; [`Errno::Exist`].
    pub fn symlink(&self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call("create link", path.as_ref(), |start, path| {
            resolve::symlink(target.as_ref(), start, path)
        })
    }

    /// Gives a file the further name `new`. A symbolic link gets it itself.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::Exist`]; [`Errno::Permission`] for a directory; [`Errno::CrossDevice`].
    pub fn hard_link(&self, old: impl AsRef<[u8]>, new: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call_between("link", old.as_ref(), new.as_ref(), |start, old, new| {
            resolve::link(start, old, Symlinks::NoFollow, start, new)
        })
    }

    /// Moves a node to the name `new`, replacing a file or an empty directory there.
    ///
    /// # Errors
    /// As [`resolve::rename`].
    pub fn rename(&self, old: impl AsRef<[u8]>, new: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call_between("rename", old.as_ref(), new.as_ref(), |start, old, new| {
            resolve::rename(start, old, start, new)
        })
    }

    /// Removes a file, or a symbolic link itself.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::IsDir`].
    pub fn remove_file(&self, path: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call("remove", path.as_ref(), resolve::unlink)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::NotDir`]; [`Errno::NotEmpty`]; [`Errno::Invalid`] for the root.
    pub fn remove_dir(&self, path: impl AsRef<[u8]>) -> TreeResult<()> {
        self.call("remove directory", path.as_ref(), resolve::remove_dir)
    }

    /// Sets the times of a node; a symbolic link is followed.
    ///
    /// # Errors
    /// [`Errno::NoEntry`].
    pub fn set_times(&self, path: impl AsRef<[u8]>, times: SetTimes) -> TreeResult<()> {
        self.call("set the times of", path.as_ref(), |start, path| {
            resolve::set_times(start, path, Symlinks::Follow, times)
        })
    }

    /// Sets the permission bits (`0o7777`) of a node; a symbolic link is followed.
    ///
    /// # Errors
    /// [`Errno::NoEntry`].
    pub fn set_mode(&self, path: impl AsRef<[u8]>, mode: u32) -> TreeResult<()> {
        self.call("set the mode of", path.as_ref(), |start, path| {
            resolve::set_mode(start, path, Symlinks::Follow, mode)
        })
    }
}

/// The permission bits of directories that a host makes.
const DIR_MODE: u32 = 0o755;

/// Makes a directory and its missing parents, the deepest first that can be made.
fn create_dir_all(start: Start<'_>, path: &[u8]) -> Result<(), Errno> {
    let mut ends = vec![path.len()];
    while let Some(&end) = ends.last() {
        let prefix = path.get(..end).unwrap_or_default();
        match create_dir(start, prefix) {
            Ok(()) => {
                ends.pop();
            }
            Err(Errno::NoEntry) => match parent_len(prefix) {
                Some(parent) => ends.push(parent),
                None => return Err(Errno::NoEntry),
            },
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Makes a directory; one that is there already is fine, also where none could be made.
fn create_dir(start: Start<'_>, path: &[u8]) -> Result<(), Errno> {
    let made = resolve::create_dir(start, path, DIR_MODE);
    match made {
        Ok(()) | Err(Errno::NoEntry) => made,
        Err(errno) => match resolve::metadata(start, path, Symlinks::Follow) {
            Ok(metadata) if metadata.file_type == FileType::Dir => Ok(()),
            // The name of a link that leads nowhere is taken.
            Ok(_) | Err(Errno::NoEntry | Errno::NotDir | Errno::Loop) => Err(errno),
            // What the name is taken by cannot be found out.
            Err(failed) if errno == Errno::Exist => Err(failed),
            Err(_) => Err(errno),
        },
    }
}
