use std::fmt;

use guesthouse_vfs::{FileType, LeftOut, LeftOutReason};

use crate::error::shown;

/// Something about an image that its reader took in its own way, or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The name of the entry that is meant, as the image has it; empty for the image itself.
    pub name: Box<[u8]>,
    /// What became of it.
    pub kind: NoteKind,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// Left out: a FIFO, a socket or a device.
    Special(FileType),
    /// Left out: an entry of a kind that is not known, with this type flag of tar.
    UnknownType(u8),
    /// Left out: a symbolic link of a host directory with this target, which can't be followed to its end.
    LeadsNowhere(Box<[u8]>),
    /// Taken as relative to the root: a name that begins with a slash.
    Absolute,
    /// Taken as separators: the backslashes in a name that a program for DOS or Windows wrote.
    Backslashes,
    /// The archive has no end marker; it may have been cut short between two entries.
    NoEndMarker,
    /// Not read: bytes after the end of the archive.
    TrailingBytes,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{}: ", shown(&self.name))?;
        }
        match &self.kind {
            NoteKind::Special(FileType::CharDevice) => f.write_str("left out, a character device"),
            NoteKind::Special(FileType::BlockDevice) => f.write_str("left out, a block device"),
            NoteKind::Special(FileType::Socket) => f.write_str("left out, a socket"),
            NoteKind::Special(_) => f.write_str("left out, a special file"),
            NoteKind::UnknownType(flag) => {
                write!(
                    f,
                    "left out, an entry of the unknown type {}",
                    shown(&[*flag])
                )
            }
            NoteKind::LeadsNowhere(target) => {
                write!(
                    f,
                    "left out, a link that can't be followed, to {}",
                    shown(target)
                )
            }
            NoteKind::Absolute => f.write_str("taken as relative to the root of the image"),
            NoteKind::Backslashes => f.write_str("its backslashes were taken as slashes"),
            NoteKind::NoEndMarker => {
                f.write_str("the archive has no end marker, it may have been cut short")
            }
            NoteKind::TrailingBytes => {
                f.write_str("bytes after the end of the archive were not read")
            }
        }
    }
}

/// The notes on one image. An archive can ask for millions: the first ones are kept, the rest are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    kept: Vec<Note>,
    besides: u64,
}

impl Notes {
    const KEPT_MAX: usize = 1000;

    pub(super) fn add(&mut self, name: &[u8], kind: NoteKind) {
        if self.kept.len() < Self::KEPT_MAX {
            self.kept.push(Note {
                name: name.into(),
                kind,
            });
        } else {
            self.besides += 1;
        }
    }

    /// Takes over what a copy of a host directory left out.
    pub(super) fn add_left_out(&mut self, left_out: &LeftOut) {
        let kind = match &left_out.reason {
            LeftOutReason::Special(file_type) => NoteKind::Special(*file_type),
            LeftOutReason::LeadsOutside(target) => NoteKind::LeadsNowhere(target.clone()),
            LeftOutReason::Destination => return,
        };
        self.add(&left_out.path, kind);
    }

    pub(super) const fn add_uncounted(&mut self, more: u64) {
        self.besides = self.besides.saturating_add(more);
    }

    pub(super) fn kept(&self) -> &[Note] {
        &self.kept
    }

    pub(super) const fn besides(&self) -> u64 {
        self.besides
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_notes_are_counted_and_not_kept() {
        let mut notes = Notes::default();
        for _ in 0..1_000_000 {
            notes.add(b"x", NoteKind::Absolute);
        }
        assert_eq!(notes.kept().len(), 1000);
        assert_eq!(notes.besides(), 999_000);
    }

    #[test]
    fn a_note_reads_as_a_line() {
        let note = |name: &[u8], kind| {
            Note {
                name: name.into(),
                kind,
            }
            .to_string()
        };
        assert_eq!(
            note(b"dev/null", NoteKind::Special(FileType::CharDevice)),
            "dev/null: left out, a character device"
        );
        assert_eq!(
            note(b"", NoteKind::TrailingBytes),
            "bytes after the end of the archive were not read"
        );
    }
}
