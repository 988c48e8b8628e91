//! Random programs on overlays, compared with the model, and hammers.

use std::sync::Arc;

use guesthouse_vfs::{
    Change, ChangeKind, Errno, FileSystem, FileType, HostFs, MemFs, Metadata, OpenOptions, Tree,
};
use guesthouse_vfs_tests::{Call, Model, OnFileSystem, Outcome, Subject, Target, programs};
use proptest::test_runner::TestCaseError;

use super::unchanged::LowersUnchanged;
use super::{host, overlay};
use crate::hammer::{hammer, usage};
use crate::random_programs::{LONGEST, check, check_listing, run};

/// Compares programs with the model that are run piece by piece: the first piece on the first filesystem, which is then below the second, on which the second piece runs,
/// and so on. Handles are closed in between.
fn check_layer_by_layer<Kept>(fresh: impl Fn() -> (Vec<Arc<dyn FileSystem>>, Kept)) {
    run(programs::programs(2 * LONGEST), |calls| {
        let (layers, _kept) = fresh();
        let model = Model::new();
        let mut below: Option<Arc<dyn FileSystem>> = None;
        let length = calls.len().div_ceil(layers.len());
        for (layer, calls) in layers.into_iter().zip(calls.chunks(length)) {
            let lowers: Vec<_> = below.into_iter().collect();
            let fs: Arc<dyn FileSystem> = overlay(layer, &lowers);
            compare(calls, &model, &fs, lowers)?;
            below = Some(fs);
        }
        Ok(())
    });
}

fn compare(
    calls: &[Call],
    model: &Arc<impl FileSystem + 'static>,
    fs: &Arc<dyn FileSystem>,
    lowers: Vec<Arc<dyn FileSystem>>,
) -> Result<(), TestCaseError> {
    let mut model = OnFileSystem::at_root(model.clone());
    let subject = OnFileSystem::at_root(fs.clone());
    let mut subject = LowersUnchanged::new(subject, lowers);
    programs::compare(calls, &mut model, &mut subject)
        .map_err(|difference| TestCaseError::fail(difference.to_string()))
}

/// A directory of the host, in its memory if it can be.
fn host_in_memory() -> (Arc<HostFs>, tempfile::TempDir) {
    let temporary = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let temporary = temporary.unwrap();
    (HostFs::open_ambient(temporary.path()).unwrap(), temporary)
}

/// What has changed is what a fork of the lower layer says after the same program.
#[test]
fn changes_are_those_of_a_fork() {
    run(programs::programs(2 * LONGEST), |mut calls| {
        // Whether reserved storage is a change of contents is left to the filesystem.
        calls.retain(|call| !matches!(call, Call::Allocate { .. }));
        let (before, after) = calls.split_at(calls.len() / 2);
        let lower = MemFs::new();
        let made: Arc<dyn FileSystem> = lower.clone();
        compare(before, &Model::new(), &made, Vec::new())?;
        let fork = lower.fork();
        let upper = MemFs::new();
        // The root's mode is the upper's, as on Linux.
        let root = Tree::new(lower.clone()).metadata("/").unwrap();
        Tree::new(upper.clone()).set_mode("/", root.mode).unwrap();
        let overlay = overlay(upper, &[made]);
        let fs: Arc<dyn FileSystem> = overlay.clone();
        compare(after, &fork, &fs, vec![lower])?;
        let tree = Tree::new(fs);
        let linked = calls.iter().any(|call| matches!(call, Call::Link { .. }));
        let [expected, got] = [fork.changes(), overlay.changes()].map(|changes| {
            let mut changes = changes.unwrap();
            for change in &mut changes {
                forgive_emptied(change, &tree);
            }
            if linked {
                without_renames(changes)
            } else {
                changes
            }
        });
        if expected == got {
            return Ok(());
        }
        let lines = |calls: &[Call]| {
            calls
                .iter()
                .map(|call| format!("{call}\n"))
                .collect::<String>()
        };
        let (before, after) = (lines(before), lines(after));
        let text = format!("---\n{before}--- in the overlay\n{after}---\n{expected:#?}\n{got:#?}");
        Err(TestCaseError::fail(text))
    });
}

/// Of a file that was empty and is empty again, memory does not know that there was something in between.
fn forgive_emptied(change: &mut Change, tree: &Tree) {
    let empty = |metadata: Metadata| metadata.file_type == FileType::File && metadata.size == 0;
    if let ChangeKind::Modified(modified) = &mut change.kind
        && tree.symlink_metadata(&change.path).is_ok_and(empty)
    {
        modified.contents = false;
    }
}

