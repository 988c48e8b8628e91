//! Long random programs on the model and on each filesystem: results, errnos and final trees are the same.
//!
//! A program that shows a difference is printed as a script, ready to become a case. `PROPTEST_CASES=100000` looks longer.

use guesthouse_vfs::{HostFs, MemFs, MountFs};
use guesthouse_vfs_tests::{Model, OnFileSystem, programs};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use tempfile::TempDir;

/// How many calls a program has at most.
const LONGEST: usize = 100;

/// Compares with the model, on a fresh filesystem for each program; what comes with it is dropped afterwards.
fn check<Kept>(fresh: impl Fn() -> (OnFileSystem, Kept)) {
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&programs::programs(LONGEST), |calls| {
        let mut model = OnFileSystem::at_root(Model::new());
        let (mut subject, _kept) = fresh();
        programs::compare(&calls, &mut model, &mut subject)
            .map_err(|difference| TestCaseError::fail(difference.to_string()))
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(difference, _)) => panic!("{difference}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
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

#[test]
fn memory_mounted_in_memory() {
    check(|| {
        let tree = MountFs::builder(MemFs::new())
            .mount("/a", MemFs::new())
            .unwrap();
        (OnFileSystem::at_path(tree.build(), b"a").unwrap(), ())
    });
}
