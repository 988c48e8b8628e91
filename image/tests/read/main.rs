//! Archives and images into memory, end to end.

mod ground;
mod oci_bytes;
mod tar_bytes;
mod zip_bytes;

mod compressed;
mod directory;
mod docker;
mod mutations;
mod oci;
mod oci_hostile;
mod tar;
mod tar_headers;
mod tar_hostile;
mod tar_sparse;
mod zip;
