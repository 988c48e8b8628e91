//! The only place that writes to this process's own output.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::Failure;

/// Writes a line to standard error. A closed standard error is no reason to fail.
pub(crate) fn report(line: &dyn fmt::Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Writes a generated document to standard output.
pub(crate) fn document(
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    write(&mut text)
        .and_then(|()| io::stdout().lock().write_all(&text))
        .map_err(|error| Failure::new(format!("cannot write to standard output: {error}")))?;
    Ok(ExitCode::SUCCESS)
}
