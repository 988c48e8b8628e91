//! Tar archives: the formats of Unix V7, POSIX (ustar and pax) and GNU tar.
//!
//! An archive lies in one buffer, so its members are slices of it. What reads a stream would copy them; hence the loop over headers here.

mod header;
mod members;
mod pax;
mod sparse;

use bytes::Bytes;

pub(super) use members::{Contents, Kind, Member, Members};

use super::entry_name::EntryName;
use super::note::NoteKind;
use super::unpack::Unpacker;
use super::{ImageError, ImageErrorKind};
use crate::error::shown;

/// Whether the buffer begins as an archive does: with a header whose checksum is right, or with the zeros of an empty archive.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    match bytes.get(..header::BLOCK) {
        Some(block) => block.iter().all(|&byte| byte == 0) || header::Block::new(block).is_ok(),
        None => false,
    }
}

/// Unpacks all members.
pub(super) fn unpack(archive: &Bytes, into: &mut Unpacker) -> Result<(), ImageError> {
    let mut members = Members::new(archive.clone());
    while let Some(member) = members.next()? {
        unpack_member(&member, into).map_err(|error| in_entry(error, &member.name))?;
    }
    for kind in members.end_notes() {
        into.note(b"", kind);
    }
    Ok(())
}

/// Unpacks one member.
pub(super) fn unpack_member(member: &Member, into: &mut Unpacker) -> Result<(), ImageError> {
    let name = EntryName::new(&member.name)?;
    if name.absolute && !name.path().is_empty() {
        into.note(&member.name, NoteKind::Absolute);
    }
    let attributes = &member.attributes;
    match &member.kind {
        Kind::File(_) if name.of_dir => Err(ImageError::new(
            ImageErrorKind::Corrupt,
            "it is a file with the name of a directory",
        )),
        Kind::File(Contents::Whole(bytes)) => into.file(&name, attributes, bytes.clone()),
        Kind::File(Contents::Sparse(sparse)) => {
            into.sparse_file(&name, attributes, sparse.len, &sparse.segments)
        }
        Kind::Dir => into.dir(&name, attributes),
        Kind::Symlink(target) => into.symlink(&name, attributes, target),
        Kind::HardLink(target) => {
            let target = EntryName::new(target).map_err(|error| {
                let what = format!("it is a hard link to {}", shown(target));
                ImageError::new(error.kind(), what).caused_by(error)
            })?;
            into.hard_link(&name, &target)
        }
        Kind::Special(file_type) => {
            into.note(&member.name, NoteKind::Special(*file_type));
            Ok(())
        }
        Kind::Unknown(flag) => {
            into.note(&member.name, NoteKind::UnknownType(*flag));
            Ok(())
        }
    }
}

pub(super) fn in_entry(error: ImageError, name: &[u8]) -> ImageError {
    error.within(format!("entry {}", shown(name)))
}
