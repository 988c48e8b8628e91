//! `guesthouse run`.

use std::process::ExitCode;
use std::time::Instant;

use guesthouse_wasi::wasmtime::{Guest, Wasi, add_to_linker};
use wasmtime::{
    Config, Engine, InstancePre, Linker, Module, ResourceLimiter, Store, StoreLimits,
    StoreLimitsBuilder,
};

use crate::args::{LimitArgs, RunArgs};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::reports::{self, Peaks, Reports};
use crate::tree::{self, GuestTree};
use crate::{context, copy, guest, invoke, output};

/// What the store of a run holds.
pub(crate) struct Host {
    wasi: Wasi,
    limits: StoreLimits,
}

/// What is left of a run: how it ended, and the most memory that the guest had, in bytes.
struct Finished {
    ending: Ending,
    guest_memory: u64,
}

pub(crate) fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let engine = engine(&args.limits)?;
    let module = guest::load(&engine, args.guest())?;
    let linked =
        link(&engine, &module).map_err(|error| guest::cannot_link(args.guest(), &error))?;
    let tree = tree::compose(&args.mounts, &args.limits)?;
    let mut ctx = context::build(&args, &tree)?;
    let mut statistics = None;
    if let Some((reports, shared)) = Reports::new(&args.report) {
        ctx.observe(reports);
        statistics = shared;
    }
    if let Some(timeout) = args.limits.timeout {
        let deadline = Instant::now()
            .checked_add(timeout)
            .ok_or_else(|| Failure::usage("--timeout is too long"))?;
        ctx.canceller()
            .set_deadline(deadline)
            .map_err(|error| Failure::new(format!("cannot watch the deadline: {error}")))?;
    }
    let wasi = Wasi::new(ctx, &module).map_err(|error| Failure::new(guest::root_cause(&error)))?;

    let begun = Instant::now();
    let finished = execute(&engine, &linked, wasi, &args);
    let wall = begun.elapsed();

    if let Some(statistics) = statistics {
        let peaks = Peaks {
            wall,
            guest_memory: finished.guest_memory,
            file_system: tree.usage(),
        };
        output::report(&reports::summary(&statistics.get(), &peaks).trim_end());
    }
    let code = finished.ending.report(&args);
    copy_outs(&args, &tree)?;
    Ok(code)
}

fn engine(limits: &LimitArgs) -> Result<Engine, Failure> {
    // Only a deadline needs the checks in compiled code that let a computing guest be ended.
    let mut config = match limits.timeout {
        Some(_) => guesthouse_wasi::wasmtime::config(),
        None => Config::new(),
    };
    config.consume_fuel(limits.fuel.is_some());
    config.wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
    Engine::new(&config)
        .map_err(|error| Failure::new(format!("cannot start the engine: {error:#}")))
}

fn link(engine: &Engine, module: &Module) -> wasmtime::Result<InstancePre<Host>> {
    let mut linker: Linker<Host> = Linker::new(engine);
    add_to_linker(&mut linker, |host: &mut Host| &mut host.wasi)?;
    linker.instantiate_pre(module)
}

fn execute(engine: &Engine, linked: &InstancePre<Host>, wasi: Wasi, args: &RunArgs) -> Finished {
    let mut limits = StoreLimitsBuilder::new();
    if let Some(most) = args.limits.max_memory {
        limits = limits.memory_size(usize::try_from(most.as_u64()).unwrap_or(usize::MAX));
    }
    let mut store = Store::new(
        engine,
        Host {
            wasi,
            limits: limits.build(),
        },
    );
    store.limiter(|host| &mut host.limits as &mut dyn ResourceLimiter);
    if let Some(fuel) = args.limits.fuel
        && let Err(error) = store.set_fuel(fuel)
    {
        return Finished {
            ending: Ending::of(Err(error)),
            guest_memory: 0,
        };
    }
    let mut guest = match Guest::new(store, linked, |host| &mut host.wasi) {
        Ok(guest) => guest,
        Err(error) => {
            return Finished {
                ending: Ending::of(Err(error)),
                guest_memory: 0,
            };
        }
    };
    let ending = match &args.program.invoke {
        Some(function) => invoke::invoke(&mut guest, function, args.guest_args()),
        None => Ending::of(guest.run()),
    };
    Finished {
        ending,
        guest_memory: memory_of(&mut guest),
    }
}

/// Linear memory never shrinks, so its size at the end is its peak.
fn memory_of(guest: &mut Guest<Host>) -> u64 {
    let instance = guest.instance();
    let memory = instance.get_memory(guest.store_mut(), "memory");
    memory.map_or(0, |memory| memory.data_size(guest.store()) as u64)
}

fn copy_outs(args: &RunArgs, tree: &GuestTree) -> Result<(), Failure> {
    args.mounts
        .copy_outs
        .iter()
        .try_for_each(|copy_out| copy::copy_out(tree, copy_out))
}
