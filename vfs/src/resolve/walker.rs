use std::borrow::Cow;
use std::cell::Cell;

use super::names::Names;
use super::{
    MAX_BACKTRACKED_NAMES, MAX_LINK_EXPANSIONS, MAX_SPLICED_BYTES, PATH_MAX, Start, Symlinks,
};
use crate::{Cause, Errno, FileSystem, FileType, LastName, Name, OpenDir, Place, Stop, Walk};

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// In an ordinary name.
    Name,
    /// In an ordinary name and a slash.
    Slash,
    /// In `.`, or it has no components at all (the target `/` of a link).
    Dot,
    /// In `..`.
    DotDot,
}

impl Tail {
    /// The path ends in a directory that exists, not in a name that an operation could make or take away.
    pub(super) const fn is_dots(self) -> bool {
        matches!(self, Self::Dot | Self::DotDot)
    }
}

/// What a symbolic link at the very end of a path means.
#[derive(Clone, Copy, Debug)]
pub(super) enum LastLink {
    /// The walk goes on through it.
    Follow,
    /// The operation fails with this.
    Refuse(Errno),
}

/// One path on its way to a [`Place`] without links, `.` and `..`.
pub(super) struct Walker<'a> {
    start: Start<'a>,
    /// Where the walk begins: the start's directory, or its root once an absolute link was met.
    base: &'a OpenDir,
    /// `base` is the root, above which `..` leads nowhere.
    base_is_root: bool,
    /// What is to be walked from `base`: the caller's path, or that path with links replaced by their targets.
    path: Cow<'a, [u8]>,
    /// This many leading names of `path` were walked before and found to be directories.
    verified: usize,
    /// How many links were followed.
    expansions: u32,
    /// The total length of their targets, in bytes.
    spliced: usize,
    /// How many names were walked for `..` components.
    backtracked: Cell<usize>,
}

/// Why a path could not be made plain at once.
pub(super) enum Detour {
    /// It can't be at all.
    Failed(Errno),
    /// A link is in the way.
    Link(Splice),
}

/// A path in which one link was replaced by its target.
pub(super) struct Splice {
    path: Vec<u8>,
    /// The target was absolute.
    absolute: bool,
    /// This many leading names are known to be directories.
    verified: usize,
    /// The length of the target in bytes.
    target_len: usize,
}

/// A path reduced to ordinary names below an open directory.
pub(super) struct Plain<'w> {
    pub(super) base: &'w OpenDir,
    names: &'w [Name<'w>],
    pub(super) tail: Tail,
}

impl<'a> Walker<'a> {
    /// Checks what can be checked without the filesystem.
    pub(super) fn new(start: Start<'a>, path: &'a [u8]) -> Result<Self, Errno> {
        if path.is_empty() {
            return Err(Errno::NoEntry);
        }
        if path.len() >= PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        if path.contains(&0) {
            return Err(Errno::Invalid);
        }
        if path.first() == Some(&b'/') {
            return Err(Errno::Permission);
        }
        Ok(Self {
            start,
            base: start.dir,
            base_is_root: false,
            path: Cow::Borrowed(path),
            verified: 0,
            expansions: 0,
            spliced: 0,
            backtracked: Cell::new(0),
        })
    }

