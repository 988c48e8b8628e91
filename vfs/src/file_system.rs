use std::sync::Arc;

use crate::{
    DirStream, Errno, File, FileType, Metadata, Mount, OpenOptions, Place, SetTimes, SyncKind, Walk,
};

/// An open directory of one filesystem: a slot and the generation of what is in it, so that an id that was released is refused, not mistaken.
///
/// Ids are counted: each one that [`FileSystem::open`] returns is released once. [`OpenDir`](crate::OpenDir) does that by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId {
    /// The slot.
    pub slot: u32,
    /// Which of the slot's successive tenants is meant.
    pub generation: u32,
}

/// What [`FileSystem::open`] opened.
pub enum Opened {
    /// A directory, counted once more; the caller releases it.
    Dir(NodeId),
    /// Anything else.
    File(OpenedFile),
}

/// An open file with what its descriptor must know.
pub struct OpenedFile {
    /// The file.
    pub file: Arc<dyn File>,
    /// Its kind, fixed while it is open.
    pub file_type: FileType,
    /// The mount it was opened through. A backend gives [`Mount::default`].
    pub mount: Mount,
}

/// A tree of nodes that guests and hosts work on.
///
/// Every method that takes a [`Place`] is one atomic operation: it walks the names, never follows a symbolic link, and acts. It returns what it did,
/// or a [`Stop`](crate::Stop) that says at which name it stopped and why. All checks come before the first change. Errors that every such method
/// can return, in this order as the walk goes on: [`Errno::BadFd`] for a released directory; at each name
/// [`Errno::NotDir`] if what was walked so far is not a directory, [`Errno::NameTooLong`], `Missing`, `Link` (always before the last name, at the
/// last one by [`LastName`](crate::LastName)). A host's own errors (`EACCES`, `EIO`, …) can come from each. The methods' docs list what they add.
///
/// Node ids in the two places of `rename` and `link` belong to this filesystem; the layer above compares filesystems and answers `EXDEV` itself.
/// A simple filesystem implements [`NodeFileSystem`](crate::NodeFileSystem) instead, one name at a time, and is adapted.
pub trait FileSystem: Send + Sync {
    /// The root directory. It is always open: releasing it does nothing.
    fn root(&self) -> NodeId;

    /// Gives back a directory that [`open`](Self::open) returned. An unknown id is ignored.
    fn release(&self, dir: NodeId);

    /// Opens or creates the node at `place`. With no names it opens the directory once more.
    ///
    /// A symbolic link as the last name is reported with `Follow`, and with `Act` it is [`Errno::Loop`] (or, exclusive, [`Errno::Exist`]).
    /// Only regular files, directories and a backend's own devices are opened; nothing that blocks or acts by being opened.
    ///
    /// # Errors
    /// After the walk: [`Errno::Invalid`] for `create` with `directory`; [`Errno::IsDir`] for `create` with a trailing slash; [`Errno::Exist`] (exclusive); [`Errno::IsDir`] for a
    /// directory with write access, `create` or `truncate`; [`Errno::NotDir`] for a file with `directory` or a trailing slash; [`Errno::NotSupported`] for a FIFO, socket or device of the host;
    /// [`Errno::NoSpace`]; [`Errno::TooManyOpenFiles`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/openat.html>
    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened>;

    /// Begins a listing of an open directory.
    ///
    /// # Errors
    /// [`Errno::BadFd`] for a released directory; the host's.
    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno>;

    /// What is known of the node at `place`. With `Act` a symbolic link itself is meant.
    ///
    /// # Errors
    /// After the walk: [`Errno::NotDir`] for a trailing slash on what is not a directory.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/fstatat.html>
    fn metadata(&self, place: Place<'_>) -> Walk<Metadata>;

    /// Sets the times of the node at `place`. With `Act` a symbolic link's own.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/utimensat.html>
    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()>;

    /// Sets the permission bits (`0o7777`) of the node at `place`.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata); [`Errno::NotSupported`] for a symbolic link itself.
    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()>;

    /// Makes a directory with these permission bits. A trailing slash is welcome. `place` says `Act`.
    ///
    /// # Errors
    /// After the walk: [`Errno::Exist`] if the name is taken or there is none (the directory itself); [`Errno::NoEntry`] in a directory that was removed;
    /// [`Errno::NoSpace`]; [`Errno::TooManyLinks`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/mkdirat.html>
    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()>;

    /// Removes an empty directory. `place` says `Act`; a trailing slash is welcome.
    ///
    /// # Errors
    /// After the walk: [`Errno::Busy`] for the root or (no names) the directory itself; [`Errno::NotDir`]; [`Errno::NotEmpty`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/rmdir.html>
    fn remove_dir(&self, place: Place<'_>) -> Walk<()>;

    /// Removes a name that is not a directory's. `place` says `Act`.
    ///
    /// # Errors
    /// After the walk: [`Errno::IsDir`] (also with no names); [`Errno::NotDir`] for a trailing slash on what is not a directory.
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/unlinkat.html>
    fn unlink(&self, place: Place<'_>) -> Walk<()>;

    /// The target of a symbolic link. `place` says `Act`.
    ///
    /// # Errors
    /// After the walk: [`Errno::Invalid`] if it is not a symbolic link (also with no names); [`Errno::NotDir`] for a trailing slash on a file. (With a
    /// trailing slash a link is to be followed: the resolver says `Follow` then.)
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readlinkat.html>
    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>>;

    /// Makes a symbolic link with these bytes as its target, whatever they say; not empty, no NUL, at most 4095 bytes (the caller checks). `place` says `Act`.
    ///
    /// # Errors
    /// After the walk: [`Errno::Exist`] if the name is taken or there is none; [`Errno::NoEntry`] for a trailing slash on a free name; [`Errno::NoSpace`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/symlinkat.html>
    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()>;

    /// Gives the node at `old` the further name `new` (which says `Act`). With `Act` in `old` a symbolic link itself gets the name.
    ///
    /// # Errors
    /// After the walk of `old`: [`Errno::NotDir`] for a trailing slash on what is not a directory. After that of `new`: [`Errno::Exist`] if it is taken or has no names; [`Errno::NoEntry`] for a
    /// trailing slash on a free name; [`Errno::Permission`] if `old` is a directory; [`Errno::TooManyLinks`]; [`Errno::NoSpace`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/linkat.html>
    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()>;

    /// Moves the node at `old` to the name `new`, replacing what is there, in one step. Both places say `Act`.
    ///
    /// Two names of the same node: nothing happens, and it is a success.
    ///
    /// # Errors
    /// After the walk to the directory of `old` and then to that of `new`: [`Errno::Busy`] if either has no names or is the root; what the last name of `old` gives
    /// (`Missing`, [`Errno::NameTooLong`]); [`Errno::NoEntry`] if the new parent was removed; what the last name of `new` gives; [`Errno::NotDir`] for a trailing slash on either when `old` is not a directory; [`Errno::Invalid`] for a directory
    /// into itself or below; [`Errno::NotEmpty`] where `new` holds `old`; [`Errno::IsDir`] for a file onto a directory; [`Errno::NotDir`] for a directory onto a file;
    /// [`Errno::NotEmpty`] for a directory onto one with entries; [`Errno::NoSpace`]; [`Errno::TooManyLinks`].
    ///
    /// # References
    /// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/renameat.html>
    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()>;

    /// Waits until the open directory's entries have reached the storage (`fsync` of a directory); in memory they have at once.
    ///
    /// # Errors
    /// [`Errno::BadFd`] for a released directory; the host's.
    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno>;
}
