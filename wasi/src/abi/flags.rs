use super::Errno;
use super::wire::{wire_flags, wire_flags_argument};

wire_flags! {
    /// The flags of a descriptor.
    pub struct FdFlags: u16 {
        /// Every write goes to the end of the file.
        APPEND = 0 "append",
        /// Written data has reached the storage when a write returns.
        DSYNC = 1 "dsync",
        /// Calls on pipes and sockets answer `AGAIN` instead of waiting.
        NONBLOCK = 2 "nonblock",
        /// Reading waits for writes in progress, as far as `DSYNC` and `SYNC` say.
        RSYNC = 3 "rsync",
        /// Written data and all metadata have reached the storage when a write returns.
        SYNC = 4 "sync",
    }
}

wire_flags! {
    /// How `path_open` opens.
    pub struct OFlags: u16 {
        /// Make a regular file if there is nothing.
        CREAT = 0 "creat",
        /// Fail unless it is a directory.
        DIRECTORY = 1 "directory",
        /// With `CREAT`: fail if there is something.
        EXCL = 2 "excl",
        /// Cut the file to length 0.
        TRUNC = 3 "trunc",
    }
}

wire_flags! {
    /// How a path is resolved.
    pub struct LookupFlags: u32 {
        /// Follow a symbolic link as the last name.
        SYMLINK_FOLLOW = 0 "symlink_follow",
    }
}

wire_flags! {
    /// Which times to set.
    pub struct FstFlags: u16 {
        /// The time of access to the given one.
        ATIM = 0 "atim",
        /// The time of access to the present.
        ATIM_NOW = 1 "atim_now",
        /// The time of modification to the given one.
        MTIM = 2 "mtim",
        /// The time of modification to the present.
        MTIM_NOW = 3 "mtim_now",
    }
}

wire_flags! {
    /// What an event says of a descriptor.
    pub struct EventRwFlags: u16 {
        /// The other end is gone.
        FD_READWRITE_HANGUP = 0 "fd_readwrite_hangup",
    }
}

wire_flags! {
    /// How a clock subscription is meant.
    pub struct SubClockFlags: u16 {
        /// The timeout is a time of the clock, not a span from now.
        SUBSCRIPTION_CLOCK_ABSTIME = 0 "subscription_clock_abstime",
    }
}

wire_flags! {
    /// How `sock_recv` receives.
    pub struct RiFlags: u16 {
        /// Leave the data where it is.
        RECV_PEEK = 0 "recv_peek",
        /// Wait until the buffers are full.
        RECV_WAITALL = 1 "recv_waitall",
    }
}

wire_flags! {
    /// What `sock_recv` says of what it received.
    pub struct RoFlags: u16 {
        /// A message was cut to the buffers.
        RECV_DATA_TRUNCATED = 0 "recv_data_truncated",
    }
}

wire_flags! {
    /// How `sock_send` sends: there are no such flags.
    pub struct SiFlags: u16 {}
}

wire_flags! {
    /// What `sock_shutdown` ends.
    pub struct SdFlags: u8 {
        /// Receiving.
        RD = 0 "rd",
        /// Sending.
        WR = 1 "wr",
    }
}

wire_flags_argument! {
    FdFlags: u16,
    OFlags: u16,
    LookupFlags: u32,
    FstFlags: u16,
    SubClockFlags: u16,
    RiFlags: u16,
    SiFlags: u16,
    SdFlags: u8,
}
