//! Trees and changes out as archives.

mod archive;
mod extents;
mod first_names;
mod header;
mod records;
mod report;
mod tar;

pub use report::{TarNote, TarNoteReason, TarReport};
pub use tar::{TarOptions, write_tar};
