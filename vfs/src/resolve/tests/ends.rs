#[cfg(feature = "host")]
use std::cell::Cell;
use std::sync::Arc;

use super::call::{Answer, Call};
use super::fake_fs::FakeFs;
#[cfg(feature = "host")]
use crate::HostFs;
use crate::resolve::{self, Start, Symlinks};
use crate::{Access, Errno, FileSystem, MemFs, OpenDir, OpenOptions};

/// Linux's answer to each call for each way in which a path can end, as Linux 6.18 gave it on tmpfs. A test in `kernel_model.rs` asks the
/// running kernel again.
///
/// The tree of each cell is made by [`tree`], unless the last call has changed nothing. `link_to` and `rename_file_to` start from the file `src`, `…_dir_to` from the directory `srcd`,
/// `rename_gone_to` from nothing; `…_from` goes to the free name `new`, and `…_from_slash` to `new/`.
const LINUX: &str = "
path               gone     gone/    gone/.   gone/..  file     file/    file/.   file/..  dir      dir/     dir/.    dir/..   ldir     ldir/    ldir/.   ldir/..  lfile
open               NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
open_write         NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ok
open_nofollow      NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       LOOP     ok       ok       ok       LOOP
open_dir           NOENT    NOENT    NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       NOTDIR
open_dir_nofollow  NOENT    NOENT    NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       NOTDIR   ok       ok       ok       NOTDIR
create             ok       ISDIR    NOENT    NOENT    ok       ISDIR    NOTDIR   NOTDIR   ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ok
create_nofollow    ok       ISDIR    NOENT    NOENT    ok       ISDIR    NOTDIR   NOTDIR   ISDIR    ISDIR    ISDIR    ISDIR    LOOP     ISDIR    ISDIR    ISDIR    LOOP
create_new         ok       ISDIR    NOENT    NOENT    EXIST    ISDIR    NOTDIR   NOTDIR   EXIST    ISDIR    EXIST    EXIST    EXIST    ISDIR    EXIST    EXIST    EXIST
metadata           NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
metadata_nofollow  NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
set_times          NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
set_times_nofollow NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
set_mode           NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       ok       ok       ok       ok       ok       ok       ok
read_link          NOENT    NOENT    NOENT    NOENT    INVAL    NOTDIR   NOTDIR   NOTDIR   INVAL    INVAL    INVAL    INVAL    ok       INVAL    INVAL    INVAL    ok
create_dir         ok       ok       NOENT    NOENT    EXIST    EXIST    NOTDIR   NOTDIR   EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
remove_dir         NOENT    NOENT    NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   ok       ok       INVAL    NOTEMPTY NOTDIR   NOTDIR   INVAL    NOTEMPTY NOTDIR
unlink             NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ISDIR    ISDIR    ISDIR    ISDIR    ok       NOTDIR   ISDIR    ISDIR    ok
symlink            ok       NOENT    NOENT    NOENT    EXIST    EXIST    NOTDIR   NOTDIR   EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_to            ok       NOENT    NOENT    NOENT    EXIST    EXIST    NOTDIR   NOTDIR   EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_dir_to        PERM     NOENT    NOENT    NOENT    EXIST    EXIST    NOTDIR   NOTDIR   EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_from          NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   PERM     PERM     PERM     PERM     ok       PERM     PERM     PERM     ok
link_from_follow   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   PERM     PERM     PERM     PERM     PERM     PERM     PERM     PERM     ok
rename_from        NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ok       ok       BUSY     BUSY     ok       NOTDIR   BUSY     BUSY     ok
rename_from_slash  NOENT    NOENT    NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   ok       ok       BUSY     BUSY     NOTDIR   NOTDIR   BUSY     BUSY     NOTDIR
rename_file_to     ok       NOTDIR   NOENT    NOENT    ok       NOTDIR   NOTDIR   NOTDIR   ISDIR    NOTDIR   BUSY     BUSY     ok       NOTDIR   BUSY     BUSY     ok
rename_dir_to      ok       ok       NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   ok       ok       BUSY     BUSY     NOTDIR   NOTDIR   BUSY     BUSY     NOTDIR
rename_gone_to     NOENT    NOENT    NOENT    NOENT    NOENT    NOENT    NOTDIR   NOTDIR   NOENT    NOENT    BUSY     BUSY     NOENT    NOENT    BUSY     BUSY     NOENT

