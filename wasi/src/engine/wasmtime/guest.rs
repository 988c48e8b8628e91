use ::wasmtime::{
    Extern, Instance, InstancePre, Result, Store, TypedFunc, WasmParams, WasmResults, bail,
};

use super::Wasi;
use super::interrupt::{Armed, Otherwise, arm};
use crate::Exit;

/// An instance with its store, under the command of its context's [canceller](crate::WasiCtx::canceller): cancelled or past its deadline it ends, whether it computes
/// or waits.
pub struct Guest<T: 'static> {
    store: Store<T>,
    instance: Instance,
    _armed: Armed,
}

impl<T: 'static> Guest<T> {
    /// Instantiates a module, whose start function, if it has one, runs now. `get` finds the [`Wasi`] in the store's data, as for [`add_to_linker`](super::add_to_linker).
    ///
    /// # Errors
    /// The engine's; an [`Exit`], if the guest ended already. [`outcome`](Self::outcome) tells these apart.
    pub fn new(
        mut store: Store<T>,
        module: &InstancePre<T>,
        get: impl Fn(&mut T) -> &mut Wasi,
    ) -> Result<Self> {
        let canceller = get(store.data_mut()).ctx().canceller().clone();
        let armed = arm(&mut store, &canceller, Otherwise::Continue)?;
        let instance = module.instantiate(&mut store)?;
        Ok(Self {
            store,
            instance,
            _armed: armed,
        })
    }

    /// Runs a command (`_start`), or makes a reactor ready (`_initialize`); returning counts as exit code 0.
    ///
    /// # Errors
    /// The guest has neither function, or of another type; a trap; the engine's. Exits are no errors here.
    pub fn run(&mut self) -> Result<Exit> {
        for name in ["_start", "_initialize"] {
            if self.function(name).is_some() {
                return Self::outcome(self.call::<(), ()>(name, ()));
            }
        }
        bail!("the guest exports neither `_start` (a command) nor `_initialize` (a reactor)")
    }

    /// Makes a reactor ready for [`call`](Self::call) (`_initialize`). Does nothing for what is none.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn initialize(&mut self) -> Result<()> {
        if self.function("_initialize").is_none() {
            return Ok(());
        }
        self.call::<(), ()>("_initialize", ())
    }

    /// Calls a function that the guest exports.
    ///
    /// # Errors
    /// There is none of this name and type; a trap; an [`Exit`], if the guest ended in it; the engine's.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        let function: TypedFunc<P, R> = self.instance.get_typed_func(&mut self.store, name)?;
        function.call(&mut self.store, params)
    }

    /// Tells an exit from an error, in the result of any call of a guest.
    ///
    /// # Errors
    /// Whatever was no exit.
    pub fn outcome(result: Result<()>) -> Result<Exit> {
        match result {
            Ok(()) => Ok(Exit::Code(0)),
            Err(error) => error.downcast::<Exit>(),
        }
    }

    /// The instance.
    #[must_use]
    pub const fn instance(&self) -> Instance {
        self.instance
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store<T> {
        &self.store
    }

    /// The store, to read results or change limits between calls.
    #[must_use]
    pub const fn store_mut(&mut self) -> &mut Store<T> {
        &mut self.store
    }

    /// The store's data, after the run.
    #[must_use]
    pub fn into_data(self) -> T {
        self.store.into_data()
    }

    fn function(&mut self, name: &str) -> Option<Extern> {
        let found = self.instance.get_export(&mut self.store, name)?;
        matches!(found, Extern::Func(_)).then_some(found)
    }
}
