//! The host on Linux: one system call for each step, with rustix, on the handles that cap-std holds.

mod beneath;
mod dir_stream;
mod file;
mod names;
mod node;
mod retry;
mod stat;

pub(super) use beneath::Host;
pub(super) use dir_stream::Listing;
pub(super) use names::{
    create_dir, enter, link, open_dir, open_self, read_link, remove_dir, rename, set_dir_mode,
    set_dir_times, set_times, symlink, sync_dir, unlink,
};
pub(super) use node::Node;
pub(super) use stat::file_type;
