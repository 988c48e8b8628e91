use guesthouse_vfs::{Errno, Place, Stop, Walk};

use super::tree::{Content, Found, Ino, Named, Tree};

/// `rename`, in the order in which Linux checks.
pub(super) fn rename(tree: &mut Tree, old: Place<'_>, new: Place<'_>) -> Walk<()> {
    let from = tree.walk_parent(old)?;
    let to = tree.walk_parent(new).map_err(Stop::second)?;
    let mut from = name_of(from).ok_or(Stop::failed(0, Errno::Busy))?;
    let mut to = name_of(to).ok_or(Stop::failed(0, Errno::Busy).second())?;
    tree.find(&mut from)?;
    let ino = from.ino.ok_or(Stop::missing(from.index))?;
    if tree.is_removed(to.parent) {
        return Err(to.failed(Errno::NoEntry).second());
    }
    tree.find(&mut to).map_err(Stop::second)?;
    if !tree.is_dir(ino) {
        if old.must_be_dir {
            return Err(from.failed(Errno::NotDir));
        }
        if new.must_be_dir {
            return Err(to.failed(Errno::NotDir).second());
        }
    }
    if tree.lies_in(to.parent, ino) {
        return Err(from.failed(Errno::Invalid));
    }
    check_new(tree, ino, from.parent, &to).map_err(|errno| to.failed(errno).second())?;
    if to.ino == Some(ino) {
        return Ok(());
    }
    if let Some(replaced) = to.ino {
        let is_dir = tree.is_dir(replaced);
        tree.remove(to.parent, to.name);
        if is_dir {
            tree.node(replaced).nlink = 0;
        }
    }
    tree.remove(from.parent, from.name);
    tree.add(to.parent, to.name, ino);
    Ok(())
}

fn name_of(found: Found<'_>) -> Option<Named<'_>> {
    match found {
        Found::Start(_) => None,
        Found::Name(named) => Some(named),
    }
}

/// Whether the node may have the new name.
fn check_new(tree: &Tree, ino: Ino, old_parent: Ino, to: &Named<'_>) -> Result<(), Errno> {
    let Some(replaced) = to.ino else {
        return Ok(());
    };
    if replaced == ino {
        return Ok(());
    }
    if tree.lies_in(old_parent, replaced) {
        return Err(Errno::NotEmpty);
    }
    match (tree.content(ino), tree.content(replaced)) {
        (Content::Dir(_), Content::Dir(dir)) if !dir.entries.is_empty() => Err(Errno::NotEmpty),
        (Content::Dir(_), Content::Dir(_)) => Ok(()),
        (Content::Dir(_), _) => Err(Errno::NotDir),
        (_, Content::Dir(_)) => Err(Errno::IsDir),
        _ => Ok(()),
    }
}
