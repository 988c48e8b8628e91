use std::fmt;

use ::wasmtime::{InstancePre, Linker, Module, Result, Store};

#[cfg(feature = "tokio")]
use super::add_to_linker_async;
use super::{Guest, Wasi, add_to_linker};
use crate::{Exit, WasiCtx};

/// A module that needs nothing but WASI, linked once, to be run again and again; also in several threads at once.
#[derive(Clone)]
pub struct Program {
    module: InstancePre<Wasi>,
}

impl Program {
    /// Links a module.
    ///
    /// # Errors
    /// It imports something else, or in another type; its memory is one that [`Wasi::new`] refuses.
    pub fn new(module: &Module) -> Result<Self> {
        let mut linker = Linker::new(module.engine());
        add_to_linker(&mut linker, |wasi| wasi)?;
        let module = linker.instantiate_pre(module)?;
        Ok(Self { module })
    }

    /// Makes a guest of the module.
    ///
    /// # Errors
    /// As [`Guest::new`].
    pub fn guest(&self, ctx: WasiCtx) -> Result<Guest<Wasi>> {
        let module = self.module.module();
        let store = Store::new(module.engine(), Wasi::new(ctx, module)?);
        Guest::new(store, &self.module, |wasi| wasi)
    }

    /// Runs the module once, as [`Guest::run`] does. Keep a clone of the context's [canceller](WasiCtx::canceller) to end it from outside.
    ///
    /// # Errors
    /// As [`Guest::run`].
    pub fn run(&self, ctx: WasiCtx) -> Result<Exit> {
        match self.guest(ctx) {
            Ok(mut guest) => guest.run(),
            // The start function of a module is part of its run.
            Err(error) => Guest::<Wasi>::outcome(Err(error)),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

/// A [`Program`] whose guests are called asynchronously, and share an executor's threads: where one waits, another runs.
///
/// ```
/// use guesthouse_wasi::wasmtime::{AsyncProgram, config};
/// use guesthouse_wasi::{Exit, WasiCtx};
/// use wasmtime::{Engine, Module};
///
/// let engine = Engine::new(&config())?;
/// let module = Module::new(&engine, wat::parse_str(
///     r#"(module
///         (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
///         (memory (export "memory") 1)
///         (func (export "_start") (call $proc_exit (i32.const 3))))"#,
/// )?)?;
/// let program = AsyncProgram::new(&module)?;
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let exit = runtime.block_on(async {
///     let ctx = WasiCtx::builder().build()?;
///     Ok::<_, Box<dyn std::error::Error>>(program.run(ctx).await?)
/// })?;
/// assert_eq!(exit, Exit::Code(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[derive(Clone)]
pub struct AsyncProgram {
    module: InstancePre<Wasi>,
}

#[cfg(feature = "tokio")]
impl AsyncProgram {
    /// As [`Program::new`].
    ///
    /// # Errors
    /// As [`Program::new`].
    pub fn new(module: &Module) -> Result<Self> {
        let mut linker = Linker::new(module.engine());
        add_to_linker_async(&mut linker, |wasi| wasi)?;
        let module = linker.instantiate_pre(module)?;
        Ok(Self { module })
    }

    /// As [`Program::guest`].
    ///
    /// # Errors
    /// As [`Guest::new_async`].
    pub async fn guest(&self, ctx: WasiCtx) -> Result<Guest<Wasi>> {
        let module = self.module.module();
        let store = Store::new(module.engine(), Wasi::new(ctx, module)?);
        Guest::new_async(store, &self.module, |wasi| wasi).await
    }

    /// As [`Program::run`].
    ///
    /// # Errors
    /// As [`Guest::run_async`].
    pub async fn run(&self, ctx: WasiCtx) -> Result<Exit> {
        match self.guest(ctx).await {
            Ok(mut guest) => guest.run_async().await,
            Err(error) => Guest::<Wasi>::outcome(Err(error)),
        }
    }
}

#[cfg(feature = "tokio")]
impl fmt::Debug for AsyncProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncProgram").finish_non_exhaustive()
    }
}
