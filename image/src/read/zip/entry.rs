use std::io::{self, Read};

use bytes::Bytes;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use guesthouse_vfs::resolve::PATH_MAX;
use guesthouse_vfs::{FileType, Timestamp};
use rawzip::time::{UtcDateTime, ZipDateTimeKind};
use rawzip::{
    CompressionMethod, CreatorSystem, ZipFileHeaderRecord, ZipLocalFileHeader, ZipSliceArchive,
};

use super::malformed;
use crate::read::budget::Budget;
use crate::read::buffer::Buffer;
use crate::read::entry_name::EntryName;
use crate::read::unpack::Attributes;
use crate::read::{ImageError, ImageErrorKind};

/// An entry whose two headers agree.
pub(super) struct Entry<'a> {
    archive: &'a Bytes,
    record: &'a ZipFileHeaderRecord<'a>,
    /// What is stored, compressed or not, from and to these offsets in the archive.
    stored: (usize, usize),
}

/// Where Unix's mode has the kind of a node, and the kinds.
const S_IFMT: u32 = 0o170_000;
const S_IFIFO: u32 = 0o010_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFBLK: u32 = 0o060_000;
const S_IFLNK: u32 = 0o120_000;
const S_IFSOCK: u32 = 0o140_000;

/// DOS's attribute of what may not be written.
const DOS_READ_ONLY: u32 = 1;

impl<'a> Entry<'a> {
    /// # Errors
    /// [`ImageErrorKind::Corrupt`] if the header in front of the contents is missing, or differs from that in the directory.
    pub(super) fn new(
        zip: &'a ZipSliceArchive<Bytes>,
        record: &'a ZipFileHeaderRecord<'a>,
    ) -> Result<Self, ImageError> {
        let entry = zip
            .get_entry(record.wayfinder())
            .map_err(|error| malformed("it is not where the directory says", error))?;
        let local = entry.local_header();
        if local.file_path().as_bytes() != record.file_path().as_bytes()
            || local.compression_method() != record.compression_method()
            || local.flags().is_encrypted() != record.flags().is_encrypted()
            || differs_in_size(&local, record)
        {
            let what = "its header differs from that in the directory";
            return Err(ImageError::new(ImageErrorKind::Corrupt, what));
        }
        let (start, end) = entry.compressed_data_range();
        let offset = |at| usize::try_from(at).unwrap_or(usize::MAX);
        Ok(Self {
            archive: zip.get_ref(),
            record,
            stored: (offset(start), offset(end)),
        })
    }

    /// The mode as Unix has it, if the entry was made there.
    fn unix_mode(&self) -> Option<u32> {
        let system = self.record.version_made_by().creator_system();
        let mode = self.record.external_attributes() >> 16;
        let of_unix = matches!(system, CreatorSystem::UNIX | CreatorSystem::MACOS);
        (of_unix && mode != 0).then_some(mode)
    }

    fn kind(&self) -> u32 {
        self.unix_mode().unwrap_or(0) & S_IFMT
    }

    pub(super) fn is_dir(&self, name: &EntryName<'_>) -> bool {
        name.of_dir || self.kind() == S_IFDIR
    }

    pub(super) fn is_symlink(&self) -> bool {
        self.kind() == S_IFLNK
    }

    /// Which special file it is, if it is one.
    pub(super) fn special(&self) -> Option<FileType> {
        match self.kind() {
            S_IFIFO => Some(FileType::Unknown),
            S_IFCHR => Some(FileType::CharDevice),
            S_IFBLK => Some(FileType::BlockDevice),
            S_IFSOCK => Some(FileType::Socket),
            _ => None,
        }
    }

    pub(super) fn attributes(&self, name: &EntryName<'_>) -> Attributes {
        let is_dir = self.is_dir(name);
        let read_only = self.record.external_attributes() & DOS_READ_ONLY != 0;
        let mode = match self.unix_mode() {
            Some(mode) => mode & 0o7777,
            None if is_dir => 0o755,
            None if read_only => 0o444,
            None => 0o644,
        };
        Attributes {
            mode,
            modified: timestamp(&self.record.last_modified()),
            accessed: None,
        }
    }

    /// The contents, of which length and checksum are right.
    pub(super) fn contents(&self, budget: &mut Budget) -> Result<Bytes, ImageError> {
        use ImageErrorKind::{Refused, Unsupported};
        if self.record.flags().is_encrypted() {
            return Err(ImageError::new(Unsupported, "it is encrypted"));
        }
        let len = self.record.uncompressed_size_hint();
        if self.is_symlink() && len >= PATH_MAX as u64 {
            let what = format!("its target is longer than {} bytes", PATH_MAX - 1);
            return Err(ImageError::new(Refused, what));
        }
        let (start, end) = self.stored;
        if start > end || end > self.archive.len() {
            return Err(ImageError::new(
                ImageErrorKind::Corrupt,
                "it passes the end",
            ));
        }
        let stored = self.archive.slice(start..end);
        let contents = match self.record.compression_method() {
            CompressionMethod::STORE => stored,
            CompressionMethod::DEFLATE => inflate(&stored, len, budget)?,
            method => {
                let what = format!("its compression, {method}, is not supported; Deflate is");
                return Err(ImageError::new(Unsupported, what));
            }
        };
        if contents.len() as u64 != len {
            let what = "its length is not what the directory says";
            return Err(ImageError::new(ImageErrorKind::Corrupt, what));
        }
        let mut crc = Crc::new();
        crc.update(&contents);
        if crc.sum() != self.record.crc32() {
            return Err(ImageError::new(
                ImageErrorKind::Corrupt,
                "its checksum is wrong",
            ));
        }
        Ok(contents)
    }
}

/// What reads from the front finds the next entry by these sizes, unless they come only after the contents.
fn differs_in_size(local: &ZipLocalFileHeader<'_>, record: &ZipFileHeaderRecord<'_>) -> bool {
    !local.flags().has_data_descriptor()
        && (local.compressed_size_hint() != record.compressed_size_hint()
            || local.uncompressed_size_hint() != record.uncompressed_size_hint())
}

/// Unpacks at most one byte more than `len`.
fn inflate(compressed: &[u8], len: u64, budget: &mut Budget) -> Result<Bytes, ImageError> {
    const DEFLATE_RATIO_MAX: u64 = 1032;
    let most = (compressed.len() as u64).saturating_mul(DEFLATE_RATIO_MAX);
    let mut buffer = Buffer::new(len.min(most), budget)?;
    let mut decoder = DeflateDecoder::new(compressed).take(len.saturating_add(1));
    buffer.append(&mut decoder, corrupt_deflate)?;
    Ok(buffer.finish().bytes)
}

fn corrupt_deflate(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Corrupt, "its compression is corrupt").caused_by(error)
}

/// DOS's times are local ones of a place that nobody tells; they are taken for UTC, so that the same archive gives the same tree everywhere.
fn timestamp(time: &ZipDateTimeKind) -> Timestamp {
    let utc = UtcDateTime::from_components(
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.nanosecond(),
    );
    utc.map_or(Timestamp::EPOCH, |utc| {
        Timestamp::from_parts(utc.to_unix(), utc.nanosecond())
    })
}
