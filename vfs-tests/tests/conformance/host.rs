//! The cases on directories of the host.

use guesthouse_vfs::HostFs;
use guesthouse_vfs_tests::Fixture;

fn fixture(temporary: tempfile::TempDir) -> Fixture {
    let fs = HostFs::open_ambient(temporary.path()).unwrap();
    Fixture::at_root(fs).keeping(temporary)
}

#[cfg(target_os = "linux")]
mod tmpfs {
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct Tmpfs;

    impl Backend for Tmpfs {
        fn fresh() -> Fixture {
            super::fixture(tempfile::tempdir_in("/dev/shm").unwrap())
        }
    }

    guesthouse_vfs_tests::conformance!(Tmpfs);
}

mod disk {
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct Disk;

    impl Backend for Disk {
        fn fresh() -> Fixture {
            super::fixture(tempfile::tempdir().unwrap())
        }
    }

    guesthouse_vfs_tests::conformance!(Disk);
}

/// Walked name by name, as where the kernel has no `openat2`.
mod by_steps {
    use guesthouse_vfs::HostFs;
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct BySteps;

    impl Backend for BySteps {
        fn fresh() -> Fixture {
            let temporary = tempfile::tempdir().unwrap();
            let fs = HostFs::open_ambient_by_steps(temporary.path()).unwrap();
            Fixture::at_root(fs).keeping(temporary)
        }
    }

    guesthouse_vfs_tests::conformance!(BySteps);
}

mod read_only {
    use guesthouse_vfs::{HostFs, ReadOnlyFs};
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct View;

    impl Backend for View {
        fn fresh() -> Fixture {
            let temporary = tempfile::tempdir().unwrap();
            let fs = HostFs::open_ambient(temporary.path()).unwrap();
            let view = ReadOnlyFs::new(fs.clone());
            Fixture::at_root(fs).seen_through(view).keeping(temporary)
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(View);
}
