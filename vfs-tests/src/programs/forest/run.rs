use std::fmt::Write;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use guesthouse_vfs::{Errno, FileSystem, Name, Place};

use super::step::Shown;
use super::tree::{Tree, difference};
use super::{ForestStep, Forking};
use crate::Model;
use crate::programs::Difference;

/// The most trees and snapshots that a program has at a time.
const MOST: usize = 6;

/// Runs the steps on a fresh filesystem, its forks and snapshots, and compares them with copies of the model; `tick` is called before each step.
///
/// Every result is compared, and after every step what each filesystem says of itself is checked. In the end all trees and the forks of all snapshots are compared,
/// everything is closed and removed, and nothing may be left.
///
/// # Errors
/// The first difference.
pub fn compare_forests<F: Forking>(
    steps: &[ForestStep],
    fs: Arc<F>,
    model: Arc<Model>,
    tick: impl Fn(),
) -> Result<(), Difference> {
    let mut forest = Forest::new(fs, model);
    for step in steps {
        tick();
        if let Err(text) = forest.step(step) {
            return Err(difference(forest.script, text));
        }
    }
    let script = forest.script.clone();
    forest.finish().map_err(|text| difference(script, text))
}

struct Forest<F: Forking> {
    trees: Vec<Tree<F>>,
    snapshots: Vec<Snapshot<F>>,
    /// The names that have been given so far.
    named: (usize, usize),
    /// The steps that were done, with their results.
    script: String,
    /// Held by all borrowed bytes.
    lender: Arc<()>,
    /// Filesystems that must be gone in the end.
    gone: Vec<Weak<F>>,
}

struct Snapshot<F: Forking> {
    name: String,
    snapshot: F::Snapshot,
    model: Arc<Model>,
}

impl<F: Forking> Forest<F> {
    fn new(fs: Arc<F>, model: Arc<Model>) -> Self {
        Self {
            trees: vec![Tree::new("t0".into(), fs, model)],
            snapshots: Vec::new(),
            named: (1, 0),
            script: String::new(),
            lender: Arc::default(),
            gone: Vec::new(),
        }
    }

    /// Does a step, if what it needs is there.
    fn step(&mut self, step: &ForestStep) -> Result<(), String> {
        let done = match *step {
            ForestStep::Call(tree, _)
            | ForestStep::AddBytes { tree, .. }
            | ForestStep::Fork(tree)
            | ForestStep::Snapshot(tree)
            | ForestStep::Drop { tree, .. } => match position(tree, self.trees.len()) {
                Some(at) => self.in_tree(step, at)?,
                None => false,
            },
            ForestStep::ForkSnapshot { snapshot, .. } | ForestStep::DropSnapshot(snapshot) => {
                match position(snapshot, self.snapshots.len()) {
                    Some(at) => self.on_snapshot(step, at)?,
                    None => false,
                }
            }
        };
        if done {
            self.script.push('\n');
            let live = self.trees.iter().filter_map(|tree| tree.fs.as_ref());
            live.into_iter().try_for_each(|fs| fs.audit())?;
        }
        Ok(())
    }

