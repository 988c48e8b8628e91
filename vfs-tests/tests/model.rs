//! The cases on the reference model.

use guesthouse_vfs_tests::{Backend, Fixture, Model};

struct Reference;

impl Backend for Reference {
    fn fresh() -> Fixture {
        Fixture::at_root(Model::new())
    }
}

guesthouse_vfs_tests::conformance!(Reference);