    /// Acts on the path, again after each link that the action met and that is to be followed.
    pub(super) fn run<T>(
        mut self,
        last: LastLink,
        mut act: impl FnMut(&Plain<'_>) -> Walk<T>,
    ) -> Result<T, Errno> {
        self.run_mut(last, &mut act)
    }

    fn run_mut<T>(
        &mut self,
        last: LastLink,
        act: &mut impl FnMut(&Plain<'_>) -> Walk<T>,
    ) -> Result<T, Errno> {
        loop {
            let mut names = Names::new();
            let detour = match self.plain(&mut names) {
                Ok(plain) => match act(&plain) {
                    Ok(value) => return Ok(value),
                    Err(stop) => plain.detour(stop, last),
                },
                Err(detour) => detour,
            };
            self.take(detour)?;
        }
    }

    /// Makes sure that the directory of the last name exists (the whole path, if it ends in `.` or `..`), following links on the way.
    pub(super) fn find_parent(&mut self) -> Result<(), Errno> {
        self.run_mut(LastLink::Follow, &mut |plain| plain.check_parent())
    }

    /// Makes sure that the whole path exists.
    pub(super) fn find(&mut self, symlinks: Symlinks) -> Result<(), Errno> {
        self.run_mut(LastLink::Follow, &mut |plain| {
            plain.fs().metadata(plain.lookup(symlinks)).map(drop)
        })
    }

    /// Makes sure that the last name exists, whatever it names.
    pub(super) fn find_last(&mut self) -> Result<(), Errno> {
        self.run_mut(LastLink::Refuse(Errno::Loop), &mut |plain| {
            let place = Place {
                must_be_dir: false,
                ..plain.act()
            };
            plain.fs().metadata(place).map(drop)
        })
    }

    /// Where the walk begins, after the links that were met so far.
    pub(super) const fn base(&self) -> &'a OpenDir {
        self.base
    }

    /// The path ends in `.` or `..`, with or without slashes after them.
    pub(super) fn ends_in_dots(&self) -> bool {
        let mut components = self.path.rsplit(|&byte| byte == b'/');
        matches!(
            components.find(|component| !component.is_empty()),
            None | Some(b"." | b"..")
        )
    }

    /// The path ends in a slash.
    pub(super) fn ends_in_slash(&self) -> bool {
        self.path.last() == Some(&b'/')
    }

    /// Goes on with the path that a detour proposes.
    pub(super) fn take(&mut self, detour: Detour) -> Result<(), Errno> {
        let splice = match detour {
            Detour::Failed(errno) => return Err(errno),
            Detour::Link(splice) => splice,
        };
        self.expansions += 1;
        if self.expansions > MAX_LINK_EXPANSIONS {
            return Err(Errno::Loop);
        }
        self.spliced += splice.target_len;
        if self.spliced > MAX_SPLICED_BYTES {
            return Err(Errno::NameTooLong);
        }
        if splice.absolute {
            self.base = self.start.root.ok_or(Errno::Permission)?;
            self.base_is_root = true;
        }
        self.path = Cow::Owned(splice.path);
        self.verified = splice.verified;
        Ok(())
    }

    /// Reduces the path to ordinary names. Each `..` costs a look at the directory that it leaves, unless that one is known already.
    /// `names` is empty room for them.
    pub(super) fn plain<'n, 'w: 'n>(
        &'w self,
        names: &'n mut Names<'w>,
    ) -> Result<Plain<'n>, Detour> {
        let mut tail = Tail::Dot;
        let mut verified = self.verified;
        let mut rest: &[u8] = &self.path;
        loop {
            let (component, after) = split_component(rest);
            match component {
                b"" => {}
                b"." => tail = Tail::Dot,
                b".." => {
                    verified = self.leave(names.as_slice(), verified, after)?;
                    names.pop();
                    tail = Tail::DotDot;
                }
                _ => {
                    names.push(Name::new_unchecked(component));
                    tail = Tail::Name;
                }
            }
            match after {
                Some(after) => rest = after,
                None => break,
            }
        }
        if tail == Tail::Name && self.ends_in_slash() {
            tail = Tail::Slash;
        }
        Ok(Plain {
            base: self.base,
            names: names.as_slice(),
            tail,
        })
    }

    /// Checks that `..` may be taken from the directory `names`, and returns how many leading names are known to be directories then.
    /// `after` is what follows the `..`.
    fn leave(
        &self,
        names: &[Name<'_>],
        verified: usize,
        after: Option<&[u8]>,
    ) -> Result<usize, Detour> {
        let Some(above) = names.len().checked_sub(1) else {
            return if self.base_is_root {
                Ok(0)
            } else {
                Err(Detour::Failed(Errno::Permission))
            };
        };
        if names.len() <= verified {
            return Ok(above);
        }
        let backtracked = self.backtracked.get() + names.len();
        if backtracked > MAX_BACKTRACKED_NAMES {
            return Err(Detour::Failed(Errno::NameTooLong));
        }
        self.backtracked.set(backtracked);
        match check_dir(self.base, names) {
            Ok(()) => Ok(above),
            Err(stop) => {
                let suffix = [
                    &b"/.."[..],
                    if after.is_some() { b"/" } else { b"" },
                    after.unwrap_or_default(),
                ];
                Err(detour(names, stop, &suffix))
            }
        }
    }
}

