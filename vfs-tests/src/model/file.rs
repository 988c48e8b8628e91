use std::io::{IoSlice, IoSliceMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guesthouse_vfs::{Advice, Errno, File, Metadata, SetTimes, SyncKind};

use super::contents::Contents;
use super::tree::{Content, Ino, Tree};

/// An open file of the model.
pub(super) struct ModelFile {
    pub(super) tree: Arc<Mutex<Tree>>,
    pub(super) ino: Ino,
}

impl ModelFile {
    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the contents, and the times with them.
    fn change<T>(&self, change: impl FnOnce(&mut Contents, u64) -> T) -> T {
        let mut tree = self.tree();
        tree.touch(self.ino);
        let number = tree.numbers.next();
        change(contents(&mut tree, self.ino), number)
    }
}

fn contents(tree: &mut Tree, ino: Ino) -> &mut Contents {
    match &mut tree.node(ino).content {
        Content::File(contents) => contents,
        _ => panic!("only regular files are opened"),
    }
}

impl File for ModelFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        Ok(contents(&mut self.tree(), self.ino).read(bufs, offset))
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        Ok(self.change(|contents, number| contents.write(bufs, offset, number)))
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let mut tree = self.tree();
        let end = contents(&mut tree, self.ino).len();
        let number = tree.numbers.next();
        let count = contents(&mut tree, self.ino).write(bufs, end, number);
        if count > 0 {
            tree.touch(self.ino);
        }
        Ok((end + count as u64, count))
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        self.change(|contents, number| contents.set_len(len, number));
        Ok(())
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<(), Errno> {
        self.change(|contents, number| {
            let len = contents.len().max(offset + len);
            contents.set_len(len, number);
        });
        Ok(())
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(self.tree().metadata(self.ino))
    }

    fn set_times(&self, times: SetTimes) -> Result<(), Errno> {
        self.tree().set_times(self.ino, times);
        Ok(())
    }

    fn set_mode(&self, mode: u32) -> Result<(), Errno> {
        self.tree().set_mode(self.ino, mode);
        Ok(())
    }

    fn sync(&self, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}
