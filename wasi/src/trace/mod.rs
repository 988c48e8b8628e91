//! What a guest's calls look like to a reader: one line each, with arguments and results decoded.
//!
//! Everything is driven by the table of functions: a parameter's [`Kind`](crate::abi::functions::Kind) says how it is shown.

use std::io::Write;
use std::time::Duration;

use crate::observer::{Call, CallOutcome, Observer};
use crate::{Exit, GuestMemory};

mod arguments;
mod quote;
mod results;
#[cfg(test)]
mod tests;

/// Writes one line for each call of a guest, when the call is over.
///
/// ```text
/// path_open(3, "notes/today", symlink_follow, creat|trunc, rw+25, 0) = fd 5
/// fd_write(5, "three lines of te"..., 52 bytes) = 52
/// path_open(3, "missing", symlink_follow, 0, r-+25, 0) = ENOENT
/// ```
///
/// Results stand after the `=`, addresses nowhere: they say nothing to a reader. Rights are shown as what of reading and writing they allow, and
/// how many others there are. A line that cannot be written is lost; the guest goes on.
#[derive(Debug)]
pub struct Trace<W> {
    out: W,
    line: String,
}

impl<W: Write + Send> Trace<W> {
    /// A trace that goes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            line: String::new(),
        }
    }
}

impl<W: Write + Send> Observer for Trace<W> {
    fn before(&mut self, call: Call<'_>, mem: &dyn GuestMemory) {
        self.line.clear();
        arguments::describe(&mut self.line, call, mem);
    }

    fn after(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        _elapsed: Duration,
    ) {
        self.line.push_str(" = ");
        match outcome {
            CallOutcome::Errno(errno) => results::describe(&mut self.line, call, mem, errno),
            CallOutcome::Exit(exit) => self.line.push_str(ending(exit)),
        }
        self.line.push('\n');
        drop(self.out.write_all(self.line.as_bytes()));
    }
}

fn ending(exit: Exit) -> &'static str {
    match exit {
        Exit::Code(_) | Exit::Raised(_) => "? (the guest ends)",
        Exit::Cancelled => "? (cancelled)",
        Exit::DeadlineExceeded => "? (deadline exceeded)",
    }
}
