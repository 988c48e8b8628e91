//! The cases in trees that mix memory and directories of the host, on either side of a mount point.

use std::sync::Arc;

use guesthouse_vfs::{FileSystem, HostFs, MemFs, MountFs, Name, Place};
use guesthouse_vfs_tests::{Backend, Fixture, OnFileSystem};
use tempfile::TempDir;

/// A directory of the host, and what removes it.
fn host() -> (Arc<HostFs>, TempDir) {
    let temporary = tempfile::tempdir().unwrap();
    (HostFs::open_ambient(temporary.path()).unwrap(), temporary)
}

/// `outer` with the directory `home`, and with `inner` on `mnt`.
fn tree(outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>) -> Arc<MountFs> {
    let home = Name::new(b"home").unwrap();
    outer
        .create_dir(Place::act(outer.root(), &[home]), 0o755)
        .unwrap();
    MountFs::builder(outer)
        .mount("/mnt", inner)
        .unwrap()
        .build()
}

/// The tree is made in `inner`, and the script runs where it is mounted read-only.
fn read_only(outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>) -> Fixture {
    let tree = MountFs::builder(outer)
        .mount_read_only("/mnt", inner.clone())
        .unwrap()
        .build();
    Fixture {
        subject: Box::new(OnFileSystem::at_path(tree, b"mnt").unwrap()),
        ..Fixture::at_root(inner)
    }
}

mod host_in_memory {
    use super::*;

    struct HostInMemory;

    impl Backend for HostInMemory {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            let tree = tree(MemFs::new(), host);
            Fixture::at_path(tree, b"mnt").unwrap().keeping(temporary)
        }
    }

    guesthouse_vfs_tests::conformance!(HostInMemory);
}

mod memory_around_host {
    use super::*;

    struct MemoryAroundHost;

    impl Backend for MemoryAroundHost {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            let tree = tree(MemFs::new(), host);
            Fixture::at_path(tree, b"home").unwrap().keeping(temporary)
        }
    }

    guesthouse_vfs_tests::conformance!(MemoryAroundHost);
}

mod memory_in_host {
    use super::*;

    struct MemoryInHost;

    impl Backend for MemoryInHost {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            let tree = tree(host, MemFs::new());
            Fixture::at_path(tree, b"mnt").unwrap().keeping(temporary)
        }
    }

    guesthouse_vfs_tests::conformance!(MemoryInHost);
}

mod host_around_memory {
    use super::*;

    struct HostAroundMemory;

    impl Backend for HostAroundMemory {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            let tree = tree(host, MemFs::new());
            Fixture::at_path(tree, b"home").unwrap().keeping(temporary)
        }
    }

    guesthouse_vfs_tests::conformance!(HostAroundMemory);
}

mod read_only_host_in_memory {
    use super::*;

    struct ReadOnlyHost;

    impl Backend for ReadOnlyHost {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            read_only(MemFs::new(), host).keeping(temporary)
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(ReadOnlyHost);
}

mod read_only_memory_in_host {
    use super::*;

    struct ReadOnlyMemory;

    impl Backend for ReadOnlyMemory {
        fn fresh() -> Fixture {
            let (host, temporary) = host();
            read_only(host, MemFs::new()).keeping(temporary)
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(ReadOnlyMemory);
}
