use std::time::{Duration, Instant};

use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::Program;
use guesthouse_wasi::{Exit, WasiCtxBuilder};
use wasmtime::Trap;

use crate::{Called, Outcome};

/// How long a guest may run. None takes nearly as long.
const DEADLINE: Duration = Duration::from_secs(120);

/// How much a guest may print, in bytes.
const OUTPUT_MAX: usize = 1 << 20;

/// How a guest ended, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// What it wrote to descriptor 1.
    pub stdout: String,
    /// What it wrote to descriptor 2.
    pub stderr: String,
}

/// How a guest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By an exit; returning counts as code 0.
    Exit(Exit),
    /// By a trap.
    Trap(Trap),
}

impl Ended {
    /// With this exit code, this on descriptor 1, and nothing on descriptor 2.
    #[must_use]
    pub fn code(code: u32, stdout: &str) -> Self {
        Self {
            end: End::Exit(Exit::Code(code)),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        }
    }
}

/// Runs a program with its output captured and its calls observed.
///
/// # Errors
/// The context cannot be built; the guest ends by something that is neither an exit nor a trap; it prints what is not UTF-8.
pub fn run(program: &Program, builder: WasiCtxBuilder, called: &Called) -> Outcome<Ended> {
    let (stdout, stderr) = (Captured::new(OUTPUT_MAX), Captured::new(OUTPUT_MAX));
    let builder = builder.stdout(stdout.clone()).stderr(stderr.clone());
    let mut ctx = builder.build()?;
    ctx.canceller().set_deadline(Instant::now() + DEADLINE)?;
    ctx.observe(called.clone());
    let end = match program.run(ctx) {
        Ok(exit) => End::Exit(exit),
        Err(error) => End::Trap(error.downcast::<Trap>()?),
    };
    Ok(Ended {
        end,
        stdout: String::from_utf8(stdout.take())?,
        stderr: String::from_utf8(stderr.take())?,
    })
}
