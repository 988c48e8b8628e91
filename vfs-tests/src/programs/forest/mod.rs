//! Random programs on a growing and shrinking forest: a filesystem, its forks, snapshots and their forks, with open files in all of them. They are
//! compared with [`Model`](crate::Model)s, which copy everything where a filesystem forks.

mod forking;
mod generate;
mod run;
mod step;
mod tree;

pub use forking::Forking;
pub use generate::forests;
pub use run::compare_forests;
pub use step::ForestStep;
