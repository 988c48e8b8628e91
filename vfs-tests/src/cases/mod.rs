//! The cases: one file for each call or hazard.

use crate::Case;
use crate::case::cases;

pub mod access;
pub mod append;
pub mod bits;
pub mod blocks;
pub mod buffers;
pub mod contract;
pub mod create;
pub mod crowds;
pub mod dates;
pub mod deep_trees;
pub mod error_order;
pub mod far_offsets;
pub mod handles;
pub mod hard_links;
pub mod limits;
pub mod link;
pub mod links_on_the_way;
pub mod listed_changes;
pub mod long_paths;
pub mod metadata;
pub mod mkdir;
pub mod mode;
pub mod moved;
pub mod names;
pub mod open;
pub mod open_dirs;
pub mod open_flags;
pub mod pages;
pub mod paths;
pub mod read;
pub mod read_only;
pub mod readdir;
pub mod rename;
pub mod rename_dir;
pub mod replacing;
pub mod rmdir;
pub mod same_directory;
pub mod sandbox;
pub mod shared;
pub mod sparse;
pub mod spellings;
pub mod symlink;
pub mod taken_again;
pub mod through;
pub mod times;
pub mod trailing_slash;
pub mod truncate;
pub mod unlink;
pub mod write;

/// All cases, by file.
pub const ALL: &[&[Case]] = &[
    open_dirs::ALL,
    hard_links::ALL,
    pages::ALL,
    blocks::ALL,
    open_flags::ALL,
    links_on_the_way::ALL,
    replacing::ALL,
    contract::ALL,
    create::ALL,
    open::ALL,
    mkdir::ALL,
    rmdir::ALL,
    unlink::ALL,
    link::ALL,
    symlink::ALL,
    rename::ALL,
    rename_dir::ALL,
    read::ALL,
    write::ALL,
    append::ALL,
    truncate::ALL,
    sparse::ALL,
    read_only::ALL,
    readdir::ALL,
    metadata::ALL,
    times::ALL,
    mode::ALL,
    paths::ALL,
    trailing_slash::ALL,
    names::ALL,
    deep_trees::ALL,
    handles::ALL,
    error_order::ALL,
    limits::ALL,
    sandbox::ALL,
    taken_again::ALL,
    moved::ALL,
    far_offsets::ALL,
    buffers::ALL,
    listed_changes::ALL,
    spellings::ALL,
    long_paths::ALL,
    dates::ALL,
    bits::ALL,
    crowds::ALL,
    access::ALL,
    shared::ALL,
    through::ALL,
    same_directory::ALL,
];

#[cfg(test)]
mod tests {
    use crate::script::Script;

    #[test]
    fn every_case_can_be_understood() {
        for case in super::ALL.iter().flat_map(|cases| cases.iter()) {
            if let Err((line, problem)) = Script::parse(case.text) {
                panic!("{}, line {line}: {problem}", case.path());
            }
        }
    }
}