path               lfile/   lfile/.  ldang    ldang/   ldang/.  ldangs   ldirs    lfiles   self     self/    .        ./       full     full/    full/..
open               NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   LOOP     LOOP     ok       ok       ok       ok       ok
open_write         NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ISDIR    NOTDIR   LOOP     LOOP     ISDIR    ISDIR    ISDIR    ISDIR    ISDIR
open_nofollow      NOTDIR   NOTDIR   LOOP     NOENT    NOENT    LOOP     LOOP     LOOP     LOOP     LOOP     ok       ok       ok       ok       ok
open_dir           NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   LOOP     LOOP     ok       ok       ok       ok       ok
open_dir_nofollow  NOTDIR   NOTDIR   NOTDIR   NOENT    NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   LOOP     ok       ok       ok       ok       ok
create             ISDIR    NOTDIR   ok       ISDIR    NOENT    ISDIR    ISDIR    ISDIR    LOOP     ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR
create_nofollow    ISDIR    NOTDIR   LOOP     ISDIR    NOENT    LOOP     LOOP     LOOP     LOOP     ISDIR    ISDIR    ISDIR    ISDIR    ISDIR    ISDIR
create_new         ISDIR    NOTDIR   EXIST    ISDIR    NOENT    EXIST    EXIST    EXIST    EXIST    ISDIR    EXIST    EXIST    EXIST    ISDIR    EXIST
metadata           NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   LOOP     LOOP     ok       ok       ok       ok       ok
metadata_nofollow  NOTDIR   NOTDIR   ok       NOENT    NOENT    ok       ok       ok       ok       LOOP     ok       ok       ok       ok       ok
set_times          NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   LOOP     LOOP     ok       ok       ok       ok       ok
set_times_nofollow NOTDIR   NOTDIR   ok       NOENT    NOENT    ok       ok       ok       ok       LOOP     ok       ok       ok       ok       ok
set_mode           NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    ok       NOTDIR   LOOP     LOOP     ok       ok       ok       ok       ok
read_link          NOTDIR   NOTDIR   ok       NOENT    NOENT    ok       ok       ok       ok       LOOP     INVAL    INVAL    INVAL    INVAL    INVAL
create_dir         EXIST    NOTDIR   EXIST    EXIST    NOENT    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
remove_dir         NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOTDIR   INVAL    INVAL    NOTEMPTY NOTEMPTY NOTEMPTY
unlink             NOTDIR   NOTDIR   ok       NOTDIR   NOENT    ok       ok       ok       ok       NOTDIR   ISDIR    ISDIR    ISDIR    ISDIR    ISDIR
symlink            EXIST    NOTDIR   EXIST    EXIST    NOENT    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_to            EXIST    NOTDIR   EXIST    EXIST    NOENT    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_dir_to        EXIST    NOTDIR   EXIST    EXIST    NOENT    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST    EXIST
link_from          NOTDIR   NOTDIR   ok       NOENT    NOENT    ok       ok       ok       ok       LOOP     PERM     PERM     PERM     PERM     PERM
link_from_follow   NOTDIR   NOTDIR   NOENT    NOENT    NOENT    NOENT    PERM     NOTDIR   LOOP     LOOP     PERM     PERM     PERM     PERM     PERM
rename_from        NOTDIR   NOTDIR   ok       NOTDIR   NOENT    ok       ok       ok       ok       NOTDIR   BUSY     BUSY     ok       ok       BUSY
rename_from_slash  NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOTDIR   BUSY     BUSY     ok       ok       BUSY
rename_file_to     NOTDIR   NOTDIR   ok       NOTDIR   NOENT    ok       ok       ok       ok       NOTDIR   BUSY     BUSY     ISDIR    NOTDIR   BUSY
rename_dir_to      NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOENT    NOTDIR   NOTDIR   NOTDIR   NOTDIR   NOTDIR   BUSY     BUSY     NOTEMPTY NOTEMPTY BUSY
rename_gone_to     NOENT    NOTDIR   NOENT    NOENT    NOENT    NOENT    NOENT    NOENT    NOENT    NOENT    BUSY     BUSY     NOENT    NOENT    BUSY
";

/// What a tree of tests is made of.
enum Made {
    Dir,
    File,
    Link(&'static str),
}

/// The calls that make the tree: each path with what is there.
pub(super) fn tree() -> Vec<Call> {
    [
        ("dir", Made::Dir),
        ("full", Made::Dir),
        ("full/x", Made::File),
        ("file", Made::File),
        ("src", Made::File),
        ("srcd", Made::Dir),
        ("ldir", Made::Link("dir")),
        ("lfile", Made::Link("file")),
        ("ldang", Made::Link("gone")),
        ("ldangs", Made::Link("gone/")),
        ("ldirs", Made::Link("dir/")),
        ("lfiles", Made::Link("file/")),
        ("self", Made::Link("self")),
    ]
    .into_iter()
    .map(|(path, made)| {
        let path = path.into();
        match made {
            Made::Dir => Call::CreateDir(path),
            Made::File => Call::Open(path, Symlinks::NoFollow, OpenOptions::create_new()),
            Made::Link(target) => Call::Symlink(target.into(), path),
        }
    })
    .collect()
}

/// Each cell of [`LINUX`]: the call, the row and column it is from, and the answer.
fn cells() -> Vec<(Call, String, Result<(), Errno>)> {
    let mut cells = Vec::new();
    let mut paths: Vec<&str> = Vec::new();
    for line in LINUX.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let row = words.next().unwrap();
        if row == "path" {
            paths = words.collect();
            continue;
        }
        let answers: Vec<&str> = words.collect();
        assert_eq!(answers.len(), paths.len(), "{row}");
        for (path, answer) in paths.iter().zip(answers) {
            cells.push((call(row, path), format!("{row} {path}"), errno(answer)));
        }
    }
    cells
}

