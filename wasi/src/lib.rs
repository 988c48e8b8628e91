//! WASI preview1 over a virtual filesystem that the host composes: a core that knows no engine, and one thin adapter an engine.
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
pub use descriptor::Descriptor;
#[cfg(feature = "wasmtime")]
pub use engine::wasmtime;
pub use fd_table::{DESCRIPTORS_MAX, FdTable};
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
