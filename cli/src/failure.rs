use std::fmt;
use std::process::ExitCode;

/// Why `guesthouse` could not do what it was asked to: what was wrong and where, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    advice: Option<String>,
    usage: bool,
}

impl Failure {
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self {
            what: one_line(&what.to_string()),
            advice: None,
            usage: false,
        }
    }

    /// The command line itself is wrong.
    pub(crate) fn usage(what: impl fmt::Display) -> Self {
        Self {
            usage: true,
            ..Self::new(what)
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        // 2 is what the parser of the command line exits with, too.
        if self.usage {
            ExitCode::from(2)
        } else {
            ExitCode::FAILURE
        }
    }

    pub(crate) fn advise(self, advice: impl fmt::Display) -> Self {
        Self {
            advice: Some(one_line(&advice.to_string())),
            ..self
        }
    }
}

/// An error is one line, and its advice another, whatever the text that came from below.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("; ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "guesthouse: error: {}", self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  {advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn an_error_is_two_lines_at_most() {
        let failure = Failure::new("a\n\n  b\n").advise("c\nd");
        assert_eq!(failure.to_string(), "guesthouse: error: a; b\n  c; d");
    }
}