fn call(row: &str, path: &str) -> Call {
    let follow = if row.ends_with("_nofollow") {
        Symlinks::NoFollow
    } else {
        Symlinks::Follow
    };
    let open = |options| Call::Open(path.into(), follow, options);
    let path = path.into();
    match row.trim_end_matches("_nofollow") {
        "open" => open(OpenOptions::existing(Access::READ)),
        "open_write" => open(OpenOptions::existing(Access::WRITE)),
        "open_dir" => open(OpenOptions::directory()),
        "create" => open(OpenOptions::create()),
        "create_new" => open(OpenOptions::create_new()),
        "metadata" => Call::Metadata(path, follow),
        "set_times" => Call::SetTimes(path, follow),
        "set_mode" => Call::SetMode(path),
        "read_link" => Call::ReadLink(path),
        "create_dir" => Call::CreateDir(path),
        "remove_dir" => Call::RemoveDir(path),
        "unlink" => Call::Unlink(path),
        "symlink" => Call::Symlink("t".into(), path),
        "link_to" => Call::Link("src".into(), Symlinks::NoFollow, path),
        "link_dir_to" => Call::Link("srcd".into(), Symlinks::NoFollow, path),
        "link_from" => Call::Link(path, Symlinks::NoFollow, "new".into()),
        "link_from_follow" => Call::Link(path, Symlinks::Follow, "new".into()),
        "rename_from" => Call::Rename(path, "new".into()),
        "rename_from_slash" => Call::Rename(path, "new/".into()),
        "rename_file_to" => Call::Rename("src".into(), path),
        "rename_dir_to" => Call::Rename("srcd".into(), path),
        "rename_gone_to" => Call::Rename("nosuch".into(), path),
        other => panic!("no call for the row {other}"),
    }
}

fn errno(answer: &str) -> Result<(), Errno> {
    Err(match answer {
        "ok" => return Ok(()),
        "NOENT" => Errno::NoEntry,
        "NOTDIR" => Errno::NotDir,
        "ISDIR" => Errno::IsDir,
        "EXIST" => Errno::Exist,
        "LOOP" => Errno::Loop,
        "INVAL" => Errno::Invalid,
        "NOTEMPTY" => Errno::NotEmpty,
        "PERM" => Errno::Permission,
        "BUSY" => Errno::Busy,
        other => panic!("no errno for {other}"),
    })
}

/// Asks a system for each cell. `make` gives one with an empty tree, which runs calls.
pub(super) fn check<S: Fn(&Call) -> Result<Answer, Errno>>(make: impl Fn() -> S) {
    let cells = cells();
    assert!(cells.len() > 800, "the table was not read");
    let mut wrong = Vec::new();
    let fresh = || {
        let run = make();
        for step in tree() {
            run(&step).unwrap();
        }
        run
    };
    let mut run = fresh();
    for (call, cell, expected) in cells {
        let answer = run(&call).map(drop);
        if answer.is_ok() {
            run = fresh();
        }
        if answer != expected {
            wrong.push(format!("{cell}: {answer:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn check_file_system(make: impl Fn() -> Arc<dyn FileSystem>) {
    check(|| {
        let root = OpenDir::root(make());
        move |call: &Call| call.resolve(Start::at_root(&root))
    });
}

#[test]
fn paths_end_as_on_linux_in_the_simplest_file_system() {
    check_file_system(|| FakeFs::new());
}

#[test]
fn paths_end_as_on_linux_in_memory() {
    check_file_system(|| MemFs::new());
}

#[cfg(feature = "host")]
#[test]
fn paths_end_as_on_linux_on_the_host() {
    let temporary = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let temporary = temporary.unwrap();
    let trees = Cell::new(0);
    check_file_system(|| {
        trees.set(trees.get() + 1);
        let path = temporary.path().join(trees.get().to_string());
        std::fs::create_dir(&path).unwrap();
        HostFs::open_ambient(path).unwrap()
    });
}

#[test]
fn creating_through_a_dangling_link_makes_its_target() {
    let root = OpenDir::root(FakeFs::new());
    let start = Start::at_root(&root);
    for step in tree() {
        step.resolve(start).unwrap();
    }
    resolve::open(start, b"ldang", Symlinks::Follow, OpenOptions::create()).unwrap();
    assert!(resolve::metadata(start, b"gone", Symlinks::NoFollow).is_ok());
    assert_eq!(&*resolve::read_link(start, b"ldang").unwrap(), b"gone");
}
