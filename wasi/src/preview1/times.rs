use guesthouse_vfs::{SetTime, SetTimes, Timestamp};

use crate::abi::{Errno, FstFlags};

/// The times that `fd_filestat_set_times` and `path_filestat_set_times` set: `atim` and `mtim` are nanoseconds since the Unix epoch, clamped to what can be
/// stored.
///
/// # Errors
/// `INVAL` for a flag without a name, or for a time that is to be both the given one and the present.
pub(super) fn set_times(atim: u64, mtim: u64, fst_flags: u32) -> Result<SetTimes, Errno> {
    let flags = FstFlags::from_wire(fst_flags)?;
    Ok(SetTimes {
        accessed: set_time(flags, FstFlags::ATIM, FstFlags::ATIM_NOW, atim)?,
        modified: set_time(flags, FstFlags::MTIM, FstFlags::MTIM_NOW, mtim)?,
    })
}

fn set_time(flags: FstFlags, at: FstFlags, now: FstFlags, time: u64) -> Result<SetTime, Errno> {
    match (flags.contains(at), flags.contains(now)) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(SetTime::At(Timestamp::from_unsigned_nanos(time))),
        (false, true) => Ok(SetTime::Now),
        (false, false) => Ok(SetTime::Keep),
    }
}
