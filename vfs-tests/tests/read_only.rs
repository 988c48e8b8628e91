//! The cases behind a read-only view.

mod of_the_model {
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
