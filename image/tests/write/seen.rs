use std::collections::{BTreeMap, HashMap};

use guesthouse_vfs::{FileType, Metadata, Tree};

/// What can be told of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) file_type: FileType,
    pub(crate) mode: u32,
    /// Nanoseconds since the epoch.
    pub(crate) modified: i64,
    /// Of a file, or the target of a link.
    pub(crate) contents: Vec<u8>,
    /// The first of the names that the node has.
    pub(crate) same_as: Vec<u8>,
}

/// All nodes of a tree by path; the root's is empty.
pub(crate) fn seen(tree: &Tree) -> BTreeMap<Vec<u8>, Node> {
    let mut first_names = HashMap::new();
    let mut nodes = BTreeMap::new();
    let root = tree.metadata("/").unwrap();
    nodes.insert(Vec::new(), node(&root, Vec::new(), Vec::new()));
    for entry in tree.walk("/").unwrap() {
        let entry = entry.unwrap();
        let contents = match entry.file_type() {
            FileType::File => tree.read(entry.path()).unwrap(),
            FileType::Symlink => tree.read_link(entry.path()).unwrap().into_vec(),
            _ => Vec::new(),
        };
        let path = entry.path()[1..].to_vec();
        let first = first_names.entry(entry.metadata().ino);
        let first = first.or_insert_with(|| path.clone()).clone();
        nodes.insert(path, node(entry.metadata(), contents, first));
    }
    nodes
}

fn node(metadata: &Metadata, contents: Vec<u8>, same_as: Vec<u8>) -> Node {
    Node {
        file_type: metadata.file_type,
        mode: metadata.mode,
        modified: metadata.modified.as_nanos(),
        contents,
        same_as,
    }
}
