use bytes::Bytes;

use super::digest::Digest;
use crate::read::budget::Budget;
use crate::read::buffer::Charged;
use crate::read::decompress::decompress;
use crate::read::entry_name::EntryName;
use crate::read::tar::{self, Members, in_entry, is_tar};
use crate::read::unpack::Unpacker;
use crate::read::{ImageError, ImageErrorKind};

/// What a name begins with that takes the rest of it out of the layers below.
const WHITEOUT: &[u8] = b".wh.";

/// What begins the names of AUFS's own files, which are no whiteouts and no files.
const WHITEOUT_META: &[u8] = b".wh..wh.";

/// The name that takes all out of its directory that the layers below have there.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// Unpacks a layer if it is compressed, and checks its digest.
pub(super) fn unpack_layer(
    blob: Charged,
    diff_id: Option<&Digest>,
    verified: Option<&Digest>,
    budget: &mut Budget,
) -> Result<Bytes, ImageError> {
    let unpacked = decompress(&blob.bytes, budget)?;
    let is_compressed = unpacked.is_some();
    let layer = match unpacked {
        Some(unpacked) => {
            budget.refund(blob.charge);
            unpacked.unpacked.bytes
        }
        None => blob.bytes,
    };
    // What is not compressed has the digest that was checked already.
    if let Some(diff_id) = diff_id
        && (is_compressed || verified != Some(diff_id))
    {
        diff_id.verify(&layer)?;
    }
    if !is_tar(&layer) {
        let what = "it is no tar archive";
        return Err(ImageError::new(ImageErrorKind::Corrupt, what));
    }
    Ok(layer)
}

/// Applies a layer to what the layers below have made.
///
/// Whiteouts come first, wherever they stand: they concern the layers below and not their own. One that names nothing does nothing.
///
/// # References
/// <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>
pub(super) fn apply(layer: &Bytes, into: &mut Unpacker) -> Result<(), ImageError> {
    let mut members = Members::new(layer.clone());
    while let Some(member) = members.next()? {
        apply_whiteout(&member.name, into).map_err(|error| in_entry(error, &member.name))?;
    }
    let mut members = Members::new(layer.clone());
    while let Some(member) = members.next()? {
        let is_plain =
            is_no_whiteout(&member.name).map_err(|error| in_entry(error, &member.name))?;
        if is_plain {
            tar::unpack_member(&member, into).map_err(|error| in_entry(error, &member.name))?;
        }
    }
    for kind in members.end_notes() {
        into.note(b"", kind);
    }
    Ok(())
}

fn apply_whiteout(raw: &[u8], into: &mut Unpacker) -> Result<(), ImageError> {
    let name = EntryName::new(raw)?;
    let Some((dir, last)) = name.split() else {
        return Ok(());
    };
    if last == OPAQUE {
        return into.empty(dir);
    }
    let Some(hidden) = last.strip_prefix(WHITEOUT) else {
        return Ok(());
    };
    if last.starts_with(WHITEOUT_META) {
        return Ok(());
    }
    if matches!(hidden, b"" | b"." | b"..") {
        let what = "it is a whiteout of no ordinary name";
        return Err(ImageError::new(ImageErrorKind::Refused, what));
    }
    let path = if dir.is_empty() {
        hidden.to_vec()
    } else {
        [dir, hidden].join(&b'/')
    };
    into.remove(&EntryName::new(&path)?)
}

/// Whether an entry makes a node.
///
/// # Errors
/// [`ImageErrorKind::Refused`] for what lies in a directory that has the name of a whiteout.
fn is_no_whiteout(raw: &[u8]) -> Result<bool, ImageError> {
    let name = EntryName::new(raw)?;
    let Some((dir, last)) = name.split() else {
        return Ok(true);
    };
    if dir
        .split(|&byte| byte == b'/')
        .any(|part| part.starts_with(WHITEOUT))
    {
        let what = "it lies in a directory that has the name of a whiteout";
        return Err(ImageError::new(ImageErrorKind::Refused, what));
    }
    Ok(!last.starts_with(WHITEOUT))
}
