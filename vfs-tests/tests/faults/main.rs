//! Every case of the kit and random programs, with a fault at each operation, on what wraps and composes filesystems.
//!
//! `cargo test -p guesthouse-vfs-tests --test faults mounted::rename` runs one file of cases in one composition.

mod compositions;
mod leftovers;
mod random_programs;
mod trees;
