//! A small filesystem in memory, written against the single-name traits as an embedder would, for the tests of the adapters and wrappers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use guesthouse_vfs::{
    DirEntry, Errno, FileType, Metadata, Name, NodeFileSystem, SetTime, SetTimes, SyncKind,
    Timestamp, WritableNodeFileSystem,
};

/// Nodes are numbers and never freed, so a number stays good after unlink.
pub(crate) struct ToyFs(Vec<Toy>);

struct Toy {
    metadata: Metadata,
    parent: usize,
    bytes: Vec<u8>,
    /// By cookie, which is never used again.
    entries: BTreeMap<u64, (Vec<u8>, usize)>,
    last_cookie: u64,
}

impl ToyFs {
    pub(crate) fn new() -> Self {
        let mut fs = Self(Vec::new());
        fs.node(0, FileType::Dir, 0o755, b"");
        fs
    }

    fn node(&mut self, parent: usize, file_type: FileType, mode: u32, bytes: &[u8]) -> usize {
        let ino = self.0.len() as u64 + 1;
        let metadata = Metadata {
            mode,
            nlink: 0,
            ..Metadata::of(file_type, ino, bytes.len() as u64)
        };
        self.0.push(Toy {
            metadata,
            parent,
            bytes: bytes.to_vec(),
            entries: BTreeMap::new(),
            last_cookie: 0,
        });
        let node = self.0.len() - 1;
        self.0[node].metadata.nlink = u64::from(node == 0);
        node
    }

    fn add(&mut self, dir: usize, name: Name<'_>, node: usize) {
        let toy = &mut self.0[dir];
        toy.last_cookie += 1;
        toy.entries
            .insert(toy.last_cookie, (name.as_bytes().to_vec(), node));
        self.0[node].metadata.nlink += 1;
    }

    fn cut(&mut self, dir: usize, name: Name<'_>) -> Option<usize> {
        let entries = &mut self.0[dir].entries;
        let cookie = *entries.iter().find(|(_, (n, _))| n == name.as_bytes())?.0;
        let (_, node) = entries.remove(&cookie)?;
        self.0[node].metadata.nlink -= 1;
        Some(node)
    }
}

impl NodeFileSystem for ToyFs {
    type Node = usize;

    fn root(&self) -> usize {
        0
    }

    fn lookup(&self, dir: &usize, name: Name<'_>) -> Result<usize, Errno> {
        let mut entries = self.0[*dir].entries.values();
        entries
            .find(|(n, _)| n == name.as_bytes())
            .map(|(_, node)| *node)
            .ok_or(Errno::NoEntry)
    }

    fn metadata(&self, node: &usize) -> Result<Metadata, Errno> {
        Ok(Metadata {
            size: self.0[*node].bytes.len() as u64,
            ..self.0[*node].metadata
        })
    }

    fn read_link(&self, link: &usize) -> Result<Box<[u8]>, Errno> {
        Ok(self.0[*link].bytes.as_slice().into())
    }

    fn list(
        &self,
        dir: &usize,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        for (next, (name, node)) in self.0[*dir].entries.range(cookie.saturating_add(1)..) {
            let Metadata { ino, file_type, .. } = self.0[*node].metadata;
            if sink(DirEntry {
                name,
                ino,
                file_type,
                next: *next,
            })
            .is_break()
            {
                break;
            }
        }
        Ok(())
    }

    fn read_at(&self, file: &usize, buf: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let bytes = &self.0[*file].bytes;
        let rest = &bytes[bytes.len().min(offset as usize)..];
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

impl WritableNodeFileSystem for ToyFs {
    fn parent(&self, dir: &usize) -> usize {
        self.0[*dir].parent
    }

    fn create_file(&mut self, dir: &usize, name: Name<'_>, mode: u32) -> Result<usize, Errno> {
        let node = self.node(*dir, FileType::File, mode, b"");
        self.add(*dir, name, node);
        Ok(node)
    }

    fn create_dir(&mut self, dir: &usize, name: Name<'_>, mode: u32) -> Result<(), Errno> {
        let node = self.node(*dir, FileType::Dir, mode, b"");
        self.add(*dir, name, node);
        Ok(())
    }

    fn create_symlink(&mut self, dir: &usize, name: Name<'_>, target: &[u8]) -> Result<(), Errno> {
        let node = self.node(*dir, FileType::Symlink, 0o777, target);
        self.add(*dir, name, node);
        Ok(())
    }

    fn link(&mut self, node: &usize, dir: &usize, name: Name<'_>) -> Result<(), Errno> {
        self.add(*dir, name, *node);
        Ok(())
    }

    fn unlink(&mut self, dir: &usize, name: Name<'_>) -> Result<(), Errno> {
        self.cut(*dir, name).map(drop).ok_or(Errno::NoEntry)
    }

    fn remove_dir(&mut self, dir: &usize, name: Name<'_>) -> Result<(), Errno> {
        let node = self.cut(*dir, name).ok_or(Errno::NoEntry)?;
        self.0[node].parent = node;
        Ok(())
    }

    fn rename(
        &mut self,
        old_dir: &usize,
        old: Name<'_>,
        new_dir: &usize,
        new: Name<'_>,
    ) -> Result<(), Errno> {
        if let Some(replaced) = self.cut(*new_dir, new) {
            self.0[replaced].parent = replaced;
        }
        let node = self.cut(*old_dir, old).ok_or(Errno::NoEntry)?;
        self.add(*new_dir, new, node);
        self.0[node].parent = *new_dir;
        Ok(())
    }

    fn write_at(&mut self, file: &usize, buf: &[u8], offset: u64) -> Result<usize, Errno> {
        let end = offset as usize + buf.len();
        let bytes = &mut self.0[*file].bytes;
        bytes.resize(bytes.len().max(end), 0);
        bytes[end - buf.len()..end].copy_from_slice(buf);
        Ok(buf.len())
    }

    fn set_len(&mut self, file: &usize, len: u64) -> Result<(), Errno> {
        self.0[*file].bytes.resize(len as usize, 0);
        Ok(())
    }

    fn allocate(&mut self, file: &usize, offset: u64, len: u64) -> Result<(), Errno> {
        let bytes = &mut self.0[*file].bytes;
        bytes.resize(bytes.len().max((offset + len) as usize), 0);
        Ok(())
    }

    fn set_times(&mut self, node: &usize, times: SetTimes) -> Result<(), Errno> {
        let metadata = &mut self.0[*node].metadata;
        let set = |old: Timestamp, new: SetTime| match new {
            SetTime::Keep => old,
            SetTime::Now => Timestamp::from_nanos(1),
            SetTime::At(time) => time,
        };
        metadata.accessed = set(metadata.accessed, times.accessed);
        metadata.modified = set(metadata.modified, times.modified);
        Ok(())
    }

    fn set_mode(&mut self, node: &usize, mode: u32) -> Result<(), Errno> {
        self.0[*node].metadata.mode = mode;
        Ok(())
    }

    fn sync(&self, _node: &usize, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
}
