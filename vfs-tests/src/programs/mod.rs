//! Random programs: the same calls on several filesystems, whose results and trees must be the same.

mod compare;
mod generate;

pub use compare::{Difference, compare};
pub use generate::programs;