/// Which of a file's old names a new one stands for is open where there are several.
fn without_renames(changes: Vec<Change>) -> Vec<Change> {
    let mut without = Vec::new();
    for mut change in changes {
        if let ChangeKind::Renamed { from } = change.kind {
            change.kind = ChangeKind::Created;
            without.push(Change {
                path: from,
                kind: ChangeKind::Removed,
                ..change
            });
        }
        without.push(change);
    }
    // Only of a name that was there before it is said that it was modified.
    let created = |change: &&Change| change.kind == ChangeKind::Created;
    let created: Vec<_> = without
        .iter()
        .filter(created)
        .map(|change| change.path.clone())
        .collect();
    let modified = |change: &Change| matches!(change.kind, ChangeKind::Modified(_));
    without.retain(|change| !modified(change) || !created.contains(&change.path));
    without.sort();
    without
}

#[test]
fn memory_layer_by_layer() {
    check_layer_by_layer(|| (vec![MemFs::new(), MemFs::new(), MemFs::new()], ()));
}

#[test]
fn memory_over_a_host_directory() {
    check_layer_by_layer(|| {
        let (lower, temporary) = host_in_memory();
        (vec![lower, MemFs::new()], temporary)
    });
}

#[test]
fn host_directories() {
    check_layer_by_layer(|| {
        let ((lower, one), (upper, two)) = (host_in_memory(), host_in_memory());
        (vec![lower, upper], (one, two))
    });
}

#[test]
fn an_upper_alone() {
    check(|| (OnFileSystem::at_root(overlay(MemFs::new(), &[])), ()));
}

#[test]
fn listings() {
    check_listing(|| (OnFileSystem::at_root(overlay(MemFs::new(), &[])), ()));
}

#[test]
fn listings_of_a_merged_directory() {
    check_listing(|| (listed_over_lowers(MemFs::new()), ()));
}

#[test]
fn listings_of_a_merged_directory_of_the_host() {
    check_listing(|| {
        let (upper, temporary) = host_in_memory();
        (listed_over_lowers(upper), temporary)
    });
}

/// The directory of the listing program, with all its names in two lower layers and hidden: they come back at the positions that they have there.
fn listed_over_lowers(upper: Arc<dyn FileSystem>) -> DirIsThere {
    let lowers: [Arc<dyn FileSystem>; 2] = [MemFs::new(), MemFs::new()];
    for (index, lower) in lowers.iter().enumerate() {
        let mut subject = OnFileSystem::at_root(lower.clone());
        let target = Target::path("d");
        let mode = 0o755;
        subject.perform(&Call::CreateDir { target, mode }).unwrap();
        for name in (0..=255_u8).filter(|name| usize::from(name % 3) <= index) {
            let open = Call::Open {
                bind: "f".into(),
                target: Target::path(format!("d/{name}")),
                follow: false,
                options: OpenOptions::create_new(),
            };
            subject.perform(&open).unwrap();
        }
    }
    let mut subject = OnFileSystem::at_root(overlay(upper, &lowers));
    for name in (0..=255_u8).filter(|name| name % 3 <= 1) {
        let path = Target::path(format!("d/{name}"));
        subject.perform(&Call::Unlink(path)).unwrap();
    }
    DirIsThere(subject)
}

/// Does not make the directory that a program begins with.
struct DirIsThere(OnFileSystem);

impl Subject for DirIsThere {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::CreateDir { .. } => Ok(Outcome::Done),
            call => self.0.perform(call),
        }
    }

    fn pass_time(&mut self) {
        self.0.pass_time();
    }
}

#[test]
fn memory_over_memory_is_sound_and_empty_in_the_end() {
    let (upper, lower) = (MemFs::new(), MemFs::new());
    let empty = usage(&upper);
    let below: Arc<dyn FileSystem> = lower.clone();
    let fs: Arc<dyn FileSystem> = overlay(upper.clone(), &[below]);
    hammer(&fs);
    assert_eq!(usage(&upper), empty);
    assert_eq!(usage(&lower), empty);
}

#[test]
fn host_directories_are_sound() {
    let ((upper, _one), (lower, _two)) = (host(), host());
    let fs: Arc<dyn FileSystem> = overlay(upper, &[lower]);
    hammer(&fs);
}
