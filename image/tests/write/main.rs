//! What is written, as others read it.

mod entries;
mod layer;
mod layer_property;
mod layer_unpacked;
mod layout;
mod programs;
mod round_trip;
mod seen;
mod tar;
