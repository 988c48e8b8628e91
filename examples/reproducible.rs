//! A run that can be repeated exactly: its clock moves only when the guest sleeps, and its random numbers follow from a seed. The guest rolls dice, sleeps for an
//! hour, and writes the dice to a file. It takes no time.
//!
//! Run it with `cargo run -p guesthouse-examples --example reproducible`.

use std::error::Error;
use std::sync::Arc;

use guesthouse_vfs::{MemFs, Timestamp, Tree};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Clocks, Exit, SeededRandom, VirtualClock, WasiCtx};
use wasmtime::{Engine, Module};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Ends with the errno of what fails.
const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "dice")
    (data (i32.const 8) "\40\00\00\00\14\00\00\00") ;; what is written: 20 bytes at 64
    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
    (func (export "_start") (local $i i32)
        (call $check (call $random_get (i32.const 64) (i32.const 20)))
        (loop $next ;; Each byte becomes a digit from 1 to 6.
            (i32.store8 offset=64 (local.get $i)
                (i32.add (i32.const 49) (i32.rem_u (i32.load8_u offset=64 (local.get $i)) (i32.const 6))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $i) (i32.const 20))))
        (i32.store (i32.const 144) (i32.const 1)) ;; the subscription at 128: the monotonic clock
        (i64.store (i32.const 152) (i64.const 3_600_000_000_000))
        (call $check (call $poll_oneoff (i32.const 128) (i32.const 192) (i32.const 1) (i32.const 256)))
        (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4)
            (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 256)))
        (call $check (call $fd_write (i32.load (i32.const 256)) (i32.const 8) (i32.const 1) (i32.const 260)))))"#;

/// 1 January 2000, 00:00:00 UTC, in seconds since the Unix epoch.
const BEGINNING: i64 = 946_684_800;

/// The dice, and the seconds from the beginning to the last change of their file.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    dice: String,
    written_after: i64,
}

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    let program = load()?;
    for seed in [1, 2, 1] {
        println!("seed {seed}: {:?}", run(&program, seed)?);
    }
    Ok(())
}

fn load() -> Result<Program> {
    let module = Module::new(&Engine::new(&config())?, GUEST)?;
    Ok(Program::new(&module)?)
}

fn run(program: &Program, seed: u64) -> Result<Outcome> {
    // The guest and its files go by the same clock.
    let clock = VirtualClock::new(Timestamp::from_parts(BEGINNING, 0));
    let files = MemFs::builder().clock(clock.clone()).build();
    let ctx = WasiCtx::builder()
        .root(files.clone())
        .clocks(Clocks::virtual_clock(clock))
        .random(Arc::new(SeededRandom::new(seed)))
        .build()?;
    match program.run(ctx)? {
        Exit::Code(0) => {}
        exit => return Err(exit.into()),
    }
    let files = Tree::new(files);
    let (written, _) = files.metadata("dice")?.modified.as_parts();
    Ok(Outcome {
        dice: files.read_to_string("dice")?,
        written_after: written - BEGINNING,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_determines_everything() -> Result<()> {
        let program = load()?;
        let first = run(&program, 1)?;
        assert_eq!(first.dice.len(), 20);
        assert!(
            first
                .dice
                .bytes()
                .all(|digit| (b'1'..=b'6').contains(&digit))
        );
        assert_eq!(first.written_after, 3600);
        assert_eq!(run(&program, 1)?, first);
        assert_ne!(run(&program, 2)?.dice, first.dice);
        Ok(())
    }
}
