//! Small complete programs that embed guesthouse. Each is one file to read from top to bottom, and is run by its tests.
//!
//! | example | what it shows |
//! |---|---|
//! | `first_embedding` | a guest's function called, and the place of a trap |
//! | `captured_output` | input from memory, output captured up to a limit, the exit code |
//! | `mixed_mounts` | a host directory, read-only, and memory in one tree |
//! | `shared_assets` | many guests at once on one read-only tree in memory |
//! | `cancel_and_deadline` | guests that compute or wait for ever, ended |
//! | `async_host` | guests that wait with `.await` on one thread |
//! | `reproducible` | a virtual clock and seeded randomness |
//! | `custom_filesystem` | filesystems of the host's own |
//!
//! The shortest of all: a guest that works in memory, and the host that reads the result there.
//!
//! ```
//! use guesthouse_vfs::{MemFs, Tree};
//! use guesthouse_wasi::WasiCtx;
//! use guesthouse_wasi::wasmtime::{Program, config};
//! use wasmtime::{Engine, Module};
//!
//! let files = MemFs::new();
//! Tree::new(files.clone()).write("/in", "hello")?;
//!
//! let module = Module::from_file(&Engine::new(&config())?, "copy.wat")?;
//! let ctx = WasiCtx::builder().args(["copy", "in", "out"]).root(files.clone()).inherit_stdio()?.build()?;
//! let exit = Program::new(&module)?.run(ctx)?;
//!
//! assert_eq!(exit, guesthouse_wasi::Exit::Code(0));
//! assert_eq!(Tree::new(files).read("/out")?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The README's own example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
