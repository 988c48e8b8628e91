use crate::FileType;

/// One thing that differs between a tree and the same tree earlier.
///
/// Lists of changes are sorted by path, and at one path as [`ChangeKind`] is. Every name is listed for itself: all that was in a
/// removed directory, all that is in a new one, and each name of a modified file that has several. What lies in a directory that was renamed has not changed by that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path from the root, names with slashes between them: where the node is now, or, if it is gone, where it was. Empty for the root itself.
    pub path: Box<[u8]>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// What it is now, or, if it is gone, was.
    pub file_type: FileType,
}

/// What happened to a node.
///
/// Two files that were swapped are two renames. A rename that replaced something is a removal and a rename. A node that was moved and modified is
/// a rename and a modification. What one name stood for is removed and what it stands for now is created, at the same path, if these are two nodes.
/// A file that has lost several names and got several: each of the new ones is a rename of one of the old ones, in no particular order, as long as there are any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The name is gone, and the node has got no new one for it.
    Removed,
    /// The node had another name for this one.
    Renamed {
        /// Its path from the root before. It can be the same path, where the directories around it changed places and the node did not go with them.
        from: Box<[u8]>,
    },
    /// The name is new: that of a new node, or a further one of an old file.
    Created,
    /// The node was there before, under this name or the one that it was renamed from, and is different now.
    Modified(Modified),
}

/// What differs in a node. At least one is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Modified {
    /// A file was written or its length changed, be it that it shows the same bytes in the end; in a directory names came, went or changed. Names that came and went again don't
    /// count; whether a length counts that was changed and changed back is up to the filesystem.
    pub contents: bool,
    /// The permission bits differ.
    pub mode: bool,
    /// The time of last access or of last modification differs.
    pub times: bool,
}
