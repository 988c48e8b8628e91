use std::sync::Arc;

use super::inode::Numbers;
use crate::{
    Errno, FileSystem, Metadata, Name, NodeId, OpenOptions, Opened, OpenedFile, Place, Walk,
};

/// What lies in the overlay. The lower ones, topmost first, are read-only views: nothing that is done here can change them.
pub(super) struct Layers {
    pub(super) upper: Arc<dyn FileSystem>,
    pub(super) lowers: Box<[Arc<dyn FileSystem>]>,
    pub(super) numbers: Numbers,
}

/// Where a node lies in one of the lower layers. It never moves there, so a path is enough to come back to it, and costs no handle.
pub(super) struct LowerNode {
    pub(super) layer: usize,
    parent: Option<Arc<Self>>,
    name: Box<[u8]>,
}

impl LowerNode {
    pub(super) fn root(layer: usize) -> Arc<Self> {
        Arc::new(Self {
            layer,
            parent: None,
            name: Box::default(),
        })
    }

    pub(super) fn child(self: &Arc<Self>, name: Name<'_>) -> Arc<Self> {
        Arc::new(Self {
            layer: self.layer,
            parent: Some(Arc::clone(self)),
            name: name.as_bytes().into(),
        })
    }

    /// The node that these names lead to.
    pub(super) fn descend(self: &Arc<Self>, names: &[Name<'_>]) -> Arc<Self> {
        let start = Arc::clone(self);
        names.iter().fold(start, |node, name| node.child(*name))
    }

    /// The names from the layer's root.
    pub(super) fn names(&self) -> Vec<Name<'_>> {
        let mut names = Vec::new();
        let mut node = self;
        while let Some(parent) = &node.parent {
            names.push(Name::new_unchecked(&node.name));
            node = parent;
        }
        names.reverse();
        names
    }

    /// The path from the layer's root.
    pub(super) fn path(&self) -> Vec<u8> {
        let names = self.names();
        let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        names.join(&b'/')
    }
}

/// A path of any length goes without recursion.
impl Drop for LowerNode {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

impl Layers {
    pub(super) fn lower(&self, layer: usize) -> Result<&Arc<dyn FileSystem>, Errno> {
        self.lowers.get(layer).ok_or(Errno::Io)
    }

    /// What a lower layer knows of one of its nodes.
    pub(super) fn lower_metadata(&self, node: &LowerNode) -> Result<Metadata, Errno> {
        let fs = self.lower(node.layer)?;
        let names = node.names();
        fs.metadata(Place::act(fs.root(), &names))
            .map_err(|stop| stop.errno())
    }

    pub(super) fn read_lower_link(&self, node: &LowerNode) -> Result<Box<[u8]>, Errno> {
        let fs = self.lower(node.layer)?;
        let names = node.names();
        fs.read_link(Place::act(fs.root(), &names))
            .map_err(|stop| stop.errno())
    }

    pub(super) fn open_lower_file(&self, node: &LowerNode) -> Result<OpenedFile, Errno> {
        let fs = self.lower(node.layer)?;
        let names = node.names();
        let options = OpenOptions::existing(crate::Access::READ);
        file_of(fs, fs.open(Place::act(fs.root(), &names), options))
    }

    /// The overlay's number for a node that began in the upper.
    pub(super) const fn upper_number(&self, metadata: &Metadata) -> u64 {
        let numbers = self.numbers;
        numbers.number(super::inode::UPPER, metadata.dev, metadata.ino)
    }

    /// The overlay's number for a node of a lower layer.
    pub(super) const fn lower_number(&self, layer: usize, metadata: &Metadata) -> u64 {
        self.numbers.number(layer + 1, metadata.dev, metadata.ino)
    }
}

/// The file that was opened; a directory that somebody put in its place is given back.
pub(super) fn file_of(fs: &Arc<dyn FileSystem>, opened: Walk<Opened>) -> Result<OpenedFile, Errno> {
    match opened.map_err(|stop| stop.errno())? {
        Opened::File(file) => Ok(file),
        Opened::Dir(dir) => {
            fs.release(dir);
            Err(Errno::IsDir)
        }
    }
}

pub(super) fn open_dir<F: FileSystem + ?Sized>(fs: &F, place: Place<'_>) -> Result<NodeId, Errno> {
    let opened = fs.open(place, OpenOptions::directory());
    match opened.map_err(|stop| stop.errno())? {
        Opened::Dir(dir) => Ok(dir),
        Opened::File(_) => Err(Errno::NotDir),
    }
}
