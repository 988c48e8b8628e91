//! The cases of the kit on the project's own filesystems, and on Linux itself.
//!
//! `cargo test -p guesthouse-vfs-tests --test conformance memory::rename` runs one file of cases on one of them.

mod model;

mod fork;
mod fork_hammer;

mod limits;
mod memory;

#[cfg(unix)]
mod host;

#[cfg(unix)]
mod mount;

#[cfg(unix)]
mod overlay;

#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(unix)]
mod hammer;

#[cfg(unix)]
mod forests;
#[cfg(unix)]
mod random_programs;
