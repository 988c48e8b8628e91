use std::collections::HashMap;

use crate::{Errno, Metadata, Name};

/// The first names of the nodes with several names that a copy has made, from the directory where it began, so that their further names become links as well.
#[derive(Default)]
pub(super) struct LinkedNodes {
    /// By the device and inode number where the node comes from.
    first_names: HashMap<(u64, u64), Box<[u8]>>,
    /// How many bytes they have together.
    bytes: usize,
}

/// So many bytes of names are kept. A guest can nest directories until each name of its million has a path of a megabyte.
const BYTES_MAX: usize = 64 << 20;

impl LinkedNodes {
    /// The names that lead to the first copy of a node.
    pub(super) fn first_name(&self, metadata: &Metadata) -> Option<Result<Vec<Name<'_>>, Errno>> {
        let path = self.first_names.get(&(metadata.dev, metadata.ino))?;
        let names = path.split(|&byte| byte == b'/');
        Some(names.map(|name| Name::new(name).ok_or(Errno::Io)).collect())
    }

    /// Keeps the first name of a node that has several. Where there is no room for it, its further names become files of their own.
    pub(super) fn remember(&mut self, metadata: &Metadata, path: impl FnOnce() -> Vec<u8>) {
        if metadata.nlink < 2 || self.bytes >= BYTES_MAX {
            return;
        }
        let path = path();
        self.bytes += path.len();
        let node = (metadata.dev, metadata.ino);
        if let Some(old) = self.first_names.insert(node, path.into()) {
            self.bytes -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileType;

    fn node(ino: u64, nlink: u64) -> Metadata {
        Metadata {
            nlink,
            ..Metadata::of(FileType::File, ino, 0)
        }
    }

    #[test]
    fn first_names_are_kept_of_nodes_with_several() {
        let mut linked = LinkedNodes::default();
        linked.remember(&node(1, 1), || b"a".to_vec());
        linked.remember(&node(2, 2), || b"d/b".to_vec());
        assert!(linked.first_name(&node(1, 1)).is_none());
        let names = linked.first_name(&node(2, 2)).unwrap().unwrap();
        let names: Vec<_> = names.iter().map(|name| name.as_bytes()).collect();
        assert_eq!(names, [&b"d"[..], b"b"]);
    }

    /// A million links below a path of a megabyte are a tree of 300 MB in memory, and took a terabyte to copy.
    #[test]
    fn long_paths_of_many_nodes_do_not_fill_the_memory() {
        let mut linked = LinkedNodes::default();
        for ino in 0..1000 {
            linked.remember(&node(ino, 2), || vec![b'x'; 1 << 20]);
        }
        assert_eq!(linked.first_names.len(), 64);
        assert!(linked.first_name(&node(0, 2)).is_some());
        assert!(linked.first_name(&node(999, 2)).is_none());
    }
}
