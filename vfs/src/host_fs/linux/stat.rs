use std::ffi::CStr;
use std::os::fd::AsFd;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType as HostFileType, Stat, Statx, StatxFlags, StatxTimestamp};
use rustix::io::Errno as HostErrno;
use rustix::path::Arg;

use super::super::inode::reported_ino;
use super::retry::{call, ours, retry};
use crate::{Errno, FileType, Metadata, Name, Timestamp};

/// As `stat(2)` does: a name at which a file system would be mounted on demand is not entered.
const BY_NAME: AtFlags = AtFlags::SYMLINK_NOFOLLOW.union(AtFlags::NO_AUTOMOUNT);

/// A node as the host describes it.
pub(super) struct HostStat {
    /// The host's device number.
    pub(super) dev: u64,
    metadata: Metadata,
}

impl HostStat {
    /// What tells the node apart from every other one of the host: its device and number.
    pub(super) const fn identity(&self) -> (u64, u64) {
        (self.dev, self.metadata.ino)
    }

    /// What is reported of it in a filesystem whose root lies on `root_dev`.
    pub(super) fn reported(self, root_dev: u64) -> Metadata {
        Metadata {
            ino: reported_ino(root_dev, self.dev, self.metadata.ino),
            ..self.metadata
        }
    }
}

/// Describes the node of this name, a symbolic link itself.
pub(super) fn stat_name(dir: &Dir, name: Name<'_>) -> Result<HostStat, Errno> {
    name.as_bytes()
        .into_with_c_str(|name| stat(dir.as_fd(), name, BY_NAME))
        .map_err(ours)
}

/// Describes an open node.
pub(super) fn stat_fd(fd: impl AsFd) -> Result<HostStat, Errno> {
    stat(fd.as_fd(), c"", AtFlags::EMPTY_PATH).map_err(ours)
}

/// The kind of the node of this name, a symbolic link's own.
pub(in super::super) fn file_type(dir: &Dir, name: Name<'_>) -> Result<FileType, Errno> {
    let name = name.as_bytes();
    let mode = match retry(|| rustix::fs::statx(dir, name, BY_NAME, StatxFlags::TYPE)) {
        Ok(statx) => u32::from(statx.stx_mode),
        Err(HostErrno::NOSYS) => call(|| rustix::fs::statat(dir, name, BY_NAME))?.st_mode,
        Err(errno) => return Err(ours(errno)),
    };
    Ok(kind(HostFileType::from_raw_mode(mode)))
}

/// The kind of an open node.
pub(super) fn file_type_of_fd(fd: impl AsFd) -> Result<FileType, Errno> {
    let mode = call(|| rustix::fs::fstat(&fd))?.st_mode;
    Ok(kind(HostFileType::from_raw_mode(mode)))
}

/// The host's kinds of nodes as ours.
pub(super) const fn kind(host: HostFileType) -> FileType {
    match host {
        HostFileType::RegularFile => FileType::File,
        HostFileType::Directory => FileType::Dir,
        HostFileType::Symlink => FileType::Symlink,
        HostFileType::Socket => FileType::Socket,
        HostFileType::CharacterDevice => FileType::CharDevice,
        HostFileType::BlockDevice => FileType::BlockDevice,
        HostFileType::Fifo | HostFileType::Unknown => FileType::Unknown,
    }
}

fn stat(dir: impl AsFd, path: &CStr, flags: AtFlags) -> Result<HostStat, HostErrno> {
    let mask = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    match retry(|| rustix::fs::statx(&dir, path, flags, mask)) {
        Ok(statx) => Ok(from_statx(&statx)),
        // rustix answers so where the kernel is older than 4.11 and where a filter forbids the call: no time of birth, then.
        Err(HostErrno::NOSYS) => {
            let stat = retry(|| rustix::fs::statat(&dir, path, flags))?;
            Ok(from_stat(&stat))
        }
        Err(errno) => Err(errno),
    }
}

fn from_statx(statx: &Statx) -> HostStat {
    let mode = u32::from(statx.stx_mode);
    let time = |t: &StatxTimestamp| Timestamp::from_parts(t.tv_sec, t.tv_nsec);
    let has_birth_time = statx.stx_mask & StatxFlags::BTIME.bits() != 0;
    HostStat {
        dev: rustix::fs::makedev(statx.stx_dev_major, statx.stx_dev_minor),
        metadata: Metadata {
            dev: 0,
            ino: statx.stx_ino,
            file_type: kind(HostFileType::from_raw_mode(mode)),
            mode: mode & 0o7777,
            nlink: u64::from(statx.stx_nlink),
            size: statx.stx_size,
            allocated: statx.stx_blocks.saturating_mul(512),
            accessed: time(&statx.stx_atime),
            modified: time(&statx.stx_mtime),
            changed: time(&statx.stx_ctime),
            created: has_birth_time.then(|| time(&statx.stx_btime)),
        },
    }
}

fn from_stat(stat: &Stat) -> HostStat {
    // The widths of these fields differ from one processor to another; a nonsensical value becomes 0.
    let time = |seconds: i64, nanos: i128| {
        Timestamp::from_parts(seconds, u32::try_from(nanos).unwrap_or_default())
    };
    let unsigned = |n: i128| u64::try_from(n).unwrap_or_default();
    let mode = stat.st_mode;
    HostStat {
        dev: stat.st_dev,
        metadata: Metadata {
            dev: 0,
            ino: stat.st_ino,
            file_type: kind(HostFileType::from_raw_mode(mode)),
            mode: mode & 0o7777,
            nlink: unsigned(i128::from(stat.st_nlink)),
            size: unsigned(i128::from(stat.st_size)),
            allocated: unsigned(i128::from(stat.st_blocks)).saturating_mul(512),
            accessed: time(stat.st_atime, i128::from(stat.st_atime_nsec)),
            modified: time(stat.st_mtime, i128::from(stat.st_mtime_nsec)),
            changed: time(stat.st_ctime, i128::from(stat.st_ctime_nsec)),
            created: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_call_tells_the_same_but_the_time_of_birth() {
        let temporary = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(temporary.path(), "hello").expect("written");
        let all = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
        let statx = rustix::fs::statx(temporary.as_file(), c"", AtFlags::EMPTY_PATH, all);
        let new = from_statx(&statx.expect("statx"));
        let stat = rustix::fs::statat(temporary.as_file(), c"", AtFlags::EMPTY_PATH);
        let old = from_stat(&stat.expect("stat"));
        assert_eq!(old.identity(), new.identity());
        let without_birth = Metadata {
            created: None,
            ..new.metadata
        };
        assert_eq!(old.metadata, without_birth);
        assert_eq!(old.metadata.size, 5);
    }
}
