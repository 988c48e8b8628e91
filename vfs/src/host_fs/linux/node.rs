use std::os::fd::{AsFd, OwnedFd};

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, Mode, chmodat, fchmod, openat, utimensat};
use rustix::io::Errno as HostErrno;
use rustix::path::DecInt;
use rustix_linux_procfs::proc_self_fd;

use super::beneath::{SAFE, WALK, mode};
use super::names::{self, timestamps};
use super::retry::{call, ours, retry};
use super::stat::{file_type, file_type_of_fd, stat_fd};
use crate::{Errno, FileType, Name, SetTimes};

/// A node that is held, whatever becomes of its name: what is checked is what is changed. Holding (`O_PATH`) opens nothing, and needs no rights
/// to the node.
pub(in super::super) struct Node<'a> {
    dir: &'a Dir,
    name: Name<'a>,
    held: OwnedFd,
}

impl<'a> Node<'a> {
    /// Holds the node of this name, a symbolic link itself.
    pub(in super::super) fn hold(dir: &'a Dir, name: Name<'a>) -> Result<Self, Errno> {
        let held = call(|| openat(dir, name.as_bytes(), WALK, Mode::empty()))?;
        Ok(Self { dir, name, held })
    }

    /// Its kind.
    pub(in super::super) fn file_type(&self) -> Result<FileType, Errno> {
        file_type_of_fd(&self.held)
    }

    /// Sets its times.
    pub(in super::super) fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        match set_held_times(&self.held, times) {
            // Kernels before 5.8 take no empty path here. By name it may be another node by now, but never one that a link leads to.
            Err(HostErrno::INVAL | HostErrno::NOENT) => {
                names::set_times(self.dir, self.name, times)
            }
            outcome => outcome.map_err(ours),
        }
    }

    /// Sets its permission bits. Not for a symbolic link.
    ///
    /// Linux has no call for a held node (`fchmodat2`, since 6.6, is in no binding yet), so it goes by the node's name in `/proc/self/fd`, which
    /// leads to the held node and nowhere else. Without `/proc` the node is opened for reading, if it is still the same one and may be read.
    pub(in super::super) fn set_mode(&self, bits: u32) -> Result<(), Errno> {
        if let Some(outcome) = set_held_mode(&self.held, bits) {
            return outcome;
        }
        match self.file_type()? {
            FileType::Dir => call(|| chmodat(&self.held, c".", mode(bits), AtFlags::empty())),
            FileType::File => self.set_mode_by_opening(bits),
            _ => Err(Errno::NotSupported),
        }
    }

    fn set_mode_by_opening(&self, bits: u32) -> Result<(), Errno> {
        // Seen once more by name, so that no other kind is opened but in a race; then compared.
        if file_type(self.dir, self.name)? != FileType::File {
            return Err(Errno::Again);
        }
        let opened = call(|| openat(self.dir, self.name.as_bytes(), SAFE, Mode::empty()))?;
        let (held, opened_stat) = (stat_fd(&self.held)?, stat_fd(&opened)?);
        if held.identity() != opened_stat.identity() {
            return Err(Errno::Again);
        }
        call(|| fchmod(&opened, mode(bits)))
    }
}

/// Sets the times of a node that is held.
pub(super) fn set_held_times(held: impl AsFd, times: SetTimes) -> Result<(), HostErrno> {
    retry(|| utimensat(&held, c"", &timestamps(times), AtFlags::EMPTY_PATH))
}

/// Sets the permission bits of a node that is held. `None` if this system has no usable `/proc`.
pub(super) fn set_held_mode(held: impl AsFd, bits: u32) -> Option<Result<(), Errno>> {
    let fds = proc_self_fd().ok()?;
    let name = DecInt::from_fd(&held);
    Some(call(|| {
        chmodat(fds, name.as_c_str(), mode(bits), AtFlags::empty())
    }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::Timestamp;

    fn in_directory(act: impl FnOnce(&std::path::Path, &Dir)) {
        let temporary = tempfile::tempdir().expect("a directory");
        let file = std::fs::File::open(temporary.path()).expect("a directory");
        std::fs::write(temporary.path().join("file"), "").expect("a file");
        act(temporary.path(), &Dir::from_std_file(file));
    }

    fn name() -> Name<'static> {
        Name::new(b"file").expect("a name")
    }

    #[test]
    fn a_mode_is_set_without_proc() {
        in_directory(|path, dir| {
            let node = Node::hold(dir, name()).expect("held");
            node.set_mode_by_opening(0o640).expect("mode");
            let host = std::fs::metadata(path.join("file")).expect("metadata");
            assert_eq!(host.permissions().mode() & 0o7777, 0o640);
        });
    }

    #[test]
    fn without_proc_no_other_node_of_the_name_gets_the_mode() {
        in_directory(|path, dir| {
            let node = Node::hold(dir, name()).expect("held");
            let (named, other) = (path.join("file"), path.join("other"));
            std::fs::write(&other, "").expect("a file");
            std::fs::hard_link(&other, path.join("kept")).expect("a hard link");
            std::fs::rename(&other, &named).expect("renamed");
            assert_eq!(node.set_mode_by_opening(0o751), Err(Errno::Again));
            std::fs::remove_file(&named).expect("removed");
            std::os::unix::fs::symlink("kept", &named).expect("a link");
            assert_eq!(node.set_mode_by_opening(0o751), Err(Errno::Again));
            let kept = std::fs::metadata(path.join("kept")).expect("metadata");
            assert_ne!(kept.permissions().mode() & 0o7777, 0o751);
        });
    }

    #[test]
    fn what_is_held_is_changed_whatever_has_its_name() {
        in_directory(|path, dir| {
            let node = Node::hold(dir, name()).expect("held");
            std::fs::rename(path.join("file"), path.join("moved")).expect("renamed");
            std::fs::write(path.join("file"), "").expect("another file");
            node.set_mode(0o640).expect("mode");
            let times = SetTimes {
                modified: crate::SetTime::At(Timestamp::EPOCH),
                ..SetTimes::default()
            };
            node.set_times(times).expect("times");
            let moved = std::fs::metadata(path.join("moved")).expect("metadata");
            assert_eq!(moved.permissions().mode() & 0o7777, 0o640);
            let epoch = std::time::SystemTime::UNIX_EPOCH;
            assert_eq!(moved.modified().expect("a time"), epoch);
            let other = std::fs::metadata(path.join("file")).expect("metadata");
            assert_ne!(other.modified().expect("a time"), epoch);
        });
    }
}
