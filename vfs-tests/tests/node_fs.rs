//! The cases on a custom filesystem, adapted from the single-name traits.

use guesthouse_vfs::NodeFs;
use guesthouse_vfs_tests::{Backend, Deviation, Fixture};

#[path = "../../vfs/tests/toy/mod.rs"]
mod toy;

struct Adapted;

impl Backend for Adapted {
    fn fresh() -> Fixture {
        Fixture::at_root(NodeFs::new(toy::ToyFs::new()))
    }

    fn deviations() -> &'static [Deviation] {
        const NO_HOLES: &str = "a file of this filesystem is one buffer of at most 4 MiB";
        &[
            Deviation {
                case: "far_offsets::*",
                reason: NO_HOLES,
            },
            Deviation {
                case: "sparse::cut",
                reason: NO_HOLES,
            },
            Deviation {
                case: "sparse::far_byte",
                reason: NO_HOLES,
            },
            Deviation {
                case: "sparse::long",
                reason: NO_HOLES,
            },
        ]
    }
}

guesthouse_vfs_tests::conformance!(Adapted);
