use std::fmt::Write as _;
use std::process::ExitCode;

use guesthouse_wasi::Exit;
use wasmtime::{Error, FrameInfo, FrameSymbol, Trap, WasmBacktrace};

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
            None => Self::Failed(refused(&error)),
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
                let limit = humantime::format_duration(args.limits.timeout.unwrap_or_default());
                fail(
                    Failure::new(format!("the guest was ended after {limit}"))
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

/// The engine did not run it.
fn refused(error: &Error) -> Failure {
    let (outer, reason) = (error.to_string(), root_cause(error));
    let failure = if outer == reason {
        Failure::new(format!("cannot run the guest: {reason}"))
    } else {
        Failure::new(format!("cannot run the guest: {outer}: {reason}"))
    };
    // The engine's words for what `--max-memory` does not allow.
    if reason.contains("exceeds memory limits") || reason.contains("exceeds table limits") {
        failure.advise("a page has 64 KiB; raise --max-memory")
    } else if reason.contains("_start") {
        failure.advise("call one of its functions with --invoke FUNCTION, or build it as a command")
    } else {
        failure
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

/// A line for the frame, and one more for each function that it was inlined into.
fn frame_text(text: &mut String, index: usize, frame: &FrameInfo) -> std::fmt::Result {
    write!(text, "\n  {index:>3}: ")?;
    let [innermost, outer @ ..] = frame.symbols() else {
        return match frame.func_name() {
            Some(name) => write!(text, "{}", demangled(name)),
            None => write!(text, "function {}", frame.func_index()),
        };
    };
    symbol_text(text, innermost, frame)?;
    outer.iter().try_for_each(|symbol| {
        text.push_str("\n       inlined into ");
        symbol_text(text, symbol, frame)
    })
}

fn symbol_text(text: &mut String, symbol: &FrameSymbol, frame: &FrameInfo) -> std::fmt::Result {
    match symbol.name().or_else(|| frame.func_name()) {
        Some(name) => write!(text, "{}", demangled(name))?,
        None => write!(text, "function {}", frame.func_index())?,
    }
    match (symbol.file(), symbol.line()) {
        (Some(file), Some(line)) => write!(text, " at {file}:{line}"),
        _ => Ok(()),
    }
}

/// The name as its author wrote it, in Rust and C++.
fn demangled(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    let cpp = cpp_demangle::Symbol::new(name).ok();
    cpp.and_then(|symbol| symbol.demangle().ok())
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::demangled;

    #[test]
    fn names_are_shown_as_they_were_written() {
        assert_eq!(
            demangled("_ZN4tour5files5write17h0123456789abcdefE"),
            "tour::files::write"
        );
        assert_eq!(demangled("_RNvC6_123foo3bar"), "123foo::bar");
        assert_eq!(demangled("_ZN3foo3barEi"), "foo::bar(int)");
        assert_eq!(demangled("plain_c"), "plain_c");
    }
}
