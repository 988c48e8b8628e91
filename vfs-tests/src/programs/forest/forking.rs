use std::sync::Arc;

use bytes::Bytes;
use guesthouse_vfs::{Change, Errno, FileSystem, Limits, MemFs, Place, Snapshot, Usage, Walk};

use crate::Call;

/// A filesystem that can be forked, with what a forest needs of it.
pub trait Forking: FileSystem + Sized + 'static {
    /// What the filesystem was at some moment.
    type Snapshot;

    /// A filesystem of its own with the same content, in which nothing is open.
    fn fork(&self) -> Arc<Self>;

    /// What the filesystem is at this moment.
    fn snapshot(&self) -> Self::Snapshot;

    /// A filesystem of its own with the content of a snapshot, in which nothing is open.
    fn fork_of(snapshot: &Self::Snapshot) -> Arc<Self>;

    /// The same, but if the filesystem has limits, then little more is allowed than there is.
    fn tight_fork_of(snapshot: &Self::Snapshot) -> Arc<Self>;

    /// Makes a file with these contents.
    ///
    /// # Errors
    /// As [`FileSystem::create_dir`], but [`Errno::IsDir`] for a trailing slash on a free name.
    fn add_bytes(&self, place: Place<'_>, mode: u32, bytes: Bytes) -> Walk<()>;

    /// What differs from what the filesystem was forked from, or from an empty root. `None`: it does not tell.
    fn changes(&self) -> Option<Vec<Change>>;

    /// What differs from a snapshot. `None`: it does not tell.
    fn changes_since(&self, earlier: &Self::Snapshot) -> Option<Vec<Change>>;

    /// What differs between two snapshots. `None`: it does not tell.
    fn changes_between(earlier: &Self::Snapshot, later: &Self::Snapshot) -> Option<Vec<Change>>;

    /// Checks what the filesystem says of itself; after every step.
    ///
    /// # Errors
    /// What is wrong.
    fn audit(&self) -> Result<(), String>;

    /// Checks that nothing is held when the tree is empty and nothing is open.
    ///
    /// # Errors
    /// What is held.
    fn audit_empty(&self) -> Result<(), String>;

    /// Whether a limit can be the reason why a call failed with this errno, now that it has.
    fn may_refuse(&self, errno: Errno, call: &Call) -> bool;
}

impl Forking for MemFs {
    type Snapshot = Snapshot;

    fn fork(&self) -> Arc<Self> {
        self.fork()
    }

    fn snapshot(&self) -> Snapshot {
        self.snapshot()
    }

    fn fork_of(snapshot: &Snapshot) -> Arc<Self> {
        snapshot.fork()
    }

    fn tight_fork_of(snapshot: &Snapshot) -> Arc<Self> {
        let inherited = snapshot.fork();
        let (usage, limits) = (inherited.usage(), inherited.limits());
        let tight = Limits {
            private_bytes: 20_000,
            // Less than there is: then the fork can shrink, and not grow.
            logical_bytes: usage.logical_bytes.saturating_sub(1000),
            nodes: usage.nodes + 1,
            names: usage.names + 2,
            ..*limits
        };
        snapshot.fork_builder().limits(tight).build()
    }

    fn add_bytes(&self, place: Place<'_>, mode: u32, bytes: Bytes) -> Walk<()> {
        self.add_bytes(place, mode, bytes)
    }

    fn changes(&self) -> Option<Vec<Change>> {
        Some(self.changes().expect("programs make short paths"))
    }

    fn changes_since(&self, earlier: &Snapshot) -> Option<Vec<Change>> {
        let changes = self.changes_since(earlier);
        Some(changes.expect("programs make short paths"))
    }

    fn changes_between(earlier: &Snapshot, later: &Snapshot) -> Option<Vec<Change>> {
        let changes = later.changes_since(earlier);
        Some(changes.expect("programs make short paths"))
    }

    fn audit(&self) -> Result<(), String> {
        let (usage, recount) = (self.usage(), self.recount());
        if usage != recount {
            return Err(format!("{usage:?} is told, {recount:?} is there"));
        }
        let limits = self.limits();
        // What a fork has inherited may be above limits of its own.
        if usage.private_bytes > limits.private_bytes {
            return Err(format!("{usage:?} is above {limits:?}"));
        }
        Ok(())
    }

    fn audit_empty(&self) -> Result<(), String> {
        let usage = self.usage();
        let empty = Usage {
            nodes: 1,
            peak_private_bytes: usage.peak_private_bytes,
            ..Usage::default()
        };
        if usage == empty && self.recount() == empty {
            Ok(())
        } else {
            Err(format!("{usage:?} in an empty tree"))
        }
    }

    fn may_refuse(&self, errno: Errno, call: &Call) -> bool {
        let (usage, limits) = (self.usage(), self.limits());
        let reached = |bytes: u64| {
            // A write into a block that is shared or stored in one piece can take a block more on either side.
            let most = bytes + 2 * 65_536;
            usage.private_bytes + most > limits.private_bytes
                || usage.logical_bytes + most > limits.logical_bytes
        };
        match (errno, call) {
            (Errno::NoSpace, Call::Write { buffers, .. } | Call::Append { buffers, .. }) => {
                reached(buffers.iter().map(|buffer| buffer.len() as u64).sum())
            }
            (Errno::NoSpace, Call::Allocate { len, .. } | Call::SetLen { len, .. }) => {
                reached(*len)
            }
            (Errno::NoSpace, Call::Symlink { to, .. }) => {
                reached(to.len() as u64) || is_full(&usage, limits)
            }
            (Errno::NoSpace, _) => is_full(&usage, limits),
            (Errno::TooManyLinks, _) => limits.links < Limits::default().links,
            (Errno::FileTooBig, _) => limits.file_size < Limits::default().file_size,
            _ => false,
        }
    }
}

fn is_full(usage: &Usage, limits: &Limits) -> bool {
    usage.nodes >= limits.nodes || usage.names >= limits.names
}
