use crate::{
    Access, Errno, FileType, Metadata, Name, OpenDir, OpenFile, OpenOptions, Opened, Place,
    SetTime, SetTimes,
};

/// The permission bits that are copied. The others would hand a guest's wishes on to the host's users.
pub(super) const MODE_BITS: u32 = 0o777;

pub(super) fn times_of(metadata: &Metadata) -> SetTimes {
    SetTimes {
        accessed: SetTime::At(metadata.accessed),
        modified: SetTime::At(metadata.modified),
    }
}

/// Not every filesystem keeps modes and times; that is no reason to fail.
pub(super) fn optional(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::NotSupported) => Ok(()),
        other => other,
    }
}

/// Opens a file of a directory for reading, and nothing that a symbolic link leads to.
pub(super) fn open_source(dir: &OpenDir, name: Name<'_>) -> Result<OpenFile, Errno> {
    let (fs, names) = (dir.file_system(), [name]);
    let place = Place::act(dir.node(), &names);
    match fs.open(place, OpenOptions::existing(Access::READ)) {
        Ok(Opened::File(file)) => Ok(OpenFile::new(file, Access::READ)),
        Ok(Opened::Dir(node)) => {
            drop(OpenDir::from_opened(fs.clone(), node));
            Err(Errno::IsDir)
        }
        Err(stop) => Err(stop.errno()),
    }
}

/// Makes a directory that the copy can write to, or finds that there is one.
pub(super) fn make_dir(into: &OpenDir, name: Name<'_>, mode: u32) -> Result<(), Errno> {
    let (fs, names) = (into.file_system(), [name]);
    let place = Place::act(into.node(), &names);
    match fs.create_dir(place, (mode | 0o700) & MODE_BITS) {
        Ok(()) => Ok(()),
        Err(stop) if stop.errno() == Errno::Exist => {
            let there = fs.metadata(place).map_err(|stop| stop.errno())?;
            let is_dir = there.file_type == FileType::Dir;
            is_dir.then_some(()).ok_or(Errno::Exist)
        }
        Err(stop) => Err(stop.errno()),
    }
}

/// Removes the file or link that has the name, if there is one.
pub(super) fn make_room(into: &OpenDir, name: Name<'_>) -> Result<(), Errno> {
    let names = [name];
    let place = Place::act(into.node(), &names);
    match into.file_system().unlink(place) {
        Ok(()) => Ok(()),
        Err(stop) if stop.errno() == Errno::NoEntry => Ok(()),
        Err(stop) => Err(stop.errno()),
    }
}
