use std::fmt;

use crate::run::Run;
use crate::script::{Problem, Script};
use crate::state::State;
use crate::tree_of::{build, tree_of};
use crate::{Backend, Case, Fixture, Subject};

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
    let spared = states(&mut fixture.spared).map_err(|got| failed(None, got))?;
    let mut run = Run::new(fixture.subject.as_mut());
    for line in &script.lines {
        run.line(line)
            .map_err(|got| failed(Some(line.number), got))?;
    }
    check_spared(&spared, &mut fixture.spared).map_err(|got| failed(None, got))?;
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

/// The states of what is to be spared.
fn states(spared: &mut [Box<dyn Subject>]) -> Result<Vec<State>, String> {
    let states = spared.iter_mut().map(|subject| State::of(subject.as_mut()));
    states.collect()
}

fn check_spared(before: &[State], spared: &mut [Box<dyn Subject>]) -> Result<(), String> {
    for (number, (before, now)) in before.iter().zip(states(spared)?).enumerate() {
        if let Some(difference) = before.difference(&now) {
            return Err(format!("spared tree {number} is changed: {difference}"));
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deviation, Model};

    const RIGHT: Case = Case {
        file: "example",
        name: "right",
        sentence: " A directory is made.",
        text: "---\nmkdir d\n---\nd/",
    };
    const WRONG: Case = Case {
        name: "wrong",
        sentence: " A missing file is found.",
        text: "a \"\"\n---\nstat a -> file size=0\nstat b -> file\n---\nunchanged",
        ..RIGHT
    };

    struct Plain;

    impl Backend for Plain {
        fn fresh() -> Fixture {
            Fixture::at_root(Model::new())
        }
    }

    struct Deviating;

    impl Backend for Deviating {
        fn fresh() -> Fixture {
            Plain::fresh()
        }

        fn deviations() -> &'static [Deviation] {
            &[Deviation {
                case: "example::*",
                reason: "to try it",
            }]
        }
    }

    #[test]
    fn a_failure_shows_the_script_and_the_line() {
        let failure = check(&WRONG, &mut Plain::fresh()).unwrap_err().to_string();
        assert!(
            failure.contains("example::wrong: A missing file is found."),
            "{failure}"
        );
        assert!(
            failure.contains("    stat a -> file size=0\n => stat b -> file\n      got: ENOENT\n"),
            "{failure}"
        );
    }

    #[test]
    fn a_tree_that_is_different_is_a_failure() {
        for text in [
            "---\nmkdir d\n---\n",
            "---\nmkdir d\n---\nd/\ne/",
            "a \"x\"\n---\n---\na \"y\"",
        ] {
            let case = Case { text, ..RIGHT };
            let failure = check(&case, &mut Plain::fresh()).unwrap_err();
            assert!(
                failure.got.starts_with("the tree after is different"),
                "{failure}"
            );
        }
    }

    #[test]
    fn what_is_to_be_spared_and_is_not_is_a_failure() {
        let model = Model::new();
        let same = crate::OnFileSystem::at_root(model.clone());
        let failure = check(&RIGHT, &mut Fixture::at_root(model).sparing(same)).unwrap_err();
        assert!(
            failure.got.starts_with("spared tree 0 is changed: "),
            "{failure}"
        );
    }

    #[test]
    fn what_is_declared_may_fail() {
        run::<Plain>(&RIGHT);
        run::<Deviating>(&WRONG);
    }

    #[test]
    #[should_panic(expected = "declares a deviation: to try it")]
    fn what_is_declared_must_fail() {
        run::<Deviating>(&RIGHT);
    }

    #[test]
    #[should_panic(expected = "got: ENOENT")]
    fn what_is_not_declared_must_not_fail() {
        run::<Plain>(&WRONG);
    }

    #[test]
    #[should_panic(expected = "there is no case example::*")]
    fn what_is_declared_must_be_a_case() {
        crate::check_deviations::<Deviating>();
    }
}
