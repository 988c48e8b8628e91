use guesthouse_vfs::Errno;

use crate::{Call, Outcome};

/// Something that performs calls: a filesystem behind its public interface, or anything that can be held against one, such as the kernel.
///
/// It keeps the open handles and streams under the names that the calls give them. A name that was never given or was closed is [`Errno::BadFd`].
pub trait Subject {
    /// Performs one call.
    ///
    /// # Errors
    /// What the filesystem answers.
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno>;

    /// Lets so much time pass that the next change gets a later time than the last one.
    fn pass_time(&mut self);

    /// Whether paths cannot leave the working directory. Where they can, random programs leave out the calls that would.
    fn is_confined(&self) -> bool {
        true
    }
}
