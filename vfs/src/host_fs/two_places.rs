use cap_std::fs::Dir;

use super::file_system::at_start;
use super::walk::{Last, Parent, settle};
use super::{HostFs, sys};
use crate::{Errno, LastName, Place, Stop, Walk};

impl HostFs {
    /// Gives the node at `old` the name `new`.
    ///
    /// What a place demands of the old node beyond being there (that it is no link, or is a directory) is looked at before the call that links it. If the name is given
    /// to another node between the two, that one gets the new name; a symbolic link itself does, and nothing is followed.
    pub(super) fn link_places(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.start(&old)?;
        let new_start = self.start(&new).map_err(Stop::second)?;
        let from = self.last(&old_start.dir, &old)?;
        if let Some(from) = &from
            && (from.must_be_dir || from.rule == LastName::Follow)
        {
            settle(from.index, || check_kind(from))?;
        }
        let to = self.last_of_new(&new_start.dir, &new, &old, from.as_ref());
        let to = match to {
            Ok(to) => to,
            Err(stop) => {
                // The last name of the old path is walked before the new path.
                check_present(from.as_ref())?;
                return Err(stop);
            }
        };
        let Some(to) = to else {
            check_present(from.as_ref())?;
            return Err(at_start(Errno::Exist).second());
        };
        let Some(from) = &from else {
            return Err(refuse_dir(&to));
        };
        let linked = sys::link(&from.parent, from.name, &to.parent, to.name, to.must_be_dir);
        linked.map_err(|errno| match errno {
            Errno::NoEntry | Errno::NameTooLong => either(from, &to, errno),
            Errno::Exist => to.failed(errno).second(),
            errno => from.failed(errno),
        })
    }

    /// Moves the node at `old` to the name `new`.
    pub(super) fn rename_places(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.start(&old)?;
        let new_start = self.start(&new).map_err(Stop::second)?;
        let from = self.last(&old_start.dir, &old)?;
        let to = self.last_of_new(&new_start.dir, &new, &old, from.as_ref())?;
        let Some(from) = &from else {
            return Err(at_start(Errno::Busy));
        };
        let Some(to) = &to else {
            return Err(at_start(Errno::Busy).second());
        };
        let renamed = sys::rename(
            (&from.parent, from.name, from.must_be_dir),
            (&to.parent, to.name, to.must_be_dir),
        );
        renamed.map_err(|errno| match errno {
            Errno::NoEntry | Errno::NameTooLong => either(from, to, errno),
            // POSIX lets a file system say either of a directory with entries.
            Errno::Exist | Errno::NotEmpty => to.failed(Errno::NotEmpty).second(),
            Errno::IsDir => to.failed(errno).second(),
            errno => from.failed(errno),
        })
    }

    /// Walks to the last name of `new`, by way of the directory that is open already if `old` is in the same one.
    fn last_of_new<'a>(
        &self,
        start: &'a Dir,
        new: &Place<'a>,
        old: &Place<'_>,
        from: Option<&'a Last<'_>>,
    ) -> Walk<Option<Last<'a>>> {
        if let (Some(from), Some((&name, above))) = (from, new.names.split_last())
            && new.dir == old.dir
            && old.names.get(..from.index) == Some(above)
        {
            return Ok(Some(Last {
                parent: Parent::Start(&from.parent),
                name,
                index: above.len(),
                must_be_dir: new.must_be_dir,
                rule: new.last,
            }));
        }
        self.last(start, new).map_err(Stop::second)
    }
}

/// Checks what the place demands of the node of this name. `None` if the name changed meanwhile.
fn check_kind(from: &Last<'_>) -> Option<Walk<()>> {
    match sys::file_type(&from.parent, from.name) {
        Ok(file_type) => from.check(file_type),
        Err(errno) => Some(Err(from.stop(errno))),
    }
}

/// Stops if the old path ends at a name that is not there.
fn check_present(from: Option<&Last<'_>>) -> Walk<()> {
    let Some(from) = &from else {
        return Ok(());
    };
    match sys::file_type(&from.parent, from.name) {
        Ok(_) => Ok(()),
        Err(errno) => Err(from.stop(errno)),
    }
}

/// A call on two names failed with what each of them could have caused.
fn either(from: &Last<'_>, to: &Last<'_>, errno: Errno) -> Stop {
    match check_present(Some(from)) {
        Err(stop) => stop,
        Ok(()) => to.failed(errno).second(),
    }
}

/// Why the directory in which the old path begins does not get the new name.
fn refuse_dir(to: &Last<'_>) -> Stop {
    match sys::file_type(&to.parent, to.name) {
        Ok(_) => to.failed(Errno::Exist).second(),
        Err(Errno::NoEntry) if !to.must_be_dir => at_start(Errno::Permission),
        Err(errno) => to.failed(errno).second(),
    }
}
