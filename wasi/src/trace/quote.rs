use std::fmt::Write;

use crate::GuestMemory;
use crate::abi::{Errno, IOVEC_SIZE};
use crate::memory::Array;

/// How much of a buffer a line shows, in bytes.
const DATA_SHOWN: u32 = 32;
/// How much of a path a line shows, in bytes: all of any that a guest will ever pass, but not gigabytes.
const PATH_SHOWN: u32 = 4096;

/// Adds bytes in quotes, with what is not printable ASCII escaped; UTF-8 stays as it is.
pub(super) fn quote(line: &mut String, bytes: &[u8]) {
    line.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => line.push_str("\\\""),
                '\\' => line.push_str("\\\\"),
                '\n' => line.push_str("\\n"),
                '\r' => line.push_str("\\r"),
                '\t' => line.push_str("\\t"),
                // Escapes of terminals must not work from here.
                c if c.is_ascii_control() => push(line, format_args!("\\x{:02x}", u32::from(c))),
                c if c.is_control() => push(line, format_args!("{}", c.escape_default())),
                c => line.push(c),
            }
        }
        for byte in chunk.invalid() {
            push(line, format_args!("\\x{byte:02x}"));
        }
    }
    line.push('"');
}

/// Adds formatted text; writing to a string does not fail.
pub(super) fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).unwrap_or_default();
}

/// Adds the path at `address`.
pub(super) fn quote_path(line: &mut String, mem: &dyn GuestMemory, address: u32, len: u32) {
    quote_range(line, mem, address, len, PATH_SHOWN);
}

/// Adds the beginning of the data at `address`.
pub(super) fn quote_data(line: &mut String, mem: &dyn GuestMemory, address: u32, len: u32) {
    quote_range(line, mem, address, len, DATA_SHOWN);
}

fn quote_range(line: &mut String, mem: &dyn GuestMemory, address: u32, len: u32, most: u32) {
    let mut bytes = vec![0; len.min(most) as usize];
    match mem.read(address, &mut bytes) {
        Ok(()) => quote_cut(line, &bytes, u64::from(len)),
        Err(_) => push(line, format_args!("bad address {address:#x}")),
    }
}

/// Adds the first bytes of `len`.
fn quote_cut(line: &mut String, bytes: &[u8], len: u64) {
    quote(line, bytes);
    if bytes.len() as u64 != len {
        push(line, format_args!("..., {len} bytes"));
    }
}

/// The buffers that a call lists.
pub(super) struct Buffers {
    list: Array<{ IOVEC_SIZE as usize }>,
    count: u32,
}

impl Buffers {
    pub(super) fn new(mem: &dyn GuestMemory, address: u32, count: u32) -> Result<Self, Errno> {
        let count = count.min(crate::memory::IOVECS_MAX);
        let list = Array::new(mem, address, count)?;
        Ok(Self { list, count })
    }

    fn each<'m>(&self, mem: &'m dyn GuestMemory) -> impl Iterator<Item = (u32, u32)> + use<'_, 'm> {
        (0..self.count).filter_map(move |index| {
            let [a, b, c, d, e, f, g, h] = self.list.get(mem, index).ok()?;
            Some((
                u32::from_le_bytes([a, b, c, d]),
                u32::from_le_bytes([e, f, g, h]),
            ))
        })
    }

    /// How many bytes they hold in all.
    pub(super) fn len(&self, mem: &dyn GuestMemory) -> u64 {
        self.each(mem).map(|(_, len)| u64::from(len)).sum()
    }

    /// Adds the beginning of the first `len` bytes in them.
    pub(super) fn quote(&self, line: &mut String, mem: &dyn GuestMemory, len: u64) {
        let mut shown = Vec::new();
        for (address, size) in self.each(mem) {
            let room = u64::from(DATA_SHOWN).min(len) - shown.len() as u64;
            let count = u64::from(size).min(room);
            let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
            if mem.read(address, &mut bytes).is_err() {
                push(line, format_args!("bad address {address:#x}"));
                return;
            }
            shown.extend_from_slice(&bytes);
        }
        quote_cut(line, &shown, len);
    }
}
