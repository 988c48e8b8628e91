//! The only place that writes to this process's own output.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::Failure;

/// Writes lines to standard error. A closed standard error is no reason to fail.
pub(crate) fn report(lines: &dyn fmt::Display) {
    let lines = harmless(&lines.to_string(), |c| c != '\n' && c != '\t');
    drop(writeln!(io::stderr().lock(), "{lines}"));
}

/// Writes one line to standard error, whatever is in it.
pub(crate) fn note(line: &dyn fmt::Display) {
    let line = harmless(&line.to_string(), |_| true);
    drop(writeln!(io::stderr().lock(), "guesthouse: {line}"));
}

/// The text with its control characters escaped, of those that `escaped` names: names that a guest or an archive chose must not speak to the terminal.
fn harmless(text: &str, escaped: impl Fn(char) -> bool) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && escaped(c) {
            harmless.extend(c.escape_default());
        } else {
            harmless.push(c);
        }
    }
    harmless
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

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        let text = "a\x1b[2J\nb\u{9b}\tc";
        assert_eq!(harmless(text, |_| true), "a\\u{1b}[2J\\nb\\u{9b}\\tc");
        assert_eq!(
            harmless(text, |c| c != '\n' && c != '\t'),
            "a\\u{1b}[2J\nb\\u{9b}\tc"
        );
    }
}
