//! The cases on the reference model.

use guesthouse_vfs_tests::{Backend, Fixture, Model};

struct Reference;

impl Backend for Reference {
    fn fresh() -> Fixture {
        Fixture::at_root(Model::new())
    }
}

guesthouse_vfs_tests::conformance!(Reference);

mod read_only {
    use guesthouse_vfs::ReadOnlyFs;
    use guesthouse_vfs_tests::{Backend, Fixture, Model};

    struct View;

    impl Backend for View {
        fn fresh() -> Fixture {
            let fs = Model::new();
            Fixture::at_root(fs.clone()).seen_through(ReadOnlyFs::new(fs))
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(View);
}
