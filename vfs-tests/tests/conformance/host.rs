//! The cases on directories of the host.

use guesthouse_vfs::HostFs;
use guesthouse_vfs_tests::{Deviation, Fixture};

fn fixture(temporary: tempfile::TempDir) -> Fixture {
    let fs = HostFs::open_ambient(temporary.path()).unwrap();
    Fixture::at_root(fs).keeping(temporary)
}

/// In two-path calls HostFs looks at the last old name before it has walked to the new directory.
pub(crate) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        case: "error_order::link_new_name_before_old_kind",
        reason: "a directory is refused before the new name is looked at",
    },
    Deviation {
        case: "error_order::rename_old_name_first",
        reason: "the length of the old name is checked before the new directory",
    },
    Deviation {
        case: "error_order::rename_parents_before_names",
        reason: "the old name is looked up before the new directory",
    },
];

#[cfg(target_os = "linux")]
mod tmpfs {
    use guesthouse_vfs_tests::{Backend, Fixture};

    struct Tmpfs;

    impl Backend for Tmpfs {
        fn fresh() -> Fixture {
            super::fixture(tempfile::tempdir_in("/dev/shm").unwrap())
        }

        fn deviations() -> &'static [super::Deviation] {
            super::DEVIATIONS
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

        fn deviations() -> &'static [super::Deviation] {
            super::DEVIATIONS
        }
    }

    guesthouse_vfs_tests::conformance!(Disk);
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
