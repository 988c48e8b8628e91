//! Random programs: the same calls on several filesystems, whose results and trees must be the same; and random changes to a directory while it
//! is listed.

mod compare;
mod forest;
mod generate;
mod hammer;
mod listing;

pub use compare::{Difference, compare};
pub(crate) use compare::{OpenHandles, Shown, same};
pub use forest::{ForestStep, Forking, compare_forests, forests};
pub use generate::programs;
pub use hammer::hammer;
pub use listing::{ListingStep, check_listing, listings};

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use guesthouse_vfs::{Change, Errno, FixedClock, Place, Walk};
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::{Call, Model, OnFileSystem, Outcome, Subject};

    /// The model with something wrong.
    struct Wrong {
        model: OnFileSystem,
        change: fn(&Call, Result<Outcome, Errno>) -> Result<Outcome, Errno>,
    }

    impl Subject for Wrong {
        fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
            (self.change)(call, self.model.perform(call))
        }

        fn pass_time(&mut self) {}
    }

    fn wrong(change: fn(&Call, Result<Outcome, Errno>) -> Result<Outcome, Errno>) -> Wrong {
        Wrong {
            model: OnFileSystem::at_root(Model::new()),
            change,
        }
    }

    /// A hundred programs, always the same ones.
    fn some<T>(strategy: impl Strategy<Value = T>) -> Vec<T> {
        let mut runner = TestRunner::deterministic();
        let one = |_| strategy.new_tree(&mut runner).unwrap().current();
        (0..100).map(one).collect()
    }

    #[test]
    fn a_wrong_errno_is_found() {
        let found = some(programs(50)).iter().any(|program| {
            let mut other = wrong(|call, result| match (call, result) {
                (Call::Rename { .. }, Err(Errno::NotEmpty)) => Err(Errno::Exist),
                (_, result) => result,
            });
            let mut model = OnFileSystem::at_root(Model::new());
            let difference = compare(program, &mut model, &mut other).err();
            difference.is_some_and(|difference| {
                let text = difference.to_string();
                text.contains(" -> ENOTEMPTY\n---\n\nthe last line gives -> EEXIST")
            })
        });
        assert!(found);
    }

    #[test]
    fn a_lost_write_is_found() {
        let found = some(programs(50)).iter().any(|program| {
            let mut other = wrong(|_, result| result);
            let mut model = OnFileSystem::at_root(Model::new());
            let without: Vec<_> = program
                .iter()
                .map(|call| match call {
                    Call::Append { file, .. } => Call::SetLen {
                        file: file.clone(),
                        len: 1,
                    },
                    call => call.clone(),
                })
                .collect();
            let _results = without
                .iter()
                .map(|call| other.perform(call))
                .collect::<Vec<_>>();
            let _results = program
                .iter()
                .map(|call| model.perform(call))
                .collect::<Vec<_>>();
            compare(&[], &mut model, &mut other).is_err()
        });
        assert!(found);
    }

    /// Forks that are no copies: what the origin does shows in them.
    impl Forking for Model {
        type Snapshot = Arc<Self>;

        fn fork(&self) -> Arc<Self> {
            Arc::new(self.clone())
        }

        fn snapshot(&self) -> Arc<Self> {
            self.copy()
        }

        fn fork_of(snapshot: &Arc<Self>) -> Arc<Self> {
            snapshot.copy()
        }

        fn tight_fork_of(snapshot: &Arc<Self>) -> Arc<Self> {
            snapshot.copy()
        }

        fn add_bytes(&self, place: Place<'_>, mode: u32, bytes: Bytes) -> Walk<()> {
            self.add_bytes(place, mode, &bytes)
        }

        fn changes(&self) -> Option<Vec<Change>> {
            None
        }

        fn changes_since(&self, _: &Arc<Self>) -> Option<Vec<Change>> {
            None
        }

        fn changes_between(_: &Arc<Self>, _: &Arc<Self>) -> Option<Vec<Change>> {
            None
        }

        fn audit(&self) -> Result<(), String> {
            Ok(())
        }

        fn audit_empty(&self) -> Result<(), String> {
            Ok(())
        }

        fn may_refuse(&self, _: Errno, _: &Call) -> bool {
            false
        }
    }

    #[test]
    fn a_fork_that_sees_its_origin_is_found() {
        let mut forests = some(forests(50)).into_iter();
        let still = || Model::with_clock(Arc::new(FixedClock::default()));
        let compare = |steps: Vec<_>| compare_forests(&steps, still(), still(), || {});
        let difference = forests.find_map(|steps| compare(steps).err()).unwrap();
        let script = difference.to_string();
        assert!(script.contains("\nt1 = fork t0\n"), "{script}");
    }

    #[test]
    fn a_doubled_or_lost_entry_is_found() {
        let doubled = |_: &Call, result| match result {
            Ok(Outcome::Entries(mut entries)) => {
                entries.extend(entries.last().cloned());
                Ok(Outcome::Entries(entries))
            }
            result => result,
        };
        let lost = |_: &Call, result| match result {
            Ok(Outcome::Entries(mut entries)) if entries.len() > 1 => {
                entries.remove(0);
                Ok(Outcome::Entries(entries))
            }
            result => result,
        };
        for change in [doubled, lost] {
            let steps = some(listings(10));
            assert!(
                steps
                    .iter()
                    .any(|steps| check_listing(50, steps, &mut wrong(change)).is_err())
            );
        }
        assert_eq!(
            check_listing(50, &[], &mut wrong(|_, result| result)),
            Ok(())
        );
    }
}
