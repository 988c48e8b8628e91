use std::mem::MaybeUninit;
use std::ops::{ControlFlow, Range};
use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock, Weak};

use cap_std::fs::Dir;
use rustix::fs::{FileType as HostFileType, RawDir, SeekFrom, seek};
use rustix::io::Errno as HostErrno;

use super::super::inode::reported_ino;
use super::super::open_dirs::Opened;
use super::names::open_self;
use super::retry::{call, ours};
use super::stat::{file_type, kind, stat_fd};
use crate::{DirEntry, DirStream, Errno, FileType, Name};

/// How many bytes of entries to ask the kernel for at once: about a thousand short names.
const BATCH_BYTES: usize = 32 * 1024;

/// A listing of a directory of the host: `getdents64` on a descriptor of its own, and so with an offset of its own.
///
/// A cookie is the kernel's `d_off`: the position *after* its entry. The kernel fills a batch, which is kept, so that a caller who takes a few entries at a
/// time and goes on where it stopped costs no seek and reads nothing twice. How stable positions are is the file system's business: ext4, XFS,
/// btrfs and tmpfs (since Linux 6.6) keep them while entries come and go; before, tmpfs did only for a caller who goes on where it stopped.
pub(super) struct HostDirStream {
    /// The open directory that is listed; the stream ends when it is released.
    dir: Weak<Opened>,
    fd: OwnedFd,
    /// The device of the directory and of the filesystem's root.
    devs: (u64, u64),
    batch: Batch,
    buffer: Vec<u8>,
}

/// What the listings of an open directory share: the directory's device, once it was asked for.
#[derive(Default)]
pub(in super::super) struct Listing {
    dev: OnceLock<u64>,
}

/// Entries that the kernel gave out and nobody has taken yet.
#[derive(Default)]
struct Batch {
    /// All names, one after the other.
    names: Vec<u8>,
    entries: Vec<Entry>,
    /// Which entry comes next.
    position: usize,
    /// The cookie at which that entry stands.
    cookie: u64,
}

struct Entry {
    name: Range<usize>,
    ino: u64,
    /// `None` where the file system does not say.
    file_type: Option<FileType>,
    next: u64,
}

impl HostDirStream {
    pub(super) fn open(dir: &Arc<Opened>, root_dev: u64) -> Result<Self, Errno> {
        let own: OwnedFd = open_self(&dir.dir)?.into();
        let dev = match dir.listing.dev.get() {
            Some(dev) => *dev,
            None => {
                let dev = stat_fd(&own)?.dev;
                *dir.listing.dev.get_or_init(|| dev)
            }
        };
        Ok(Self {
            dir: Arc::downgrade(dir),
            fd: own,
            devs: (dev, root_dev),
            batch: Batch::default(),
            buffer: Vec::with_capacity(BATCH_BYTES),
        })
    }
}

impl DirStream for HostDirStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let dir = self.dir.upgrade().filter(|dir| !dir.is_released());
        let dir = dir.ok_or(Errno::BadFd)?;
        // From the start everything is read anew, as after `rewinddir`.
        if cookie == 0 || cookie != self.batch.cookie {
            call(|| seek(&self.fd, SeekFrom::Start(cookie)))?;
            self.batch.clear(cookie);
        }
        loop {
            if self.pass(&dir.dir, sink).is_break() {
                return Ok(());
            }
            match self.batch.fill(&self.fd, &mut self.buffer) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(errno) => {
                    // Where the kernel stands now is not known, so the next call seeks, wherever it goes on.
                    self.batch.clear(0);
                    return Err(errno);
                }
            }
        }
    }
}

impl HostDirStream {
    /// Passes on what is left of the batch.
    fn pass(
        &mut self,
        dir: &Dir,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (dev, root_dev) = self.devs;
        while let Some(entry) = self.batch.entries.get(self.batch.position) {
            let name = self.batch.names.get(entry.name.clone()).unwrap_or_default();
            if let Some(file_type) = entry.file_type_in(dir, name) {
                let passed = sink(DirEntry {
                    name,
                    ino: reported_ino(root_dev, dev, entry.ino),
                    file_type,
                    next: entry.next,
                });
                if passed.is_break() {
                    return ControlFlow::Break(());
                }
            }
            self.batch.cookie = entry.next;
            self.batch.position += 1;
        }
        ControlFlow::Continue(())
    }
}

impl Entry {
    /// Its kind, asked for where the listing did not say. `None` if the entry is gone.
    fn file_type_in(&self, dir: &Dir, name: &[u8]) -> Option<FileType> {
        if let Some(file_type) = self.file_type {
            return Some(file_type);
        }
        match file_type(dir, Name::new(name)?) {
            Ok(file_type) => Some(file_type),
            Err(Errno::NoEntry) => None,
            // The entry is there, and a listing does not end because one node cannot be looked at.
            Err(_) => Some(FileType::Unknown),
        }
    }
}

impl Batch {
    fn clear(&mut self, cookie: u64) {
        self.names.clear();
        self.entries.clear();
        self.position = 0;
        self.cookie = cookie;
    }

    /// Takes the next batch from the kernel. False at the directory's end.
    fn fill(&mut self, fd: &OwnedFd, buffer: &mut Vec<u8>) -> Result<bool, Errno> {
        self.clear(self.cookie);
        let spare: &mut [MaybeUninit<u8>] = buffer.spare_capacity_mut();
        let mut raw = RawDir::new(fd, spare);
        loop {
            match raw.next() {
                None => return Ok(false),
                Some(Err(HostErrno::INTR)) => continue,
                // A directory that was removed has no more entries.
                Some(Err(HostErrno::NOENT)) => return Ok(false),
                Some(Err(errno)) => return Err(ours(errno)),
                // A file system without positions: a caller could only begin again and again.
                Some(Ok(entry)) if entry.next_entry_cookie() == 0 => {
                    return Err(Errno::NotSupported);
                }
                Some(Ok(entry)) => {
                    let name = entry.file_name().to_bytes();
                    self.push(
                        name,
                        entry.ino(),
                        entry.file_type(),
                        entry.next_entry_cookie(),
                    );
                }
            }
            if raw.is_buffer_empty() {
                return Ok(true);
            }
        }
    }

    fn push(&mut self, name: &[u8], ino: u64, file_type: HostFileType, next: u64) {
        if matches!(name, b"." | b"..") {
            return;
        }
        let start = self.names.len();
        self.names.extend_from_slice(name);
        self.entries.push(Entry {
            name: start..self.names.len(),
            ino,
            // `DT_UNKNOWN`; a FIFO is told apart from it here, although both are reported alike.
            file_type: (file_type != HostFileType::Unknown).then(|| kind(file_type)),
            next,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_the_listing_does_not_say_is_asked_for() {
        let temporary = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(temporary.path().join("dir")).expect("a directory");
        std::os::unix::fs::symlink("dir", temporary.path().join("link")).expect("a link");
        let file = std::fs::File::open(temporary.path()).expect("a directory");
        let dir = Dir::from_std_file(file);
        let mut batch = Batch::default();
        batch.push(b"dir", 1, HostFileType::Unknown, 1);
        let [entry] = &batch.entries[..] else {
            panic!("one entry");
        };
        assert_eq!(entry.file_type, None);
        assert_eq!(entry.file_type_in(&dir, b"dir"), Some(FileType::Dir));
        assert_eq!(entry.file_type_in(&dir, b"link"), Some(FileType::Symlink));
        assert_eq!(entry.file_type_in(&dir, b"gone"), None);
    }
}
