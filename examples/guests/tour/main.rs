//! A tour of a filesystem: builds a small tree, works in it the way programs do, checks every result, and takes it
//! down again. Each stop prints one line; nothing printed depends on the host, the clock or the backend.
//!
//! The only argument is the directory to work in (default `/tmp`). The exit code is 0 only if every check held. It builds
//! for the host as well (`rustc --edition 2024 tour/main.rs`), so that its report can be compared with that of the kernel.

#![cfg_attr(target_os = "wasi", feature(wasi_ext))]

/// Ends the stop with a message unless the condition holds.
macro_rules! check {
    ($holds:expr, $($message:tt)+) => {
        if !$holds {
            return Err(format!($($message)+).into());
        }
    };
}

mod files;
mod names;
mod tree;

use std::path::{Path, PathBuf};

/// What a stop reports, or what did not hold.
type Outcome = Result<String, Box<dyn std::error::Error>>;

/// The stops in their order: each works only with what the ones before it left behind.
const STOPS: &[(&str, fn(&Path) -> Outcome)] = &[
    ("build", files::build),
    ("read back", files::read_back),
    ("append", files::append),
    ("seek", files::seek),
    ("pread", files::positional),
    ("truncate", files::truncate),
    ("rename", names::rename),
    ("hard link", names::hard_link),
    ("symlink", names::symbolic_link),
    ("list", names::list),
    ("unlink", files::unlink),
    ("times", files::times),
    ("errors", names::errors),
    ("devices", files::devices),
    ("way out", names::way_out),
    ("take down", names::take_down),
];

fn main() {
    let base = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "/tmp".into()));
    let root = base.join("tour");
    if root.try_exists().unwrap_or(false) {
        eprintln!(
            "{} exists already: remove it, or name another directory to work in",
            root.display()
        );
        std::process::exit(1);
    }
    println!("A tour of the filesystem, in {}", root.display());
    let mut held = 0;
    for (name, stop) in STOPS {
        match stop(&root) {
            Ok(report) => {
                held += 1;
                println!("  {name:<10} {report}");
            }
            Err(error) => println!("  {name:<10} FAILED: {error}"),
        }
    }
    println!("{held} of {} stops held.", STOPS.len());
    if held != STOPS.len() {
        std::process::exit(1);
    }
}
