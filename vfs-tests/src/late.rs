use guesthouse_vfs::Errno;

use crate::{Call, OnFileSystem, Outcome, Subject};

/// A subject that is made when it is first called: a fork, say, of what has been prepared by then.
pub struct Late {
    make: Option<Box<dyn FnOnce() -> OnFileSystem>>,
    made: Option<OnFileSystem>,
}

impl Late {
    /// A subject that will be what `make` returns.
    #[must_use]
    pub fn new(make: impl FnOnce() -> OnFileSystem + 'static) -> Self {
        Self {
            make: Some(Box::new(make)),
            made: None,
        }
    }

    fn made(&mut self) -> Result<&mut OnFileSystem, Errno> {
        if let Some(make) = self.make.take() {
            self.made = Some(make());
        }
        self.made.as_mut().ok_or(Errno::Io)
    }
}

impl Subject for Late {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        self.made()?.perform(call)
    }

    fn pass_time(&mut self) {
        if let Ok(made) = self.made() {
            made.pass_time();
        }
    }
}
