use std::collections::HashMap;

use guesthouse_vfs::Metadata;

/// The first names that nodes with several have in an archive, so that their further names become links to them.
#[derive(Default)]
pub(super) struct FirstNames {
    by_node: HashMap<(u64, u64), Box<[u8]>>,
    /// How many bytes they have together.
    bytes: usize,
}

/// So many bytes of names are kept. A guest can nest directories until each name of its million has a path of 64 KiB.
const BYTES_MAX: usize = 64 << 20;

impl FirstNames {
    /// The name in the archive of a node that is in it. A node with one name is none of them, even if it has got the number of one that went away.
    pub(super) fn get(&self, metadata: &Metadata) -> Option<&[u8]> {
        if metadata.nlink < 2 {
            return None;
        }
        let name = self.by_node.get(&(metadata.dev, metadata.ino))?;
        Some(name)
    }

    /// Keeps the first name of a node that has several. Where there is no room for it, its further names become files of their own.
    pub(super) fn remember(&mut self, metadata: &Metadata, name: &[u8]) {
        if metadata.nlink > 1 && self.bytes < BYTES_MAX {
            self.bytes += name.len();
            let node = (metadata.dev, metadata.ino);
            self.by_node.insert(node, name.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use guesthouse_vfs::FileType;

    use super::*;

    #[test]
    fn names_are_kept_of_nodes_with_several_while_there_is_room() {
        let node = |ino, nlink| Metadata {
            nlink,
            ..Metadata::of(FileType::File, ino, 0)
        };
        let mut first = FirstNames::default();
        first.remember(&node(1, 1), b"a");
        first.remember(&node(2, 2), b"b");
        assert_eq!(first.get(&node(1, 1)), None);
        assert_eq!(first.get(&node(2, 2)), Some(&b"b"[..]));
        assert_eq!(first.get(&node(2, 1)), None);
        for ino in 3..2000 {
            first.remember(&node(ino, 2), &vec![b'x'; 1 << 16]);
        }
        assert_eq!(first.by_node.len(), 1 + 1024);
    }
}
