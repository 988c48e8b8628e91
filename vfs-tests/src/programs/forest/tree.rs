use std::sync::{Arc, Weak};

use guesthouse_vfs::{Errno, Metadata};

use super::Forking;
use crate::programs::compare::{Difference, OpenHandles, Shown};
use crate::script::{Content, Tree as Shape};
use crate::state::State;
use crate::tree_of::{nodes_of, tree_of};
use crate::{Call, Model, OnFileSystem, Outcome, Subject, Target};

/// A tree of the forest: a filesystem, and the model that it must be like.
pub(super) struct Tree<F> {
    pub(super) name: String,
    /// `None` once it was dropped and only its open files are left.
    pub(super) fs: Option<Arc<F>>,
    pub(super) model: Arc<Model>,
    /// What the tree was forked from, or what it was in the beginning.
    base: Arc<Model>,
    subject: OnFileSystem,
    reference: OnFileSystem,
    open: OpenHandles,
}

impl<F: Forking> Tree<F> {
    pub(super) fn new(name: String, fs: Arc<F>, model: Arc<Model>) -> Self {
        Self {
            name,
            subject: OnFileSystem::at_root(fs.clone()),
            reference: OnFileSystem::at_root(model.clone()),
            fs: Some(fs),
            base: model.copy(),
            model,
            open: OpenHandles::default(),
        }
    }

    /// Whether the call can be made: its handles are open, and of the right kind.
    pub(super) fn allows(&self, call: &Call) -> bool {
        self.open.allow(call) && (self.fs.is_some() || works_on_a_file(call))
    }

    /// Makes the call in both, and says what it gave as a script does.
    ///
    /// What a limit refuses is not done in the model, and of a write that a limit cuts short just as much.
    pub(super) fn perform(&mut self, call: &Call) -> Result<String, String> {
        let got = self.subject.perform(call);
        let limited = match &got {
            Err(errno @ (Errno::NoSpace | Errno::TooManyLinks | Errno::FileTooBig)) => {
                if let Some(fs) = &self.fs
                    && !fs.may_refuse(*errno, call)
                {
                    return Err(format!("no limit is near, but it gives{}", Shown(&got)));
                }
                return Ok(Shown(&got).to_string());
            }
            Ok(Outcome::Written(count) | Outcome::Appended(count, _)) => cut(call, *count),
            _ => None,
        };
        let expected = self.reference.perform(limited.as_ref().unwrap_or(call));
        if !same(&expected, &got) {
            let (expected, got) = (Shown(&expected), Shown(&got));
            return Err(format!("it gives{got} instead of{expected}"));
        }
        self.open.note(call, &got);
        Ok(Shown(&got).to_string())
    }

    /// Gives the filesystem up, but for open files.
    pub(super) fn let_go(&mut self) -> Weak<F> {
        self.subject.let_go();
        self.reference.let_go();
        self.open.keep_files();
        self.model = Model::new();
        self.fs
            .take()
            .as_ref()
            .map_or_else(Weak::new, Arc::downgrade)
    }

    /// Checks that the filesystem and the model show the same tree, with the same metadata.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let Some(fs) = &self.fs else {
            return Ok(());
        };
        if let Some(changes) = fs.changes() {
            let checked = self.model.check_changes(&self.base, &changes);
            checked.map_err(|text| format!("of the changes since it was made: {text}"))?;
        }
        let expected = tree_of(&mut self.reference)?;
        let found = tree_of(&mut self.subject)?;
        let differences = expected.differences(&found);
        if !differences.is_empty() {
            return Err(differences.join("\n"));
        }
        check_far(&expected, &mut self.reference, &mut self.subject)?;
        let wanted = nodes_of(&expected, &mut self.reference)?;
        let found = nodes_of(&expected, &mut self.subject)?;
        for ((path, wanted), (_, found)) in wanted.iter().zip(&found) {
            if !same_metadata(wanted, found) {
                let path = path.escape_ascii();
                return Err(format!("\"{path}\" is {found:?}\ninstead of {wanted:?}"));
            }
        }
        Ok(())
    }

    /// Everything that can be seen of the filesystem, itself and not the model.
    pub(super) fn state(&mut self) -> Result<State, String> {
        State::of(&mut self.subject)
    }

    /// Closes and removes everything.
    pub(super) fn clear(&mut self) -> Result<(), String> {
        self.subject.close_all();
        let Some(fs) = &self.fs else {
            return Ok(());
        };
        fs.audit()?;
        let tree = tree_of(&mut self.subject)?;
        crate::programs::hammer::remove_all(&tree, &mut self.subject)?;
        fs.audit_empty()
    }
}

