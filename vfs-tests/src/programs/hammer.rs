use crate::script::{Content, Tree};
use crate::tree_of::tree_of;
use crate::{Call, Subject, Target};

use super::compare::OpenHandles;

/// Runs each program in a thread of its own on the same filesystem, of which `fresh` gives another view; no result is looked at.
///
/// Afterwards nothing is open and the tree is sound: listings agree with metadata, links are counted truly, lengths are those of the contents. Then all of it is
/// removed.
///
/// # Errors
/// What is not sound, or cannot be removed.
pub fn hammer<S: Subject>(
    fresh: impl Fn() -> S + Sync,
    programs: &[Vec<Call>],
) -> Result<(), String> {
    let fresh = &fresh;
    std::thread::scope(|scope| {
        for program in programs {
            scope.spawn(move || {
                let mut subject = fresh();
                let mut open = OpenHandles::default();
                for call in program {
                    if open.allow(call) {
                        let result = subject.perform(call);
                        open.note(call, &result);
                    }
                }
            });
        }
    });
    let mut subject = fresh();
    let tree = tree_of(&mut subject)?;
    remove_all(&tree, &mut subject)?;
    match tree_of(&mut subject)?.nodes().next() {
        None => Ok(()),
        Some((path, _)) => Err(format!("\"{}\" is left", path.escape_ascii())),
    }
}

/// Removes every node, from the leaves to the root.
pub(super) fn remove_all(tree: &Tree, subject: &mut dyn Subject) -> Result<(), String> {
    let nodes: Vec<_> = tree.nodes().collect();
    for (path, node) in nodes.into_iter().rev() {
        let target = Target::path(path);
        let call = match node.content {
            Content::Dir => Call::RemoveDir(target),
            _ => Call::Unlink(target),
        };
        subject
            .perform(&call)
            .map_err(|errno| format!("{call} -> {}", errno.describe().0))?;
    }
    Ok(())
}
