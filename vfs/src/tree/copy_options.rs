/// How a tree is copied.
#[derive(Default)]
pub struct CopyOptions<'a> {
    /// What becomes of symbolic links with absolute targets.
    pub absolute_links: AbsoluteLinks,
    /// Called for each node before it is copied, and for each part of a large file.
    pub progress: Option<&'a mut dyn FnMut(&CopyProgress<'_>)>,
}

/// What becomes of a symbolic link with an absolute target when it is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AbsoluteLinks {
    /// It leads outside of what is copied, is left out, and is reported.
    #[default]
    LeaveOut,
    /// It is copied as it is. That is right for the image of a whole system, whose root becomes the root of a tree.
    Keep,
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug)]
pub struct CopyProgress<'a> {
    /// What is being copied.
    pub path: &'a [u8],
    /// The nodes that were copied before.
    pub nodes: u64,
    /// The bytes that were copied before.
    pub bytes: u64,
}
