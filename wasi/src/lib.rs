//! WASI preview1 over a virtual filesystem that the host composes: a core that knows no engine, and one thin adapter an engine.
//!
//! A [`WasiCtx`] is what one guest has: arguments, environment, a filesystem, standard streams, clocks and randomness. Its
//! [builder](WasiCtx::builder) takes each from the host; nothing of the machine is in reach that was not given.
#![cfg_attr(
    feature = "wasmtime",
    doc = "With the feature `wasmtime`, [`wasmtime::Program`] runs guests on it; that module has an example."
)]
//!
//! Another engine can be served by a few lines: the functions of [`preview1`] and [`unstable`] take the context, the guest's memory and its
//! arguments as they are. Here is a guest that consists of its memory only, which makes a file and writes to it:
//!
//! ```
//! use guesthouse_vfs::MemFs;
//! use guesthouse_wasi::{WasiCtx, preview1};
//!
//! let mut ctx = WasiCtx::builder().root(MemFs::new()).build()?;
//! let mut memory = *b"\x10\0\0\0\x05\0\0\0--------hello.txt------";
//! let (path, path_len, result) = (16, 9, 8);
//!
//! // Below descriptor 3, which is `/`: CREAT, with the rights to FD_READ and FD_WRITE.
//! preview1::path_open(&mut ctx, &mut memory[..], 3, 0, path, path_len, 1, 0b100_0010, 0, 0, result)?;
//! assert_eq!(memory[8..12], [4, 0, 0, 0], "the new descriptor");
//!
//! // One buffer is listed at address 0: 5 bytes at address 16.
//! preview1::fd_write(&mut ctx, &mut memory[..], 4, 0, 1, result)?;
//! assert_eq!(memory[8..12], [5, 0, 0, 0], "bytes written");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod abi;
mod builder;
mod call;
mod clocks;
mod ctx;
mod descriptor;
#[cfg(feature = "wasmtime")]
mod engine;
mod fd_table;
mod memory;
mod mounts;
mod observer;
pub mod preview1;
mod random;
mod rights;
pub mod socket;
mod statistics;
pub mod stdio;
mod stop;
mod stream;
mod string_list;
mod trace;
pub mod unstable;
pub mod wait;

pub use builder::{BuildError, Preopen, WasiCtxBuilder};
pub use call::call;
pub use clocks::{ClockSource, Clocks, VirtualClock};
pub use ctx::{Limits, WasiCtx};
#[cfg(feature = "wasmtime")]
pub use engine::wasmtime;
pub use fd_table::DESCRIPTORS_MAX;
pub use memory::{GuestMemory, IOVECS_MAX};
pub use observer::{Call, CallOutcome, Observer};
#[cfg(feature = "host")]
pub use random::OsRandom;
pub use random::SeededRandom;
pub use rights::DescriptorRights;
pub use statistics::{FunctionStatistics, Statistics};
pub use stop::{Exit, Stop};
pub use stream::{Interest, Readiness, Stream};
pub use trace::Trace;
