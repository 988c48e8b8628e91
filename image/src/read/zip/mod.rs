//! Zip archives.
//!
//! The central directory is what counts, as for every program. What a reader from the front would see differently is refused, for then two programs would
//! disagree on what is in the archive: entries that overlap, that come twice, or whose two headers do not match.

mod entry;
mod name;

use bytes::Bytes;
use rawzip::{ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use self::entry::Entry;
use super::budget::Budget;
use super::entry_name::EntryName;
use super::note::NoteKind;
use super::tar::in_entry;
use super::unpack::Unpacker;
use super::{ImageError, ImageErrorKind};

/// Unpacks all entries, in the order of the central directory.
///
/// Contents that are stored as they are, are borrowed from the archive; what is compressed gets a buffer for each entry.
pub(super) fn unpack(
    archive: &Bytes,
    budget: &mut Budget,
    into: &mut Unpacker,
) -> Result<(), ImageError> {
    let zip = ZipArchive::from_slice(archive.clone())
        .map_err(|error| malformed("it has no end", error))?;
    check_layout(&zip)?;
    let mut records = zip.entries();
    while let Some(record) = next(&mut records)? {
        let raw = record.file_path();
        unpack_entry(&zip, &record, budget, into)
            .map_err(|error| in_entry(error, raw.as_bytes()))?;
    }
    Ok(())
}

/// Checks that no two entries share a byte, and none shares one with the central directory. That is how a small archive unpacks to petabytes.
fn check_layout(zip: &ZipSliceArchive<Bytes>) -> Result<(), ImageError> {
    let mut ranges = Vec::new();
    let mut records = zip.entries();
    while let Some(record) = next(&mut records)? {
        let raw = record.file_path();
        let entry = zip.get_entry(record.wayfinder()).map_err(|error| {
            in_entry(
                malformed("it is not where the directory says", error),
                raw.as_bytes(),
            )
        })?;
        ranges.push((
            record.local_header_offset(),
            entry.compressed_data_range().1,
        ));
    }
    let expected = zip.entries_hint();
    let found = ranges.len() as u64;
    // Programs without the 64-bit extension count in 16 bits.
    if found != expected && found % (1 << 16) != expected {
        let what = format!("its directory has {found} entries and should have {expected}");
        return Err(ImageError::new(ImageErrorKind::Corrupt, what));
    }
    ranges.sort_unstable();
    ranges.push((zip.directory_offset(), u64::MAX));
    if ranges
        .windows(2)
        .any(|pair| matches!(pair, [one, next] if one.1 > next.0))
    {
        return Err(ImageError::new(
            ImageErrorKind::Refused,
            "its entries overlap",
        ));
    }
    Ok(())
}

fn unpack_entry(
    zip: &ZipSliceArchive<Bytes>,
    record: &ZipFileHeaderRecord<'_>,
    budget: &mut Budget,
    into: &mut Unpacker,
) -> Result<(), ImageError> {
    let raw = record.file_path();
    let given = name::separated(raw.as_bytes(), record.version_made_by().creator_system())?;
    if given != raw.as_bytes() {
        into.note(raw.as_bytes(), NoteKind::Backslashes);
    }
    let name = EntryName::new(&given)?;
    if name.absolute && !name.path().is_empty() {
        into.note(raw.as_bytes(), NoteKind::Absolute);
    }
    let entry = Entry::new(zip, record)?;
    let attributes = entry.attributes(&name);
    let is_dir = entry.is_dir(&name);
    if into.has_other(&name, is_dir)? {
        let what = "it is there twice";
        return Err(ImageError::new(ImageErrorKind::Refused, what));
    }
    if is_dir {
        return into.dir(&name, &attributes);
    }
    if let Some(file_type) = entry.special() {
        into.note(raw.as_bytes(), NoteKind::Special(file_type));
        return Ok(());
    }
    let contents = entry.contents(budget)?;
    if entry.is_symlink() {
        return into.symlink(&name, &attributes, &contents);
    }
    into.file(&name, &attributes, contents)
}

fn next<'a>(
    records: &mut rawzip::ZipSliceEntries<'a>,
) -> Result<Option<ZipFileHeaderRecord<'a>>, ImageError> {
    records
        .next_entry()
        .map_err(|error| malformed("its directory is malformed", error))
}

fn malformed(what: &str, error: rawzip::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Corrupt, what).caused_by(error)
}
