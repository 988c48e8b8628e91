//! The cases in trees of mounted filesystems.

use guesthouse_vfs::MountFs;
use guesthouse_vfs_tests::{Backend, Fixture, Model};

mod below {
    use super::*;

    /// Mounted below another filesystem.
    struct Below;

    impl Backend for Below {
        fn fresh() -> Fixture {
            let tree = MountFs::builder(Model::new())
                .mount("/mnt", Model::new())
                .unwrap()
                .build();
            Fixture::at_path(tree, b"mnt").unwrap()
        }
    }

    guesthouse_vfs_tests::conformance!(Below);
}
