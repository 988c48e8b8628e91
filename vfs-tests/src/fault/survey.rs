use std::sync::Arc;

use guesthouse_vfs::Errno;

use super::twins::Twins;
use super::{Fault, FaultFs, Operation};
use crate::run::Run;
use crate::script::{Script, Tree};
use crate::tree_of::build;
use crate::{Call, Case, Fixture, Subject};

/// Something that is put together on a filesystem that fails.
pub trait Faulty {
    /// A fresh one for one run, and the filesystem in it that fails. Two fresh ones are alike.
    fn fresh() -> (Fixture, Arc<FaultFs>);
}

/// How many operations all the runs of one case or program may make together. Where it is not enough for a fault at each operation, faults are spread evenly.
const OPERATIONS_MAX: u64 = 800;

/// Errnos that nothing between a guest and a backend may take for anything but a failure.
const ERRNOS: [Errno; 7] = [
    Errno::Io,
    Errno::NoSpace,
    Errno::Access,
    Errno::TooManyOpenFiles,
    Errno::Quota,
    Errno::NoMemory,
    Errno::SystemFileTableFull,
];

/// Makes a `#[test]` of every case of the kit for a [`Faulty`], with faults.
#[macro_export]
macro_rules! fault_conformance {
    ($faulty:ty) => {
        $crate::posix_files! { survive_faults $faulty }
    };
}

/// Runs the script of a case again and again, each time with a fault at another operation: it fails once; it fails, and everything after it; it reads or writes short.
///
/// Whatever the script expects, the call that meets the fault must answer with its errno (or as without the fault, where that is another failure) and do nothing, or move as many bytes as it says; every other call must answer as it
/// does on a twin without faults on which the failed calls were never made; the trees must be alike in the end, and nothing may be left open.
///
/// # Panics
/// If that is not so, with the fault and the call.
pub fn survive_faults<F: Faulty>(case: &Case) {
    let script = Script::parse(case.text).unwrap_or_else(|(line, problem)| {
        panic!("{}, line {line}: {problem}", case.path());
    });
    let survey = Survey {
        before: script.before,
        play: |subject: &mut dyn Subject| {
            let mut run = Run::new(subject);
            for line in &script.lines {
                // A script does not expect faults. The twins do.
                let _answer = run.line(line);
            }
        },
        fresh: F::fresh,
    };
    if let Err(problem) = survey.run() {
        panic!(
            "{}:{}\n{}\n\n{problem}",
            case.path(),
            case.sentence,
            case.text
        );
    }
}

/// The same for a program of calls, which begins with an empty tree.
///
/// # Errors
/// The fault, the call that did not bear it, and what it gave.
pub fn survive_faults_in<F: Faulty>(calls: &[Call]) -> Result<(), String> {
    let survey = Survey {
        before: Tree::default(),
        play: |subject: &mut dyn Subject| {
            for call in calls {
                // The twins compare.
                let _answer = subject.perform(call);
            }
        },
        fresh: F::fresh,
    };
    survey.run()
}

/// One script, and what it is played on.
struct Survey<P> {
    before: Tree,
    play: P,
    fresh: fn() -> (Fixture, Arc<FaultFs>),
}

impl<P: Fn(&mut dyn Subject)> Survey<P> {
    fn run(&self) -> Result<(), String> {
        let asked = self.trial(None)?;
        let operations = asked.len() as u64;
        let stride = (operations * operations).div_ceil(OPERATIONS_MAX).max(1);
        let mut nth = 1;
        for errno in ERRNOS.into_iter().cycle() {
            if nth > operations {
                break;
            }
            self.trial(Some(Fault::failing(nth, errno)))?;
            self.trial(Some(Fault::failing(nth, errno).lasting()))?;
            nth += stride;
        }
        let moving = (1..).zip(&asked).filter(|(_, asked)| asked.may_be_short());
        for (nth, _) in moving.step_by(usize::try_from(stride).unwrap_or(usize::MAX)) {
            self.trial(Some(Fault::short(nth, 1)))?;
        }
        Ok(())
    }

