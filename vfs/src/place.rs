use crate::{Errno, Name, NodeId};

/// Where an operation acts: a directory and ordinary names below it.
///
/// With no names it is the directory itself. A backend walks the names without ever following a symbolic link; where it meets one it
/// stops and says so ([`Cause::Link`]), and the resolver carries on from there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The open directory in which the walk begins.
    pub dir: NodeId,
    /// The names to walk, outermost first.
    pub names: &'a [Name<'a>],
    /// The path ended in a slash: the last name must be a directory, or be about to become one. Checked in the same critical section as the act.
    pub must_be_dir: bool,
    /// What to do with a symbolic link as the last name.
    pub last: LastName,
}

impl<'a> Place<'a> {
    /// The directory itself.
    #[must_use]
    pub const fn dir(dir: NodeId) -> Self {
        Self {
            dir,
            names: &[],
            must_be_dir: false,
            last: LastName::Act,
        }
    }

    /// The names below `dir`, the last one taken as it is.
    #[must_use]
    pub const fn act(dir: NodeId, names: &'a [Name<'a>]) -> Self {
        Self {
            dir,
            names,
            must_be_dir: false,
            last: LastName::Act,
        }
    }

    /// The names below `dir`; a symbolic link at the last one is reported.
    #[must_use]
    pub const fn follow(dir: NodeId, names: &'a [Name<'a>]) -> Self {
        Self {
            dir,
            names,
            must_be_dir: false,
            last: LastName::Follow,
        }
    }

    /// The same place, whose last name must be a directory.
    #[must_use]
    pub const fn must_be_dir(self) -> Self {
        Self {
            must_be_dir: true,
            ..self
        }
    }
}

/// The rule for the last name of a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastName {
    /// Take it as it is: the operation acts on the name or on the link itself (unlink, rename, readlink, `O_EXCL`, …).
    Act,
    /// Report a symbolic link there with [`Cause::Link`], also when creating, so that the resolver creates through a dangling link.
    Follow,
}

/// Which of an operation's paths a [`Stop`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The only path, or the old one of rename and link.
    First,
    /// The new path of rename and link.
    Second,
}

/// Why a walk stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The name is a symbolic link with this target, and the walk may not pass it.
    Link(Box<[u8]>),
    /// The directory has no such name. Where the name is the last one and the operation makes names, it isn't an error and does not occur.
    Missing,
    /// The operation failed at this name.
    Failed(Errno),
}

/// Where and why an operation on one or two places stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The path that is meant.
    pub operand: Operand,
    /// The index in [`Place::names`] of the name that is meant; 0 where there are no names. A composed filesystem re-bases it.
    pub index: usize,
    /// What is there.
    pub cause: Cause,
}

impl Stop {
    /// A failure at the name `index` of the first path.
    #[must_use]
    pub const fn failed(index: usize, errno: Errno) -> Self {
        Self {
            operand: Operand::First,
            index,
            cause: Cause::Failed(errno),
        }
    }

    /// Nothing at the name `index` of the first path.
    #[must_use]
    pub const fn missing(index: usize) -> Self {
        Self {
            operand: Operand::First,
            index,
            cause: Cause::Missing,
        }
    }

    /// A symbolic link at the name `index` of the first path.
    #[must_use]
    pub const fn link(index: usize, target: Box<[u8]>) -> Self {
        Self {
            operand: Operand::First,
            index,
            cause: Cause::Link(target),
        }
    }

    /// The same of the second path.
    #[must_use]
    pub fn second(self) -> Self {
        Self {
            operand: Operand::Second,
            ..self
        }
    }

    /// The same, `names` names further down the path.
    #[must_use]
    pub fn rebased(self, names: usize) -> Self {
        Self {
            index: self.index + names,
            ..self
        }
    }

    /// What the stop means to a caller that follows no links.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self.cause {
            Cause::Link(_) => Errno::Loop,
            Cause::Missing => Errno::NoEntry,
            Cause::Failed(errno) => errno,
        }
    }
}

/// The outcome of an operation on one or two places.
pub type Walk<T> = Result<T, Stop>;
