//! Zip archives written byte by byte, also such as no program would write.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An entry with everything that its headers say of it.
#[derive(Clone)]
pub(crate) struct ZipEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Vec<u8>,
    /// The high byte is the system: 0 DOS, 3 Unix.
    pub(crate) made_by: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) len: u32,
    pub(crate) stored: Vec<u8>,
    pub(crate) attributes: u32,
    pub(crate) extra: Vec<u8>,
    /// Where the directory says that it is, if not where it is.
    pub(crate) offset: Option<u32>,
}

impl ZipEntry {
    /// A file as Unix has it, stored as it is.
    pub(crate) fn stored(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        let data = data.as_ref();
        let mut crc = Crc::new();
        crc.update(data);
        Self {
            name: name.as_ref().to_vec(),
            local_name: name.as_ref().to_vec(),
            made_by: 3 << 8 | 30,
            flags: 0,
            method: 0,
            crc: crc.sum(),
            len: u32::try_from(data.len()).expect("short"),
            stored: data.to_vec(),
            attributes: 0o100_644 << 16,
            extra: Vec::new(),
            offset: None,
        }
    }

    /// The same, compressed.
    pub(crate) fn deflated(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data.as_ref()).expect("in memory");
        Self {
            method: 8,
            stored: encoder.finish().expect("in memory"),
            ..Self::stored(name, data)
        }
    }

    pub(crate) fn mode(self, mode: u32) -> Self {
        Self {
            attributes: mode << 16,
            ..self
        }
    }
}

/// The archive of these entries.
pub(crate) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let start = u32::try_from(bytes.len()).expect("short");
        let offset = entry.offset.unwrap_or(start);
        bytes.extend_from_slice(b"PK\x03\x04");
        put_common(&mut bytes, entry);
        put16(&mut bytes, entry.local_name.len());
        put16(&mut bytes, 0);
        bytes.extend_from_slice(&entry.local_name);
        bytes.extend_from_slice(&entry.stored);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&entry.made_by.to_le_bytes());
        put_common(&mut directory, entry);
        put16(&mut directory, entry.name.len());
        put16(&mut directory, entry.extra.len());
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&entry.attributes.to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&entry.name);
        directory.extend_from_slice(&entry.extra);
    }
    let start = u32::try_from(bytes.len()).expect("short");
    let len = u32::try_from(directory.len()).expect("short");
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    put16(&mut bytes, entries.len());
    put16(&mut bytes, entries.len());
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    put16(&mut bytes, 0);
    bytes
}

/// What both headers have: version, flags, method, time, date, checksum, lengths. The time is 2001-09-09 01:46:40.
fn put_common(bytes: &mut Vec<u8>, entry: &ZipEntry) {
    let (time, date) = (1_u16 << 11 | 46 << 5 | 20, 21_u16 << 9 | 9 << 5 | 9);
    for field in [20, entry.flags, entry.method, time, date] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(&entry.crc.to_le_bytes());
    let stored = u32::try_from(entry.stored.len()).expect("short");
    bytes.extend_from_slice(&stored.to_le_bytes());
    bytes.extend_from_slice(&entry.len.to_le_bytes());
}

fn put16(bytes: &mut Vec<u8>, value: usize) {
    let value = u16::try_from(value).expect("short");
    bytes.extend_from_slice(&value.to_le_bytes());
}
