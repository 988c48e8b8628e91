//! A guest whose input comes from memory and whose output goes there, up to a limit; and its exit code.
//!
//! Run it with `cargo run -p guesthouse-examples --example captured_output`.

use guesthouse_wasi::stdio::{Captured, Input};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module, Result};

/// Copies its input to its output. When not all of it gets there it complains, and ends with code 3.
const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\40\00\00\00\00\10\00\00")  ;; the input: 4096 bytes at 64
    (data (i32.const 8) "\20\00\00\00\14\00\00\00")  ;; the complaint: 20 bytes at 32
    (data (i32.const 32) "there is more to say")
    (func (export "_start")
        ;; The number of bytes read becomes the number of bytes to write.
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (if (i32.lt_u (i32.load (i32.const 16)) (i32.load (i32.const 4))) (then
            (drop (call $fd_write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 16)))
            (call $proc_exit (i32.const 3))))))"#;

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    exit: Exit,
    stdout: String,
    stderr: String,
    /// Whether there was more output than the limit allows.
    cut: bool,
}

/// Runs the guest on this input, and keeps up to `limit` bytes of what it prints to either stream.
fn run(program: &Program, input: &str, limit: usize) -> Result<Outcome> {
    let (stdout, stderr) = (Captured::new(limit), Captured::new(limit));
    let ctx = WasiCtx::builder()
        .stdin(Input::new(input))
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .build()?;
    let exit = program.run(ctx)?;
    Ok(Outcome {
        exit,
        stdout: String::from_utf8_lossy(&stdout.contents()).into_owned(),
        stderr: String::from_utf8_lossy(&stderr.contents()).into_owned(),
        cut: stdout.refused() || stderr.refused(),
    })
}

fn load() -> Result<Program> {
    Program::new(&Module::new(&Engine::new(&config())?, GUEST)?)
}

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    let program = load()?;
    println!("{:#?}", run(&program, "a short story", 1000)?);
    println!(
        "{:#?}",
        run(&program, "a long story that goes on and on", 24)?
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: u32, stdout: &str, stderr: &str, cut: bool) -> Outcome {
        Outcome {
            exit: Exit::Code(code),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            cut,
        }
    }

    #[test]
    fn all_is_kept_below_the_limit() -> Result<()> {
        let found = run(&load()?, "a short story", 13)?;
        assert_eq!(found, outcome(0, "a short story", "", false));
        Ok(())
    }

    #[test]
    fn what_fits_is_kept_at_the_limit_and_the_guest_is_told() -> Result<()> {
        let found = run(&load()?, "a long story that goes on and on", 24)?;
        let wanted = outcome(3, "a long story that goes o", "there is more to say", true);
        assert_eq!(found, wanted);
        Ok(())
    }
}
