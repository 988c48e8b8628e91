//! The records, byte by byte. Everything is little-endian; what no field covers is zero.

use guesthouse_vfs::Metadata;

use super::{Errno, EventRwFlags, EventType, FdFlags, FileType, PreopenType, Rights};

/// A field that is written at its place in a record.
trait Field {
    /// Writes it to the front of `bytes`.
    fn put(self, bytes: &mut [u8]);
}

macro_rules! fields {
    ($($field:ty => |$value:ident| $wire:expr;)+) => {
        $(impl Field for $field {
            fn put(self, bytes: &mut [u8]) {
                let $value = self;
                let wire = $wire.to_le_bytes();
                bytes[..wire.len()].copy_from_slice(&wire);
            }
        })+
    };
}

fields! {
    u32 => |value| value;
    u64 => |value| value;
    Errno => |value| value.to_wire();
    EventRwFlags => |value| value.bits();
    EventType => |value| value.to_wire();
    FdFlags => |value| value.bits();
    FileType => |value| value.to_wire();
    PreopenType => |value| value.to_wire();
    Rights => |value| value.bits();
}

/// A record that is written to guest memory, with the offset of each field in bytes.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $size:literal bytes {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $offset:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl $name {
            /// Its length in guest memory, in bytes.
            pub const SIZE: u32 = $size;

            /// The offset of each field, in bytes, with its name in the specification.
            pub const FIELDS: &'static [(&'static str, usize)] = &[$((stringify!($field), $offset),)+];

            /// The bytes in guest memory.
            #[must_use]
            pub fn encode(self) -> [u8; $size] {
                let mut bytes = [0; $size];
                $(self.$field.put(&mut bytes[$offset..]);)+
                bytes
            }
        }
    };
}

record! {
    /// What `fd_fdstat_get` reports.
    pub struct Fdstat: 24 bytes {
        /// The kind of descriptor.
        fs_filetype: FileType = 0,
        /// Its flags.
        fs_flags: FdFlags = 2,
        /// What it may be used for.
        fs_rights_base: Rights = 8,
        /// What may be opened below it.
        fs_rights_inheriting: Rights = 16,
    }
}

record! {
    /// What `fd_filestat_get` and `path_filestat_get` report. Times are nanoseconds since the Unix epoch.
    pub struct Filestat: 64 bytes {
        /// The mount.
        dev: u64 = 0,
        /// The inode number.
        ino: u64 = 8,
        /// The kind of node.
        filetype: FileType = 16,
        /// The number of names.
        nlink: u64 = 24,
        /// The length in bytes.
        size: u64 = 32,
        /// The time of access.
        atim: u64 = 40,
        /// The time of modification.
        mtim: u64 = 48,
        /// The time of the last change of contents or metadata.
        ctim: u64 = 56,
    }
}

impl From<Metadata> for Filestat {
    fn from(metadata: Metadata) -> Self {
        Self {
            dev: metadata.dev,
            ino: metadata.ino,
            filetype: metadata.file_type.into(),
            nlink: metadata.nlink,
            size: metadata.size,
            atim: metadata.accessed.as_unsigned_nanos(),
            mtim: metadata.modified.as_unsigned_nanos(),
            ctim: metadata.changed.as_unsigned_nanos(),
        }
    }
}

impl Filestat {
    /// What is known of something without a node, such as a stream.
    #[must_use]
    pub const fn of_type(filetype: FileType) -> Self {
        Self {
            dev: 0,
            ino: 0,
            filetype,
            nlink: 0,
            size: 0,
            atim: 0,
            mtim: 0,
            ctim: 0,
        }
    }
}

record! {
    /// The [`Filestat`] of `wasi_unstable`.
    pub struct UnstableFilestat: 56 bytes {
        /// The mount.
        dev: u64 = 0,
        /// The inode number.
        ino: u64 = 8,
        /// The kind of node.
        filetype: FileType = 16,
        /// The number of names, at most `u32::MAX`.
        nlink: u32 = 20,
        /// The length in bytes.
        size: u64 = 24,
        /// The time of access.
        atim: u64 = 32,
        /// The time of modification.
        mtim: u64 = 40,
        /// The time of the last change of contents or metadata.
        ctim: u64 = 48,
    }
}

impl From<Filestat> for UnstableFilestat {
    fn from(stat: Filestat) -> Self {
        Self {
            dev: stat.dev,
            ino: stat.ino,
            filetype: stat.filetype,
            nlink: u32::try_from(stat.nlink).unwrap_or(u32::MAX),
            size: stat.size,
            atim: stat.atim,
            mtim: stat.mtim,
            ctim: stat.ctim,
        }
    }
}

