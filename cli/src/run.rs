//! `guesthouse run`.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Instant;

use guesthouse_wasi::wasmtime::{Guest, Wasi, add_to_linker};
use wasmtime::{Config, Engine, InstancePre, Linker, Module, ResourceLimiter, Store};

use crate::args::{LimitArgs, RunArgs};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::memory_limit::MemoryLimit;
use crate::reports::{self, Peaks, Reports};
use crate::tree::GuestTree;
use crate::{changes, composer, context, copy, guest, invoke, output, save, whole_file};

/// What the store of a run holds.
pub(crate) struct Host {
    wasi: Wasi,
    memory: MemoryLimit,
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
    check_outputs(&args)?;
    let tree = composer::compose(&args.mounts, &args.limits)?;
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
    deliver(&args, &tree)?;
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
    let memory = MemoryLimit::new(args.limits.max_memory.map(|most| most.as_u64()));
    let mut store = Store::new(engine, Host { wasi, memory });
    store.limiter(|host| &mut host.memory as &mut dyn ResourceLimiter);
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
        guest_memory: guest.store().data().memory.linear_memory(),
    }
}

/// What cannot be written at the end, or would not be there any more, need not be computed.
fn check_outputs(args: &RunArgs) -> Result<(), Failure> {
    let archives = args.mounts.saves.iter().map(|save| &save.file);
    let changes = args.report.changes.iter();
    let mut seen = HashSet::new();
    archives
        .chain(changes.filter_map(|changes| changes.file.as_ref()))
        .try_for_each(|file| {
            let name = whole_file::check(file)?;
            if name.is_none_or(|name| seen.insert(name)) {
                return Ok(());
            }
            let twice = format!("{} is to be written twice", file.display());
            Err(Failure::usage(twice).advise("give each --save and --changes a file of its own"))
        })
}

/// Hands out what is left of the guest's tree, and does all that can be done: what one of them cannot write is no reason to lose what another can.
fn deliver(args: &RunArgs, tree: &GuestTree) -> Result<(), Failure> {
    let copies = args.mounts.copy_outs.iter();
    let saves = args.mounts.saves.iter();
    let changes = args.report.changes.iter();
    let results = copies
        .map(|copy_out| copy::copy_out(tree, copy_out))
        .chain(saves.map(|save| save::save(tree, save)))
        .chain(changes.map(|changes| changes::report(tree, changes)));
    let failures: Vec<_> = results.filter_map(Result::err).collect();
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else {
        return Ok(());
    };
    for further in failures {
        output::report(&further);
    }
    Err(first)
}
