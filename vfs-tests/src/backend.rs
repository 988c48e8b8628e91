use std::any::Any;
use std::sync::Arc;

use guesthouse_vfs::{Errno, FileSystem};

use crate::{Case, OnFileSystem, Subject};

/// A filesystem that the kit is run on.
pub trait Backend {
    /// A fresh filesystem for one case.
    fn fresh() -> Fixture;

    /// The cases in which the filesystem is known to answer differently, each with its reason.
    ///
    /// Nothing is skipped: a declared case runs as well, and passing is then a failure.
    #[must_use]
    fn deviations() -> &'static [Deviation] {
        &[]
    }
}

/// What one case runs on.
pub struct Fixture {
    /// Makes the tree before.
    pub prepare: Box<dyn Subject>,
    /// Runs the script. The same filesystem, or a view of it.
    pub subject: Box<dyn Subject>,
    /// What the script must leave exactly as it was, times and listings included: the origin of a fork, what lies below an overlay.
    pub spared: Vec<Box<dyn Subject>>,
    /// Dropped after all of them, such as a temporary directory.
    pub kept: Box<dyn Any>,
}

impl Fixture {
    /// Runs the case in the root of a filesystem.
    #[must_use]
    pub fn at_root(fs: Arc<dyn FileSystem>) -> Self {
        Self {
            prepare: Box::new(OnFileSystem::at_root(fs.clone())),
            subject: Box::new(OnFileSystem::at_root(fs)),
            spared: Vec::new(),
            kept: Box::new(()),
        }
    }

    /// The same tree, but the script runs in the root of another filesystem, a view of it.
    #[must_use]
    pub fn seen_through(self, view: Arc<dyn FileSystem>) -> Self {
        Self {
            subject: Box::new(OnFileSystem::at_root(view)),
            ..self
        }
    }

    /// The same, with a tree that the script must leave exactly as it was.
    #[must_use]
    pub fn sparing(mut self, spared: impl Subject + 'static) -> Self {
        self.spared.push(Box::new(spared));
        self
    }

    /// The same, with something that is dropped after it.
    #[must_use]
    pub fn keeping(self, kept: impl Any) -> Self {
        Self {
            kept: Box::new((self.kept, kept)),
            ..self
        }
    }

    /// Runs the case in the directory at a path from the root of a filesystem.
    ///
    /// # Errors
    /// Those of [`resolve::open`](guesthouse_vfs::resolve::open).
    pub fn at_path(fs: Arc<dyn FileSystem>, path: &[u8]) -> Result<Self, Errno> {
        Ok(Self {
            prepare: Box::new(OnFileSystem::at_path(fs.clone(), path)?),
            subject: Box::new(OnFileSystem::at_path(fs, path)?),
            spared: Vec::new(),
            kept: Box::new(()),
        })
    }
}

/// A case in which a filesystem is known to answer differently.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// The case as `file::name`, or `file::*` for all of a file.
    pub case: &'static str,
    /// Why.
    pub reason: &'static str,
}

impl Deviation {
    /// Whether it speaks of this case.
    #[must_use]
    pub fn covers(&self, case: &Case) -> bool {
        match self.case.strip_suffix("::*") {
            Some(file) => file == case.file,
            None => self.case == case.path(),
        }
    }
}