record! {
    /// What stands before each name that `fd_readdir` lists.
    pub struct Dirent: 24 bytes {
        /// Where the listing goes on after this entry.
        d_next: u64 = 0,
        /// The inode number.
        d_ino: u64 = 8,
        /// The length of the name in bytes.
        d_namlen: u32 = 16,
        /// The kind of node.
        d_type: FileType = 20,
    }
}

record! {
    /// What `fd_prestat_get` reports.
    pub struct Prestat: 8 bytes {
        /// The kind of preopened descriptor.
        tag: PreopenType = 0,
        /// The length of its name in bytes.
        pr_name_len: u32 = 4,
    }
}

record! {
    /// What `poll_oneoff` reports of one subscription.
    pub struct Event: 32 bytes {
        /// The subscription's.
        userdata: u64 = 0,
        /// What went wrong with it.
        error: Errno = 8,
        /// What happened.
        r#type: EventType = 10,
        /// How many bytes can be read or written; 0 for a clock.
        nbytes: u64 = 16,
        /// More of a descriptor; none for a clock.
        flags: EventRwFlags = 24,
    }
}

/// The address and length of a buffer, as guests list them: the length in memory of one `iovec` or `ciovec`, in bytes.
pub const IOVEC_SIZE: u32 = 8;

/// One subscription of `poll_oneoff`. Its fields are as the guest gave them, but for the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Comes back in the event.
    pub userdata: u64,
    /// What is waited for.
    pub interest: SubscriptionInterest,
}

/// What a [`Subscription`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionInterest {
    /// A time.
    Clock(SubscriptionClock),
    /// The descriptor of this number, to read.
    FdRead(u32),
    /// The descriptor of this number, to write.
    FdWrite(u32),
}

/// A time that a [`Subscription`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionClock {
    /// The clock's number: a [`ClockId`](super::ClockId), if the guest is right.
    pub id: u32,
    /// Nanoseconds: a time of the clock or a span from now, as the flags say.
    pub timeout: u64,
    /// How many nanoseconds late it may be.
    pub precision: u64,
    /// The bits of [`SubClockFlags`](super::SubClockFlags), if the guest is right.
    pub flags: u16,
}

impl Subscription {
    /// Its length in guest memory, in bytes.
    pub const SIZE: u32 = 48;
    /// Its length in the memory of a guest of `wasi_unstable`, in bytes.
    pub const UNSTABLE_SIZE: u32 = 56;

    /// ```text
    /// 0 userdata u64 | 8 tag u8 | 16 clock: id u32 | 24 timeout u64 | 32 precision u64 | 40 flags u16
    ///                           | 16 fd u32
    /// ```
    ///
    /// # Errors
    /// [`Errno::Inval`] for a tag that is no event type.
    pub fn decode(bytes: &[u8; Self::SIZE as usize]) -> Result<Self, Errno> {
        Self::decode_at(bytes, 16)
    }

    /// The same of `wasi_unstable`, whose clock begins with an identifier (`u64`) that nobody uses:
    /// ```text
    /// 0 userdata u64 | 8 tag u8 | 16 clock: identifier u64 | 24 id u32 | 32 timeout u64 | 40 precision u64 | 48 flags u16
    ///                           | 16 fd u32
    /// ```
    ///
    /// # Errors
    /// [`Errno::Inval`] for a tag that is no event type.
    pub fn decode_unstable(bytes: &[u8; Self::UNSTABLE_SIZE as usize]) -> Result<Self, Errno> {
        Self::decode_at(bytes, 24)
    }

    fn decode_at(bytes: &[u8], clock: usize) -> Result<Self, Errno> {
        let fd = u32_at(bytes, 16);
        let interest = match EventType::from_wire(u32::from(bytes[8])).ok_or(Errno::Inval)? {
            EventType::Clock => SubscriptionInterest::Clock(SubscriptionClock {
                id: u32_at(bytes, clock),
                timeout: u64_at(bytes, clock + 8),
                precision: u64_at(bytes, clock + 16),
                flags: u16_at(bytes, clock + 24),
            }),
            EventType::FdRead => SubscriptionInterest::FdRead(fd),
            EventType::FdWrite => SubscriptionInterest::FdWrite(fd),
        };
        Ok(Self {
            userdata: u64_at(bytes, 0),
            interest,
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut wire = [0; 4];
    wire.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(wire)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut wire = [0; 8];
    wire.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(wire)
}
