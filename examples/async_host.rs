//! Two guests on one thread of a Tokio runtime, both waiting with `.await`: `sleep 100 | upper`. The second waits for input, which comes only when the
//! first has slept; a call that blocked the thread would stop both for ever.
//!
//! Run it with `cargo run -p guesthouse-examples --example async_host`.

use std::error::Error;

use guesthouse_wasi::stdio::{Captured, pipe};
use guesthouse_wasi::wasmtime::{AsyncProgram, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    print!("{}", run()?);
    Ok(())
}

/// Runs both guests, and returns what comes out at the end.
fn run() -> Result<String> {
    let engine = Engine::new(&config())?;
    let sleep = Module::new(&engine, include_bytes!("guests/sleep.wat"))?;
    let upper = Module::new(&engine, include_bytes!("guests/upper.wat"))?;
    let (sleep, upper) = (AsyncProgram::new(&sleep)?, AsyncProgram::new(&upper)?);

    let (from_sleep, to_upper) = pipe(4096);
    let output = Captured::new(1000);
    let sleeper = WasiCtx::builder().args(["sleep", "100"]).stdout(to_upper);
    let sleeper = sleeper.build()?;
    let reader = WasiCtx::builder().stdin(from_sleep).stdout(output.clone());
    let reader = reader.build()?;

    // Guests wait on timers and descriptors, so the runtime needs both drivers.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let exits = runtime.block_on(async {
        // Once started this one waits first.
        let reader = tokio::spawn(async move { upper.run(reader).await });
        let sleeper = tokio::spawn(async move { sleep.run(sleeper).await });
        Ok::<_, Box<dyn Error>>([reader.await??, sleeper.await??])
    })?;
    assert_eq!(exits, [Exit::Code(0); 2]);
    Ok(String::from_utf8(output.take())?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_guest_waits_while_the_other_runs() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(super::run()?, "SLEPT\n");
        Ok(())
    }
}
