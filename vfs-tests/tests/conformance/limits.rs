//! The cases on filesystems with limits.

use guesthouse_vfs::{MemFs, MountFs};
use guesthouse_vfs_tests::cases::limits::LIMITS;
use guesthouse_vfs_tests::{Backend, Fixture};

mod memory {
    use super::*;

    struct Memory;

    impl Backend for Memory {
        fn fresh() -> Fixture {
            Fixture::at_root(MemFs::builder().limits(LIMITS).build())
        }
    }

    guesthouse_vfs_tests::limits_conformance!(Memory);
}

mod fork {
    use super::*;

    struct Fork;

    impl Backend for Fork {
        fn fresh() -> Fixture {
            Fixture::at_root(MemFs::builder().limits(LIMITS).build().fork())
        }
    }

    guesthouse_vfs_tests::limits_conformance!(Fork);
}

mod mounted {
    use super::*;

    struct Mounted;

    impl Backend for Mounted {
        fn fresh() -> Fixture {
            let memory = MemFs::builder().limits(LIMITS).build();
            let tree = MountFs::builder(MemFs::new()).mount("/mnt", memory);
            Fixture::at_path(tree.unwrap().build(), b"mnt").unwrap()
        }
    }

    guesthouse_vfs_tests::limits_conformance!(Mounted);
}
