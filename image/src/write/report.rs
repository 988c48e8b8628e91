use std::borrow::Cow;
use std::fmt;

use guesthouse_vfs::FileType;

use crate::error::shown;

/// What was written, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TarReport {
    /// Directories.
    pub dirs: u64,
    /// Regular files, each once however many names it has.
    pub files: u64,
    /// Further names of files and links that have several.
    pub hard_links: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Whiteouts, which say in a layer that something is gone.
    pub whiteouts: u64,
    /// The lengths of the files together, in bytes, holes included.
    pub bytes: u64,
    /// The length of the archive, in bytes.
    pub archive_bytes: u64,
    /// What the archive does not hold as the tree has it. After 16 MiB of paths the rest is counted only, in `notes_besides`.
    pub notes: Vec<TarNote>,
    /// How many more notes there were.
    pub notes_besides: u64,
    /// How many bytes the paths in `notes` have together.
    pub(super) note_bytes: usize,
}

const NOTE_BYTES_MAX: usize = 16 << 20;

impl TarReport {
    pub(super) fn note(&mut self, path: &[u8], reason: TarNoteReason) {
        if self.note_bytes >= NOTE_BYTES_MAX {
            self.notes_besides += 1;
            return;
        }
        self.note_bytes += path.len();
        self.notes.push(TarNote {
            path: path.into(),
            reason,
        });
    }
}

/// A node that an archive does not hold as the tree has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarNote {
    /// Its path in the tree.
    pub path: Box<[u8]>,
    /// What is the matter.
    pub reason: TarNoteReason,
}

/// What is the matter with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TarNoteReason {
    /// It is a FIFO, a socket or a device, and was left out.
    Special(FileType),
    /// Its path has more than 65,535 bytes. It was left out with all below it.
    PathTooLong,
    /// It went away, or became something else, before it could be read, and was left out.
    Vanished,
    /// It was written to while it was read: the archive has its former length, and what was read. What was cut off by then is zeros.
    Changed,
}

impl TarNote {
    /// The path as text; bytes that aren't UTF-8 become U+FFFD.
    #[must_use]
    pub fn path_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.path)
    }
}

impl fmt::Display for TarNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.reason {
            TarNoteReason::Special(FileType::CharDevice) => "a character device, left out",
            TarNoteReason::Special(FileType::BlockDevice) => "a block device, left out",
            TarNoteReason::Special(FileType::Socket) => "a socket, left out",
            TarNoteReason::Special(_) => "a special file, left out",
            TarNoteReason::PathTooLong => "its path is too long, left out with all below it",
            TarNoteReason::Vanished => "it went away before it could be read, left out",
            TarNoteReason::Changed => "it changed while it was read",
        };
        write!(f, "{}: {what}", shown(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_long_paths_stays_short() {
        let mut report = TarReport::default();
        let path = vec![b'x'; 1 << 20];
        for _ in 0..1000 {
            report.note(&path, TarNoteReason::Vanished);
        }
        assert_eq!(report.notes.len(), 16);
        assert_eq!(report.notes_besides, 984);
    }

    #[test]
    fn a_note_says_where_and_what() {
        let mut report = TarReport::default();
        report.note(b"dev/null", TarNoteReason::Special(FileType::CharDevice));
        let note = report.notes[0].to_string();
        assert_eq!(note, "dev/null: a character device, left out");
    }
}
