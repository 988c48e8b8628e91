use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use guesthouse_vfs::{FileSystem, Limits, MemFs, Snapshot, Tree, Usage};
use guesthouse_wasi::stdio::{Captured, Input};
use guesthouse_wasi::wasmtime::{Guest as Instance, Wasi, add_to_linker_async};
use guesthouse_wasi::{Exit, Limits as WasiLimits, WasiCtx};
use wasmtime::{ExternType, InstancePre, Linker, Module, Store, Trap};

use crate::cgi::Variables;
use crate::engine::pooling_engine;
use crate::memory_meter::MemoryMeter;
use crate::ticker::Ticker;
use crate::{Config, Error};

/// Where the guest comes from.
#[derive(Clone, Debug)]
pub enum Guest {
    /// A file of the host.
    File(std::path::PathBuf),
    /// A file of the image.
    InImage(String),
    /// The module itself.
    Bytes(Bytes),
}

impl Guest {
    /// # Errors
    /// The file cannot be read.
    fn read(&self, image: &Arc<MemFs>) -> Result<Bytes, Error> {
        Ok(match self {
            Self::File(path) => std::fs::read(path)
                .map_err(|error| format!("{}: {error}", path.display()))?
                .into(),
            Self::InImage(path) => Tree::new(image.clone()).read(path)?.into(),
            Self::Bytes(bytes) => bytes.clone(),
        })
    }
}

/// A compiled guest and the image that its instances start from.
pub struct Host {
    linked: InstancePre<State>,
    image: Snapshot,
    /// What the image holds, which counts against the limits of its forks.
    inherited: Usage,
    ticker: Arc<Ticker>,
    config: Config,
}

/// How much randomness a guest gets in one call, in bytes: no call is to take long, since nobody else goes first during one.
const RANDOM_BYTES: u32 = 1 << 20;

/// What an instance's store holds.
struct State {
    wasi: Wasi,
    memory: MemoryMeter,
}

impl Host {
    /// Compiles the guest and links it. It is compiled at every start: to load machine code that was kept in a file is to trust that file like this program itself.
    ///
    /// # Errors
    /// The guest cannot be read; it is no module or no command, needs something else than WASI, or more memory than it may have; there is too little address space.
    pub fn new(image: &Arc<MemFs>, guest: &Guest, config: Config) -> Result<Self, Error> {
        let engine = pooling_engine(&config.limits)?;
        let module = Module::new(&engine, guest.read(image)?)?;
        if !matches!(module.get_export("_start"), Some(ExternType::Func(_))) {
            return Err("the guest is no WASI command: it exports no function `_start`".into());
        }
        // What is wrong with its memory would show at each request.
        Wasi::new(WasiCtx::builder().build()?, &module)?;
        let mut linker = Linker::new(&engine);
        add_to_linker_async(&mut linker, |state: &mut State| &mut state.wasi)?;
        let linked = linker.instantiate_pre(&module)?;
        Ok(Self {
            linked,
            image: image.snapshot(),
            inherited: image.usage(),
            ticker: Arc::new(Ticker::new(&engine)?),
            config,
        })
    }

