//! Faults on purpose: [`FaultFs`] fails the operation that it is told to, and [`survive_faults`] shows that what is built on it bears that.
//!
//! Whatever wraps or composes filesystems must pass each error on as it is, must not lose what had succeeded, and must give back what it had opened. In a file
//! under `tests/`, say how it is put together on a filesystem that fails; each case of the kit is then run with a fault at each operation:
//! ```
//! use std::sync::Arc;
//!
//! use guesthouse_vfs::{MemFs, MountFs};
//! use guesthouse_vfs_tests::Fixture;
//! use guesthouse_vfs_tests::fault::{FaultFs, Faulty};
//!
//! struct Mounted;
//!
//! impl Faulty for Mounted {
//!     fn fresh() -> (Fixture, Arc<FaultFs>) {
//!         let faulty = FaultFs::new(MemFs::new());
//!         let tree = MountFs::builder(MemFs::new()).mount("/mnt", faulty.clone()).unwrap();
//!         (Fixture::at_path(tree.build(), b"mnt").unwrap(), faulty)
//!     }
//! }
//!
//! guesthouse_vfs_tests::fault_conformance!(Mounted);
//! # fn main() {}
//! ```

mod counted;
mod faulty_file;
mod faulty_fs;
mod plan;
mod survey;
mod twins;

pub use faulty_fs::FaultFs;
pub use plan::{Fault, FaultKind, Operation};
pub use survey::{Faulty, survive_faults, survive_faults_in};
