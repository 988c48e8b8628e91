use guesthouse_vfs::{Errno, Metadata, SetTimes};

use crate::run::Run;
use crate::script::{Script, Tree};
use crate::tree_of::{build, nodes_of, tree_of};
use crate::{Backend, Call, Case, Outcome, Subject};

/// Runs the script of a case through a read-only view: whatever it answers, nothing may change.
///
/// # Panics
/// If a call that would change something succeeds, or if the tree or its metadata is not what it was.
pub fn run_read_only<B: Backend>(case: &Case) {
    let mut fixture = B::fresh();
    let script = Script::parse(case.text).unwrap_or_else(|(line, problem)| {
        panic!("{}, line {line}: {problem}", case.path());
    });
    build(&script.before, fixture.prepare.as_mut())
        .unwrap_or_else(|got| panic!("the tree before cannot be made: {got}"));
    let before = state(fixture.prepare.as_mut());
    fixture.prepare.pass_time();
    let mut witness = Witness {
        subject: fixture.subject.as_mut(),
        changes: Vec::new(),
    };
    let mut run = Run::new(&mut witness);
    for line in &script.lines {
        // What it answers is checked by the cases about read-only views.
        let _answer = run.line(line);
    }
    assert!(
        witness.changes.is_empty(),
        "{} through a read-only view: these succeed:\n  {}",
        case.path(),
        witness.changes.join("\n  ")
    );
    let after = state(fixture.prepare.as_mut());
    let differences = before.0.differences(&after.0);
    assert!(
        differences.is_empty(),
        "{} through a read-only view changes the tree:\n  {}",
        case.path(),
        differences.join("\n  ")
    );
    assert_eq!(before.1, after.1, "{} changes metadata", case.path());
}

/// The tree with all metadata, but without the times of access, which are the host's business.
fn state(subject: &mut dyn Subject) -> (Tree, Vec<(Vec<u8>, Metadata)>) {
    let tree = tree_of(subject).unwrap_or_else(|got| panic!("{got}"));
    let mut nodes = nodes_of(&tree, subject).unwrap_or_else(|got| panic!("{got}"));
    for (_, metadata) in &mut nodes {
        metadata.accessed = metadata.modified;
    }
    (tree, nodes)
}

/// Passes calls on and notes those that change something.
struct Witness<'a> {
    subject: &'a mut dyn Subject,
    changes: Vec<String>,
}

impl Subject for Witness<'_> {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        let outcome = self.subject.perform(call)?;
        let changes = match call {
            Call::Open { options, .. } => options.access.write || options.truncate,
            Call::SetTimes { times, .. } => *times != SetTimes::default(),
            Call::SetMode { .. }
            | Call::CreateDir { .. }
            | Call::RemoveDir(_)
            | Call::Unlink(_)
            | Call::Symlink { .. }
            | Call::Link { .. }
            | Call::Rename { .. }
            | Call::Write { .. }
            | Call::Append { .. }
            | Call::SetLen { .. }
            | Call::Allocate { .. } => true,
            Call::Close(_)
            | Call::Stat { .. }
            | Call::ReadLink(_)
            | Call::Read { .. }
            | Call::Sync { .. }
            | Call::Advise { .. }
            | Call::OpenStream { .. }
            | Call::NextEntries { .. } => false,
        };
        if changes {
            self.changes.push(format!("{call:?}"));
        }
        Ok(outcome)
    }

    fn pass_time(&mut self) {}
}
