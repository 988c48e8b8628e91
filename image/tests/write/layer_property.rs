//! A layer, applied on what a tree was, makes it what it is.

use std::sync::Arc;

use guesthouse_image::{LayerOptions, write_layer};
use guesthouse_vfs::{MemFs, Tree};
use proptest::prelude::*;

use crate::layer_unpacked::apply;
use crate::programs::{Op, ops, run};
use crate::seen::seen;

fn check(before: &[Op], after: &[Op]) {
    let base = MemFs::new();
    run(&base, before);
    let snapshot = base.snapshot();
    let fork = snapshot.fork();
    run(&fork, after);
    check_fork(&fork, &Tree::new(snapshot.fork()));
}

pub(crate) fn check_fork(fork: &Arc<MemFs>, base: &Tree) {
    let changes = fork.changes().unwrap();
    let tree = Tree::new(fork.clone());
    let mut layer = Vec::new();
    let report = write_layer(&changes, &tree, &mut layer, &LayerOptions::default()).unwrap();
    assert_eq!(report.tar.notes, []);
    apply(&layer, base);
    assert_eq!(seen(base), seen(&tree), "{changes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_layer_makes_of_the_base_what_the_fork_is(before in ops(50), after in ops(40)) {
        check(&before, &after);
    }

    /// Few changes show what is not listed because it has not changed.
    #[test]
    fn a_layer_of_few_changes_does_too(before in ops(60), after in ops(5)) {
        check(&before, &after);
    }
}