impl Plain<'_> {
    pub(super) fn fs(&self) -> &dyn FileSystem {
        &**self.base.file_system()
    }

    /// The place of an operation that looks something up: `.`, `..` and a trailing slash all demand a directory and follow a link to it.
    pub(super) fn lookup(&self, symlinks: Symlinks) -> Place<'_> {
        let must_be_dir = self.tail != Tail::Name;
        let follow = must_be_dir || symlinks == Symlinks::Follow;
        Place {
            must_be_dir,
            last: if follow {
                LastName::Follow
            } else {
                LastName::Act
            },
            ..self.act()
        }
    }

    /// The place of an operation on the last name itself.
    pub(super) fn act(&self) -> Place<'_> {
        Place {
            dir: self.base.node(),
            names: self.names,
            must_be_dir: self.tail == Tail::Slash,
            last: LastName::Act,
        }
    }

    /// Fails unless the directory of the last name exists; with `.` or `..` at the end, unless the whole path does.
    pub(super) fn check_parent(&self) -> Walk<()> {
        let names = self.names;
        let parent = match names.split_last() {
            Some((_, parent)) if !self.tail.is_dots() => parent,
            _ => names,
        };
        check_dir(self.base, parent)
    }

    /// What becomes of a path at which an operation stopped.
    pub(super) fn detour(&self, stop: Stop, last: LastLink) -> Detour {
        let names = self.names;
        if let (Cause::Link(_), LastLink::Refuse(errno)) = (&stop.cause, last)
            && names.len().checked_sub(1) == Some(stop.index)
            && self.tail == Tail::Name
        {
            return Detour::Failed(errno);
        }
        let suffix: &[u8] = match self.tail {
            Tail::Name => b"",
            Tail::Slash => b"/",
            Tail::Dot | Tail::DotDot => b"/.",
        };
        detour(names, stop, &[suffix])
    }
}

/// Fails unless the names lead to a directory; reports every link among them.
fn check_dir(base: &OpenDir, names: &[Name<'_>]) -> Walk<()> {
    let place = Place::follow(base.node(), names).must_be_dir();
    let metadata = base.file_system().metadata(place)?;
    if metadata.file_type == FileType::Dir {
        Ok(())
    } else {
        Err(Stop::failed(names.len().saturating_sub(1), Errno::NotDir))
    }
}

/// Replaces the link at which a walk of `names` stopped; `suffix` is what comes after the names.
fn detour(names: &[Name<'_>], stop: Stop, suffix: &[&[u8]]) -> Detour {
    let target = match stop.cause {
        Cause::Failed(errno) => return Detour::Failed(errno),
        Cause::Missing => return Detour::Failed(Errno::NoEntry),
        Cause::Link(target) => target,
    };
    // A backend that points past the path, or whose link has no or an impossible target, is broken; the guest is not to blame.
    let Some((before, [_, after @ ..])) = names.split_at_checked(stop.index) else {
        return Detour::Failed(Errno::Io);
    };
    if target.is_empty() {
        return Detour::Failed(Errno::NoEntry);
    }
    if target.contains(&0) {
        return Detour::Failed(Errno::Io);
    }
    let absolute = target.first() == Some(&b'/');
    let before = if absolute { &[] } else { before };
    let mut path = Vec::new();
    for name in before {
        path.extend_from_slice(name.as_bytes());
        path.push(b'/');
    }
    path.extend_from_slice(&target);
    for name in after {
        path.push(b'/');
        path.extend_from_slice(name.as_bytes());
    }
    for part in suffix {
        path.extend_from_slice(part);
    }
    Detour::Link(Splice {
        path,
        absolute,
        verified: before.len(),
        target_len: target.len(),
    })
}

/// The bytes before the first slash, and those after it if there is one.
fn split_component(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    match path.iter().position(|&byte| byte == b'/') {
        Some(slash) => {
            let (component, rest) = path.split_at(slash);
            (component, rest.get(1..))
        }
        None => (path, None),
    }
}
