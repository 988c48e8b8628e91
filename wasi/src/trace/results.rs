use super::arguments::{bits, rights};
use super::quote::{Buffers, push, quote, quote_data};
use crate::GuestMemory;
use crate::abi::functions::{Kind, Outcome};
use crate::abi::{Dirent, Errno, EventType, FdFlags, FileType, Rights, RoFlags};
use crate::memory::Buffer;
use crate::observer::Call;

/// The most names of a listing that a line shows.
const NAMES_SHOWN: usize = 8;

/// Adds what came of a call.
pub(super) fn describe(line: &mut String, call: Call<'_>, mem: &dyn GuestMemory, errno: Errno) {
    if errno != Errno::Success {
        push(line, format_args!("{errno}"));
        return;
    }
    let start = line.len();
    let mut rest = call.args;
    let mut size = None;
    for param in call.function().params {
        let (values, after) = rest.split_at(param.kind.values().len().min(rest.len()));
        rest = after;
        let (Kind::Out(outcome), Some(address)) = (param.kind, values.first()) else {
            continue;
        };
        if line.len() > start {
            line.push_str(", ");
        }
        let written = result(line, outcome, *address as u32, call.unstable, mem);
        size = size.or(written);
    }
    match size {
        Some(size) => contents(line, call, mem, size),
        None if call.function().name == "fd_prestat_dir_name" => preopen_name(line, call, mem),
        None => {}
    }
    if line.len() == start {
        line.push_str("ok");
    }
}

/// Adds the result at `address`; if it is a number of bytes, returns that.
fn result(
    line: &mut String,
    outcome: Outcome,
    address: u32,
    unstable: bool,
    mem: &dyn GuestMemory,
) -> Option<u32> {
    match outcome {
        Outcome::Size => {
            let size = u32::from_le_bytes(read(mem, address)?);
            push(line, format_args!("{size}"));
            return Some(size);
        }
        Outcome::Fd => push(
            line,
            format_args!("fd {}", u32::from_le_bytes(read(mem, address)?)),
        ),
        Outcome::FileSize => push(
            line,
            format_args!("{}", u64::from_le_bytes(read(mem, address)?)),
        ),
        Outcome::Timestamp => push(
            line,
            format_args!("{} ns", u64::from_le_bytes(read(mem, address)?)),
        ),
        Outcome::RoFlags => {
            let flags = u16::from_le_bytes(read(mem, address)?);
            let names: Vec<_> = RoFlags::ALL
                .iter()
                .map(|(f, n)| (u64::from(f.bits()), *n))
                .collect();
            bits(line, flags.into(), &names);
        }
        Outcome::Fdstat => fdstat(line, &read(mem, address)?),
        Outcome::Filestat if unstable => filestat(line, &read::<56>(mem, address)?, 24, 40),
        Outcome::Filestat => filestat(line, &read::<64>(mem, address)?, 32, 48),
        Outcome::Prestat => {
            let record: [u8; 8] = read(mem, address)?;
            push(
                line,
                format_args!("{{dir, name of {} bytes}}", u32_at(&record, 4)),
            );
        }
    }
    None
}

fn read<const N: usize>(mem: &dyn GuestMemory, address: u32) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    mem.read(address, &mut bytes).ok().map(|()| bytes)
}

fn u32_at(record: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    if let Some(field) = record.get(at..at + 4) {
        bytes.copy_from_slice(field);
    }
    u32::from_le_bytes(bytes)
}

fn u64_at(record: &[u8], at: usize) -> u64 {
    u64::from(u32_at(record, at)) | u64::from(u32_at(record, at + 4)) << 32
}

fn type_name(number: u8) -> &'static str {
    FileType::from_wire(number.into()).map_or("?", FileType::name)
}

