use super::wire::wire_enum;

wire_enum! {
    /// A clock.
    pub enum ClockId: u32 {
        /// The time of day: nanoseconds since 1970-01-01T00:00:00Z.
        Realtime = "realtime",
        /// Never goes back; its beginning means nothing.
        Monotonic = "monotonic",
        /// The processor time that the program has used.
        ProcessCputimeId = "process_cputime_id",
        /// The processor time that the thread has used.
        ThreadCputimeId = "thread_cputime_id",
    }
}

wire_enum! {
    /// The kind of what a descriptor or a name stands for.
    pub enum FileType: u8 {
        /// None of the others.
        Unknown = "unknown",
        /// A block device.
        BlockDevice = "block_device",
        /// A character device; without positions, a terminal.
        CharacterDevice = "character_device",
        /// A directory.
        Directory = "directory",
        /// A regular file.
        RegularFile = "regular_file",
        /// A datagram socket.
        SocketDgram = "socket_dgram",
        /// A stream socket.
        SocketStream = "socket_stream",
        /// A symbolic link.
        SymbolicLink = "symbolic_link",
    }
}

impl From<guesthouse_vfs::FileType> for FileType {
    fn from(file_type: guesthouse_vfs::FileType) -> Self {
        use guesthouse_vfs::FileType as Vfs;
        match file_type {
            Vfs::Unknown => Self::Unknown,
            Vfs::File => Self::RegularFile,
            Vfs::Dir => Self::Directory,
            Vfs::Symlink => Self::SymbolicLink,
            Vfs::CharDevice => Self::CharacterDevice,
            Vfs::BlockDevice => Self::BlockDevice,
            Vfs::Socket => Self::SocketStream,
        }
    }
}

wire_enum! {
    /// How a file will be used.
    pub enum Advice: u8 {
        /// Nothing special.
        Normal = "normal",
        /// From low to high offsets.
        Sequential = "sequential",
        /// In random order.
        Random = "random",
        /// Soon.
        Willneed = "willneed",
        /// Not soon.
        Dontneed = "dontneed",
        /// Once.
        Noreuse = "noreuse",
    }
}

impl From<Advice> for guesthouse_vfs::Advice {
    fn from(advice: Advice) -> Self {
        match advice {
            Advice::Normal => Self::Normal,
            Advice::Sequential => Self::Sequential,
            Advice::Random => Self::Random,
            Advice::Willneed => Self::WillNeed,
            Advice::Dontneed => Self::DontNeed,
            Advice::Noreuse => Self::NoReuse,
        }
    }
}

wire_enum! {
    /// What an offset counts from. (`wasi_unstable` numbers these differently.)
    pub enum Whence: u8 {
        /// The beginning of the file.
        Set = "set",
        /// The present offset.
        Cur = "cur",
        /// The end of the file.
        End = "end",
    }
}

wire_enum! {
    /// What a subscription waits for.
    pub enum EventType: u8 {
        /// A time of a clock.
        Clock = "clock",
        /// A descriptor that can be read.
        FdRead = "fd_read",
        /// A descriptor that can be written.
        FdWrite = "fd_write",
    }
}

wire_enum! {
    /// The kind of a preopened descriptor.
    pub enum PreopenType: u8 {
        /// A directory.
        Dir = "dir",
    }
}

wire_enum! {
    /// A signal.
    pub enum Signal: u8 {
        /// None.
        None = "none",
        /// Hangup.
        Hup = "hup",
        /// Interrupt from the terminal.
        Int = "int",
        /// Quit from the terminal.
        Quit = "quit",
        /// Illegal instruction.
        Ill = "ill",
        /// Breakpoint.
        Trap = "trap",
        /// The program aborted.
        Abrt = "abrt",
        /// Undefined portion of memory.
        Bus = "bus",
        /// Arithmetic error.
        Fpe = "fpe",
        /// Kill.
        Kill = "kill",
        /// The user's first.
        Usr1 = "usr1",
        /// Invalid memory reference.
        Segv = "segv",
        /// The user's second.
        Usr2 = "usr2",
        /// Write on a pipe that nobody reads.
        Pipe = "pipe",
        /// Alarm clock.
        Alrm = "alrm",
        /// Termination.
        Term = "term",
        /// A child ended.
        Chld = "chld",
        /// Continue.
        Cont = "cont",
        /// Stop.
        Stop = "stop",
        /// Stop from the terminal.
        Tstp = "tstp",
        /// Background read.
        Ttin = "ttin",
        /// Background write.
        Ttou = "ttou",
        /// Urgent data.
        Urg = "urg",
        /// Processor time used up.
        Xcpu = "xcpu",
        /// File size exceeded.
        Xfsz = "xfsz",
        /// Virtual timer.
        Vtalrm = "vtalrm",
        /// Profiling timer.
        Prof = "prof",
        /// The window changed.
        Winch = "winch",
        /// Input or output is possible.
        Poll = "poll",
        /// Power failure.
        Pwr = "pwr",
        /// Bad system call.
        Sys = "sys",
    }
}

/// What a signal does to a program that has not asked for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalAction {
    /// Nothing.
    Ignore,
    /// It stands still until somebody lets it go on.
    Stop,
    /// It ends.
    Terminate,
}

impl Signal {
    /// The action that the specification gives it.
    #[must_use]
    pub const fn action(self) -> SignalAction {
        match self {
            Self::None | Self::Pipe | Self::Chld | Self::Cont | Self::Urg | Self::Winch => {
                SignalAction::Ignore
            }
            Self::Stop | Self::Tstp | Self::Ttin | Self::Ttou => SignalAction::Stop,
            _ => SignalAction::Terminate,
        }
    }
}

impl Whence {
    /// Every value in the order of `wasi_unstable`'s numbers.
    pub const UNSTABLE: &'static [Self] = &[Self::Cur, Self::End, Self::Set];

    /// The value of that number in `wasi_unstable`, if it has one.
    #[must_use]
    pub fn from_unstable_wire(number: u32) -> Option<Self> {
        let index = usize::try_from(number).ok()?;
        Self::UNSTABLE.get(index).copied()
    }
}
