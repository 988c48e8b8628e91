use guesthouse_vfs::{FileSystem, FileType, Place, SetTimes};

use super::Unpacker;
use super::dirs::ordinary;
use crate::read::ImageError;
use crate::read::entry_name::split;

/// What a directory takes in the table besides its name, in bytes.
const COST: u64 = 128;

/// What of the table is charged for a directory of this path.
const fn cost(path: &[u8]) -> u64 {
    path.len() as u64 + COST
}

impl Unpacker {
    /// Keeps the times that a directory is to have in the end. The last ones count, whatever name it has got them by.
    pub(super) fn keep_times(
        &mut self,
        ino: u64,
        path: &[u8],
        times: SetTimes,
    ) -> Result<(), ImageError> {
        self.drop_times(ino);
        self.dir_times_budget.charge(cost(path))?;
        self.dir_times.insert(ino, (path.into(), times));
        Ok(())
    }

    /// Takes the times back that were kept for the inode of a directory that was there before.
    pub(super) fn forget_times(&mut self, place: Place<'_>) -> Result<(), ImageError> {
        let metadata = self.fs.metadata(place);
        let ino = metadata.map_err(|stop| self.fault(stop.errno()))?.ino;
        self.drop_times(ino);
        Ok(())
    }

    fn drop_times(&mut self, ino: u64) {
        if let Some((path, _)) = self.dir_times.remove(&ino) {
            self.dir_times_budget.refund(cost(&path));
        }
    }

    /// Sets the times that were kept.
    pub(super) fn set_dir_times(&self) -> Result<(), ImageError> {
        for (ino, (path, times)) in &self.dir_times {
            // What an entry made may have been replaced by a later one.
            let Ok((dir, there)) = self.look(path) else {
                continue;
            };
            if there.file_type != FileType::Dir || there.ino != *ino {
                continue;
            }
            let set = match split(path) {
                Some((_, last)) => self
                    .fs
                    .set_times(Place::act(dir.node(), &[ordinary(last)?]), *times),
                None => self.fs.set_times(Place::dir(dir.node()), *times),
            };
            set.map_err(|stop| self.fault(stop.errno()))?;
        }
        Ok(())
    }
}