    fn in_tree(&mut self, step: &ForestStep, at: usize) -> Result<bool, String> {
        let there_is_room = self.trees.len() < MOST;
        let tree = &mut self.trees[at];
        let on = tree.name.clone();
        match (step, tree.fs.clone()) {
            (ForestStep::Call(_, call), _) if tree.allows(call) => {
                write(&mut self.script, step, &on, "");
                let shown = tree.perform(call)?;
                self.script += &shown;
            }
            (
                ForestStep::AddBytes {
                    path, mode, len, ..
                },
                Some(fs),
            ) => {
                write(&mut self.script, step, &on, "");
                let bytes = Bytes::from_owner(Lent {
                    bytes: vec![b'*'; *len],
                    _lender: self.lender.clone(),
                });
                add_bytes(&*fs, &tree.model, path, *mode, bytes)?;
            }
            (ForestStep::Fork(_), Some(fs)) if there_is_room => {
                let makes = self.next_tree();
                write(&mut self.script, step, &on, &makes);
                let model = self.trees[at].model.copy();
                let mut fork = Tree::new(makes, fs.fork(), model);
                if let Some(difference) = self.trees[at].state()?.difference(&fork.state()?) {
                    return Err(format!("the fork is not like its origin: {difference}"));
                }
                if fs
                    .fork()
                    .changes()
                    .is_some_and(|changes| !changes.is_empty())
                {
                    return Err("a fork is said to be changed".into());
                }
                self.trees.push(fork);
            }
            (ForestStep::Snapshot(_), Some(fs)) if self.snapshots.len() < MOST => {
                let name = format!("s{}", self.named.1);
                self.named.1 += 1;
                write(&mut self.script, step, &on, &name);
                self.snapshots.push(Snapshot {
                    name,
                    snapshot: fs.snapshot(),
                    model: tree.model.copy(),
                });
            }
            (ForestStep::Drop { keep_files, .. }, fs) => {
                write(&mut self.script, step, &on, "");
                tree.check()?;
                drop(fs);
                self.gone.push(tree.let_go());
                if !keep_files {
                    self.trees.remove(at);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn on_snapshot(&mut self, step: &ForestStep, at: usize) -> Result<bool, String> {
        let on = self.snapshots[at].name.clone();
        if let ForestStep::DropSnapshot(_) = step {
            write(&mut self.script, step, &on, "");
            let snapshot = self.snapshots.remove(at);
            snapshot.check()?;
        } else if self.trees.len() < MOST {
            let makes = self.next_tree();
            write(&mut self.script, step, &on, &makes);
            let Snapshot {
                snapshot, model, ..
            } = &self.snapshots[at];
            let fork = match step {
                ForestStep::ForkSnapshot { tight: true, .. } => F::tight_fork_of(snapshot),
                _ => F::fork_of(snapshot),
            };
            self.trees.push(Tree::new(makes, fork, model.copy()));
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn next_tree(&mut self) -> String {
        self.named.0 += 1;
        format!("t{}", self.named.0 - 1)
    }

    /// Compares all that is there, closes and removes it, and sees that nothing is left.
    fn finish(mut self) -> Result<(), String> {
        let at = |name: &str, text: String| format!("in {name}: {text}");
        for tree in &mut self.trees {
            tree.check().map_err(|text| at(&tree.name, text))?;
            for snapshot in &self.snapshots {
                let since = |text| format!("of the changes since {}: {text}", snapshot.name);
                let checked = snapshot.check_changes_in(tree);
                checked.map_err(|text| at(&tree.name, since(text)))?;
            }
        }
        for snapshot in &self.snapshots {
            for earlier in &self.snapshots {
                let since = |text| format!("of the changes since {}: {text}", earlier.name);
                let checked = snapshot.check_changes_since(earlier);
                checked.map_err(|text| at(&snapshot.name, since(text)))?;
            }
            snapshot.check().map_err(|text| at(&snapshot.name, text))?;
        }
        for tree in &mut self.trees {
            tree.clear()
                .map_err(|text| at(&tree.name, format!("once it is cleared, {text}")))?;
            self.gone.push(tree.let_go());
        }
        self.trees.clear();
        self.snapshots.clear();
        if self.gone.iter().any(|fs| fs.strong_count() > 0) {
            return Err("a filesystem is still there".into());
        }
        match Arc::strong_count(&self.lender) {
            1 => Ok(()),
            lent => Err(format!("{} lent buffers are still held", lent - 1)),
        }
    }
}

impl<F: Forking> Snapshot<F> {
    /// Checks what a tree lists as changed since this snapshot.
    fn check_changes_in(&self, tree: &Tree<F>) -> Result<(), String> {
        let fs = tree.fs.as_ref();
        match fs.and_then(|fs| fs.changes_since(&self.snapshot)) {
            Some(changes) => tree.model.check_changes(&self.model, &changes),
            None => Ok(()),
        }
    }

    fn check_changes_since(&self, earlier: &Self) -> Result<(), String> {
        match F::changes_between(&earlier.snapshot, &self.snapshot) {
            Some(changes) => self.model.check_changes(&earlier.model, &changes),
            None => Ok(()),
        }
    }

    /// Checks that a fork of it shows what the model was then.
    fn check(&self) -> Result<(), String> {
        let fork = F::fork_of(&self.snapshot);
        Tree::new(self.name.clone(), fork, self.model.copy()).check()
    }
}

/// Borrowed bytes, which tell by their lender that they are still held.
struct Lent {
    bytes: Vec<u8>,
    _lender: Arc<()>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn position(number: u8, len: usize) -> Option<usize> {
    usize::from(number).checked_rem(len)
}

/// Begins a line of the script.
fn write(script: &mut String, step: &ForestStep, on: &str, makes: &str) {
    let line = Shown { step, on, makes };
    let _infallible = write!(script, "{line}");
}

fn add_bytes<F: Forking>(
    fs: &F,
    model: &Model,
    path: &str,
    mode: u32,
    bytes: Bytes,
) -> Result<(), String> {
    let names: Vec<_> = path
        .split('/')
        .filter_map(|name| Name::new(name.as_bytes()))
        .collect();
    let place = |root| Place {
        must_be_dir: path.ends_with('/'),
        ..Place::act(root, &names)
    };
    let contents = bytes.clone();
    let got = fs.add_bytes(place(fs.root()), mode, bytes);
    let limits = [Errno::NoSpace, Errno::FileTooBig];
    if got
        .as_ref()
        .is_err_and(|stop| limits.contains(&stop.errno()))
    {
        return Ok(());
    }
    let expected = model.add_bytes(place(model.root()), mode, &contents);
    if got == expected {
        Ok(())
    } else {
        Err(format!("it gives {got:?} instead of {expected:?}"))
    }
}
