//! Archives and images into memory, end to end.

mod ground;
mod oci_bytes;
mod tar_bytes;
mod zip_bytes;

mod compressed;
mod docker;
mod oci;
mod tar;
mod zip;
