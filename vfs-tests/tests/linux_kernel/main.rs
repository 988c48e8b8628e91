//! The cases on Linux itself, without anything of ours in between: what they expect is what the kernel does.
#![cfg(target_os = "linux")]

mod kernel;

use guesthouse_vfs_tests::{Backend, Fixture};

use self::kernel::Kernel;

fn fixture(temporary: tempfile::TempDir) -> Fixture {
    let subject = Kernel::new(temporary);
    Fixture {
        prepare: Box::new(subject.again()),
        subject: Box::new(subject),
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