    /// Plays the script once, and returns what the filesystem that fails was asked for.
    fn trial(&self, fault: Option<Fault>) -> Result<Vec<Operation>, String> {
        let ((mut sound, _), (mut faulty, fs)) = ((self.fresh)(), (self.fresh)());
        let told = |text: String| match fault {
            Some(fault) => {
                let nth = usize::try_from(fault.nth.saturating_sub(1)).unwrap_or(usize::MAX);
                format!("{fault:?} at {:?}: {text}", fs.asked().get(nth))
            }
            None => text,
        };
        for fixture in [&mut sound, &mut faulty] {
            build(&self.before, fixture.prepare.as_mut()).map_err(&told)?;
        }
        match fault {
            Some(fault) => fs.inject(fault),
            None => fs.reset(),
        }
        let mut twins = Twins::new(&mut faulty, Arc::clone(&fs), &mut sound, fault);
        (self.play)(&mut twins);
        let asked = fs.asked();
        fs.heal();
        let problem = twins.end();
        drop(faulty);
        if let Some(problem) = problem {
            return Err(told(problem));
        }
        let left = (fs.open_dirs(), fs.open_files(), fs.open_streams());
        if left != (0, 0, 0) {
            let (dirs, files, streams) = left;
            return Err(told(format!(
                "{dirs} directories, {files} files and {streams} listings are left open"
            )));
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use guesthouse_vfs::{MemFs, OpenDir, OpenOptions, resolve};

    use super::*;
    use crate::{OnFileSystem, Outcome, Target};

    /// A filesystem in memory, but for what becomes of errors.
    struct Bad {
        sound: OnFileSystem,
        fs: Arc<FaultFs>,
        on_error: fn(&mut Self, &Call, Errno) -> Result<Outcome, Errno>,
    }

    impl Subject for Bad {
        fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
            let result = self.sound.perform(call);
            result.or_else(|errno| (self.on_error)(self, call, errno))
        }

        fn pass_time(&mut self) {}
    }

    fn fresh(
        on_error: fn(&mut Bad, &Call, Errno) -> Result<Outcome, Errno>,
    ) -> (Fixture, Arc<FaultFs>) {
        let fs = FaultFs::new(MemFs::new());
        let bad = Bad {
            sound: OnFileSystem::at_root(fs.clone()),
            fs: fs.clone(),
            on_error,
        };
        let fixture = Fixture {
            subject: Box::new(bad),
            ..Fixture::at_root(fs.clone())
        };
        (fixture, fs)
    }

    macro_rules! bad {
        ($($name:ident: $on_error:expr;)*) => {
            $(
                struct $name;

                impl Faulty for $name {
                    fn fresh() -> (Fixture, Arc<FaultFs>) {
                        fresh($on_error)
                    }
                }
            )*
        };
    }

    bad! {
        Sound: |_, _, errno| Err(errno);
        Swallows: |_, _, _| Ok(Outcome::Done);
        Mistakes: |_, _, _| Err(Errno::Invalid);
        Loses: |bad, call, errno| {
            if let Call::Rename { old, .. } = call {
                bad.sound.perform(&Call::Unlink(old.clone()))?;
            }
            Err(errno)
        };
        Leaks: |bad, _, errno| {
            let root = OpenDir::root(bad.fs.clone());
            let start = resolve::Start::at_root(&root);
            let dir = resolve::open(start, b"d", resolve::Symlinks::Follow, OpenOptions::directory());
            std::mem::forget(dir);
            Err(errno)
        };
    }

    fn survive<F: Faulty>() -> Result<(), String> {
        let target = |name: &str| Target::path(name);
        survive_faults_in::<F>(&[
            Call::CreateDir {
                target: target("d"),
                mode: 0o755,
            },
            Call::Symlink {
                to: b"d".to_vec(),
                target: target("l"),
            },
            Call::Rename {
                old: target("l"),
                new: target("m"),
            },
        ])
    }

    #[test]
    fn what_does_not_bear_faults_is_found() {
        assert_eq!(survive::<Sound>(), Ok(()));
        for (result, problem) in [
            (survive::<Swallows>(), "mkdir d gives and not -> EIO"),
            (
                survive::<Mistakes>(),
                "mkdir d gives -> EINVAL and not -> EIO",
            ),
            (survive::<Loses>(), "after rename l m:\n  missing: \"l\""),
            (
                survive::<Leaks>(),
                "directories, 0 files and 0 listings are left open",
            ),
        ] {
            let found = result.expect_err(problem);
            assert!(found.contains(problem), "{found}");
        }
    }
}
