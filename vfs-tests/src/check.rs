use std::fmt;

use crate::run::Run;
use crate::script::{Problem, Script};
use crate::tree_of::{build, tree_of};
use crate::{Backend, Case, Fixture};

/// Runs one case on a fresh filesystem of the backend.
///
/// # Panics
/// If the case fails, or passes although the backend declares that it deviates.
pub fn run<B: Backend>(case: &Case) {
    let declared = B::deviations()
        .iter()
        .find(|deviation| deviation.covers(case));
    match (check(case, &mut B::fresh()), declared) {
        (Ok(()), None) | (Err(_), Some(_)) => {}
        (Err(failure), None) => panic!("{failure}"),
        (Ok(()), Some(deviation)) => panic!(
            "{} passes, but the backend declares a deviation: {}",
            case.path(),
            deviation.reason
        ),
    }
}

/// Runs one case.
///
/// # Errors
/// What went differently from what the case says.
pub fn check(case: &Case, fixture: &mut Fixture) -> Result<(), Failure> {
    let failed = |line, got| Failure {
        case: *case,
        line,
        got,
    };
    let misread = |(line, problem): (usize, Problem)| failed(Some(line), problem.into_owned());
    let script = Script::parse(case.text).map_err(misread)?;
    build(&script.before, fixture.prepare.as_mut())
        .map_err(|got| failed(None, format!("the tree before cannot be made: {got}")))?;
    let unchanged = match script.after {
        Some(_) => None,
        None => Some(tree_of(fixture.prepare.as_mut()).map_err(|got| failed(None, got))?),
    };
    let mut run = Run::new(fixture.subject.as_mut());
    for line in &script.lines {
        run.line(line)
            .map_err(|got| failed(Some(line.number), got))?;
    }
    let found = tree_of(fixture.subject.as_mut()).map_err(|got| failed(None, got))?;
    let differences = match script.after.or(unchanged) {
        Some(after) => after.differences(&found),
        None => Vec::new(),
    };
    if differences.is_empty() {
        Ok(())
    } else {
        Err(failed(
            None,
            format!(
                "the tree after is different:\n  {}",
                differences.join("\n  ")
            ),
        ))
    }
}

/// How a case went wrong. Its display shows the script with the line that failed.
#[derive(Debug)]
pub struct Failure {
    case: Case,
    line: Option<usize>,
    got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}\n", self.case.path(), self.case.sentence)?;
        for (number, line) in self.case.text.lines().enumerate() {
            let line = line.trim();
            if self.line == Some(number) {
                writeln!(f, " => {line}\n      got: {}", self.got)?;
            } else if !line.is_empty() {
                writeln!(f, "    {line}")?;
            }
        }
        match self.line {
            Some(_) => Ok(()),
            None => writeln!(f, "\n{}", self.got),
        }
    }
}

impl std::error::Error for Failure {}
