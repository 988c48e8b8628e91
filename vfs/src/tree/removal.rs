use super::descent::{Descent, Step};
use super::listing::Found;
use super::tree_path::in_tree;
use super::{Tree, TreeError, TreeResult};
use crate::resolve::Symlinks;
use crate::{Errno, FileType, OpenDir, Place};

impl Tree {
    /// Removes a directory with all below it, or a symbolic link itself. Links are never followed, and the directory may be of any depth. Of the root it removes what is in it.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::NotDir`] for a file; [`Errno::Busy`] at a mount point. What was removed by then is gone.
    pub fn remove_dir_all(&self, path: impl AsRef<[u8]>) -> TreeResult<()> {
        let path = path.as_ref();
        if self.symlink_metadata(path)?.file_type == FileType::Symlink {
            return self.remove_file(path);
        }
        // Should a link have come to the name by now, its target must not be emptied.
        let dir = self.open_dir_with(path, Symlinks::NoFollow);
        let dir = dir.map_err(|errno| TreeError::new("remove directory", path, errno))?;
        let mut descent = Descent::new(dir, path)?;
        while let Some(step) = descent.step() {
            let (dir, found) = match step? {
                Step::Entry(_, found) if found.is_dir() => continue,
                Step::Entry(dir, found) | Step::Leave(dir, found) => (dir, found),
            };
            remove(&dir, &found)
                .map_err(|errno| TreeError::new("remove", descent.path(), errno))?;
        }
        if in_tree(path) == b"." {
            return Ok(());
        }
        self.remove_dir(path)
    }
}

/// Removes what was found in an open directory, unless somebody else was faster.
fn remove(dir: &OpenDir, found: &Found) -> Result<(), Errno> {
    let (fs, names) = (dir.file_system(), [found.plain_name()?]);
    let place = Place::act(dir.node(), &names);
    let removed = if found.is_dir() {
        fs.remove_dir(place)
    } else {
        fs.unlink(place)
    };
    match removed.map_err(|stop| stop.errno()) {
        Err(Errno::NoEntry) => Ok(()),
        other => other,
    }
}
