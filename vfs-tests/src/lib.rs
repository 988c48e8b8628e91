//! The conformance kit: one set of cases that every [`FileSystem`](guesthouse_vfs::FileSystem) must pass.
#![forbid(unsafe_code)]

mod backend;
mod case;
pub mod cases;
mod check;
mod conformance;
mod model;
mod on_file_system;
pub mod programs;
mod read_only;
mod run;
mod script;
mod show;
mod subject;
mod tree_of;

pub use backend::{Backend, Deviation, Fixture};
pub use case::Case;
pub use check::{Failure, check, run};
pub use conformance::check_deviations;
pub use model::Model;
pub use on_file_system::OnFileSystem;
pub use read_only::run_read_only;
pub use script::{Call, Entry, Outcome, Target};
pub use subject::Subject;
