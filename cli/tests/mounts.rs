//! What the guest's tree is composed of, and what becomes of it.

mod command;

use std::fs;
use std::path::Path;

use command::{PUT, file, guest, run};
use tempfile::{TempDir, tempdir};

/// Errnos of WASI, with which `PUT` exits.
const NOENT: i32 = 44;
const NOSPC: i32 = 51;
const PERM: i32 = 63;
const ROFS: i32 = 69;

fn put(dir: &TempDir) -> String {
    file(dir, "put.wat", PUT)
}

fn mount(host: &Path, guest: &str) -> String {
    format!("{}::{guest}", host.display())
}

/// What `show.wasm` says that is in its current directory, which is `/`.
fn root_entries(args: &[&str]) -> String {
    let show = guest("show.wasm");
    let outcome = run(args.iter().copied().chain([show.as_str()])).code(0);
    outcome.stdout
}

#[test]
fn nothing_of_the_machine_is_in_reach() {
    let (dir, secret) = (tempdir().unwrap(), tempdir().unwrap());
    let put = put(&dir);
    let inside = secret.path().join("x");
    run([
        put.as_str(),
        inside.to_str().unwrap().trim_start_matches('/'),
    ])
    .code(NOENT);
    run([put.as_str(), "../x"]).code(PERM);
    run([put.as_str(), inside.to_str().unwrap()]).code(PERM);
    assert!(!inside.exists());
}

#[test]
fn the_default_tree_has_tmp_and_dev_and_bare_has_not() {
    let text = root_entries(&[]);
    assert!(text.contains("tmp") && text.contains("dev"), "{text}");
    let text = root_entries(&["--bare"]);
    assert!(!text.contains("tmp") && !text.contains("dev"), "{text}");
    let dir = tempdir().unwrap();
    let put = put(&dir);
    run([put.as_str(), "dev/null"]).code(0);
    run([put.as_str(), "tmp/x"]).code(0);
    run(["--bare", &put, "tmp/x"]).code(NOENT);
}

#[test]
fn a_host_directory_is_written_in_place() {
    let dir = tempdir().unwrap();
    let host = tempdir().unwrap();
    run([
        "--dir",
        &mount(host.path(), "/deep/er"),
        &put(&dir),
        "deep/er/x",
    ])
    .code(0);
    assert_eq!(fs::read(host.path().join("x")).unwrap(), b"written\n");
}

