//! The conformance kit: one set of cases that every [`FileSystem`](guesthouse_vfs::FileSystem) must pass, and random programs
//! that compare it with a reference model.
//!
//! # Use
//! In a file under `tests/`, say how a fresh filesystem is made, and instantiate the cases; each becomes a `#[test]` of its own:
//! ```
//! use guesthouse_vfs_tests::{Backend, Deviation, Fixture, Model};
//!
//! struct Mine;
//!
//! impl Backend for Mine {
//!     fn fresh() -> Fixture {
//!         Fixture::at_root(Model::new())
//!     }
//!
//!     fn deviations() -> &'static [Deviation] {
//!         &[/* Deviation { case: "times::before_the_epoch", reason: "times are unsigned" } */]
//!     }
//! }
//!
//! guesthouse_vfs_tests::conformance!(Mine);
//! # fn main() {}
//! ```
//! Nothing is skipped. A case in which the filesystem is known to answer differently is declared with its reason and runs as well; when it
//! passes, the declaration is a failure. [`read_only_conformance!`] does the same for a read-only view, and [`programs`] runs long random programs.
//!
//! # A case
//! A case is a text of three parts: the tree before, a script, the tree after.
//! ```text
//! a "one"                          # a file and its contents
//! b "two" mode=0640                # with permission bits, where they matter
//! c size=3G                        # a file of that length, all zeros
//! d/e/                             # a directory; its parents need no lines
//! l -> d/e                         # a symbolic link
//! n = a                            # another name of the same file
//! ---
//! f = open b read                  # a handle named f
//! rename a d/b -> EISDIR           # the errno that it must fail with; without an arrow it must succeed
//! read f 0 10 -> "two"             # offset, length, and what must come
//! stat f: -> file size=3 nlink=1 ino=$b   # the handle itself; $b is bound here and compared from then on
//! d = open d read dir
//! mkdir d:x                        # a path from an open directory
//! ---
//! unchanged                        # or a tree
//! ```
//! | step | |
//! |---|---|
//! | `[f =] open PATH [read] [write] [create] [excl] [trunc] [dir] [nofollow] [mode=0644]` | without a name the handle is closed at once |
//! | `close f` | everything is refused with `EBADF` afterwards |
//! | `stat`, `lstat PATH`, `chmod`, `lchmod PATH 0600`, `utime`, `lutime PATH ATIME MTIME` | a time is `keep`, `now` or nanoseconds |
//! | `mkdir PATH [mode=0755]`, `rmdir PATH`, `unlink PATH` | |
//! | `symlink TARGET PATH`, `readlink PATH`, `link OLD NEW`, `link-followed OLD NEW`, `rename OLD NEW` | |
//! | `read f OFFSET LENGTH[+LENGTH…]`, `write f OFFSET DATA…`, `append f DATA…` | one buffer for each |
//! | `truncate f LENGTH`, `allocate f OFFSET LENGTH`, `sync f`, `datasync f`, `advise f OFFSET LENGTH ADVICE` | `4K`, `3G`, `max` (2⁶³−1) and `endless` (2⁶⁴−1) are numbers |
//! | `cat PATH`, `list PATH` | all the contents; all entries, `d/` for a directory and `l@` for a link |
//! | `watch PATH`, `moved PATH -> mtime ctime` | which times have changed since |
//! | `s = stream d`, `take s N`, `rest s`, `rewind s`, `t = resume s d`, `seen s`, `count s`, `unlink-last s d`, `unlink-seen s d` | a listing in pieces |
//!
//! `{255*x}` is 255 times `x`, and a line with `{0..300}` stands for 300 lines. `\xff`, `\n` and `\0` are bytes. A `#` begins a comment.
//!
//! What a case expects is POSIX's answer, and where POSIX leaves a choice, Linux's: the kit runs every case on the system calls themselves, too
//! (`tests/conformance/linux.rs`), except those that only this interface has ([`cases::contract`], [`cases::sandbox`]).
#![forbid(unsafe_code)]

mod backend;
mod case;
pub mod cases;
mod check;
mod conformance;
pub mod fault;
mod late;
mod model;
mod on_file_system;
pub mod programs;
mod read_only;
mod run;
mod script;
mod show;
mod state;
mod subject;
mod tree_of;

pub use backend::{Backend, Deviation, Fixture};
pub use case::Case;
pub use check::{Failure, check, run};
pub use conformance::check_deviations;
pub use fault::survive_faults;
pub use late::Late;
pub use model::Model;
pub use on_file_system::OnFileSystem;
pub use read_only::run_read_only;
pub use script::{Call, Entry, Outcome, Target};
pub use subject::Subject;
