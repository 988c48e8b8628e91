use cap_fs_ext::MetadataExt as _;
#[cfg(unix)]
use cap_std::fs::FileTypeExt as _;
use cap_std::fs::{Dir, FileType as HostFileType, Metadata as HostMetadata};

use super::super::host_errno::host_errno;
use super::super::inode::reported_ino;
use super::host_name::host_name;
use crate::{Errno, FileType, Metadata, Name, Timestamp};

/// Describes the node of this name, a symbolic link itself.
pub(super) fn stat_name(dir: &Dir, name: Name<'_>) -> Result<HostMetadata, Errno> {
    dir.symlink_metadata(host_name(name)?)
        .map_err(|e| host_errno(&e))
}

/// The kind of the node of this name, a symbolic link's own.
pub(in super::super) fn file_type(dir: &Dir, name: Name<'_>) -> Result<FileType, Errno> {
    Ok(kind(stat_name(dir, name)?.file_type()))
}

/// The host's kinds of nodes as ours.
pub(super) fn kind(host: HostFileType) -> FileType {
    #[cfg(unix)]
    if host.is_socket() {
        return FileType::Socket;
    } else if host.is_char_device() {
        return FileType::CharDevice;
    } else if host.is_block_device() {
        return FileType::BlockDevice;
    }
    if host.is_symlink() {
        FileType::Symlink
    } else if host.is_dir() {
        FileType::Dir
    } else if host.is_file() {
        FileType::File
    } else {
        FileType::Unknown
    }
}

/// What is reported of a node in a filesystem whose root lies on `root_dev`.
pub(super) fn reported(host: &HostMetadata, root_dev: u64) -> Metadata {
    // A time that the host does not keep is reported as the one of the last change of contents, and that as the epoch.
    let modified = host.modified().map_or(Timestamp::EPOCH, timestamp);
    let HostFacts {
        mode,
        allocated,
        changed,
    } = facts(host, modified);
    Metadata {
        dev: 0,
        ino: reported_ino(root_dev, host.dev(), host.ino()),
        file_type: kind(host.file_type()),
        mode,
        nlink: host.nlink(),
        size: host.len(),
        allocated,
        accessed: host.accessed().map_or(modified, timestamp),
        modified,
        changed,
        created: host.created().ok().map(timestamp),
    }
}

fn timestamp(time: cap_std::time::SystemTime) -> Timestamp {
    time.into_std().into()
}

/// What only some systems know.
struct HostFacts {
    mode: u32,
    allocated: u64,
    changed: Timestamp,
}

#[cfg(unix)]
fn facts(host: &HostMetadata, _: Timestamp) -> HostFacts {
    use cap_std::fs::MetadataExt;
    let nanos = u32::try_from(MetadataExt::ctime_nsec(host)).unwrap_or_default();
    HostFacts {
        mode: MetadataExt::mode(host) & 0o7777,
        allocated: MetadataExt::blocks(host).saturating_mul(512),
        changed: Timestamp::from_parts(MetadataExt::ctime(host), nanos),
    }
}

#[cfg(not(unix))]
fn facts(host: &HostMetadata, modified: Timestamp) -> HostFacts {
    let all = if host.is_dir() { 0o777 } else { 0o666 };
    let readonly = host.permissions().readonly();
    HostFacts {
        mode: if readonly { all & 0o555 } else { all },
        allocated: host.len(),
        changed: modified,
    }
}
