use std::ops::ControlFlow;
use std::sync::Arc;

use crate::{
    DirEntry, Errno, FileSystem, FileType, Metadata, Name, NodeFileSystem, ReadOnlyNodeFs,
};

/// The permission bits of a synthetic directory: nothing can be made in it.
const MODE: u32 = 0o555;

/// Inode numbers from here on, one for each node of the trie, are synthetic directories'. No filesystem numbers its nodes so high.
const FIRST_INO: u64 = 0x7FFF_FFFF_FFFF_0000;

/// A directory that exists only because a mount lies below it. By itself it is an empty filesystem that cannot be changed.
struct SyntheticDir {
    ino: u64,
    nlink: u64,
}

/// The synthetic directory that is the `index`-th node of the trie and has that many children.
pub(super) fn synthetic_dir(index: u64, children: u64) -> (Arc<dyn FileSystem>, u64) {
    let ino = FIRST_INO.saturating_add(index);
    let fs = ReadOnlyNodeFs::new(SyntheticDir {
        ino,
        nlink: children.saturating_add(2),
    });
    (fs, ino)
}

impl NodeFileSystem for SyntheticDir {
    type Node = ();

    fn root(&self) {}

    fn lookup(&self, (): &(), _name: Name<'_>) -> Result<(), Errno> {
        Err(Errno::NoEntry)
    }

    fn metadata(&self, (): &()) -> Result<Metadata, Errno> {
        Ok(Metadata {
            mode: MODE,
            nlink: self.nlink,
            ..Metadata::of(FileType::Dir, self.ino, 0)
        })
    }

    fn read_link(&self, (): &()) -> Result<Box<[u8]>, Errno> {
        Err(Errno::Invalid)
    }

    fn list(
        &self,
        (): &(),
        _cookie: u64,
        _sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        Ok(())
    }

    fn read_at(&self, (): &(), _buf: &mut [u8], _offset: u64) -> Result<usize, Errno> {
        Err(Errno::IsDir)
    }
}
