//! Long random programs on forks, forks of forks and snapshots of the filesystem in memory, and on models that copy everything where it forks.
//!
//! A program that shows a difference is printed as a script. `PROPTEST_CASES=100000` looks longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use guesthouse_vfs::{Clock, Limits, MemFs, Timestamp};
use guesthouse_vfs_tests::{Model, programs};
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::TestCaseError;

use super::random_programs::run;

/// How many steps a program has at most.
const LONGEST: usize = 120;

/// A clock that stands still during a step, so that both sides see the same times.
struct Stepping(AtomicI64);

impl Clock for Stepping {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

fn check(limits: impl Strategy<Value = Limits>) {
    run((limits, programs::forests(LONGEST)), |(limits, steps)| {
        let clock = Arc::new(Stepping(AtomicI64::new(1_000_000_000_000_000_000)));
        let fs = MemFs::builder().limits(limits).clock(clock.clone()).build();
        let model = Model::with_clock(clock.clone());
        let tick = || {
            clock.0.fetch_add(1, Ordering::Relaxed);
        };
        programs::compare_forests(&steps, fs, model, tick)
            .map_err(|difference| TestCaseError::fail(difference.to_string()))
    });
}

#[test]
fn forks_are_as_good_as_copies() {
    check(Just(Limits::default()));
}

#[test]
fn limits_are_kept_and_nothing_is_lost() {
    let bytes = || prop_oneof![Just(1_u64 << 30), 0..20_000_u64, 0..400_000_u64];
    let few = || prop_oneof![Just(1_u64 << 20), 2..12_u64];
    let limits = (bytes(), bytes(), few(), few(), 1..6_u32);
    check(limits.prop_map(
        |(private_bytes, logical_bytes, nodes, names, links)| Limits {
            private_bytes,
            logical_bytes,
            nodes,
            names,
            links,
            file_size: 16 << 40,
        },
    ));
}
