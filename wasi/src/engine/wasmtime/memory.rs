use std::fmt;

use ::wasmtime::{Caller, Error, Extern, ExternType, Memory, Module, ModuleExport, Result, bail};

use crate::WasiCtx;
use crate::wait::BlockingWaiter;

/// What a store's data holds for a guest: its context, and where its memory is.
#[derive(Debug)]
pub struct Wasi {
    pub(super) ctx: WasiCtx,
    memory: Location,
    pub(super) attached: Option<Memory>,
    pub(super) waiter: BlockingWaiter,
}

/// Where a module exports its memory: spares a search by name.
#[derive(Clone, Copy)]
struct Location(Option<ModuleExport>);

/// The name under which the specification has every guest export its memory.
pub(super) const MEMORY: &str = "memory";

impl Wasi {
    /// For instances of `module` in one store; instances of other modules in that store may call too.
    ///
    /// Each call then asks which instance makes it and where that has its memory, which takes longer than most calls do;
    /// [`attach`](Self::attach) spares that where there is one instance only.
    ///
    /// # Errors
    /// The module's memory is shared or has 64-bit addresses, or what it exports as `memory` is none. A module without a memory is accepted: the first call is what fails.
    pub fn new(ctx: WasiCtx, module: &Module) -> Result<Self> {
        if let Some(export) = module.get_export(MEMORY) {
            check(&export)?;
        }
        Ok(Self {
            ctx,
            memory: Location(module.get_export_index(MEMORY)),
            attached: None,
            waiter: BlockingWaiter::new(),
        })
    }

    /// From now on every call works on this memory, whoever makes it: several instances in a store that are to share a `Wasi` must share the memory too. [`Guest`](super::Guest)
    /// does this by itself. Take the context [out](Self::into_ctx) to use it in another store: there the engine panics over this memory.
    pub const fn attach(&mut self, memory: Memory) {
        self.attached = Some(memory);
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
        let wasi = get(caller.data_mut());
        match wasi.attached {
            Some(memory) => Ok(memory),
            None => {
                let location = wasi.memory;
                find(caller, location)
            }
        }
    }
}

/// # Errors
/// It is not a memory that WASI's addresses and this library's borrows can work on.
fn check(export: &ExternType) -> Result<()> {
    match export {
        ExternType::Memory(memory) if memory.is_shared() => Err(shared()),
        ExternType::Memory(memory) if memory.is_64() => Err(wide()),
        ExternType::Memory(_) => Ok(()),
        _ => Err(not_a_memory()),
    }
}

#[cold]
#[inline(never)]
fn find<T>(caller: &mut Caller<'_, T>, Location(location): Location) -> Result<Memory> {
    if let Some(export) = location
        && let Some(Extern::Memory(memory)) = caller.get_module_export(&export)
    {
        return Ok(memory);
    }
    // An instance of another module.
    match caller.get_export(MEMORY) {
        Some(Extern::Memory(memory)) if memory.ty(&*caller).is_64() => Err(wide()),
        Some(Extern::Memory(memory)) => Ok(memory),
        Some(Extern::SharedMemory(_)) => Err(shared()),
        Some(_) => Err(not_a_memory()),
        None => bail!("the guest exports no memory under the name \"{MEMORY}\", which WASI needs"),
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

#[cfg(test)]
mod tests {
    use ::wasmtime::{GlobalType, MemoryType, Mutability, ValType};

    use super::*;

    #[test]
    fn unfit_memories_are_refused_with_the_reason() {
        let reason = |export: ExternType| check(&export).unwrap_err().to_string();
        check(&MemoryType::new(1, None).into()).unwrap();
        assert!(reason(MemoryType::shared(1, 2).into()).contains("wasi-threads"));
        assert!(reason(MemoryType::new64(1, None).into()).contains("memory64"));
        let global = GlobalType::new(ValType::I32, Mutability::Const);
        assert!(reason(global.into()).contains("is no memory"));
    }
}
