//! The adapter for [Wasmtime](::wasmtime).
//!
//! The short way is [`Program`]: link a module once, then run it with one [`WasiCtx`](crate::WasiCtx) after another. A host with imports or store data of its own uses
//! [`add_to_linker`], keeps a [`Wasi`] in its store's data, and runs the guest with [`Guest`].
//!
//! ```
//! use guesthouse_wasi::stdio::Captured;
//! use guesthouse_wasi::wasmtime::{Program, config};
//! use guesthouse_wasi::{Exit, WasiCtx};
//! use wasmtime::{Engine, Module};
//!
//! let engine = Engine::new(&config())?;
//! let module = Module::new(&engine, wat::parse_str(
//!     r#"(module
//!         (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
//!         (memory (export "memory") 1)
//!         (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
//!         (func (export "_start")
//!             (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#,
//! )?)?;
//! let output = Captured::new(1 << 20);
//! let ctx = WasiCtx::builder().stdout(output.clone()).build()?;
//! assert_eq!(Program::new(&module)?.run(ctx)?, Exit::Code(0));
//! assert_eq!(output.contents(), b"hello\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod guest;
mod interrupt;
mod linker;
mod memory;
mod program;

#[cfg(feature = "tokio")]
mod waiting;

pub use guest::Guest;
pub use interrupt::config;
pub use linker::add_to_linker;
#[cfg(feature = "tokio")]
pub use linker::add_to_linker_async;
pub use memory::Wasi;
#[cfg(feature = "tokio")]
pub use program::AsyncProgram;
pub use program::Program;
