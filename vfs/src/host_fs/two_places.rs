use super::file_system::at_start;
use super::walk::{Last, settle};
use super::{HostFs, sys};
use crate::{Errno, FileType, LastName, Place, Stop, Walk};

impl HostFs {
    /// Gives the node at `old` the name `new`.
    ///
    /// The kind of the old node is looked at by name before the call that links it. If the name is given to a symbolic link between the two, it is that link
    /// which gets the new name: nothing is followed.
    pub(super) fn link_places(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.start(&old)?;
        let new_start = self.start(&new).map_err(Stop::second)?;
        let from = self.last(&old_start.dir, &old)?;
        let is_dir = match &from {
            None => true,
            Some(from) => settle(from.index, || is_dir(from))?,
        };
        let to = self.last(&new_start.dir, &new).map_err(Stop::second)?;
        let Some(from) = from.filter(|_| !is_dir) else {
            let index = old.names.len().saturating_sub(1);
            return Err(Stop::failed(index, Errno::Permission));
        };
        if from.must_be_dir {
            return Err(from.failed(Errno::NotDir));
        }
        let Some(to) = to else {
            return Err(at_start(Errno::Exist).second());
        };
        sys::link(&from.parent, from.name, &to.parent, to.name, to.must_be_dir).map_err(|errno| {
            match errno {
                Errno::Exist => to.failed(errno).second(),
                // The old name was there a moment ago: it is the new one, with a slash or in a directory that was removed.
                Errno::NoEntry => to.failed(errno).second(),
                errno => from.failed(errno),
            }
        })
    }

    /// Moves the node at `old` to the name `new`.
    pub(super) fn rename_places(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let old_start = self.start(&old)?;
        let new_start = self.start(&new).map_err(Stop::second)?;
        let from = self.last(&old_start.dir, &old)?;
        let to = match self.last(&new_start.dir, &new) {
            Ok(to) => to,
            Err(stop) => {
                // The walk of the old path comes first, and its last step belongs to it.
                check_present(from.as_ref())?;
                return Err(stop.second());
            }
        };
        let (Some(from), Some(to)) = (&from, &to) else {
            check_present(from.as_ref())?;
            let stop = at_start(Errno::Busy);
            return Err(if old.names.is_empty() {
                stop
            } else {
                stop.second()
            });
        };
        let renamed = sys::rename(
            (&from.parent, from.name, from.must_be_dir),
            (&to.parent, to.name, to.must_be_dir),
        );
        renamed.map_err(|errno| match errno {
            Errno::NoEntry => match check_present(Some(from)) {
                Err(stop) => stop,
                Ok(()) => to.failed(errno).second(),
            },
            // POSIX lets a file system say either of a directory with entries.
            Errno::Exist | Errno::NotEmpty => to.failed(Errno::NotEmpty).second(),
            Errno::IsDir => to.failed(errno).second(),
            errno => from.failed(errno),
        })
    }
}

/// Whether the node of this name is a directory, after the place's demands are checked. `None` if the name changed meanwhile.
fn is_dir(from: &Last<'_>) -> Option<Walk<bool>> {
    match sys::file_type(&from.parent, from.name) {
        Ok(FileType::Symlink) if from.rule == LastName::Follow => from.report_link(),
        Ok(file_type) => Some(Ok(file_type == FileType::Dir)),
        Err(errno) => Some(Err(from.stop(errno))),
    }
}

/// Stops if the walk of the old path ends at a name that is missing.
fn check_present(from: Option<&Last<'_>>) -> Walk<()> {
    let Some(from) = from else {
        return Ok(());
    };
    match sys::file_type(&from.parent, from.name) {
        Ok(_) => Ok(()),
        Err(errno) => Err(from.stop(errno)),
    }
}
