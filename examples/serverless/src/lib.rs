//! An HTTP server that runs a WebAssembly guest for each request.
//!
//! The guest is compiled once and the image is loaded once. A request gets a fork of the image and a new instance of the guest, which finds the request in its
//! environment and on its input, as a CGI program does, and prints the answer. Then both are dropped: nothing that one request did can be seen by another.
//!
//! ```text
//! server      connections; shutdown
//! gateway     one request: limits, waiting for a place, from what happened to a status
//! cgi         the request as variables, the answer from what was printed (RFC 3875)
//! host        fork, instantiate, run, drop
//! admin       /metrics and /healthz, on an address of its own
//! ```
#![forbid(unsafe_code)]

mod admin;
pub mod cgi;
mod config;
mod engine;
mod executor;
mod gateway;
mod host;
mod image;
mod log;
mod memory_meter;
mod metrics;
mod phase;
mod server;
mod ticker;
mod write_timeout;

pub use config::{Config, Limits};
pub use executor::executor;
pub use host::{Ended, Guest, Host, Task};
pub use image::load_image;
pub use log::Log;
pub use metrics::{Metrics, Outcome};
pub use server::{Server, Stopped};

/// The error of whatever happens before the first request: it ends the program.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
