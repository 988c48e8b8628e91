//! The cases on overlays: the tree is made in what lies below and the script runs in the overlay, or both are the overlay's.

mod programs;
mod split;
mod unchanged;

use std::sync::Arc;

use guesthouse_vfs::{FileSystem, HostFs, MemFs, OverlayFs};
use guesthouse_vfs_tests::{Fixture, OnFileSystem};
use tempfile::TempDir;

use self::unchanged::LowersUnchanged;

/// A directory of the host, and what removes it.
pub(crate) fn host() -> (Arc<HostFs>, TempDir) {
    let temporary = tempfile::tempdir().unwrap();
    (HostFs::open_ambient(temporary.path()).unwrap(), temporary)
}

pub(crate) fn overlay(
    upper: Arc<dyn FileSystem>,
    lowers: &[Arc<dyn FileSystem>],
) -> Arc<OverlayFs> {
    let builder = OverlayFs::builder(upper);
    let builder = lowers
        .iter()
        .fold(builder, |b, lower| b.lower(lower.clone()));
    builder.build().unwrap()
}

/// The tree is made in `lower`, and the script runs in an overlay of it.
fn over(upper: Arc<dyn FileSystem>, lower: Arc<dyn FileSystem>) -> Fixture {
    let overlay = OnFileSystem::at_root(overlay(upper, std::slice::from_ref(&lower)));
    Fixture {
        subject: Box::new(LowersUnchanged::new(overlay, vec![lower.clone()])),
        ..Fixture::at_root(lower)
    }
}

/// The tree is made in two lower layers.
fn over_two(lowers: [Arc<dyn FileSystem>; 2]) -> Fixture {
    let overlay = overlay(MemFs::new(), &lowers);
    let subject = OnFileSystem::at_root(overlay.clone());
    Fixture {
        subject: Box::new(LowersUnchanged::new(subject, lowers.to_vec())),
        prepare: Box::new(split::Split::of(lowers)),
        ..Fixture::at_root(overlay)
    }
}

/// Each of these is a module of all cases.
macro_rules! overlays {
    ($($name:ident: $fixture:expr;)*) => {
        $(
            mod $name {
                use super::*;
                use guesthouse_vfs_tests::Backend;

                struct Overlay;

                impl Backend for Overlay {
                    fn fresh() -> Fixture {
                        $fixture
                    }
                }

                guesthouse_vfs_tests::conformance!(Overlay);
            }
        )*
    };
}

overlays! {
    memory_over_memory: over(MemFs::new(), MemFs::new());
    memory_over_host: {
        let (lower, temporary) = host();
        over(MemFs::new(), lower).keeping(temporary)
    };
    host_over_host: {
        let ((upper, one), (lower, two)) = (host(), host());
        over(upper, lower).keeping((one, two))
    };
    host_over_memory: {
        let (upper, temporary) = host();
        over(upper, MemFs::new()).keeping(temporary)
    };
    over_two_memories: {
        over_two([MemFs::new(), MemFs::new()])
    };
    over_memory_and_host: {
        let (host, temporary) = host();
        over_two([MemFs::new(), host]).keeping(temporary)
    };
    over_an_overlay: {
        let lower = overlay(MemFs::new(), &[MemFs::new()]);
        over(MemFs::new(), lower)
    };
    in_an_overlay: {
        let lower: Arc<dyn FileSystem> = MemFs::new();
        let upper = overlay(MemFs::new(), std::slice::from_ref(&lower));
        let overlay = OnFileSystem::at_root(overlay(upper, &[MemFs::new()]));
        Fixture {
            subject: Box::new(LowersUnchanged::new(overlay, vec![lower.clone()])),
            ..Fixture::at_root(lower)
        }
    };
    through_the_overlay: Fixture::at_root(overlay(MemFs::new(), &[MemFs::new()]));
    through_the_overlay_on_the_host: {
        let ((upper, one), (lower, two)) = (host(), host());
        Fixture::at_root(overlay(upper, &[lower])).keeping((one, two))
    };
    populated_upper: {
        let upper = MemFs::new();
        let overlay = overlay(upper.clone(), &[MemFs::new()]);
        Fixture::at_root(upper).seen_through(overlay)
    };
}

mod read_only {
    use super::*;
    use guesthouse_vfs::ReadOnlyFs;
    use guesthouse_vfs_tests::Backend;

    struct View;

    impl Backend for View {
        fn fresh() -> Fixture {
            let lower: Arc<dyn FileSystem> = MemFs::new();
            let overlay = overlay(MemFs::new(), std::slice::from_ref(&lower));
            Fixture::at_root(lower).seen_through(ReadOnlyFs::new(overlay))
        }
    }

    guesthouse_vfs_tests::read_only_conformance!(View);
}
