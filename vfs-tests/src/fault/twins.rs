use std::sync::Arc;

use guesthouse_vfs::Errno;

use super::{Fault, FaultFs, FaultKind};
use crate::programs::{OpenHandles, Shown, same};
use crate::tree_of::tree_of;
use crate::{Call, Fixture, Outcome, Subject};

/// Two filesystems that are put together alike, one of which meets a fault. The calls that the fault meets are made on that one alone: if it has borne them, the
/// two stay alike.
pub(super) struct Twins<'a> {
    pub(super) faulty: &'a mut Fixture,
    pub(super) fs: Arc<FaultFs>,
    pub(super) sound: &'a mut Fixture,
    pub(super) fault: Option<Fault>,
    open: OpenHandles,
    /// What went wrong first.
    problem: Option<String>,
}

impl<'a> Twins<'a> {
    pub(super) fn new(
        faulty: &'a mut Fixture,
        fs: Arc<FaultFs>,
        sound: &'a mut Fixture,
        fault: Option<Fault>,
    ) -> Self {
        Self {
            faulty,
            fs,
            sound,
            fault,
            open: OpenHandles::default(),
            problem: None,
        }
    }

    /// What went wrong first, the trees at the end included.
    pub(super) fn end(mut self) -> Option<String> {
        self.compare_trees("at the end", |fixture| fixture.subject.as_mut());
        self.problem
    }

    fn found(&mut self, text: impl FnOnce() -> String) {
        if self.problem.is_none() {
            self.problem = Some(text());
        }
    }

    fn compare_trees(&mut self, when: &str, of: fn(&mut Fixture) -> &mut dyn Subject) {
        let trees = (tree_of(of(self.sound)), tree_of(of(self.faulty)));
        let differences = match trees {
            (Ok(sound), Ok(faulty)) => sound.differences(&faulty),
            (Err(text), _) => vec![format!("the sound tree: {text}")],
            (_, Err(text)) => vec![text],
        };
        if !differences.is_empty() {
            self.found(|| format!("{when}:\n  {}", differences.join("\n  ")));
        }
    }

    /// The call met the fault: it says so, and has done nothing, or as much as it says.
    fn met(&mut self, call: &Call, got: &Result<Outcome, Errno>) {
        match self.fault.map(|fault| (fault.kind, fault.lasting)) {
            Some((FaultKind::Fail(errno), lasting)) => {
                if !self.fails_rightly(call, got, errno) {
                    let wanted = Shown(&Err(errno)).to_string();
                    self.found(|| format!("{call} gives{} and not{wanted}", Shown(got)));
                }
                if !lasting {
                    self.compare_trees(&format!("after {call}"), |fixture| {
                        fixture.prepare.as_mut()
                    });
                }
            }
            Some((FaultKind::Short(_), _)) => {
                let (call, expected) = self.shortened(call, got);
                let right = match (got, &expected) {
                    (Ok(Outcome::Bytes(got)), Ok(Outcome::Bytes(all))) => {
                        all.starts_with(got) && got.is_empty() == all.is_empty()
                    }
                    (got, expected) => got == expected,
                };
                if !right {
                    self.found(|| format!("{call} gives{}, cut short", Shown(got)));
                }
            }
            None => self.found(|| format!("{call} meets a fault that there is not")),
        }
    }

    /// Whether the call fails with the fault's errno, or with one that comes before it: an error of a rename's old path, say, when the fault is met on the way to the new one.
    fn fails_rightly(&mut self, call: &Call, got: &Result<Outcome, Errno>, errno: Errno) -> bool {
        match got {
            Ok(_) => false,
            Err(got) if *got == errno => true,
            Err(got) => self.sound.subject.perform(call) == Err(*got),
        }
    }

    /// Makes a call on the sound twin that moves as many bytes as the one that was cut short says.
    fn shortened(
        &mut self,
        call: &Call,
        got: &Result<Outcome, Errno>,
    ) -> (Call, Result<Outcome, Errno>) {
        let mut call = call.clone();
        if let (
            Call::Write { buffers, .. } | Call::Append { buffers, .. },
            Ok(Outcome::Written(count) | Outcome::Appended(count, _)),
        ) = (&mut call, got)
        {
            let mut bytes = buffers.concat();
            bytes.truncate(*count);
            *buffers = vec![bytes];
        }
        let expected = self.sound.subject.perform(&call);
        (call, expected)
    }
}

impl Subject for Twins<'_> {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        // What descriptors refuse by themselves never comes to a filesystem.
        if !self.open.allow(call) {
            return Err(Errno::BadFd);
        }
        let met = self.fs.met();
        let got = self.faulty.subject.perform(call);
        if self.fs.met() > met {
            self.met(call, &got);
            self.open.note(call, &got);
            return got;
        }
        let expected = self.sound.subject.perform(call);
        if !same(&expected, &got) {
            self.found(|| format!("{call} gives{} and not{}", Shown(&got), Shown(&expected)));
        }
        self.open.note(call, &expected);
        expected
    }

    /// Times are not what this is about.
    fn pass_time(&mut self) {}
}