fn fdstat(line: &mut String, record: &[u8; 24]) {
    push(line, format_args!("{{{}, ", type_name(record[0])));
    let names: Vec<_> = FdFlags::ALL
        .iter()
        .map(|(f, n)| (u64::from(f.bits()), *n))
        .collect();
    let flags = u16::from_le_bytes([record[2], record[3]]);
    if flags != 0 {
        bits(line, flags.into(), &names);
        line.push_str(", ");
    }
    rights(line, Rights::from_bits_truncate(u64_at(record, 8)));
    line.push('}');
}

/// The two layouts differ in where the size and the time of modification are.
fn filestat(line: &mut String, record: &[u8], size: usize, mtim: usize) {
    let kind = type_name(record.get(16).copied().unwrap_or(0));
    push(
        line,
        format_args!(
            "{{{kind}, ino {}, size {}, mtim {} ns}}",
            u64_at(record, 8),
            u64_at(record, size),
            u64_at(record, mtim)
        ),
    );
}

/// Adds what a call that reports a number of bytes put into the guest's buffers, or which events came.
fn contents(line: &mut String, call: Call<'_>, mem: &dyn GuestMemory, size: u32) {
    let arg = |index: usize| call.args.get(index).copied().unwrap_or(0) as u32;
    match call.function().name {
        "fd_read" | "fd_pread" | "sock_recv" if size > 0 => {
            if let Ok(buffers) = Buffers::new(mem, arg(1), arg(2)) {
                line.push(' ');
                buffers.quote(line, mem, size.into());
            }
        }
        "path_readlink" => {
            line.push(' ');
            quote_data(line, mem, arg(3), size);
        }
        "fd_readdir" => listing(line, mem, arg(1), size),
        "poll_oneoff" => events(line, mem, arg(1), size),
        _ => {}
    }
}

/// The guest says how long the name is, and gets no number back.
fn preopen_name(line: &mut String, call: Call<'_>, mem: &dyn GuestMemory) {
    if let [_, address, len] = *call.args {
        quote_data(line, mem, address as u32, len as u32);
    }
}

/// Adds the names that `size` bytes of a listing hold whole.
fn listing(line: &mut String, mem: &dyn GuestMemory, address: u32, size: u32) {
    let Ok(buffer) = Buffer::new(mem, address, size) else {
        return;
    };
    line.push_str(" [");
    let mut at = 0;
    for count in 0.. {
        let Some((name, next)) = entry(buffer, mem, at) else {
            break;
        };
        if count > 0 {
            line.push_str(", ");
        }
        if count == NAMES_SHOWN {
            line.push_str("...");
            break;
        }
        quote(line, &name);
        at = next;
    }
    line.push(']');
}

/// The name of the entry at the offset `at`, and the offset after it.
fn entry(buffer: Buffer, mem: &dyn GuestMemory, at: u32) -> Option<(Vec<u8>, u32)> {
    let header: [u8; Dirent::SIZE as usize] = read(mem, buffer.address_of(at).ok()?)?;
    let len = u32_at(&header, 16);
    let start = at.checked_add(Dirent::SIZE)?;
    let end = start.checked_add(len).filter(|end| *end <= buffer.len())?;
    let mut name = vec![0; usize::try_from(len).ok()?];
    mem.read(buffer.address_of(start).ok()?, &mut name).ok()?;
    Some((name, end))
}

fn events(line: &mut String, mem: &dyn GuestMemory, address: u32, count: u32) {
    let shown = count.min(u32::try_from(NAMES_SHOWN).unwrap_or(u32::MAX));
    let Ok(list) = crate::memory::Array::<32>::new(mem, address, shown) else {
        return;
    };
    line.push_str(" [");
    for index in 0..shown {
        let Ok(event) = list.get(mem, index) else {
            break;
        };
        if index > 0 {
            line.push_str(", ");
        }
        let error = Errno::from_wire(u32::from(u16::from_le_bytes([event[8], event[9]])));
        line.push_str(EventType::from_wire(event[10].into()).map_or("?", EventType::name));
        match error {
            Some(Errno::Success) => {}
            Some(errno) => push(line, format_args!(": {errno}")),
            None => line.push_str(": ?"),
        }
    }
    line.push_str(if shown < count { ", ...]" } else { "]" });
}
