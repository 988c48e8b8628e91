//! `HostFs` through the traits, on real directories of the host: in memory (tmpfs) and on disk, walked by the kernel and name by name.
#![cfg(all(feature = "host", unix))]

mod file;
mod ground;
mod links;
mod listing;
mod metadata;
mod names;
mod open;
#[cfg(target_os = "linux")]
mod permissions;
mod rename;
mod sandbox;
mod walk;
