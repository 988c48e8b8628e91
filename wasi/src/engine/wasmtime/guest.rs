use std::fmt;

use ::wasmtime::{Error, Instance, InstancePre, Result, Store, TypedFunc, WasmParams, WasmResults};

use super::interrupt::{Armed, Otherwise, arm};
use super::memory::{MEMORY, Wasi};
use crate::Exit;
use crate::wait::Canceller;

/// Where a command begins.
const START: &str = "_start";
/// Where a reactor is made ready.
const INITIALIZE: &str = "_initialize";

/// An instance with its store, under the command of its context's [canceller](crate::WasiCtx::canceller): cancelled or past its deadline it ends, whether it computes
/// or waits.
///
/// ```
/// use guesthouse_wasi::wasmtime::{Guest, Wasi, add_to_linker, config};
/// use guesthouse_wasi::{Exit, WasiCtx};
/// use wasmtime::{Caller, Engine, Linker, Module, Store};
///
/// // The host's own store data, beside what WASI needs.
/// struct State {
///     wasi: Wasi,
///     steps: u64,
/// }
///
/// let engine = Engine::new(&config())?;
/// let module = Module::new(&engine, wat::parse_str(
///     r#"(module
///         (import "host" "step" (func $step))
///         (memory (export "memory") 1)
///         (func (export "_start") (loop $ever (call $step) (br $ever))))"#,
/// )?)?;
/// let mut linker = Linker::new(&engine);
/// add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)?;
/// linker.func_wrap("host", "step", |mut caller: Caller<'_, State>| {
///     let state = caller.data_mut();
///     state.steps += 1;
///     if state.steps == 1000 {
///         // From here, or from any other thread.
///         state.wasi.ctx().canceller().cancel();
///     }
/// })?;
/// let linked = linker.instantiate_pre(&module)?;
///
/// let ctx = WasiCtx::builder().build()?;
/// let state = State { wasi: Wasi::new(ctx, &module)?, steps: 0 };
/// let mut guest = Guest::new(Store::new(&engine, state), &linked, |state| &mut state.wasi)?;
/// assert_eq!(guest.run()?, Exit::Cancelled);
/// assert_eq!(guest.into_data().steps, 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Guest<T: 'static> {
    store: Store<T>,
    instance: Instance,
    _armed: Armed,
}

impl<T: 'static> Guest<T> {
    /// Instantiates a module, whose start function, if it has one, runs now. Its memory becomes the one that every call through its [`Wasi`] works on. `get` finds the [`Wasi`] in the store's data, as for [`add_to_linker`](super::add_to_linker).
    ///
    /// # Errors
    /// The engine's; an [`Exit`], if the guest ended already. [`outcome`](Self::outcome) tells these apart.
    pub fn new(
        mut store: Store<T>,
        module: &InstancePre<T>,
        get: impl Fn(&mut T) -> &mut Wasi,
    ) -> Result<Self> {
        let canceller = prepare(get(store.data_mut()));
        let armed = arm(&mut store, &canceller, Otherwise::Continue)?;
        let instance = module.instantiate(&mut store)?;
        attach(&mut store, instance, get);
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
        let entry = self.entry()?;
        Self::outcome(self.call::<(), ()>(entry, ()))
    }

    /// Makes a reactor ready for [`call`](Self::call) (`_initialize`). Does nothing for what is none.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn initialize(&mut self) -> Result<()> {
        if !self.has_function(INITIALIZE) {
            return Ok(());
        }
        self.call::<(), ()>(INITIALIZE, ())
    }

    /// Calls a function that the guest exports.
    ///
    /// # Errors
    /// There is none of this name and type; a trap; an [`Exit`], if the guest ended in it; the engine's.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        let function: TypedFunc<P, R> = self.instance.get_typed_func(&mut self.store, name)?;
        function.call(&mut self.store, params)
    }

    /// As [`new`](Self::new), of a module linked with [`add_to_linker_async`](super::add_to_linker_async); its functions are then called with `call_async` and its like. While the
    /// guest computes it lets other tasks go first whenever the engine's epoch goes on.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[cfg(feature = "tokio")]
    pub async fn new_async(
        mut store: Store<T>,
        module: &InstancePre<T>,
        get: impl Fn(&mut T) -> &mut Wasi,
    ) -> Result<Self>
    where
        T: Send,
    {
        let canceller = prepare(get(store.data_mut()));
        let armed = arm(&mut store, &canceller, Otherwise::Yield)?;
        let instance = module.instantiate_async(&mut store).await?;
        attach(&mut store, instance, get);
        Ok(Self {
            store,
            instance,
            _armed: armed,
        })
    }

    /// As [`run`](Self::run).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    #[cfg(feature = "tokio")]
    pub async fn run_async(&mut self) -> Result<Exit>
    where
        T: Send,
    {
        let entry = self.entry()?;
        Self::outcome(self.call_async::<(), ()>(entry, ()).await)
    }

    /// As [`initialize`](Self::initialize).
    ///
    /// # Errors
    /// As [`initialize`](Self::initialize).
    #[cfg(feature = "tokio")]
    pub async fn initialize_async(&mut self) -> Result<()>
    where
        T: Send,
    {
        if !self.has_function(INITIALIZE) {
            return Ok(());
        }
        self.call_async::<(), ()>(INITIALIZE, ()).await
    }

    /// As [`call`](Self::call).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    #[cfg(feature = "tokio")]
    pub async fn call_async<P, R>(&mut self, name: &str, params: P) -> Result<R>
    where
        P: WasmParams + Sync,
        R: WasmResults + Sync,
        T: Send,
    {
        let function: TypedFunc<P, R> = self.instance.get_typed_func(&mut self.store, name)?;
        function.call_async(&mut self.store, params).await
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

    /// What [`run`](Self::run) calls.
    fn entry(&mut self) -> Result<&'static str> {
        [START, INITIALIZE]
            .into_iter()
            .find(|name| self.has_function(name))
            .ok_or_else(|| {
                Error::msg(
                    "the guest exports neither `_start` (a command) nor `_initialize` (a reactor)",
                )
            })
    }

    fn has_function(&mut self, name: &str) -> bool {
        self.instance.get_func(&mut self.store, name).is_some()
    }
}

/// Makes it ready for a new store.
fn prepare(wasi: &mut Wasi) -> Canceller {
    wasi.attached = None;
    wasi.ctx.canceller.clone()
}

/// The guest's calls work on this memory: it is the only instance that calls through this [`Wasi`].
fn attach<T>(store: &mut Store<T>, instance: Instance, get: impl Fn(&mut T) -> &mut Wasi) {
    if let Some(memory) = instance.get_memory(&mut *store, MEMORY) {
        get(store.data_mut()).attach(memory);
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Guest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
