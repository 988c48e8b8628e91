use crate::{Case, Subject};

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
