use std::sync::Arc;

use guesthouse_vfs::{MemFs, SetTime, SetTimes, Timestamp, Tree};
use proptest::prelude::*;

/// Something that changes a tree, if it can.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(String, usize),
    /// A byte so far into the file.
    Poke(String, u32),
    Mkdir(String),
    Symlink(String, String),
    Link(String, String),
    Rename(String, String),
    Remove(String),
    SetMode(String, u32),
    SetModified(String, i64),
}

/// Paths of three names in three levels, so that most of them meet something.
fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "a-"]), 1..4)
        .prop_map(|names| names.join("/"))
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let sizes = vec![0, 1, 511, 512, 513, 4095, 4096, 4097, 10_000];
    prop_oneof![
        3 => (path(), prop::sample::select(sizes)).prop_map(|(path, len)| Op::Write(path, len)),
        1 => (path(), prop_oneof![4 => 0..40_000u32, 1 => Just(1 << 20)]).prop_map(|(path, at)| Op::Poke(path, at)),
        4 => path().prop_map(Op::Mkdir),
        1 => (path(), path()).prop_map(|(path, target)| Op::Symlink(path, target)),
        2 => (path(), path()).prop_map(|(old, new)| Op::Link(old, new)),
        4 => (path(), path()).prop_map(|(old, new)| Op::Rename(old, new)),
        2 => path().prop_map(Op::Remove),
        1 => (path(), 0..0o10000u32).prop_map(|(path, mode)| Op::SetMode(path, mode)),
        1 => (path(), any::<i64>()).prop_map(|(path, nanos)| Op::SetModified(path, nanos)),
    ]
}

pub(crate) fn ops(most: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..most)
}

/// Does what can be done; the rest fails, as a guest's calls do.
pub(crate) fn run(fs: &Arc<MemFs>, ops: &[Op]) {
    run_in(&Tree::new(fs.clone()), ops);
}

/// The same in any tree.
pub(crate) fn run_in(tree: &Tree, ops: &[Op]) {
    use std::io::{Seek, SeekFrom, Write};
    for (number, op) in ops.iter().enumerate() {
        let _ = match op {
            Op::Write(path, len) => tree.write(path, vec![number as u8 + 1; *len]),
            Op::Poke(path, at) => tree.append(path).map(|mut file| {
                let len = file.seek(SeekFrom::End(0)).unwrap();
                file.set_len(len + u64::from(*at)).unwrap();
                file.write_all(b"!").unwrap();
            }),
            Op::Mkdir(path) => tree.create_dir(path),
            Op::Symlink(path, target) => tree.symlink(path, target),
            Op::Link(old, new) => tree.hard_link(old, new),
            Op::Rename(old, new) => tree.rename(old, new),
            Op::Remove(path) => match tree.symlink_metadata(path) {
                Ok(found) if found.file_type == guesthouse_vfs::FileType::Dir => {
                    tree.remove_dir_all(path)
                }
                _ => tree.remove_file(path),
            },
            Op::SetMode(path, mode) => tree.set_mode(path, *mode),
            Op::SetModified(path, nanos) => tree.set_times(
                path,
                SetTimes {
                    accessed: SetTime::Keep,
                    modified: SetTime::At(Timestamp::from_nanos(*nanos)),
                },
            ),
        };
    }
}
