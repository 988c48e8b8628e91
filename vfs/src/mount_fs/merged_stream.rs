use std::ops::ControlFlow;
use std::sync::Arc;

use super::trie::Trie;
use crate::{DirEntry, DirStream, Errno, FileType};

/// The listing of a directory with mount points in it: first those, then what else the directory holds.
///
/// It needs no table of cookies. The trie never changes, so its `k` names have the cookies 1 to `k`, and the directory's own cookies follow, moved up by `k`. What a mount
/// hides is left out.
pub(super) struct MergedDirStream {
    pub(super) trie: Arc<Trie>,
    pub(super) node: usize,
    pub(super) inner: Box<dyn DirStream>,
}

impl DirStream for MergedDirStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let trie = &self.trie;
        let mut passed = 0;
        for child in trie.children(self.node) {
            passed += 1;
            let entry = DirEntry {
                name: &child.name,
                ino: child.ino,
                file_type: FileType::Dir,
                next: passed,
            };
            if passed > cookie && sink(entry).is_break() {
                return Ok(());
            }
        }
        let mut too_large = false;
        let (node, moved_by) = (self.node, passed);
        self.inner
            .next_from(cookie.saturating_sub(moved_by), &mut |entry| {
                if trie.child(node, entry.name).is_some() {
                    return ControlFlow::Continue(());
                }
                // No system's cookies come near 2^64 (Linux's are signed); one that did would be mistaken for a mount point's.
                let Some(next) = entry.next.checked_add(moved_by) else {
                    too_large = true;
                    return ControlFlow::Break(());
                };
                sink(DirEntry { next, ..entry })
            })?;
        if too_large {
            return Err(Errno::Overflow);
        }
        Ok(())
    }
}
