//! WASI preview1 through the engine: guests that run on every backend, and what the tests need to run them.
//!
//! A [`Backend`] makes a fresh filesystem in memory, in a fork, in a directory of the host, or mixed from both; [`program`] compiles a guest file of this repository once;
//! [`run`] runs it there and tells how it [`Ended`]. [`ByHand`] is a guest that makes the calls that the test chooses, one by one:
//!
//! ```
//! use guesthouse_spec_tests::{Backend, ByHand, ModuleName};
//! use guesthouse_wasi::abi::Errno;
//!
//! for backend in Backend::ALL {
//!     let ground = backend.ground()?;
//!     let mut guest = ByHand::new(ModuleName::Preview1, ground.fs())?;
//!     assert_eq!(guest.act("mkdir tmp/inn"), Ok(()));
//!     assert_eq!(guest.act("rename tmp/inn ../outside"), Err(Errno::Perm));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The tests
//! - `tests/guests`: every guest of `examples/guests` and `spec-tests/guests`, on every backend, under both module names where its layouts allow it. A guest
//!   file without a test fails the run, and so does a function of WASI that no guest calls.
//! - `tests/sandbox`: that no path, link, mount or special file leads a guest to what it was not given, that what is read-only stays as it is, and that a guest which
//!   meets a limit goes on; call by call, under both module names.
//! - `tests/faults`: guests on a filesystem that fails: every error comes out as the right number, short transfers are told truly, and nothing is left open.
//! - `tests/wasi_testsuite`: the programs of the official test suite, on every backend, where `WASI_TESTSUITE` says that there is a checkout of it:
//!
//! ```text
//! git clone --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
//! WASI_TESTSUITE=$PWD/wasi-testsuite cargo test -p guesthouse-spec-tests --test wasi_testsuite
//! ```

mod backend;
mod by_hand;
mod called;
mod program;
mod run;

pub use backend::{Backend, Ground};
pub use by_hand::ByHand;
pub use called::Called;
pub use program::{ModuleName, guest_path, program, program_under};
pub use run::{End, Ended, run};

/// A result of what is no test itself, with whatever went wrong.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
