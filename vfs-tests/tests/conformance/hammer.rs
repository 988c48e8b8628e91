//! Hammer tests: threads with random programs on one filesystem, which stays sound, and gives everything back in the end.

use std::sync::Arc;

use guesthouse_vfs::{FileSystem, HostFs, MemFs, MountFs, Usage};
use guesthouse_vfs_tests::{Call, OnFileSystem, programs};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// How many threads there are, and how many calls each has on average.
const THREADS: usize = 4;
const CALLS: usize = 250;
/// How often all of it is done.
const ROUNDS: usize = 8;

/// One long program for each thread.
fn long_programs(runner: &mut TestRunner) -> Vec<Vec<Call>> {
    let program = programs::programs(2 * CALLS);
    let one = |_| program.new_tree(runner).unwrap().current();
    (0..THREADS).map(one).collect()
}

pub(super) fn hammer(fs: &Arc<dyn FileSystem>) {
    let mut runner = TestRunner::default();
    for _ in 0..ROUNDS {
        let programs = long_programs(&mut runner);
        let result = programs::hammer(|| OnFileSystem::at_root(fs.clone()), &programs);
        assert_eq!(result, Ok(()));
    }
}

/// What is in use now, whatever was once.
pub(super) fn usage(memory: &MemFs) -> Usage {
    Usage {
        peak_private_bytes: 0,
        ..memory.usage()
    }
}

#[test]
fn memory_is_sound_and_empty_in_the_end() {
    let memory = MemFs::new();
    let empty = usage(&memory);
    let fs: Arc<dyn FileSystem> = memory.clone();
    hammer(&fs);
    assert_eq!(usage(&memory), empty);
}

#[test]
fn a_host_directory_is_sound() {
    let temporary = tempfile::tempdir().unwrap();
    let fs: Arc<dyn FileSystem> = HostFs::open_ambient(temporary.path()).unwrap();
    hammer(&fs);
}

#[test]
fn a_mount_is_sound() {
    let memory = MemFs::new();
    let empty = usage(&memory);
    let tree = MountFs::builder(MemFs::new())
        .mount("/", memory.clone())
        .unwrap();
    let fs: Arc<dyn FileSystem> = tree.build();
    hammer(&fs);
    assert_eq!(usage(&memory), empty);
}