    /// The same guest and image with other settings, except for those limits that the engine was made for: `guests`, `memory` and `table_elements` can only be lowered.
    #[must_use]
    pub fn with_config(&self, config: Config) -> Self {
        Self {
            linked: self.linked.clone(),
            image: self.image.clone(),
            inherited: self.inherited,
            ticker: Arc::clone(&self.ticker),
            config,
        }
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The image, which no guest changes.
    #[must_use]
    pub const fn image(&self) -> &Snapshot {
        &self.image
    }

    /// Everything that one request needs: a fork of the image, its variables, its body. Its deadline counts from now.
    ///
    /// # Errors
    /// The variables are too long in all; the host has no thread to watch deadlines.
    pub fn task(&self, variables: &Variables, body: Bytes) -> Result<Task, Error> {
        let fork = self.fork();
        let task = self.task_on(fork.clone(), variables, body)?;
        Ok(Task {
            fork: Some(fork),
            ..task
        })
    }

    /// The same on another filesystem than a fork of the image.
    ///
    /// # Errors
    /// As [`task`](Self::task).
    pub fn task_on(
        &self,
        root: Arc<dyn FileSystem>,
        variables: &Variables,
        body: Bytes,
    ) -> Result<Task, Error> {
        let limits = &self.config.limits;
        let (output, errors) = (Captured::new(limits.output), Captured::new(limits.errors));
        let ctx = WasiCtx::builder()
            .arg(self.config.script.as_deref().unwrap_or("guest"))
            .envs(self.config.env.iter().map(|(name, value)| (name, value)))
            .envs(variables.iter())
            .limits(WasiLimits {
                random_bytes: RANDOM_BYTES,
                ..WasiLimits::default()
            })
            .root(root)
            .stdin(Input::new(body))
            .stdout(output.clone())
            .stderr(errors.clone())
            .build()?;
        ctx.canceller()
            .set_deadline(Instant::now() + limits.timeout)?;
        Ok(Task {
            fork: None,
            output,
            errors,
            ctx,
        })
    }

    /// A filesystem for one guest: all that the image holds, and room for what one may add.
    fn fork(&self) -> Arc<MemFs> {
        let (limits, inherited) = (&self.config.limits, self.inherited);
        let fork = self.image.fork_builder().limits(Limits {
            private_bytes: limits.file_bytes,
            logical_bytes: inherited.logical_bytes.saturating_add(limits.file_bytes),
            nodes: inherited.nodes.saturating_add(limits.nodes),
            names: inherited.names.saturating_add(limits.nodes),
            // Holes cost nothing, but a call that reads gigabytes of them would keep everybody else waiting.
            file_size: inherited.logical_bytes.saturating_add(limits.file_bytes),
            ..Limits::default()
        });
        fork.build()
    }

    /// Instantiates the guest and runs it to its end. By the time this is ready all that the guest had is gone, but for what it printed; so it is when the future is dropped before.
    ///
    /// The future is to run on an executor of Tokio. The guest computes on the executor's thread, and lets other tasks go first after each millisecond.
    pub async fn run(&self, task: Task) -> Ended {
        let begun = Instant::now();
        let (result, memory) = {
            let _ticking = self.ticker.enter();
            self.execute(task.ctx).await
        };
        Ended {
            result,
            output: task.output.take(),
            output_refused: task.output.refused(),
            errors: task.errors.take(),
            errors_refused: task.errors.refused(),
            files: task.fork.map(|fork| fork.usage()).unwrap_or_default(),
            memory,
            took: begun.elapsed(),
        }
    }

    /// How the guest ended, and its memory in bytes.
    async fn execute(&self, ctx: WasiCtx) -> (Result<Exit, wasmtime::Error>, usize) {
        let module = self.linked.module();
        let wasi = match Wasi::new(ctx, module) {
            Ok(wasi) => wasi,
            Err(error) => return (Err(error), 0),
        };
        let memory = MemoryMeter::new(self.config.limits.memory);
        let mut store = Store::new(module.engine(), State { wasi, memory });
        store.limiter(|state| &mut state.memory);
        match Instance::new_async(store, &self.linked, |state| &mut state.wasi).await {
            Ok(mut guest) => {
                let result = guest.run_async().await;
                (result, guest.store().data().memory.used())
            }
            // A module may have a start function, and end in it.
            Err(error) => (Instance::<State>::outcome(Err(error)), 0),
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("image", &self.image)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// A request that is ready to run.
#[derive(Debug)]
pub struct Task {
    fork: Option<Arc<MemFs>>,
    output: Captured,
    errors: Captured,
    ctx: WasiCtx,
}

/// What is left of a guest.
#[derive(Debug)]
pub struct Ended {
    /// How it ended; an error is a trap or the engine's.
    pub result: Result<Exit, wasmtime::Error>,
    /// What it printed.
    pub output: Vec<u8>,
    /// Whether it tried to print more than it may.
    pub output_refused: bool,
    /// What it printed to its standard error.
    pub errors: Vec<u8>,
    /// Whether there was more of that than is kept.
    pub errors_refused: bool,
    /// What its fork held at the end; nothing if it had none.
    pub files: Usage,
    /// Its linear memory, in bytes.
    pub memory: usize,
    /// From its start to its end.
    pub took: Duration,
}

impl Ended {
    /// Why the engine ended the guest, in one line.
    #[must_use]
    pub fn reason(error: &wasmtime::Error) -> String {
        match error.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None => format!("{error:#}"),
        }
    }
}
