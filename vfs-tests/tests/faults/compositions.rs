//! How filesystems are put together on one that fails.

use std::sync::Arc;

use guesthouse_vfs::{FileSystem, MemFs, MountFs, Name, OverlayFs, Place, ReadOnlyFs};
use guesthouse_vfs_tests::Fixture;
use guesthouse_vfs_tests::fault::{FaultFs, Faulty};

/// `outer` with the directory `home`, and with `inner` on `mnt`.
fn tree(outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>) -> Arc<MountFs> {
    let home = Name::new(b"home").unwrap();
    outer
        .create_dir(Place::act(outer.root(), &[home]), 0o755)
        .unwrap();
    let builder = MountFs::builder(outer).mount("/mnt", inner).unwrap();
    builder.build()
}

/// The tree is made in `lower`, and the script runs in an overlay of it.
fn over(upper: Arc<dyn FileSystem>, lower: Arc<dyn FileSystem>) -> Fixture {
    let overlay = OverlayFs::builder(upper).lower(lower.clone()).build();
    // What makes the tree has ids of its own: those that it gives back too often are not the overlay's.
    Fixture::at_root(FaultFs::new(lower)).seen_through(overlay.unwrap())
}

macro_rules! compositions {
    ($($module:ident, $name:ident: $fresh:expr;)*) => {
        $(
            pub(crate) mod $module {
                use super::*;

                pub(crate) struct $name;

                impl Faulty for $name {
                    fn fresh() -> (Fixture, Arc<FaultFs>) {
                        let faulty = FaultFs::new(MemFs::new());
                        ($fresh(faulty.clone()), faulty)
                    }
                }

                guesthouse_vfs_tests::fault_conformance!($name);
            }
        )*
    };
}

compositions! {
    // The resolver and the descriptors alone.
    plain, Plain: |faulty: Arc<FaultFs>| Fixture::at_root(faulty);
    // What is mounted fails.
    mounted, Mounted: |faulty: Arc<FaultFs>| {
        Fixture::at_path(tree(MemFs::new(), faulty), b"mnt").unwrap()
    };
    // What others are mounted in fails.
    around, Around: |faulty: Arc<FaultFs>| {
        Fixture::at_path(tree(faulty, MemFs::new()), b"home").unwrap()
    };
    // Seen through a read-only view.
    read_only, ReadOnly: |faulty: Arc<FaultFs>| {
        Fixture::at_root(faulty.clone()).seen_through(ReadOnlyFs::new(faulty))
    };
    // What takes an overlay's changes fails.
    upper, Upper: |faulty: Arc<FaultFs>| over(faulty, MemFs::new());
    // What lies below an overlay fails.
    lower, Lower: |faulty: Arc<FaultFs>| over(MemFs::new(), faulty);
}
