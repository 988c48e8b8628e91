//! Archives and container images in and out of [Guesthouse's filesystems](guesthouse_vfs).

mod error;
mod read;
mod write;

pub use error::{ImageError, ImageErrorKind};
pub use write::{TarNote, TarNoteReason, TarOptions, TarReport, write_tar};
