use std::sync::Arc;

use guesthouse_vfs::{DirChain, Errno, Metadata, Name, OpenDir, OpenOptions, Opened, Place, Tree};

use super::archive::unreadable;
use crate::ImageError;

/// A way through a tree, from directory to directory, in the order of a plan: none is entered twice.
pub(super) struct Way {
    chain: DirChain,
    /// The path of the last directory.
    path: Vec<u8>,
}

impl Way {
    pub(super) fn new(tree: &Tree) -> Result<Self, ImageError> {
        let first = reopened(tree.root()).map_err(|errno| unreadable(b"/", errno))?;
        Ok(Self {
            chain: DirChain::new(first),
            path: Vec::new(),
        })
    }

    /// Goes to a directory, and tells of each that is entered on the way: its path, and what is known of it.
    pub(super) fn go_to(
        &mut self,
        path: &[u8],
        mut entered: impl FnMut(&[u8], &Metadata) -> Result<(), ImageError>,
    ) -> Result<(), ImageError> {
        while !is_at_or_below(path, &self.path) {
            self.chain.leave();
            let parent = self.path.iter().rposition(|&byte| byte == b'/');
            self.path.truncate(parent.unwrap_or(0));
        }
        let rest = path.get(self.path.len()..).unwrap_or_default().to_vec();
        for name in rest.split(|&byte| byte == b'/') {
            if name.is_empty() {
                continue;
            }
            let metadata = self.metadata(name)?;
            let dir = self.chain.enter(name);
            if !self.path.is_empty() {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(name);
            dir.map_err(|errno| unreadable(&self.path, errno))?;
            entered(&self.path, &metadata)?;
        }
        Ok(())
    }

    /// The last directory.
    pub(super) fn dir(&mut self) -> Result<Arc<OpenDir>, ImageError> {
        let dir = self.chain.last();
        dir.map_err(|errno| unreadable(&self.path, errno))
    }

    /// What has a name in the last directory.
    pub(super) fn metadata(&mut self, name: &[u8]) -> Result<Metadata, ImageError> {
        let dir = self.dir()?;
        let failed = |errno| unreadable(&super::tar::join(&self.path, name), errno);
        let names = [Name::new(name).ok_or_else(|| failed(Errno::Invalid))?];
        let metadata = dir.file_system().metadata(Place::act(dir.node(), &names));
        metadata.map_err(|stop| failed(stop.errno()))
    }

    /// The tree below the last directory.
    pub(super) fn below(&mut self) -> Result<Tree, ImageError> {
        let dir = self.dir()?;
        let dir = reopened(&dir).map_err(|errno| unreadable(&self.path, errno))?;
        Ok(Tree::below(dir))
    }
}

/// Whether a path is that of a directory, or leads through it.
fn is_at_or_below(path: &[u8], dir: &[u8]) -> bool {
    match path.strip_prefix(dir) {
        Some(rest) => dir.is_empty() || matches!(rest.first(), None | Some(b'/')),
        None => false,
    }
}

fn reopened(dir: &OpenDir) -> Result<OpenDir, Errno> {
    let fs = dir.file_system();
    match fs.open(Place::dir(dir.node()), OpenOptions::directory()) {
        Ok(Opened::Dir(node)) => Ok(OpenDir::from_opened(fs.clone(), node)),
        Ok(Opened::File(_)) => Err(Errno::NotDir),
        Err(stop) => Err(stop.errno()),
    }
}

/// The directory and the name of a path in a plan; of the root both are empty.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => {
            let (dir, name) = path.split_at(slash);
            (dir, name.get(1..).unwrap_or_default())
        }
        None => (b"", path),
    }
}