#[test]
fn a_directory_alone_is_the_root() {
    let dir = tempdir().unwrap();
    let host = tempdir().unwrap();
    let put = put(&dir);
    let output = command::command(["run", "--dir", ".", &put, "x"])
        .current_dir(host.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let names: Vec<_> = fs::read_dir(host.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["x"], "no mount point was made on the host");
}

#[test]
fn a_read_only_mount_stays_as_it_is() {
    let dir = tempdir().unwrap();
    let host = tempdir().unwrap();
    fs::write(host.path().join("x"), "old").unwrap();
    let mount = format!("{}::/h::ro", host.path().display());
    run(["--dir", &mount, &put(&dir), "h/x"]).code(ROFS);
    run(["--dir", &mount, &put(&dir), "h/y"]).code(ROFS);
    assert_eq!(fs::read(host.path().join("x")).unwrap(), b"old");
    assert!(!host.path().join("y").exists());
}

#[test]
fn a_copy_is_changed_in_memory_and_written_out_on_demand() {
    let (dir, host, out) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(host.path().join("sub")).unwrap();
    fs::write(host.path().join("sub/x"), "old").unwrap();
    fs::hard_link(host.path().join("sub/x"), host.path().join("sub/y")).unwrap();
    let target = out.path().join("result");
    let copy_out = format!("/c::{}", target.display());
    run([
        "--copy",
        &mount(host.path(), "/c"),
        "--copy-out",
        &copy_out,
        &put(&dir),
        "c/sub/x",
    ])
    .code(0);
    assert_eq!(
        fs::read(host.path().join("sub/x")).unwrap(),
        b"old",
        "the origin is untouched"
    );
    assert_eq!(fs::read(target.join("sub/x")).unwrap(), b"written\n");
    assert_eq!(
        fs::read(target.join("sub/y")).unwrap(),
        b"written\n",
        "a hard link in memory, too"
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_copied_is_left_out_and_said() {
    use std::os::unix::fs::symlink;
    let (host, out) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(host.path().join("real"), "").unwrap();
    symlink("real", host.path().join("inner")).unwrap();
    symlink("/etc/passwd", host.path().join("outer")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(host.path().join("socket")).unwrap();
    let copy_out = format!("/c::{}", out.path().display());
    let outcome = run([
        "--copy",
        &mount(host.path(), "/c"),
        "--copy-out",
        &copy_out,
        &guest("hello.wat"),
    ])
    .code(0);
    assert!(
        outcome.stderr.contains("outer") && outcome.stderr.contains("leads outside"),
        "{outcome:#?}"
    );
    assert!(
        outcome.stderr.contains("socket") && outcome.stderr.lines().count() == 2,
        "{outcome:#?}"
    );
    assert_eq!(
        fs::read_link(out.path().join("inner")).unwrap(),
        Path::new("real")
    );
    assert!(fs::symlink_metadata(out.path().join("outer")).is_err());
}

#[test]
fn mounts_combine_at_any_depth_in_any_order() {
    let (dir, a, b) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    fs::write(a.path().join("seen"), "").unwrap();
    let args = [
        "--tmp",
        "/x/y/z",
        "--dir",
        &mount(b.path(), "/x/y"),
        "--dir",
        &mount(a.path(), "/x"),
    ];
    let put = put(&dir);
    let with = |path: &str| run(args.iter().copied().chain([put.as_str(), path]));
    with("x/in_a").code(0);
    with("x/y/in_b").code(0);
    with("x/y/z/in_memory").code(0);
    assert!(a.path().join("in_a").exists() && b.path().join("in_b").exists());
    assert!(
        !a.path().join("y").exists() && !b.path().join("z").exists(),
        "mounting changes no host directory"
    );
}

#[test]
fn scratch_space_has_its_own_limit() {
    let outcome = run(["--tmp", "/small::1MiB", &guest("fill.wasm"), "/small/file"]).code(0);
    assert_eq!(outcome.stderr, "", "{outcome:#?}");
    let dir = tempdir().unwrap();
    run(["--tmp", "/none::0B", &put(&dir), "none/x"]).code(NOSPC);
}

#[test]
fn a_further_preopen_has_exactly_its_name() {
    let host = tempdir().unwrap();
    let outcome = run([
        "--preopen",
        &mount(host.path(), "some name"),
        &guest("show.wasm"),
    ])
    .code(0);
    assert!(outcome.stdout.contains("some name"), "{outcome:#?}");
}

/// Descriptor 3 is then the first preopen, or closed, as for the programs of the official test suite that say that they need no directory.
#[test]
fn without_a_root_there_is_what_is_preopened() {
    let outcome = run(["--no-root", &guest("show.wasm")]);
    assert!(!outcome.stdout.contains("preopen"), "{outcome:#?}");
    let host = tempdir().unwrap();
    let preopen = mount(host.path(), "work");
    let outcome = run(["--no-root", "--preopen", &preopen, &guest("show.wasm")]);
    assert!(outcome.stdout.contains("preopen 3: work"), "{outcome:#?}");
    assert!(!outcome.stdout.contains("preopen 4"), "{outcome:#?}");
}

#[test]
fn bad_mounts_are_explained() {
    let hello = guest("hello.wat");
    run(["--dir", "/no/such/dir::/x", &hello]).error(1, &["/no/such/dir", "no such file"]);
    run(["--copy", "/no/such/dir::/x", &hello]).error(1, &["/no/such/dir"]);
    run(["--dir", ".::/x", "--tmp", "/x", &hello]).error(2, &["/x", "two mounts"]);
    let outcome = run(["--dir", "..::../x", &hello]).code(2);
    assert!(outcome.stderr.contains("leads out"), "{outcome:#?}");
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    run([
        "--dir",
        &mount(dir.path(), "/d"),
        "--tmp",
        "/d/file/x",
        &hello,
    ])
    .error(1, &["/d/file/x"]);
    run(["--copy-out", "/missing::out", &hello]).error(1, &["/missing"]);
}

#[test]
fn one_copy_out_that_fails_does_not_lose_the_others() {
    let out = tempdir().unwrap();
    let into = |guest: &str, name: &str| format!("{guest}::{}", out.path().join(name).display());
    run([
        "--copy-out",
        &into("/missing", "one"),
        "--copy-out",
        &into("/tmp", "other"),
        &guest("hello.wat"),
    ])
    .error(1, &["/missing"]);
    assert!(out.path().join("other").is_dir());
}
