//! Guests that would never end, ended by their host: one computes, one waits; each is cancelled from another thread, and runs past a deadline.
//!
//! Run it with `cargo run -p guesthouse-examples --example cancel_and_deadline`.

use std::thread;
use std::time::{Duration, Instant};

use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module, Result};

/// How long the host is patient.
const PATIENCE: Duration = Duration::from_millis(50);

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    let (computing, waiting) = load()?;
    println!("It computes for ever: {}.", cancelled(&computing)?);
    println!("It sleeps for an hour: {}.", cancelled(&waiting)?);
    println!("It computes for ever: {}.", past_deadline(&computing)?);
    println!("It sleeps for an hour: {}.", past_deadline(&waiting)?);
    Ok(())
}

/// A guest that computes and one that waits.
fn load() -> Result<(Program, Program)> {
    // `config` turns on the engine's interruption of what computes; with another configuration a guest ends at its next wait only.
    let engine = Engine::new(&config())?;
    let computing = Module::new(&engine, include_bytes!("guests/spin.wat"))?;
    let waiting = Module::new(&engine, include_bytes!("guests/sleep.wat"))?;
    Ok((Program::new(&computing)?, Program::new(&waiting)?))
}

/// Another thread loses its patience.
fn cancelled(program: &Program) -> Result<Exit> {
    let ctx = context()?;
    let canceller = ctx.canceller().clone();
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(PATIENCE);
            canceller.cancel();
        });
        program.run(ctx)
    })
}

/// The time until which the guest may run is known before it starts.
fn past_deadline(program: &Program) -> Result<Exit> {
    let ctx = context()?;
    ctx.canceller().set_deadline(Instant::now() + PATIENCE)?;
    program.run(ctx)
}

fn context() -> Result<WasiCtx> {
    let an_hour = Duration::from_secs(3600).as_millis().to_string();
    Ok(WasiCtx::builder().args(["guest", &an_hour]).build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_guests_are_cancelled() -> Result<()> {
        let (computing, waiting) = load()?;
        assert_eq!(cancelled(&computing)?, Exit::Cancelled);
        assert_eq!(cancelled(&waiting)?, Exit::Cancelled);
        Ok(())
    }

    #[test]
    fn both_kinds_of_guests_end_at_a_deadline() -> Result<()> {
        let (computing, waiting) = load()?;
        assert_eq!(past_deadline(&computing)?, Exit::DeadlineExceeded);
        assert_eq!(past_deadline(&waiting)?, Exit::DeadlineExceeded);
        Ok(())
    }
}
