//! The wire: numbers, bits and byte layouts of `wasi_snapshot_preview1` and `wasi_unstable`, and the table of their functions.
//!
//! Nothing outside this module knows a wire number. A test compares all of it with the specification's own description.

mod enums;
mod errno;
mod flags;
pub mod functions;
mod records;
mod rights;
mod wire;

pub use enums::{Advice, ClockId, EventType, FileType, PreopenType, Signal, SignalAction, Whence};
pub use errno::Errno;
pub use flags::{
    EventRwFlags, FdFlags, FstFlags, LookupFlags, OFlags, RiFlags, RoFlags, SdFlags, SiFlags,
    SubClockFlags,
};
pub use records::{
    Dirent, Event, Fdstat, Filestat, IOVEC_SIZE, Prestat, Subscription, SubscriptionClock,
    SubscriptionInterest, UnstableFilestat,
};
pub use rights::Rights;
