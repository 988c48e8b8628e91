//! The classic first embedding: load a module, hand it what it may have of the world, and call the function `sum` that it exports. It returns
//! the result, and prints a line through WASI (`guests/sum.c`).
//!
//! The guest was compiled with debug info. So when it traps, the host is told the file and the line.
//!
//! Run it with `cargo run -p guesthouse-examples --example first_embedding`.

use guesthouse_wasi::WasiCtx;
use guesthouse_wasi::wasmtime::{Program, config};
use wasmtime::{Engine, Module, Result, WasmBacktraceDetails};

const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/sum.wasm");

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    let program = load()?;
    let ctx = WasiCtx::builder().inherit_stdio()?.build()?;
    println!("the guest returned {}", sum(&program, ctx)?);

    let ctx = WasiCtx::builder().inherit_stdio()?.build()?;
    if let Err(trap) = sum_too_early(&program, ctx) {
        println!("\nand without `_initialize`:\n{trap:?}");
    }
    Ok(())
}

/// Compiles and links the guest. Do this once: a program makes any number of guests.
fn load() -> Result<Program> {
    let mut config = config();
    // Files and lines in backtraces; and for a native debugger, in which one can then step through the guest.
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config.debug_info(true);
    Program::new(&Module::from_file(&Engine::new(&config)?, GUEST)?)
}

/// A guest without a `main` is a reactor: it wants `_initialize` called first, then its functions can be called, any number of times.
fn sum(program: &Program, ctx: WasiCtx) -> Result<i32> {
    let mut guest = program.guest(ctx)?;
    guest.initialize()?;
    guest.call("sum", (5, 4))
}

/// This guest traps when that is forgotten.
fn sum_too_early(program: &Program, ctx: WasiCtx) -> Result<i32> {
    program.guest(ctx)?.call("sum", (5, 4))
}

#[cfg(test)]
mod tests {
    use guesthouse_wasi::stdio::Captured;
    use wasmtime::Trap;

    use super::*;

    #[test]
    fn the_guest_prints_and_returns() -> Result<()> {
        let output = Captured::new(1000);
        let ctx = WasiCtx::builder().stdout(output.clone()).build()?;
        assert_eq!(sum(&load()?, ctx)?, 9);
        assert_eq!(output.contents(), b"sum(5, 4) = 9\n");
        Ok(())
    }

    #[test]
    fn a_trap_tells_its_place() -> Result<()> {
        let error = sum_too_early(&load()?, WasiCtx::builder().build()?).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached));
        let source = include_str!("guests/sum.c");
        let line = source.lines().position(|line| line.contains("if (!ready)"));
        let place = format!("sum.c:{}:", line.unwrap() + 1);
        let backtrace = format!("{error:?}");
        assert!(backtrace.contains(&place), "{backtrace}");
        assert!(backtrace.contains(" - sum\n"), "{backtrace}");
        Ok(())
    }
}
