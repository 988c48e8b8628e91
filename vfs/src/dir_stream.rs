use std::ops::ControlFlow;

use crate::{Errno, FileType};

/// One name of a directory.
#[derive(Clone, Copy, Debug)]
pub struct DirEntry<'a> {
    /// The name; never `.` or `..`.
    pub name: &'a [u8],
    /// The inode number of what it names.
    pub ino: u64,
    /// The kind of what it names.
    pub file_type: FileType,
    /// Where the listing goes on after this entry. Opaque, never 0, unique in its directory, and stable while entries come and go.
    pub next: u64,
}

/// A listing of an open directory, as `readdir(3)` with `seekdir(3)`.
///
/// The owner keeps the directory open for as long as it uses the stream; afterwards calls answer [`Errno::BadFd`].
pub trait DirStream: Send {
    /// Passes the entries after `cookie` to `sink`, in the stream's order, until it breaks or there are no more.
    ///
    /// `cookie` is 0 for the start or the [`DirEntry::next`] of any entry of this directory, from this stream or another, even if the entry is
    /// gone by now. An entry at which `sink` breaks counts as not passed. An entry that is there during the whole listing is passed exactly once; one
    /// that comes or goes meanwhile is passed at most once. `sink` may be called with a lock held and must not call the filesystem.
    ///
    /// # Errors
    /// [`Errno::BadFd`] if the directory was closed; [`Errno::Invalid`] for a cookie that the backend can tell was never given out; whatever
    /// the host's file system answers.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readdir.html>
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno>;
}
