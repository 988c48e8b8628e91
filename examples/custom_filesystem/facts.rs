//! A read-only filesystem of files that are made up when they are read.

use std::ops::ControlFlow;

use guesthouse_vfs::{DirEntry, Errno, FileType, Metadata, Name, NodeFileSystem};

/// A directory of generated files.
pub(crate) struct Facts(pub(crate) Vec<Fact>);

/// The name of a file, and what computes its contents.
type Fact = (&'static str, fn() -> String);

#[derive(Clone)]
pub(crate) enum Node {
    Root,
    File(usize),
}

impl Facts {
    fn contents(&self, node: &Node) -> Result<String, Errno> {
        match node {
            Node::Root => Err(Errno::IsDir),
            Node::File(index) => Ok(self.0.get(*index).ok_or(Errno::Io)?.1()),
        }
    }
}

impl NodeFileSystem for Facts {
    type Node = Node;

    fn root(&self) -> Node {
        Node::Root
    }

    fn lookup(&self, _dir: &Node, name: Name<'_>) -> Result<Node, Errno> {
        let mut names = self.0.iter().map(|(name, _)| name.as_bytes());
        let index = names.position(|known| known == name.as_bytes());
        index.map(Node::File).ok_or(Errno::NoEntry)
    }

    fn metadata(&self, node: &Node) -> Result<Metadata, Errno> {
        Ok(match node {
            Node::Root => Metadata::of(FileType::Dir, 1, 0),
            Node::File(index) => {
                let size = self.contents(node)?.len();
                Metadata::of(FileType::File, *index as u64 + 2, size as u64)
            }
        })
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
        for ((name, _), next) in self.0.iter().zip(1..) {
            let (name, ino, file_type) = (name.as_bytes(), next + 1, FileType::File);
            let entry = DirEntry {
                name,
                ino,
                file_type,
                next,
            };
            if next > cookie && sink(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn read_at(&self, file: &Node, buf: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let contents = self.contents(file)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = contents.as_bytes().get(start..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}
