use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;

use super::host::safe;
use super::host_name::host_name;
use super::names::{self, enter, ours, set_dir_mode, with_mode};
use super::stat::{file_type, stat_name};
use crate::{Errno, FileType, Name, SetTimes};

/// A node by its name: there is no portable way to hold one without opening it.
pub(in super::super) struct Node<'a> {
    dir: &'a Dir,
    name: Name<'a>,
}

impl<'a> Node<'a> {
    /// The node of this name, a symbolic link itself. Whether it is there is seen when its kind is asked for.
    pub(in super::super) fn hold(dir: &'a Dir, name: Name<'a>) -> Result<Self, Errno> {
        Ok(Self { dir, name })
    }

    /// Its kind.
    pub(in super::super) fn file_type(&self) -> Result<FileType, Errno> {
        file_type(self.dir, self.name)
    }

    /// Sets its times.
    pub(in super::super) fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        names::set_times(self.dir, self.name, times)
    }

    /// Sets its permission bits. Not for a symbolic link.
    pub(in super::super) fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        let current = stat_name(self.dir, self.name)?;
        let permissions = with_mode(current.permissions(), mode);
        let name = host_name(self.name)?;
        match ours(self.dir.set_symlink_permissions(name, permissions.clone())) {
            // A system that cannot do it by name without following (Linux is one, with cap-std): a directory or a regular file is opened, then.
            Err(Errno::NotSupported) if current.is_dir() => {
                set_dir_mode(&enter(self.dir, self.name)?, mode)
            }
            Err(Errno::NotSupported) if current.is_file() => {
                let mut options = safe();
                options.read(true);
                let file = ours(self.dir.open_with(name, &options))?;
                ours(file.set_permissions(permissions))
            }
            outcome => outcome,
        }
    }
}
