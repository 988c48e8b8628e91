//! Trees and changes out as archives.

mod archive;
mod digest;
mod extents;
mod first_names;
mod header;
mod layer;
mod layer_plan;
mod layer_way;
mod layout;
mod layout_documents;
mod records;
mod report;
mod tar;

pub use layer::{LayerOptions, LayerReport, write_layer};
pub use layout::{LayoutOptions, LayoutWriter};
pub use report::{TarNote, TarNoteReason, TarReport};
pub use tar::{TarOptions, write_tar};
