use std::fmt::Write as _;
use std::process::ExitCode;

use guesthouse_wasi::Exit;
use wasmtime::{Error, FrameInfo, Trap, WasmBacktrace};

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::guest::root_cause;
use crate::output;

/// The exit code of a guest that trapped: what a shell shows for SIGABRT.
const TRAPPED: u8 = 134;

/// How a guest ended.
pub(crate) enum Ending {
    /// By itself, or because it was ended.
    Exit(Exit),
    /// It did what WebAssembly does not allow.
    Trap(Error),
    /// It used up its fuel.
    OutOfFuel,
    /// It could not run at all.
    Failed(Failure),
}

impl Ending {
    /// Sorts an engine's result.
    pub(crate) fn of(result: wasmtime::Result<Exit>) -> Self {
        let error = match result {
            Ok(exit) => return Self::Exit(exit),
            Err(error) => error,
        };
        if let Some(exit) = error.downcast_ref::<Exit>() {
            return Self::Exit(*exit);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Self::OutOfFuel,
            Some(_) => Self::Trap(error),
            None => Self::Failed(Failure::new(format!(
                "cannot run the guest: {}",
                root_cause(&error)
            ))),
        }
    }

    /// Tells the user what there is to tell, and returns the exit code.
    pub(crate) fn report(self, args: &RunArgs) -> ExitCode {
        match self {
            Self::Exit(Exit::Code(code)) => match u8::try_from(code) {
                Ok(code) => ExitCode::from(code),
                Err(_) => fail(Failure::new(format!(
                    "the guest's exit code {code} is larger than 255; this process exits with 1"
                ))),
            },
            Self::Exit(Exit::DeadlineExceeded) => {
                let limit = args.limits.timeout.unwrap_or_default();
                fail(
                    Failure::new(format!("the guest was ended after {limit:?}"))
                        .advise("raise --timeout if it needs longer"),
                )
            }
            Self::Exit(exit @ (Exit::Raised(_) | Exit::Cancelled)) => fail(Failure::new(exit)),
            Self::OutOfFuel => {
                let fuel = args.limits.fuel.unwrap_or_default();
                fail(
                    Failure::new(format!("the guest used up its fuel of {fuel}"))
                        .advise("raise --fuel if it needs more"),
                )
            }
            Self::Failed(failure) => fail(failure),
            Self::Trap(error) => {
                output::report(&trap_text(&error));
                ExitCode::from(TRAPPED)
            }
        }
    }
}

fn fail(failure: Failure) -> ExitCode {
    output::report(&failure);
    failure.exit_code()
}

/// What went wrong, and the guest's own calls that led there, innermost first.
fn trap_text(error: &Error) -> String {
    let mut text = format!(
        "guesthouse: error: the guest trapped: {}",
        root_cause(error)
    );
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        for (index, frame) in backtrace.frames().iter().enumerate() {
            frame_text(&mut text, index, frame).unwrap_or_default();
        }
    }
    text
}

fn frame_text(text: &mut String, index: usize, frame: &FrameInfo) -> std::fmt::Result {
    write!(text, "\n  {index:>3}: ")?;
    let symbols = frame.symbols();
    let name = symbols
        .first()
        .and_then(|symbol| symbol.name())
        .or_else(|| frame.func_name());
    match name {
        Some(name) => write!(text, "{}", name)?,
        None => write!(text, "function {}", frame.func_index())?,
    }
    if let Some(symbol) = symbols.first()
        && let (Some(file), Some(line)) = (symbol.file(), symbol.line())
    {
        write!(text, " at {file}:{line}")?;
    }
    Ok(())
}
