use std::fmt;

use crate::abi::{Errno, Signal};
use crate::wait::{Interrupt, Wait};

/// Why a core function did not succeed.
///
/// Only the first kind is an answer to the guest; the other two are for the adapter.
#[derive(Debug)]
pub enum Stop {
    /// The guest gets this errno.
    Errno(Errno),
    /// Nothing has happened yet that the guest can see: wait, then call the function again with the same arguments, or
    /// [give up](crate::WasiCtx::give_up_wait).
    Wait(Wait),
    /// The guest ends.
    Exit(Exit),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => errno.fmt(f),
            Self::Wait(_) => f.write_str("the call has to wait"),
            Self::Exit(exit) => exit.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl From<Errno> for Stop {
    #[inline]
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<guesthouse_vfs::Errno> for Stop {
    #[inline]
    fn from(errno: guesthouse_vfs::Errno) -> Self {
        Self::Errno(errno.into())
    }
}

impl From<Exit> for Stop {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

/// How a guest ended other than by returning or by a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It called `proc_exit` with this code.
    Code(u32),
    /// It raised a signal that ends it, with `proc_raise`.
    Raised(Signal),
    /// The host cancelled it.
    Cancelled,
    /// Its deadline passed.
    DeadlineExceeded,
}

impl From<Interrupt> for Exit {
    fn from(interrupt: Interrupt) -> Self {
        match interrupt {
            Interrupt::Cancelled => Self::Cancelled,
            Interrupt::DeadlineExceeded => Self::DeadlineExceeded,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "the guest exited with code {code}"),
            Self::Raised(signal) => write!(
                f,
                "the guest raised SIG{}",
                signal.name().to_ascii_uppercase()
            ),
            Self::Cancelled => f.write_str("the guest was cancelled"),
            Self::DeadlineExceeded => f.write_str("the guest ran past its deadline"),
        }
    }
}

impl std::error::Error for Exit {}
