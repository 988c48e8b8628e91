use super::walk::{self, Found};
use crate::{Errno, Name, WritableNodeFileSystem};

/// One rename: both parents and names, the node that moves, and what is in its way.
pub(super) struct Rename<'a, N> {
    pub(super) old_dir: Found<N>,
    pub(super) old_name: Name<'a>,
    pub(super) node: Found<N>,
    pub(super) new_dir: Found<N>,
    pub(super) new_name: Name<'a>,
    pub(super) replaced: Option<Found<N>>,
}

impl<N: Clone> Rename<'_, N> {
    /// Makes the checks in the documented order, and says whether there is anything to do. `slash`: either path ended in one.
    pub(super) fn check<T: WritableNodeFileSystem<Node = N>>(
        &self,
        fs: &T,
        slash: bool,
    ) -> Result<bool, Errno> {
        if slash && !self.node.is_dir() {
            return Err(Errno::NotDir);
        }
        if self.node.is_dir() && holds(fs, &self.node, &self.new_dir)? {
            return Err(Errno::Invalid);
        }
        if let Some(replaced) = &self.replaced {
            if replaced.is_dir() && holds(fs, replaced, &self.old_dir)? {
                return Err(Errno::NotEmpty);
            }
            if replaced.same_node(&self.node) {
                return Ok(false);
            }
            match (self.node.is_dir(), replaced.is_dir()) {
                (false, true) => return Err(Errno::IsDir),
                (true, false) => return Err(Errno::NotDir),
                (true, true) if !walk::is_empty(fs, &replaced.node)? => {
                    return Err(Errno::NotEmpty);
                }
                _ => {}
            }
        }
        Ok(true)
    }
}

/// Whether `above` is `dir` or one of the directories that it lies in.
fn holds<T: WritableNodeFileSystem>(
    fs: &T,
    above: &Found<T::Node>,
    dir: &Found<T::Node>,
) -> Result<bool, Errno> {
    let mut dir = dir.clone();
    loop {
        if dir.same_node(above) {
            return Ok(true);
        }
        let parent = walk::found(fs, fs.parent(&dir.node))?;
        if parent.same_node(&dir) {
            return Ok(false);
        }
        dir = parent;
    }
}
