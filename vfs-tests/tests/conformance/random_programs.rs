//! Long random programs on the model and on each filesystem: results, errnos and final trees are the same.
//!
//! A program that shows a difference is printed as a script, ready to become a case. `PROPTEST_CASES=100000` looks longer.

use guesthouse_vfs::{HostFs, MemFs, MountFs};
use guesthouse_vfs_tests::{Model, OnFileSystem, Subject, programs};
use proptest::prelude::{Strategy, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use super::kernel::Kernel;

/// How many calls a program has at most.
pub(super) const LONGEST: usize = 100;

pub(super) fn run<T: std::fmt::Debug>(
    inputs: impl Strategy<Value = T>,
    test: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        // Milliseconds.
        max_shrink_time: 30_000,
        ..Config::default()
    };
    match TestRunner::new(config).run(&inputs, test) {
        Ok(()) => {}
        // A script says more than the calls as Rust values.
        Err(TestError::Fail(script, _)) if script.message().starts_with("---") => {
            panic!("{script}")
        }
        Err(error) => panic!("{error}"),
    }
}

/// Compares with the model, on a fresh filesystem for each program; what comes with it is dropped afterwards.
pub(super) fn check<Other: Subject, Kept>(fresh: impl Fn() -> (Other, Kept)) {
    run(programs::programs(LONGEST), |calls| {
        let mut model = OnFileSystem::at_root(Model::new());
        let (mut subject, _kept) = fresh();
        programs::compare(&calls, &mut model, &mut subject)
            .map_err(|difference| TestCaseError::fail(difference.to_string()))
    });
}

/// Changes directories of a few and of many entries while they are listed.
pub(super) fn check_listing<Listed: Subject, Kept>(fresh: impl Fn() -> (Listed, Kept)) {
    let entries = prop_oneof![0..5_u8, 200..=255_u8];
    run((entries, programs::listings(60)), |(entries, steps)| {
        let (mut subject, _kept) = fresh();
        programs::check_listing(entries, &steps, &mut subject).map_err(TestCaseError::fail)
    });
}

fn memory_in_memory() -> OnFileSystem {
    let tree = MountFs::builder(MemFs::new())
        .mount("/a", MemFs::new())
        .unwrap();
    OnFileSystem::at_path(tree.build(), b"a").unwrap()
}

fn host(temporary: TempDir) -> (OnFileSystem, TempDir) {
    let fs = HostFs::open_ambient(temporary.path()).unwrap();
    (OnFileSystem::at_root(fs), temporary)
}

#[test]
fn memory() {
    check(|| (OnFileSystem::at_root(MemFs::new()), ()));
}

#[test]
fn disk() {
    check(|| host(tempfile::tempdir().unwrap()));
}

#[test]
#[cfg(target_os = "linux")]
fn tmpfs() {
    check(|| host(tempfile::tempdir_in("/dev/shm").unwrap()));
}

/// The system calls themselves: the resolver is compared, too.
#[test]
#[cfg(target_os = "linux")]
fn linux() {
    check(|| {
        let temporary = tempfile::tempdir_in("/dev/shm").unwrap();
        (Kernel::in_dir(temporary.path()), temporary)
    });
}

#[test]
fn memory_mounted_in_memory() {
    check(|| (memory_in_memory(), ()));
}

#[test]
fn listings_of_the_model() {
    check_listing(|| (OnFileSystem::at_root(Model::new()), ()));
}

#[test]
fn listings_of_memory() {
    check_listing(|| (OnFileSystem::at_root(MemFs::new()), ()));
}

#[test]
fn listings_of_memory_mounted_in_memory() {
    check_listing(|| (memory_in_memory(), ()));
}

#[test]
fn listings_of_the_disk() {
    check_listing(|| host(tempfile::tempdir().unwrap()));
}

#[test]
#[cfg(target_os = "linux")]
fn listings_of_tmpfs() {
    check_listing(|| host(tempfile::tempdir_in("/dev/shm").unwrap()));
}
