//! `--save`: a part of the guest's tree as an archive.

mod command;

use std::fs;
use std::path::Path;

use command::{Outcome, file, guest, run, steps};
use tempfile::{TempDir, tempdir};

/// What a path that leaves the tree is, in WASI.
const PERM: i32 = 63;

/// Steps that make one of everything in /w.
const MAKE: &str = "mkdir /w/dir put /w/dir/file text ln /w/dir/file /w/again symlink dir/file /w/link \
    symlink ../away /w/away mkdir /w/empty touch /w/dir/file 1000000001 touch /w/empty 1000000002";

#[track_caller]
fn steps_with(options: &[&str], taken: &[&str]) -> Outcome {
    run(options
        .iter()
        .copied()
        .chain([steps().as_str()])
        .chain(taken.iter().copied()))
}

fn out(dir: &TempDir, name: &str) -> (std::path::PathBuf, String) {
    let path = dir.path().join(name);
    let shown = path.display().to_string();
    (path, shown)
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_saved_is_seen_again() {
    let dir = tempdir().unwrap();
    for name in ["a.tar", "a.tar.gz", "a.tgz"] {
        let (path, shown) = out(&dir, name);
        let save = format!("/w::{shown}");
        let made = steps_with(
            &["--tmp", "/w", "--save", &save],
            &MAKE
                .split_whitespace()
                .chain(["tree", "/w"])
                .collect::<Vec<_>>(),
        )
        .code(0);
        assert_eq!(made.stderr, "");
        assert_eq!(made.stdout.lines().count(), 6, "{made:#?}");
        let again = steps_with(
            &["--image", &format!("{shown}::/w")],
            &["tree", "/w", "append", "/w/again", "!", "cat", "/w/link"],
        )
        .code(0);
        assert_eq!(again.stdout, made.stdout.clone() + "text!", "{name}");
        let gzip = fs::read(path).unwrap().starts_with(&[0x1f, 0x8b]);
        assert_eq!(gzip, name != "a.tar", "{name}");
    }
    assert_eq!(
        names(dir.path()),
        ["a.tar", "a.tar.gz", "a.tgz"],
        "nothing else is left there"
    );
}

/// The default devices are no part of it, and nobody is told that they are not.
#[test]
fn the_whole_tree_is_saved_without_its_devices() {
    let dir = tempdir().unwrap();
    let (_, shown) = out(&dir, "all.tar");
    let made = steps_with(
        &["--save", &format!("/::{shown}")],
        &["put", "/tmp/x", "x", "tree", "/tmp"],
    )
    .code(0);
    assert_eq!(made.stderr, "");
    let again = steps_with(
        &["--image", &format!("{shown}::/"), "--bare"],
        &["tree", "/tmp", "tree", "/dev"],
    )
    .code(0);
    assert_eq!(again.stdout, made.stdout);
}

#[test]
fn a_single_file_is_saved_too() {
    let dir = tempdir().unwrap();
    let (_, shown) = out(&dir, "file.tar");
    steps_with(
        &["--save", &format!("/tmp/x::{shown}")],
        &["put", "/tmp/x", "text"],
    )
    .code(0);
    let again = steps_with(&["--image", &format!("{shown}::/i")], &["cat", "/i/x"]).code(0);
    assert_eq!(again.stdout, "text");
}

#[test]
fn every_backend_can_be_saved() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(host.path().join("x"), "host\n").unwrap();
    let (path, shown) = out(&dir, "a.tar");
    let (save, host) = (format!("/w::{shown}"), host.path().display());
    let seen = |options: [String; 2], taken: &[&str]| {
        drop(fs::remove_file(&path));
        let [option, value] = options;
        steps_with(&[&option, &value, "--save", &save], taken).code(0);
        steps_with(
            &["--image", &format!("{shown}::/i::ro")],
            &["cat", "/i/x", "cat", "/i/y"],
        )
        .stdout
    };
    let put = ["put", "/w/y", "guest\n"];
    let both = "host\nguest\n";
    assert_eq!(seen(["--copy".into(), format!("{host}::/w")], &put), both);
    assert_eq!(
        seen(["--overlay".into(), format!("{host}::/w")], &put),
        both
    );
    assert_eq!(seen(["--image".into(), format!("{host}::/w")], &put), both);
    let missing = "host\ncat: No such file or directory\n";
    assert_eq!(
        seen(["--dir".into(), format!("{host}::/w::ro")], &[]),
        missing
    );
    assert_eq!(seen(["--dir".into(), format!("{host}::/w")], &put), both);
}

/// It was in its own archive, cut off at the place where it was by then.
#[test]
fn an_archive_in_the_directory_that_it_holds_is_not_in_itself() {
    let host = tempdir().unwrap();
    fs::write(host.path().join("x"), "text").unwrap();
    let (_, shown) = out(&host, "a.tar");
    let mount = format!("{}::/w", host.path().display());
    for option in ["--dir", "--overlay"] {
        drop(fs::remove_file(&shown));
        steps_with(&[option, &mount, "--save", &format!("/w::{shown}")], &[]).code(0);
        let again = steps_with(&["--image", &format!("{shown}::/i")], &["tree", "/i"]).code(0);
        assert!(
            again.stdout.ends_with(" /i/x\n") && again.stdout.lines().count() == 1,
            "{again:#?}"
        );
        assert_eq!(names(host.path()), ["a.tar", "x"]);
    }
}