/// Whether a call works on nothing but an open file.
fn works_on_a_file(call: &Call) -> bool {
    match call {
        Call::Stat { target, .. }
        | Call::SetTimes { target, .. }
        | Call::SetMode { target, .. } => {
            matches!(target, Target::Handle(_))
        }
        Call::Close(_)
        | Call::Sync { .. }
        | Call::Read { .. }
        | Call::Write { .. }
        | Call::Append { .. }
        | Call::SetLen { .. }
        | Call::Allocate { .. }
        | Call::Advise { .. } => true,
        _ => false,
    }
}

/// The call, if it writes more, with just that many bytes.
fn cut(call: &Call, count: usize) -> Option<Call> {
    let mut call = call.clone();
    let (Call::Write { buffers, .. } | Call::Append { buffers, .. }) = &mut call else {
        return None;
    };
    let mut bytes = buffers.concat();
    if count == 0 || count >= bytes.len() {
        return None;
    }
    bytes.truncate(count);
    *buffers = vec![bytes];
    Some(call)
}

/// Compares what long files hold where programs write.
fn check_far(
    tree: &Shape,
    reference: &mut OnFileSystem,
    subject: &mut OnFileSystem,
) -> Result<(), String> {
    for (path, node) in tree.nodes() {
        let Content::Sized(size) = &node.content else {
            continue;
        };
        for (offset, length) in [
            (0, 400_000),
            (300_000, 8),
            (1 << 30, 10_000),
            (1_u64 << 40, 10_000),
        ] {
            let offset = offset.saturating_sub(4).min(*size);
            let expected = part(path, offset, length, reference)?;
            if expected != part(path, offset, length, subject)? {
                let path = path.escape_ascii();
                return Err(format!("\"{path}\" differs from byte {offset} on"));
            }
        }
    }
    Ok(())
}

fn part(
    path: &[u8],
    offset: u64,
    length: usize,
    subject: &mut OnFileSystem,
) -> Result<Outcome, String> {
    let own = || "%part".to_owned();
    let calls = [
        Call::Open {
            bind: own(),
            target: Target::path(path),
            follow: false,
            options: guesthouse_vfs::OpenOptions::existing(guesthouse_vfs::Access::READ),
        },
        Call::Read {
            file: own(),
            offset,
            lengths: vec![length],
        },
        Call::Close(own()),
    ];
    let [_, read, _] = calls.map(|call| subject.perform(&call));
    read.map_err(|errno| format!("{} for a read", errno.describe().0))
}

fn same(expected: &Result<Outcome, Errno>, got: &Result<Outcome, Errno>) -> bool {
    match (expected, got) {
        (Ok(Outcome::Stat(expected)), Ok(Outcome::Stat(got))) => same_metadata(expected, got),
        (expected, got) => crate::programs::compare::same(expected, got),
    }
}

/// Whether all is the same but for how nodes are numbered and stored.
fn same_metadata(expected: &Metadata, got: &Metadata) -> bool {
    let like = |metadata: &Metadata| Metadata {
        dev: 0,
        ino: 0,
        allocated: 0,
        ..*metadata
    };
    like(expected) == like(got)
}

/// What went wrong in a forest, with the script.
pub(super) fn difference(script: String, text: String) -> Difference {
    Difference { script, text }
}
