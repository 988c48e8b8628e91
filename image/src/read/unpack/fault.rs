use guesthouse_vfs::Errno;

use super::Unpacker;
use crate::read::{ImageError, ImageErrorKind};

impl Unpacker {
    /// What a failure of the filesystem means for an entry.
    pub(super) fn fault(&self, errno: Errno) -> ImageError {
        use ImageErrorKind::{Io, Refused, TooLarge};
        let (usage, limits) = (self.fs.usage(), self.fs.limits());
        let (kind, what) = match errno {
            Errno::NoSpace if usage.nodes >= limits.nodes => (
                TooLarge,
                format!("it has more nodes than the limit of {}", limits.nodes),
            ),
            Errno::NoSpace if usage.names >= limits.names => (
                TooLarge,
                format!("it has more names than the limit of {}", limits.names),
            ),
            Errno::NoSpace => (
                TooLarge,
                format!(
                    "it has more contents than the limits of {} bytes, or of {} bytes that are not borrowed",
                    limits.logical_bytes, limits.private_bytes
                ),
            ),
            Errno::FileTooBig => (
                TooLarge,
                format!(
                    "it is larger than the limit of {} bytes a file",
                    limits.file_size
                ),
            ),
            Errno::TooManyLinks => (
                TooLarge,
                format!("it is one more than the limit of {} links", limits.links),
            ),
            Errno::NotDir => (Refused, "a file is on the way to it".into()),
            Errno::Permission => (
                Refused,
                "a symbolic link on the way to it leads out of the image".into(),
            ),
            Errno::Loop => (
                Refused,
                "symbolic links on the way to it go round in a circle".into(),
            ),
            Errno::NameTooLong => (Refused, "the way to it is too long".into()),
            errno => (Io, format!("it cannot be made: {errno}")),
        };
        ImageError::new(kind, what)
    }
}
