use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Weak};

use cap_std::fs::{Dir, DirEntry as HostDirEntry};

use super::super::host_errno::host_errno;
use super::super::open_dirs::Opened;
use super::cookies::Numbered;
use super::host_name::host_bytes;
use super::stat::reported;
use crate::{DirEntry, DirStream, Errno, FileType};

/// A listing of what was in a directory when it began, or began anew at cookie 0.
pub(super) struct SnapshotStream {
    /// The open directory that is listed; the stream ends when it is released.
    dir: Weak<Opened>,
    root_dev: u64,
    /// In the order of the cookies. `None` before the first call.
    entries: Option<Vec<Numbered<Entry>>>,
}

struct Entry {
    name: Box<[u8]>,
    ino: u64,
    file_type: FileType,
}

impl AsRef<[u8]> for Entry {
    fn as_ref(&self) -> &[u8] {
        &self.name
    }
}

impl SnapshotStream {
    pub(super) fn open(dir: &Arc<Opened>, root_dev: u64) -> Result<Self, Errno> {
        // So that one who may not list the directory hears it now.
        match dir.dir.entries() {
            Ok(_) => {}
            Err(error) if host_errno(&error) == Errno::NoEntry => {}
            Err(error) => return Err(host_errno(&error)),
        }
        Ok(Self {
            dir: Arc::downgrade(dir),
            root_dev,
            entries: None,
        })
    }
}

impl DirStream for SnapshotStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let dir = self.dir.upgrade().filter(|dir| !dir.is_released());
        let dir = dir.ok_or(Errno::BadFd)?;
        let entries = match self.entries.take() {
            Some(entries) if cookie != 0 => entries,
            _ => dir.listing.number(|| list(&dir.dir, self.root_dev))?,
        };
        let start = entries.partition_point(|numbered| numbered.cookie <= cookie);
        for Numbered { cookie, entry } in entries.iter().skip(start) {
            let passed = sink(DirEntry {
                name: &entry.name,
                ino: entry.ino,
                file_type: entry.file_type,
                next: *cookie,
            });
            if passed.is_break() {
                break;
            }
        }
        self.entries = Some(entries);
        Ok(())
    }
}

fn list(dir: &Dir, root_dev: u64) -> Result<Vec<Entry>, Errno> {
    let listed = match dir.entries() {
        Ok(listed) => listed,
        // A directory that was removed has no entries.
        Err(error) if host_errno(&error) == Errno::NoEntry => return Ok(Vec::new()),
        Err(error) => return Err(host_errno(&error)),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|e| host_errno(&e))?;
        entries.extend(describe(dir, &entry, root_dev));
    }
    Ok(entries)
}

/// `None` if the entry is gone.
fn describe(dir: &Dir, entry: &HostDirEntry, root_dev: u64) -> Option<Entry> {
    let host_name = entry.file_name();
    let name = host_bytes(Path::new(&host_name)).into();
    match dir.symlink_metadata(&host_name) {
        Ok(host) => {
            let metadata = reported(&host, root_dev);
            Some(Entry {
                name,
                ino: metadata.ino,
                file_type: metadata.file_type,
            })
        }
        Err(error) if host_errno(&error) == Errno::NoEntry => None,
        // It is there, and a listing does not end because one node cannot be looked at.
        Err(_) => Some(Entry {
            name,
            ino: 0,
            file_type: FileType::Unknown,
        }),
    }
}
