//! The cases on Linux itself, without anything of ours in between: what they expect is what the kernel does.

use guesthouse_vfs_tests::{Backend, Fixture};

use super::kernel::Kernel;

fn fixture(temporary: tempfile::TempDir) -> Fixture {
    Fixture {
        prepare: Box::new(Kernel::in_dir(temporary.path())),
        subject: Box::new(Kernel::in_dir(temporary.path())),
        spared: Vec::new(),
        kept: Box::new(temporary),
    }
}

mod tmpfs {
    struct Tmpfs;

    impl super::Backend for Tmpfs {
        fn fresh() -> super::Fixture {
            super::fixture(tempfile::tempdir_in("/dev/shm").unwrap())
        }
    }

    guesthouse_vfs_tests::conformance_of_posix!(Tmpfs);
}

mod disk {
    struct Disk;

    impl super::Backend for Disk {
        fn fresh() -> super::Fixture {
            super::fixture(tempfile::tempdir().unwrap())
        }
    }

    guesthouse_vfs_tests::conformance_of_posix!(Disk);
}
