use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::{
    Advice, DirEntry, DirStream, Errno, File, Metadata, Mount, Opened, OpenedFile, SetTimes,
    SyncKind,
};

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

/// What was in a directory when its listing began.
pub(super) struct FakeStream(pub(super) Vec<(Vec<u8>, Metadata)>);

impl DirStream for FakeStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        for (name, next) in self.0.iter().zip(1..).skip(cookie as usize) {
            let entry = DirEntry {
                name: &name.0,
                ino: name.1.ino,
                file_type: name.1.file_type,
                next,
            };
            if sink(entry).is_break() {
                break;
            }
        }
        Ok(())
    }
}
