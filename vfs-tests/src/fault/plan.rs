use std::sync::{Mutex, MutexGuard, PoisonError};

use guesthouse_vfs::Errno;

/// What a filesystem was asked for. Each method of the traits is one, and so is each entry that a listing passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// [`FileSystem::open`](guesthouse_vfs::FileSystem::open).
    Open,
    /// [`FileSystem::open_dir_stream`](guesthouse_vfs::FileSystem::open_dir_stream).
    OpenDirStream,
    /// [`DirStream::next_from`](guesthouse_vfs::DirStream::next_from), before its first entry.
    Listing,
    /// An entry that a listing is about to pass: a listing can fail in its middle.
    Entry,
    /// [`FileSystem::metadata`](guesthouse_vfs::FileSystem::metadata).
    Metadata,
    /// [`FileSystem::set_times`](guesthouse_vfs::FileSystem::set_times).
    SetTimes,
    /// [`FileSystem::set_mode`](guesthouse_vfs::FileSystem::set_mode).
    SetMode,
    /// [`FileSystem::create_dir`](guesthouse_vfs::FileSystem::create_dir).
    CreateDir,
    /// [`FileSystem::remove_dir`](guesthouse_vfs::FileSystem::remove_dir).
    RemoveDir,
    /// [`FileSystem::unlink`](guesthouse_vfs::FileSystem::unlink).
    Unlink,
    /// [`FileSystem::read_link`](guesthouse_vfs::FileSystem::read_link).
    ReadLink,
    /// [`FileSystem::symlink`](guesthouse_vfs::FileSystem::symlink).
    Symlink,
    /// [`FileSystem::link`](guesthouse_vfs::FileSystem::link).
    Link,
    /// [`FileSystem::rename`](guesthouse_vfs::FileSystem::rename).
    Rename,
    /// [`FileSystem::sync_dir`](guesthouse_vfs::FileSystem::sync_dir).
    SyncDir,
    /// [`File::read_at`](guesthouse_vfs::File::read_at).
    Read,
    /// [`File::write_at`](guesthouse_vfs::File::write_at).
    Write,
    /// [`File::append`](guesthouse_vfs::File::append).
    Append,
    /// [`File::set_len`](guesthouse_vfs::File::set_len).
    SetLen,
    /// [`File::allocate`](guesthouse_vfs::File::allocate).
    Allocate,
    /// [`File::next_data`](guesthouse_vfs::File::next_data).
    NextData,
    /// [`File::metadata`](guesthouse_vfs::File::metadata).
    FileMetadata,
    /// [`File::set_times`](guesthouse_vfs::File::set_times).
    FileSetTimes,
    /// [`File::set_mode`](guesthouse_vfs::File::set_mode).
    FileSetMode,
    /// [`File::sync`](guesthouse_vfs::File::sync).
    FileSync,
    /// [`File::advise`](guesthouse_vfs::File::advise).
    Advise,
}

impl Operation {
    /// Whether it moves bytes and may move fewer than it was asked to.
    #[must_use]
    pub const fn may_be_short(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::Append)
    }
}

/// Which operation goes wrong, and how. Operations are counted from 1, from when the fault was injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number of the operation.
    pub nth: u64,
    /// What happens to it.
    pub kind: FaultKind,
    /// It happens to all operations from that one on, and not to that one alone.
    pub lasting: bool,
}

/// What happens to an operation that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It fails with this errno and does nothing.
    Fail(Errno),
    /// A read or a write moves this many bytes at most, which are not 0. Other operations are as usual.
    Short(usize),
}

impl Fault {
    /// The operation `nth` fails once.
    #[must_use]
    pub const fn failing(nth: u64, errno: Errno) -> Self {
        Self {
            nth,
            kind: FaultKind::Fail(errno),
            lasting: false,
        }
    }

    /// The operation `nth`, if it reads or writes, moves at most `bytes` bytes, and at least one is taken as meant.
    #[must_use]
    pub const fn short(nth: u64, bytes: usize) -> Self {
        Self {
            nth,
            kind: FaultKind::Short(if bytes == 0 { 1 } else { bytes }),
            lasting: false,
        }
    }

    /// The same for that operation and all after it.
    #[must_use]
    pub const fn lasting(self) -> Self {
        Self {
            lasting: true,
            ..self
        }
    }
}

/// The fault that waits, and what has been asked for since it was injected.
#[derive(Default)]
pub(super) struct Plan(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    fault: Option<Fault>,
    asked: Vec<Operation>,
    met: u64,
}

impl Plan {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn inject(&self, fault: Option<Fault>) {
        *self.lock() = Progress {
            fault,
            ..Progress::default()
        };
    }

    pub(super) fn heal(&self) {
        self.lock().fault = None;
    }

    pub(super) fn asked(&self) -> Vec<Operation> {
        self.lock().asked.clone()
    }

    pub(super) fn met(&self) -> u64 {
        self.lock().met
    }

    /// Counts an operation, and says how many bytes it may move.
    ///
    /// # Errors
    /// It is to fail.
    pub(super) fn ask(&self, operation: Operation) -> Result<usize, Errno> {
        let mut progress = self.lock();
        progress.asked.push(operation);
        let number = progress.asked.len() as u64;
        let due = progress
            .fault
            .filter(|fault| number == fault.nth || (fault.lasting && number > fault.nth));
        match due.map(|fault| fault.kind) {
            Some(FaultKind::Fail(errno)) => {
                progress.met += 1;
                Err(errno)
            }
            Some(FaultKind::Short(bytes)) if operation.may_be_short() => {
                progress.met += 1;
                Ok(bytes)
            }
            _ => Ok(usize::MAX),
        }
    }
}
