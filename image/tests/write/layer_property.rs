//! A layer, applied on what a tree was, makes it what it is.

use std::sync::Arc;

use guesthouse_image::{LayerOptions, write_layer};
use guesthouse_vfs::{Change, MemFs, OverlayFs, Tree};
use proptest::prelude::*;

use crate::layer_unpacked::apply;
use crate::programs::{Op, ops, run, run_in};
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
    check_changes(&fork.changes().unwrap(), &Tree::new(fork.clone()), base);
}

/// The same for an overlay of these lower layers, the lowest first.
fn check_overlay(lowers: [&[Op]; 2], after: &[Op]) {
    let lowers = lowers.map(|ops| {
        let lower = MemFs::new();
        run(&lower, ops);
        lower
    });
    // The root's times are those of the upper's root.
    let upper = MemFs::new().snapshot();
    let overlay = || {
        let builder = OverlayFs::builder(upper.fork());
        let builder = lowers.iter().rev().fold(builder, |b, l| b.lower(l.clone()));
        builder.build().unwrap()
    };
    let (base, changed) = (overlay(), overlay());
    let tree = Tree::new(changed.clone());
    run_in(&tree, after);
    check_changes(&changed.changes().unwrap(), &tree, &Tree::new(base));
}

fn check_changes(changes: &[Change], tree: &Tree, base: &Tree) {
    let mut layer = Vec::new();
    let report = write_layer(changes, tree, &mut layer, &LayerOptions::default()).unwrap();
    assert_eq!(report.tar.notes, []);
    apply(&layer, base);
    assert_eq!(seen(base), seen(tree), "{changes:?}");
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

    #[test]
    fn a_layer_makes_of_the_lower_layers_what_the_overlay_is(bottom in ops(40), top in ops(20), after in ops(40)) {
        check_overlay([&bottom, &top], &after);
    }
}
