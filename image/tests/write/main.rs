//! What is written, as others read it.

mod entries;
#[cfg(unix)]
mod host;
mod layer;
mod layer_property;
mod layer_unpacked;
mod layout;
mod meanwhile;
mod programs;
mod round_trip;
mod seen;
mod tar;
