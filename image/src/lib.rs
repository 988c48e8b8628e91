//! Archives and container images in and out of [Guesthouse's filesystems](guesthouse_vfs).
#![deny(unsafe_code)]

mod error;
mod read;
mod write;

pub use error::{ImageError, ImageErrorKind};
pub use read::{Image, ImageConfig, ImageFormat, ImageOptions, Note, NoteKind, Platform};
pub use write::{
    LayerOptions, LayerReport, LayoutOptions, LayoutWriter, TarNote, TarNoteReason, TarOptions,
    TarReport, write_layer, write_tar,
};
