use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;

use crate::{Advice, Errno, File, Metadata, Mount, Opened, OpenedFile, SetTimes, SyncKind};

/// A file of this metadata, opened.
pub(super) fn open_file(metadata: Metadata) -> Opened {
    Opened::File(OpenedFile {
        file: Arc::new(FakeFile(metadata)),
        file_type: metadata.file_type,
        mount: Mount::default(),
    })
}

/// An open file that knows what it is and has no contents.
struct FakeFile(Metadata);

impl File for FakeFile {
    fn read_at(&self, _: &mut [IoSliceMut<'_>], _: u64) -> Result<usize, Errno> {
        Ok(0)
    }
    fn write_at(&self, _: &[IoSlice<'_>], _: u64) -> Result<usize, Errno> {
        Err(Errno::NoSpace)
    }
    fn append(&self, _: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        Err(Errno::NoSpace)
    }
    fn set_len(&self, _: u64) -> Result<(), Errno> {
        Err(Errno::NoSpace)
    }
    fn allocate(&self, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::NoSpace)
    }
    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(self.0)
    }
    fn set_times(&self, _: SetTimes) -> Result<(), Errno> {
        Ok(())
    }
    fn set_mode(&self, _: u32) -> Result<(), Errno> {
        Ok(())
    }
    fn sync(&self, _: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
    fn advise(&self, _: u64, _: u64, _: Advice) -> Result<(), Errno> {
        Ok(())
    }
}
