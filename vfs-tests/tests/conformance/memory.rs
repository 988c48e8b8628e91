//! The cases on the filesystem in memory.

use guesthouse_vfs::MemFs;
use guesthouse_vfs_tests::{Backend, Fixture};

struct Memory;

impl Backend for Memory {
    fn fresh() -> Fixture {
        Fixture::at_root(MemFs::new())
    }
}

guesthouse_vfs_tests::conformance!(Memory);

mod read_only {
    use guesthouse_vfs::{MemFs, ReadOnlyFs};
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct View;

    impl Backend for View {
        fn fresh() -> Fixture {
            let fs = MemFs::new();
            Fixture::at_root(fs.clone()).seen_through(ReadOnlyFs::new(fs))
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(View);
}
