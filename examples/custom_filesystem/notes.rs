//! A writable filesystem: one directory of small notes, without directories or links in it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guesthouse_vfs::{
    DirEntry, Errno, FileType, Metadata, MetadataChange, Name, NewNode, NodeFileSystem, SyncKind,
    WritableNodeFileSystem,
};

/// The largest note, in bytes.
const NOTE_MAX: usize = 4096;

/// The notes by number. Numbers are never used again, so they serve as inode numbers and as positions in a listing.
#[derive(Default)]
pub(crate) struct Notes {
    notes: BTreeMap<u64, (Vec<u8>, Node)>,
    last: u64,
}

/// A note, which lives on for as long as it is open; the directory has the number 0.
#[derive(Clone, Default)]
pub(crate) struct Node {
    number: u64,
    text: Arc<Mutex<Vec<u8>>>,
}

impl Node {
    fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NodeFileSystem for Notes {
    type Node = Node;

    fn root(&self) -> Node {
        Node::default()
    }

    fn lookup(&self, _dir: &Node, name: Name<'_>) -> Result<Node, Errno> {
        let mut notes = self.notes.values();
        let found = notes.find(|(known, _)| known == name.as_bytes());
        found.map(|(_, note)| note.clone()).ok_or(Errno::NoEntry)
    }

    fn metadata(&self, node: &Node) -> Result<Metadata, Errno> {
        let file_type = if node.number == 0 {
            FileType::Dir
        } else {
            FileType::File
        };
        Ok(Metadata::of(
            file_type,
            node.number + 1,
            node.text().len() as u64,
        ))
    }

    fn read_link(&self, _link: &Node) -> Result<Box<[u8]>, Errno> {
        Err(Errno::Invalid)
    }

    fn list(
        &self,
        _dir: &Node,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        for (&next, (name, _)) in self.notes.range(cookie.saturating_add(1)..) {
            let (ino, file_type) = (next + 1, FileType::File);
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

    fn read_at(&self, file: &Node, buf: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let text = file.text();
        let rest = text.get(start..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

impl WritableNodeFileSystem for Notes {
    fn parent(&self, dir: &Node) -> Node {
        dir.clone()
    }

    fn create(&mut self, _dir: &Node, name: Name<'_>, new: NewNode<'_>) -> Result<Node, Errno> {
        let NewNode::File { .. } = new else {
            return Err(Errno::Permission);
        };
        self.last += 1;
        let note = Node {
            number: self.last,
            ..Node::default()
        };
        self.notes
            .insert(self.last, (name.as_bytes().to_vec(), note.clone()));
        Ok(note)
    }

    fn link(&mut self, _note: &Node, _dir: &Node, _name: Name<'_>) -> Result<(), Errno> {
        Err(Errno::Permission)
    }

    fn remove(&mut self, _dir: &Node, name: Name<'_>) -> Result<(), Errno> {
        self.notes.retain(|_, (known, _)| known != name.as_bytes());
        Ok(())
    }

    fn rename(&mut self, dir: &Node, old: Name<'_>, _: &Node, new: Name<'_>) -> Result<(), Errno> {
        self.remove(dir, new)?;
        for (name, _) in self
            .notes
            .values_mut()
            .filter(|(name, _)| name == old.as_bytes())
        {
            *name = new.as_bytes().to_vec();
        }
        Ok(())
    }

    fn write_at(&mut self, file: &Node, buf: &[u8], offset: u64) -> Result<usize, Errno> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(NOTE_MAX);
        let n = buf.len().min(NOTE_MAX - start);
        if n == 0 {
            return Err(Errno::FileTooBig);
        }
        let mut text = file.text();
        let len = text.len().max(start + n);
        text.resize(len, 0);
        text[start..start + n].copy_from_slice(&buf[..n]);
        Ok(n)
    }

    fn set_len(&mut self, file: &Node, len: u64) -> Result<(), Errno> {
        let len = usize::try_from(len).ok().filter(|len| *len <= NOTE_MAX);
        file.text().resize(len.ok_or(Errno::FileTooBig)?, 0);
        Ok(())
    }

    fn set_metadata(&mut self, _node: &Node, _change: MetadataChange) -> Result<(), Errno> {
        Err(Errno::Permission)
    }

    fn sync(&self, _node: &Node, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
}
