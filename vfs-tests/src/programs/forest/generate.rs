use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::ForestStep;
use crate::programs::generate::{beginning, call, file_handle};
use crate::{Call, Target};

/// Programs of up to that many steps on a forest, and a beginning in its first tree.
pub fn forests(longest: usize) -> impl Strategy<Value = Vec<ForestStep>> {
    let beginning = beginning();
    let kept = vec(proptest::bool::weighted(0.95), beginning.len());
    (kept, vec(step(), 1..longest)).prop_map(move |(kept, steps)| {
        let beginning = beginning.iter().zip(kept).filter(|(_, kept)| *kept);
        beginning
            .map(|(call, _)| ForestStep::Call(0, call.clone()))
            .chain(steps)
            .collect()
    })
}

fn step() -> impl Strategy<Value = ForestStep> {
    let some = || 0..8_u8;
    prop_oneof![
        40 => (some(), call()).prop_map(|(tree, call)| ForestStep::Call(tree, call)),
        8 => (some(), far_or_odd()).prop_map(|(tree, call)| ForestStep::Call(tree, call)),
        3 => add_bytes(),
        3 => some().prop_map(ForestStep::Fork),
        2 => some().prop_map(ForestStep::Snapshot),
        2 => (some(), proptest::bool::weighted(0.3))
            .prop_map(|(snapshot, tight)| ForestStep::ForkSnapshot { snapshot, tight }),
        2 => (some(), any::<bool>())
            .prop_map(|(tree, keep_files)| ForestStep::Drop { tree, keep_files }),
        1 => some().prop_map(ForestStep::DropSnapshot),
    ]
}

fn add_bytes() -> impl Strategy<Value = ForestStep> {
    let path = select(vec!["f", "g", "d/f", "d/g", "e/f", "d/e/g", "d/h/"]);
    let len = prop_oneof![0..20_usize, 4094..4099_usize, Just(70_000)];
    (0..8_u8, path, 0..0o10_000_u32, len).prop_map(|(tree, path, mode, len)| ForestStep::AddBytes {
        tree,
        path,
        mode,
        len,
    })
}

/// Calls far out in a file, through many of its pages, and with any permission bits.
fn far_or_odd() -> impl Strategy<Value = Call> {
    let far = select(vec![70_000, 300_000, (1 << 30) - 1, 1 << 30, 1 << 40_u64]);
    let near = 0..30_000_u64;
    let long = 10_000..200_000_usize;
    let path = select(vec!["f", "g", "d", "d/f", "d/e", "e/f", "l"]);
    prop_oneof![
        2 => (file_handle(), far.clone()).prop_map(|(file, len)| Call::SetLen { file, len }),
        2 => (file_handle(), far.clone(), b'a'..=b'z').prop_map(|(file, offset, byte)| Call::Write {
            file,
            offset,
            buffers: vec![vec![byte; 3]],
        }),
        1 => (file_handle(), far.clone()).prop_map(|(file, offset)| Call::Read {
            file,
            offset: offset - 5,
            lengths: vec![10],
        }),
        1 => (file_handle(), far).prop_map(|(file, len)| Call::Allocate { file, offset: len, len: 9000 }),
        2 => (file_handle(), near, long, b'a'..=b'z').prop_map(|(file, offset, len, byte)| Call::Write {
            file,
            offset,
            buffers: vec![vec![byte; len]],
        }),
        1 => (path, 0..0o10_000_u32).prop_map(|(path, mode)| Call::SetMode {
            target: Target::path(path),
            follow: true,
            mode,
        }),
    ]
}
