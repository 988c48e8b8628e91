//! Copies in an overlay's upper that fail and cannot be removed, and what becomes of them when the upper works again.

use std::sync::Arc;

use guesthouse_vfs::{Errno, MemFs, OverlayFs, SetTime, SetTimes, Timestamp, Tree};
use guesthouse_vfs_tests::fault::{Fault, FaultFs, Operation};

/// When the lower layer's directory was last changed.
const DATE: Timestamp = Timestamp::EPOCH;

/// An overlay of a small tree, and its upper.
fn overlay() -> (Tree, Arc<OverlayFs>, Arc<FaultFs>) {
    let lower = MemFs::new();
    let tree = Tree::new(lower.clone());
    let tree = tree.build().file("a", "abc").file("d/b", "def");
    tree.finish().unwrap();
    let times = SetTimes {
        accessed: SetTime::Keep,
        modified: SetTime::At(DATE),
    };
    Tree::new(lower.clone()).set_times("d", times).unwrap();
    let upper = FaultFs::new(MemFs::new());
    let overlay = OverlayFs::builder(upper.clone()).lower(lower).build();
    let overlay = overlay.unwrap();
    (Tree::new(overlay.clone()), overlay, upper)
}

/// Writes to a file while the upper fails from `operation` on. What was begun then stays there.
fn write_in_vain(path: &str, operation: Operation) -> (Tree, Arc<OverlayFs>, Arc<FaultFs>) {
    let (tree, _, upper) = overlay();
    upper.reset();
    tree.write(path, "new").unwrap();
    let asked = upper.asked();
    let nth = 1 + asked.iter().position(|asked| *asked == operation).unwrap();

    let (tree, overlay, upper) = overlay();
    upper.inject(Fault::failing(nth as u64, Errno::NoSpace).lasting());
    let failed = tree.write(path, "new").unwrap_err();
    assert_eq!(failed.errno(), Errno::NoSpace);
    upper.heal();
    assert!(Tree::new(upper.clone()).metadata(path).is_ok());
    (tree, overlay, upper)
}

#[test]
fn hide_nothing() {
    let (tree, overlay, _upper) = write_in_vain("a", Operation::FileMetadata);
    assert_eq!(tree.read("a").unwrap(), b"abc");
    assert_eq!(tree.metadata("a").unwrap().size, 3);
    // The directory's times could not be put back.
    let changes = overlay.changes().unwrap();
    assert!(changes.iter().all(|change| change.path.is_empty()));
}

#[test]
fn make_room_for_the_copy() {
    let (tree, _overlay, upper) = write_in_vain("d/b", Operation::FileMetadata);
    tree.write("d/b", "new").unwrap();
    assert_eq!(tree.read("d/b").unwrap(), b"new");
    assert_eq!(Tree::new(upper).read("d/b").unwrap(), b"new");
}

#[test]
fn are_not_found_when_the_name_is_removed() {
    let (tree, _overlay, upper) = write_in_vain("a", Operation::FileMetadata);
    tree.remove_file("a").unwrap();
    for fs in [tree, Tree::new(upper)] {
        assert_eq!(fs.metadata("a").unwrap_err().errno(), Errno::NoEntry);
    }
}

#[test]
fn do_not_keep_their_directory() {
    let (tree, _overlay, upper) = write_in_vain("d/b", Operation::FileMetadata);
    tree.rename("d/b", "c").unwrap();
    tree.remove_dir("d").unwrap();
    assert_eq!(tree.read("c").unwrap(), b"def");
    let gone = Tree::new(upper).metadata("d").unwrap_err();
    assert_eq!(gone.errno(), Errno::NoEntry);
}

#[test]
fn leave_the_times_of_their_directory() {
    let (tree, _overlay, upper) = write_in_vain("d/b", Operation::FileMetadata);
    tree.set_mode("d/b", 0o600).unwrap();
    let (now, upper) = (tree.metadata("d").unwrap(), Tree::new(upper));
    assert_eq!(upper.metadata("d/b").unwrap().mode, 0o600);
    assert_eq!(now.modified, DATE);
    tree.write("d/new", "new").unwrap();
    assert_ne!(tree.metadata("d").unwrap().modified, DATE);
}