#[test]
fn it_is_saved_however_the_guest_ends() {
    let dir = tempdir().unwrap();
    for (name, end, code) in [("a.tar", &["trap"][..], 134), ("b.tar", &["exit", "7"], 7)] {
        let (_, shown) = out(&dir, name);
        steps_with(
            &["--save", &format!("/tmp::{shown}")],
            &[&["put", "/tmp/x", "text"], end].concat(),
        )
        .code(code);
        let again = steps_with(&["--image", &format!("{shown}::/i")], &["cat", "/i/x"]).code(0);
        assert_eq!(again.stdout, "text", "{name}");
    }
}

#[test]
fn a_failure_leaves_what_was_there() {
    let to = tempdir().unwrap();
    let save = format!("/missing::{}", to.path().join("a.tar").display());
    run(["--save", &save, &guest("hello.wat")]).error(1, &["/missing", "a.tar"]);
    assert_eq!(names(to.path()), [""; 0]);
    file(&to, "a.tar", "old");
    run(["--save", &save, &guest("hello.wat")]).error(1, &["/missing"]);
    assert_eq!(fs::read(to.path().join("a.tar")).unwrap(), b"old");
    assert_eq!(names(to.path()), ["a.tar"]);
}

#[test]
fn what_cannot_be_written_is_said_before_the_guest_runs() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    let canary = format!("{}::/h", host.path().display());
    let (_, missing) = out(&dir, "missing/a.tar");
    fs::create_dir(dir.path().join("dir.tar")).unwrap();
    let (_, folder) = out(&dir, "dir.tar");
    for (path, said) in [(missing, "no directory"), (folder, "is a directory")] {
        let save = format!("/h::{path}");
        steps_with(&["--dir", &canary, "--save", &save], &["put", "/h/ran", ""])
            .error(1, &[&path, said]);
        assert!(!host.path().join("ran").exists());
    }
    for (save, said) in [
        ("/h::a.zip", ".tar, .tar.gz or .tgz"),
        ("/h::a", ".tar, .tar.gz or .tgz"),
        ("/h", "GUEST::FILE"),
        ("/h::", "name is empty"),
    ] {
        let outcome = run(["--save", save, &guest("hello.wat")]).code(2);
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
    run(["--no-root", "--save", "/::a.tar", &guest("hello.wat")]).code(2);
}

/// The second was written over the first, and both were said to be done.
#[test]
fn two_outputs_are_two_files() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    let canary = format!("{}::/h", host.path().display());
    let (path, shown) = out(&dir, "a.tar");
    fs::create_dir(dir.path().join("sub")).unwrap();
    let (save, again) = (
        format!("/tmp::{shown}"),
        format!("/h::{}/sub/../a.tar", dir.path().display()),
    );
    let changes = format!("--changes=list:{shown}");
    for other in [["--save", &again], ["--bare", &changes]] {
        steps_with(
            &["--dir", &canary, "--save", &save, other[0], other[1]],
            &["put", "/h/ran", ""],
        )
        .error(2, &["a.tar", "twice"]);
    }
    assert!(!path.exists() && !host.path().join("ran").exists());
}

/// A directory of /proc, in which not even root can make a file, behind a link.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_in_which_no_file_can_be_made_is_known_before() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    let canary = format!("{}::/h", host.path().display());
    std::os::unix::fs::symlink("/proc/self", dir.path().join("closed")).unwrap();
    let (_, shown) = out(&dir, "closed/a.tar");
    steps_with(
        &["--dir", &canary, "--save", &format!("/h::{shown}")],
        &["put", "/h/ran", ""],
    )
    .error(1, &[&shown, "no file can be made in"]);
    assert!(!host.path().join("ran").exists());
}

#[test]
fn only_a_device_that_was_named_is_missed() {
    let dir = tempdir().unwrap();
    let (_, shown) = out(&dir, "a.tar");
    let copied = dir.path().join("copied");
    let hello = guest("hello.wat");
    let copy = format!("/::{}", copied.display());
    let outcome = run([
        "--save",
        &format!("/::{shown}"),
        "--copy-out",
        &copy,
        &hello,
    ])
    .code(0);
    assert_eq!(outcome.stderr, "");
    let outcome = run(["--save", &format!("/dev/null::{shown}"), &hello]).code(0);
    assert!(outcome.stderr.contains("/dev/null"), "{outcome:#?}");
}

#[test]
fn one_that_fails_does_not_lose_the_others() {
    let dir = tempdir().unwrap();
    let (path, shown) = out(&dir, "a.tar");
    let copied = dir.path().join("copied");
    let outcome = steps_with(
        &[
            "--save",
            &format!("/missing::{}", dir.path().join("b.tar").display()),
            "--copy-out",
            &format!("/missing::{}", dir.path().join("c").display()),
            "--save",
            &format!("/tmp::{shown}"),
            "--copy-out",
            &format!("/tmp::{}", copied.display()),
        ],
        &["put", "/tmp/x", "text"],
    )
    .code(1);
    assert_eq!(
        outcome.stderr.matches("/missing").count(),
        4,
        "{outcome:#?}"
    );
    assert!(path.exists());
    assert_eq!(fs::read(copied.join("x")).unwrap(), b"text");
    assert_eq!(names(dir.path()), ["a.tar", "copied"]);
}

/// A link that leads out of the saved directory is kept as it is, and does not lead out when it is read again.
#[test]
fn links_are_saved_as_they_are() {
    let dir = tempdir().unwrap();
    let (_, shown) = out(&dir, "a.tar");
    steps_with(
        &["--save", &format!("/tmp::{shown}")],
        &["symlink", "../../../etc/passwd", "/tmp/up"],
    )
    .code(0);
    let outcome = steps_with(
        &["--image", &format!("{shown}::/i")],
        &["tree", "/i", "cat", "/i/up"],
    );
    let outcome = outcome.code(PERM);
    assert!(
        outcome.stdout.contains("/i/up -> ../../../etc/passwd"),
        "{outcome:#?}"
    );
}
