use std::ops::Deref;

use cap_std::fs::Dir;

use super::{HostFs, sys};
use crate::{Errno, FileType, LastName, Name, Place, Stop, Walk};

/// How often an operation begins anew because others changed the name between two of its calls. Each time somebody else made progress; the bound
/// is for one who does nothing else. After it the answer is [`Errno::Again`].
const MAX_RACES: usize = 32;

/// The last name of a place, in the open directory that holds it.
pub(super) struct Last<'a> {
    /// The directory.
    pub(super) parent: Parent<'a>,
    /// The name.
    pub(super) name: Name<'a>,
    /// The name's index in its place.
    pub(super) index: usize,
    /// The place's.
    pub(super) must_be_dir: bool,
    /// The place's rule for the last name.
    pub(super) rule: LastName,
}

/// The directory that holds a last name.
pub(super) enum Parent<'a> {
    /// The one in which the place begins.
    Start(&'a Dir),
    /// One below, open for walking only.
    Below(Dir),
}

impl Deref for Parent<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match self {
            Self::Start(dir) => dir,
            Self::Below(dir) => dir,
        }
    }
}

impl HostFs {
    /// Walks to the last name of `place`, which begins in `start`. `None` if the place has no names.
    pub(super) fn last<'a>(&self, start: &'a Dir, place: &Place<'a>) -> Walk<Option<Last<'a>>> {
        let Some((&name, above)) = place.names.split_last() else {
            return Ok(None);
        };
        Ok(Some(Last {
            parent: self.parent(start, above)?,
            name,
            index: above.len(),
            must_be_dir: place.must_be_dir,
            rule: place.last,
        }))
    }

    fn parent<'a>(&self, start: &'a Dir, names: &[Name<'_>]) -> Walk<Parent<'a>> {
        if names.is_empty() {
            return Ok(Parent::Start(start));
        }
        if let Some(dir) = self.host.dir_beneath(start, names) {
            return Ok(Parent::Below(dir));
        }
        walk(start, names).map(Parent::Below)
    }
}

/// Walks name by name, and so finds out at which one and why it cannot go on.
fn walk(start: &Dir, names: &[Name<'_>]) -> Walk<Dir> {
    let mut reached = Parent::Start(start);
    for (index, &name) in names.iter().enumerate() {
        let below = settle(index, || step(&reached, name, index))?;
        reached = Parent::Below(below);
    }
    match reached {
        Parent::Below(dir) => Ok(dir),
        // Callers pass at least one name; without any the directory itself is the answer.
        Parent::Start(dir) => sys::open_self(dir).map_err(|errno| Stop::failed(0, errno)),
    }
}

/// One step of a walk. `None` if the name changed while it was looked at.
fn step(dir: &Dir, name: Name<'_>, index: usize) -> Option<Walk<Dir>> {
    match sys::enter(dir, name) {
        Ok(below) => Some(Ok(below)),
        Err(Errno::NoEntry) => Some(Err(Stop::missing(index))),
        // Not a directory, or a link: systems differ in which of the two they say of a link. Reading it tells.
        Err(Errno::NotDir | Errno::Loop) => match sys::read_link(dir, name) {
            Ok(target) => Some(Err(Stop::link(index, target))),
            Err(Errno::Invalid) => match sys::file_type(dir, name) {
                Ok(FileType::Dir | FileType::Symlink) | Err(Errno::NoEntry) => None,
                // The next name is the one that cannot be looked up.
                Ok(_) => Some(Err(Stop::failed(index + 1, Errno::NotDir))),
                Err(errno) => Some(Err(Stop::failed(index, errno))),
            },
            Err(Errno::NoEntry) => None,
            Err(errno) => Some(Err(Stop::failed(index, errno))),
        },
        Err(errno) => Some(Err(Stop::failed(index, errno))),
    }
}

/// Repeats `attempt` for as long as it answers `None`: the name at `index` changed between two of its calls.
pub(super) fn settle<T>(index: usize, mut attempt: impl FnMut() -> Option<Walk<T>>) -> Walk<T> {
    for _ in 0..MAX_RACES {
        if let Some(outcome) = attempt() {
            return outcome;
        }
    }
    Err(Stop::failed(index, Errno::Again))
}

impl Last<'_> {
    /// The operation failed with `errno` at this name, which is missing if the errno says so.
    pub(super) fn stop(&self, errno: Errno) -> Stop {
        match errno {
            Errno::NoEntry => Stop::missing(self.index),
            errno => self.failed(errno),
        }
    }

    /// The operation failed with `errno` at this name.
    pub(super) const fn failed(&self, errno: Errno) -> Stop {
        Stop::failed(self.index, errno)
    }

    /// Checks what the place demands of the node of this name, which is of this kind. `None` if the name changed meanwhile.
    pub(super) fn check(&self, file_type: FileType) -> Option<Walk<()>> {
        if file_type == FileType::Symlink && self.rule == LastName::Follow {
            return self.report_link();
        }
        if self.must_be_dir && file_type != FileType::Dir {
            return Some(Err(self.failed(Errno::NotDir)));
        }
        Some(Ok(()))
    }

    /// Reports the symbolic link of this name. `None` if it is none any more.
    pub(super) fn report_link<T>(&self) -> Option<Walk<T>> {
        match sys::read_link(&self.parent, self.name) {
            Ok(target) => Some(Err(Stop::link(self.index, target))),
            Err(Errno::Invalid | Errno::NoEntry) => None,
            Err(errno) => Some(Err(self.failed(errno))),
        }
    }
}
