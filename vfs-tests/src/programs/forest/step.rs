use std::fmt;

use crate::Call;

/// One step of a program on a forest. Trees and snapshots are meant by their position among those that are there at that time, counted round.
#[derive(Clone, Debug)]
pub enum ForestStep {
    /// A call in one tree, with its own open handles.
    Call(u8, Call),
    /// A file with that many borrowed bytes of this value, made at a path of a tree.
    AddBytes {
        /// The tree.
        tree: u8,
        /// Directories, and the name.
        path: &'static str,
        /// The permission bits.
        mode: u32,
        /// How many bytes.
        len: usize,
    },
    /// A further tree, forked from this one.
    Fork(u8),
    /// A further snapshot, of this tree.
    Snapshot(u8),
    /// A further tree, forked from this snapshot.
    ForkSnapshot {
        /// The snapshot.
        snapshot: u8,
        /// Whether the fork has limits of its own, which are near.
        tight: bool,
    },
    /// A tree is dropped, with its handles, or with its directories only: then its open files are used on.
    Drop {
        /// The tree.
        tree: u8,
        /// Whether its open files are kept.
        keep_files: bool,
    },
    /// A snapshot is dropped.
    DropSnapshot(u8),
}

/// A step, written with the names of what it works on.
pub(super) struct Shown<'a> {
    pub(super) step: &'a ForestStep,
    /// The tree or snapshot that is meant.
    pub(super) on: &'a str,
    /// What the step makes, if it does.
    pub(super) makes: &'a str,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, on, makes } = self;
        match step {
            ForestStep::Call(_, call) => write!(f, "{on}: {call}"),
            ForestStep::AddBytes {
                path, mode, len, ..
            } => write!(f, "{on}: borrow {len} bytes as {path} mode={mode:04o}"),
            ForestStep::Fork(_) | ForestStep::ForkSnapshot { tight: false, .. } => {
                write!(f, "{makes} = fork {on}")
            }
            ForestStep::ForkSnapshot { .. } => write!(f, "{makes} = fork {on} within tight limits"),
            ForestStep::Snapshot(_) => write!(f, "{makes} = snapshot {on}"),
            ForestStep::Drop {
                keep_files: false, ..
            } => write!(f, "drop {on}"),
            ForestStep::Drop { .. } => write!(f, "drop {on}, but for its open files"),
            ForestStep::DropSnapshot(_) => write!(f, "drop {on}"),
        }
    }
}
