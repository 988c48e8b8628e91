//! A small filesystem in memory, written against the single-name traits as an embedder would, for the tests of the adapters and wrappers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use guesthouse_vfs::{
    Clock, DirEntry, Errno, FileType, Metadata, MetadataChange, Name, NewNode, NodeFileSystem,
    SetTime, SyncKind, SystemClock, Timestamp, WritableNodeFileSystem,
};

/// A file is one buffer, which has no holes.
const SIZE_MAX: usize = 4 << 20;

/// Nodes are numbers and never freed, so a number stays good after its last name is gone.
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
        fs.0[0].metadata.nlink = 1;
        fs
    }

    fn node(&mut self, parent: usize, file_type: FileType, mode: u32, bytes: &[u8]) -> usize {
        let (node, nlink) = (self.0.len(), 0);
        let now = SystemClock.now();
        let metadata = Metadata {
            mode,
            nlink,
            accessed: now,
            modified: now,
            changed: now,
            ..Metadata::of(file_type, node as u64 + 1, 0)
        };
        let (bytes, entries) = (bytes.to_vec(), BTreeMap::new());
        self.0.push(Toy {
            metadata,
            parent,
            bytes,
            entries,
            last_cookie: 0,
        });
        node
    }

    /// The contents of a node have changed.
    fn modified(&mut self, node: usize) {
        let now = SystemClock.now();
        self.0[node].metadata.modified = now;
        self.0[node].metadata.changed = now;
    }

    /// What is known of a node has changed.
    fn changed(&mut self, node: usize) {
        self.0[node].metadata.changed = SystemClock.now();
    }

    fn add(&mut self, dir: usize, name: Name<'_>, node: usize) {
        let toy = &mut self.0[dir];
        toy.last_cookie += 1;
        toy.entries
            .insert(toy.last_cookie, (name.as_bytes().to_vec(), node));
        self.0[node].metadata.nlink += 1;
        self.0[node].parent = dir;
        self.modified(dir);
    }

    fn cut(&mut self, dir: usize, name: Name<'_>) -> Result<usize, Errno> {
        let entries = &mut self.0[dir].entries;
        let found = entries.iter().find(|(_, (n, _))| n == name.as_bytes());
        let cookie = *found.ok_or(Errno::NoEntry)?.0;
        let (_, node) = entries.remove(&cookie).ok_or(Errno::NoEntry)?;
        self.0[node].metadata.nlink -= 1;
        self.0[node].parent = node;
        self.changed(node);
        self.modified(dir);
        Ok(node)
    }
}

impl NodeFileSystem for ToyFs {
    type Node = usize;

    fn root(&self) -> usize {
        0
    }

    fn lookup(&self, dir: &usize, name: Name<'_>) -> Result<usize, Errno> {
        let mut entries = self.0[*dir].entries.values();
        let found = entries.find(|(n, _)| n == name.as_bytes());
        found.map(|(_, node)| *node).ok_or(Errno::NoEntry)
    }

    fn metadata(&self, node: &usize) -> Result<Metadata, Errno> {
        let toy = &self.0[*node];
        Ok(Metadata {
            size: toy.bytes.len() as u64,
            ..toy.metadata
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
        for (&next, (name, node)) in self.0[*dir].entries.range(cookie.saturating_add(1)..) {
            let Metadata { ino, file_type, .. } = self.0[*node].metadata;
            if sink(DirEntry {
                name,
                ino,
                file_type,
                next,
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

    fn create(&mut self, dir: &usize, name: Name<'_>, new: NewNode<'_>) -> Result<usize, Errno> {
        let node = match new {
            NewNode::File { mode } => self.node(*dir, FileType::File, mode, b""),
            NewNode::Dir { mode } => self.node(*dir, FileType::Dir, mode, b""),
            NewNode::Symlink { target } => self.node(*dir, FileType::Symlink, 0o777, target),
        };
        self.add(*dir, name, node);
        Ok(node)
    }

    fn link(&mut self, node: &usize, dir: &usize, name: Name<'_>) -> Result<(), Errno> {
        self.changed(*node);
        self.add(*dir, name, *node);
        Ok(())
    }

    fn remove(&mut self, dir: &usize, name: Name<'_>) -> Result<(), Errno> {
        self.cut(*dir, name).map(drop)
    }

    fn rename(
        &mut self,
        old_dir: &usize,
        old: Name<'_>,
        new_dir: &usize,
        new: Name<'_>,
    ) -> Result<(), Errno> {
        let _replaced = self.cut(*new_dir, new);
        let node = self.cut(*old_dir, old)?;
        self.add(*new_dir, new, node);
        Ok(())
    }

    fn write_at(&mut self, file: &usize, buf: &[u8], offset: u64) -> Result<usize, Errno> {
        let end = offset as usize + buf.len();
        if end > SIZE_MAX {
            return Err(Errno::FileTooBig);
        }
        let bytes = &mut self.0[*file].bytes;
        bytes.resize(bytes.len().max(end), 0);
        bytes[end - buf.len()..end].copy_from_slice(buf);
        self.modified(*file);
        Ok(buf.len())
    }

    fn set_len(&mut self, file: &usize, len: u64) -> Result<(), Errno> {
        if len > SIZE_MAX as u64 {
            return Err(Errno::FileTooBig);
        }
        self.0[*file].bytes.resize(len as usize, 0);
        self.modified(*file);
        Ok(())
    }

    fn set_metadata(&mut self, node: &usize, change: MetadataChange) -> Result<(), Errno> {
        let now = SystemClock.now();
        let metadata = &mut self.0[*node].metadata;
        let set = |old: Timestamp, new: SetTime| match new {
            SetTime::Keep => old,
            SetTime::Now => now,
            SetTime::At(time) => time,
        };
        match change {
            MetadataChange::Mode(mode) => metadata.mode = mode,
            MetadataChange::Times(times) => {
                metadata.accessed = set(metadata.accessed, times.accessed);
                metadata.modified = set(metadata.modified, times.modified);
            }
        }
        metadata.changed = now;
        Ok(())
    }

    fn sync(&self, _node: &usize, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
}
