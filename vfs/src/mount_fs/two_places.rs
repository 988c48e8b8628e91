//! Operations on two paths. Within one filesystem they are its own, in one step; everything else is refused, with Linux's precedence (read off Linux 6.18).

use super::MountFs;
use super::spot::Spot;
use crate::refusal::{self, at_last};
use crate::{Errno, FileType, LastName, Operand, Place, Stop, Walk};

pub(super) fn link(fs: &MountFs, old: Place<'_>, new: Place<'_>) -> Walk<()> {
    let from = fs.find(old)?;
    let to = fs.find(new).map_err(Stop::second)?;
    if from.volume_index == to.volume_index && to.node.is_none() {
        let linked = from.volume.fs.link(from.place, to.place);
        return linked.map_err(|stop| rebased(&from, &to, stop));
    }
    from.call(|fs, place| fs.metadata(place))?;
    if to.node.is_some() {
        return Err(at_last(new, Errno::Exist).second());
    }
    let refused = to.rebased(refusal::symlink(&*to.volume.fs, to.place));
    if refused.cause != at_last(new, Errno::ReadOnly).cause {
        return Err(refused.second());
    }
    let errno = if to.volume.read_only || to.volume.synthetic {
        Errno::ReadOnly
    } else {
        Errno::CrossDevice
    };
    Err(at_last(new, errno).second())
}

pub(super) fn rename(fs: &MountFs, old: Place<'_>, new: Place<'_>) -> Walk<()> {
    let from = fs.find(old)?;
    let to = fs.find(new).map_err(Stop::second)?;
    let on_trie = from.node.is_some() || to.node.is_some();
    if from.volume_index == to.volume_index && !on_trie {
        let renamed = from.volume.fs.rename(from.place, to.place);
        return renamed.map_err(|stop| rebased(&from, &to, stop));
    }
    refuse_rename(&from, &to, old, new)
}

/// Checks a rename that is impossible or, onto itself, nothing.
#[cold]
fn refuse_rename(from: &Spot<'_>, to: &Spot<'_>, old: Place<'_>, new: Place<'_>) -> Walk<()> {
    let parents = |spot: &Spot<'_>| match spot.node {
        Some(_) => Ok(()),
        None => spot.call(|fs, place| refusal::parents(fs, place)),
    };
    parents(from)?;
    parents(to).map_err(Stop::second)?;
    if from.parent.dev != to.parent.dev {
        return Err(at_last(old, Errno::CrossDevice));
    }
    if old.names.is_empty() {
        return Err(at_last(old, Errno::Busy));
    }
    if new.names.is_empty() {
        return Err(at_last(new, Errno::Busy).second());
    }
    if from.parent.read_only {
        return Err(at_last(old, Errno::ReadOnly));
    }
    let old_is_dir = is_dir(from)?;
    let new_is_dir = match is_dir(to) {
        Ok(is_dir) => Some(is_dir),
        Err(stop) if refusal::is_missing_last(&stop, new) => None,
        Err(stop) => return Err(stop.second()),
    };
    if (old.must_be_dir || new.must_be_dir) && !old_is_dir {
        return Err(at_last(old, Errno::NotDir));
    }
    match (from.node, to.node) {
        (Some(from), Some(to)) if from == to => Ok(()),
        (None, None) => Err(at_last(new, Errno::ReadOnly).second()),
        _ => Err(match (old_is_dir, new_is_dir) {
            (false, Some(true)) => at_last(new, Errno::IsDir).second(),
            (true, Some(false)) => at_last(new, Errno::NotDir).second(),
            _ if from.node.is_some() => at_last(old, Errno::Busy),
            _ => at_last(new, Errno::Busy).second(),
        }),
    }
}

fn is_dir(spot: &Spot<'_>) -> Walk<bool> {
    if spot.node.is_some() {
        return Ok(true);
    }
    let metadata = spot.call(|fs, place| {
        fs.metadata(Place {
            must_be_dir: false,
            last: LastName::Act,
            ..place
        })
    })?;
    Ok(metadata.file_type == FileType::Dir)
}

/// A stop in one of the filesystem's two places, as one in the whole path that it belongs to.
fn rebased(from: &Spot<'_>, to: &Spot<'_>, stop: Stop) -> Stop {
    match stop.operand {
        Operand::First => from.rebased(stop),
        Operand::Second => to.rebased(stop),
    }
}
