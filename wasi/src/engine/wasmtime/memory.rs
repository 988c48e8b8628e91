use std::fmt;

use ::wasmtime::{Caller, Error, Extern, ExternType, Memory, Module, ModuleExport, Result, bail};

use crate::WasiCtx;
use crate::wait::BlockingWaiter;

/// What a store's data holds for a guest: its context, and where its memory is.
#[derive(Debug)]
pub struct Wasi {
    pub(super) ctx: WasiCtx,
    memory: Location,
    pub(super) waiter: BlockingWaiter,
}

/// Where a module exports its memory: spares each call a search by name, which takes longer than most calls.
struct Location(Option<ModuleExport>);

/// The name under which the specification has every guest export its memory.
const NAME: &str = "memory";

impl Wasi {
    /// For the instances of `module` in one store. Instances of other modules in that store may call too, only more slowly.
    ///
    /// # Errors
    /// The module's memory is shared or has 64-bit addresses, or what it exports as `memory` is none. A module without a memory is accepted: the first call is what fails.
    pub fn new(ctx: WasiCtx, module: &Module) -> Result<Self> {
        match module.get_export(NAME) {
            None => {}
            Some(ExternType::Memory(memory)) if memory.is_shared() => return Err(shared()),
            Some(ExternType::Memory(memory)) if memory.is_64() => return Err(wide()),
            Some(ExternType::Memory(_)) => {}
            Some(_) => return Err(not_a_memory()),
        }
        Ok(Self {
            ctx,
            memory: Location(module.get_export_index(NAME)),
            waiter: BlockingWaiter::new(),
        })
    }

    /// The guest's context.
    #[must_use]
    pub const fn ctx(&self) -> &WasiCtx {
        &self.ctx
    }

    /// The guest's context, to change it between calls.
    #[must_use]
    pub const fn ctx_mut(&mut self) -> &mut WasiCtx {
        &mut self.ctx
    }

    /// Takes the context out, for instance to run another module with it.
    #[must_use]
    pub fn into_ctx(self) -> WasiCtx {
        self.ctx
    }

    /// The memory of the instance that makes the call.
    ///
    /// # Errors
    /// It has none, or one that is refused.
    #[inline]
    pub(super) fn memory_of<T>(
        caller: &mut Caller<'_, T>,
        get: impl Fn(&mut T) -> &mut Self,
    ) -> Result<Memory> {
        if let Location(Some(export)) = get(caller.data_mut()).memory
            && let Some(Extern::Memory(memory)) = caller.get_module_export(&export)
        {
            return Ok(memory);
        }
        find(caller)
    }
}

/// The memory of an instance of a module that is not known beforehand.
#[cold]
#[inline(never)]
fn find<T>(caller: &mut Caller<'_, T>) -> Result<Memory> {
    match caller.get_export(NAME) {
        Some(Extern::Memory(memory)) if memory.ty(&*caller).is_64() => Err(wide()),
        Some(Extern::Memory(memory)) => Ok(memory),
        Some(Extern::SharedMemory(_)) => Err(shared()),
        Some(_) => Err(not_a_memory()),
        None => bail!("the guest exports no memory under the name \"{NAME}\", which WASI needs"),
    }
}

fn shared() -> Error {
    Error::msg(
        "the guest's memory is shared between threads: wasi-threads guests are not supported",
    )
}

fn wide() -> Error {
    Error::msg(
        "the guest's memory has 64-bit addresses (memory64): WASI preview1 knows 32-bit ones only",
    )
}

fn not_a_memory() -> Error {
    Error::msg("what the guest exports under the name \"memory\" is no memory")
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "known" } else { "unknown" })
    }
}
