//! The host where nothing is known of it but what cap-std knows: single names in an open directory, no link followed.
//!
//! What Linux checks in the call that acts is checked just before it here. Another process can change the name between the two; then the
//! outcome may be that of another order of the two changes, but it never leads outside: the call that acts follows nothing either.

mod cookies;
mod dir_stream;
mod file;
mod host;
mod host_name;
mod names;
mod node;
mod stat;

pub(super) use cookies::Cookies as Listing;
pub(super) use host::Host;
pub(super) use names::{
    create_dir, enter, link, open_dir, open_self, read_link, remove_dir, rename, set_dir_mode,
    set_dir_times, set_times, symlink, sync_dir, unlink,
};
pub(super) use node::Node;
pub(super) use stat::file_type;
