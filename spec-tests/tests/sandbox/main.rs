//! That a guest reaches nothing but what it was given: each call by itself, through the engine, under both module names.
#![cfg(unix)]

mod full;
mod guest_links;
mod host_links;
mod house;
mod mount_points;
mod read_only;
mod special_files;
mod ways_out;
