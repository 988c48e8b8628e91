//! Archives and images into memory, end to end.

mod ground;
mod tar;
mod tar_bytes;
