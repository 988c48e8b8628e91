use std::fmt;
use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;

use crate::{
    Access, Advice, Errno, File, FileSystem, FileType, Metadata, NodeId, OpenedFile, SetTimes,
    SyncKind,
};

/// The mount through which something was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// Its position in the tree, 0 for the root mount; what `st_dev` reports.
    pub dev: u64,
    /// Nothing may be changed through it.
    pub read_only: bool,
}

/// An open directory, released when dropped.
///
/// It survives the renaming and the removal of the directory. Never drop one while a lock of its filesystem is held.
pub struct OpenDir {
    fs: Arc<dyn FileSystem>,
    node: NodeId,
}

impl OpenDir {
    /// The root of a filesystem.
    #[must_use]
    pub fn root(fs: Arc<dyn FileSystem>) -> Self {
        let node = fs.root();
        Self { fs, node }
    }

    /// Takes over a directory that `fs` has just opened, and with it the duty to release it.
    #[must_use]
    pub fn from_opened(fs: Arc<dyn FileSystem>, node: NodeId) -> Self {
        Self { fs, node }
    }

    /// The filesystem that the directory belongs to.
    #[must_use]
    pub fn file_system(&self) -> &Arc<dyn FileSystem> {
        &self.fs
    }

    /// The directory's id there.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Whether both belong to the same filesystem, so that `rename` and `link` between them make sense.
    #[must_use]
    pub fn same_file_system(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.fs, &other.fs)
    }
}

impl Drop for OpenDir {
    fn drop(&mut self) {
        self.fs.release(self.node);
    }
}

impl fmt::Debug for OpenDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenDir")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// An open file as a descriptor holds it: the file, what it was opened for, and its mount.
///
/// This is the one place that enforces access modes and read-only mounts on open files; backends check neither.
#[derive(Clone)]
pub struct OpenFile {
    file: Arc<dyn File>,
    file_type: FileType,
    access: Access,
    mount: Mount,
}

impl OpenFile {
    /// The descriptor of a file that was opened for this access.
    #[must_use]
    pub fn new(opened: OpenedFile, access: Access) -> Self {
        let OpenedFile {
            file,
            file_type,
            mount,
        } = opened;
        Self {
            file,
            file_type,
            access,
            mount,
        }
    }

    /// What kind of file it is.
    #[must_use]
    pub const fn file_type(&self) -> FileType {
        self.file_type
    }

    /// What it was opened for.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The mount it was opened through.
    #[must_use]
    pub const fn mount(&self) -> Mount {
        self.mount
    }

    /// As [`File::read_at`].
    ///
    /// # Errors
    /// [`Errno::Invalid`] for an offset past `i64::MAX`; [`Errno::BadFd`] if not opened for reading; [`Errno::Invalid`] if the range passes `i64::MAX`; the
    /// file's.
    pub fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        check_offset(offset)?;
        if !self.access.read {
            return Err(Errno::BadFd);
        }
        check_range(offset, bufs.iter().map(|buf| buf.len()))?;
        self.file.read_at(bufs, offset)
    }

    /// As [`File::write_at`].
    ///
    /// # Errors
    /// [`Errno::Invalid`] for an offset past `i64::MAX`; [`Errno::BadFd`] if not opened for writing; [`Errno::ReadOnly`]; [`Errno::Invalid`] if the range passes
    /// `i64::MAX`; the file's.
    pub fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        check_offset(offset)?;
        self.check_write()?;
        check_range(offset, bufs.iter().map(|buf| buf.len()))?;
        self.file.write_at(bufs, offset)
    }

    /// As [`File::append`].
    ///
    /// # Errors
    /// [`Errno::BadFd`] if not opened for writing; [`Errno::ReadOnly`]; the file's.
    pub fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        self.check_write()?;
        self.file.append(bufs)
    }

    /// As [`File::set_len`].
    ///
    /// # Errors
    /// [`Errno::ReadOnly`]; [`Errno::Invalid`] if not opened for writing (`ftruncate`'s answer) or for a length past `i64::MAX`; the file's.
    pub fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.check_mount()?;
        if !self.access.write {
            return Err(Errno::Invalid);
        }
        check_offset(len)?;
        self.file.set_len(len)
    }

    /// As [`File::allocate`].
    ///
    /// # Errors
    /// [`Errno::Invalid`] if `len` is 0; [`Errno::BadFd`] if not opened for writing; [`Errno::ReadOnly`]; [`Errno::FileTooBig`] if the range passes
    /// `i64::MAX`; the file's.
    pub fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        if len == 0 {
            return Err(Errno::Invalid);
        }
        self.check_write()?;
        let end = offset.checked_add(len).ok_or(Errno::FileTooBig)?;
        if i64::try_from(end).is_err() {
            return Err(Errno::FileTooBig);
        }
        self.file.allocate(offset, len)
    }

    /// As [`File::next_data`].
    ///
    /// # Errors
    /// [`Errno::Invalid`] for an offset past `i64::MAX`; [`Errno::BadFd`] if not opened for reading; the file's.
    pub fn next_data(&self, offset: u64) -> Result<Option<u64>, Errno> {
        check_offset(offset)?;
        if !self.access.read {
            return Err(Errno::BadFd);
        }
        self.file.next_data(offset)
    }

    /// As [`File::metadata`], on the device that is its mount.
    ///
    /// # Errors
    /// The file's.
    pub fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(Metadata {
            dev: self.mount.dev,
            ..self.file.metadata()?
        })
    }

    /// As [`File::set_times`]. Needs no write access, as with `futimens`; to keep both times changes nothing and always succeeds.
    ///
    /// # Errors
    /// [`Errno::ReadOnly`]; the file's.
    pub fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        if times == SetTimes::default() {
            return Ok(());
        }
        self.check_mount()?;
        self.file.set_times(times)
    }

    /// As [`File::set_mode`]. Needs no write access, as with `fchmod`.
    ///
    /// # Errors
    /// [`Errno::ReadOnly`]; the file's.
    pub fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        self.check_mount()?;
        self.file.set_mode(mode)
    }

    /// As [`File::sync`].
    ///
    /// # Errors
    /// The file's.
    pub fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        self.file.sync(kind)
    }

    /// As [`File::advise`].
    ///
    /// # Errors
    /// [`Errno::Invalid`] if the range passes `i64::MAX`; the file's.
    pub fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), Errno> {
        check_offset(offset.checked_add(len).ok_or(Errno::Invalid)?)?;
        self.file.advise(offset, len, advice)
    }

    fn check_mount(&self) -> Result<(), Errno> {
        if self.mount.read_only {
            Err(Errno::ReadOnly)
        } else {
            Ok(())
        }
    }

    fn check_write(&self) -> Result<(), Errno> {
        if self.access.write {
            self.check_mount()
        } else {
            Err(Errno::BadFd)
        }
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile")
            .field("file_type", &self.file_type)
            .field("access", &self.access)
            .field("mount", &self.mount)
            .finish_non_exhaustive()
    }
}

/// File offsets are signed 64-bit numbers on every system below us (`off_t`).
fn check_offset(offset: u64) -> Result<(), Errno> {
    i64::try_from(offset).map(drop).map_err(|_| Errno::Invalid)
}

/// Where buffers of these lengths (bytes) end must be an offset, too.
fn check_range(offset: u64, lengths: impl Iterator<Item = usize>) -> Result<(), Errno> {
    let mut end = offset;
    for length in lengths {
        let length = u64::try_from(length).map_err(|_| Errno::Invalid)?;
        end = end.checked_add(length).ok_or(Errno::Invalid)?;
    }
    check_offset(end)
}
