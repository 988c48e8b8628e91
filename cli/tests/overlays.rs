//! `--overlay`: several directories and images as one.

mod archives;
mod command;

use std::fs;
use std::path::Path;

use archives::{Item, gzip, oci_layout, tar};
use command::{Outcome, file, guest, run, steps};
use tempfile::{TempDir, tempdir};

const NOENT: i32 = 44;
const NOSPC: i32 = 51;
const ROFS: i32 = 69;

#[track_caller]
fn steps_with(options: &[&str], taken: &[&str]) -> Outcome {
    run(options
        .iter()
        .copied()
        .chain([steps().as_str()])
        .chain(taken.iter().copied()))
}

/// A host directory with these files.
fn layer(files: &[(&str, &str)]) -> TempDir {
    let dir = tempdir().unwrap();
    for (name, contents) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
    dir
}

fn overlay(lowers: &[&Path], guest: &str) -> String {
    let lowers: Vec<String> = lowers
        .iter()
        .map(|lower| lower.display().to_string().replace(':', r"\:"))
        .collect();
    format!("{}::{guest}", lowers.join(":"))
}

/// All files below, with their contents.
fn contents(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((path.display().to_string(), String::new()));
            found.extend(contents(&path));
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

#[test]
fn the_leftmost_is_on_top_and_directories_are_merged() {
    let top = layer(&[("both", "top\n"), ("dir/a", "a\n")]);
    let bottom = layer(&[("both", "bottom\n"), ("dir/b", "b\n"), ("only", "only\n")]);
    let mount = overlay(&[top.path(), bottom.path()], "/o");
    let outcome = steps_with(
        &["--overlay", &mount],
        &[
            "cat", "/o/both", "cat", "/o/dir/a", "cat", "/o/dir/b", "cat", "/o/only",
        ],
    );
    assert_eq!(outcome.code(0).stdout, "top\na\nb\nonly\n");
    let mount = overlay(&[bottom.path(), top.path()], "/o");
    let outcome = steps_with(&["--overlay", &mount], &["cat", "/o/both"]);
    assert_eq!(outcome.code(0).stdout, "bottom\n");
}

#[test]
fn what_the_guest_changes_stays_in_memory() {
    let top = layer(&[("both", "top\n"), ("dir/a", "a\n")]);
    let bottom = layer(&[("both", "bottom\n"), ("dir/b", "b\n")]);
    let before = (contents(top.path()), contents(bottom.path()));
    let outcome = steps_with(
        &["--overlay", &overlay(&[top.path(), bottom.path()], "/o")],
        &[
            "append",
            "/o/both",
            "more\n",
            "cat",
            "/o/both",
            "rm",
            "/o/both",
            "rm",
            "/o/dir/a",
            "mv",
            "/o/dir",
            "/o/moved",
            "cat",
            "/o/moved/b",
            "put",
            "/o/moved/new",
            "x",
            "mkdir",
            "/o/dir",
            "tree",
            "/o/dir",
            "cat",
            "/o/both",
        ],
    )
    .code(NOENT);
    assert_eq!(
        outcome.stdout,
        "top\nmore\nb\ncat: No such file or directory\n"
    );
    assert_eq!((contents(top.path()), contents(bottom.path())), before);
}

#[test]
fn a_layer_can_be_an_image() {
    let dir = tempdir().unwrap();
    let base = tar(&[
        ("etc/motd", Item::File("base\n")),
        ("etc/issue", Item::File("issue\n")),
    ]);
    let base = file(&dir, "base.tar.gz", gzip(&base));
    let layout = dir.path().join("layout");
    oci_layout(&layout, &[tar(&[("etc/issue", Item::File("layout\n"))])]);
    let top = layer(&[("etc/motd", "top\n")]);
    let mount = overlay(&[top.path(), &layout, Path::new(&base)], "/");
    let outcome = steps_with(
        &["--overlay", &mount],
        &[
            "cat",
            "/etc/motd",
            "cat",
            "/etc/issue",
            "put",
            "/etc/motd",
            "x",
            "put",
            "/dev/null",
            "x",
        ],
    );
    assert_eq!(outcome.code(0).stdout, "top\nlayout\n");
    // The same image beside it is not changed by that.
    let outcome = steps_with(
        &[
            "--overlay",
            &overlay(&[Path::new(&base)], "/o"),
            "--image",
            &format!("{base}::/i::ro"),
        ],
        &["put", "/o/etc/motd", "x", "cat", "/i/etc/motd"],
    );
    assert_eq!(outcome.code(0).stdout, "base\n");
}

#[cfg(unix)]
#[test]
fn a_colon_in_a_name_is_escaped() {
    let dir = tempdir().unwrap();
    for name in ["a:b", "c"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join(name), name).unwrap();
    }
    let mount = overlay(&[&dir.path().join("a:b"), &dir.path().join("c")], "/o");
    assert!(mount.contains(r"a\:b:"), "{mount}");
    let outcome = steps_with(&["--overlay", &mount], &["cat", "/o/a:b", "cat", "/o/c"]);
    assert_eq!(outcome.code(0).stdout, "a:bc");
}

#[test]
fn a_read_only_overlay_stays_as_it_is() {
    let layer = layer(&[("x", "x\n")]);
    let mount = format!("{}::ro", overlay(&[layer.path()], "/o"));
    let outcome = steps_with(&["--overlay", &mount], &["cat", "/o/x", "put", "/o/x", "y"]);
    assert_eq!(outcome.code(ROFS).stdout.lines().next(), Some("x"));
}

#[test]
fn memory_on_top_is_limited() {
    let large = layer(&[("large", &"x".repeat(4 << 20))]);
    let mount = overlay(&[large.path()], "/o");
    let options = ["--fs-bytes", "1MiB", "--overlay", &mount];
    let fill = guest("fill.wasm");
    let outcome = run(options.iter().copied().chain([fill.as_str(), "/o/file"]));
    assert_eq!(outcome.code(0).stderr, "");
    let outcome = steps_with(&options, &["copy", "/o/large", "/o/other"]);
    assert!(outcome.code(NOSPC).stdout.starts_with("copy: No space"));
}

#[test]
fn mounts_and_copies_inside_an_overlay() {
    let (lower, copied, host) = (
        layer(&[("lib/a", "a\n")]),
        layer(&[("b", "b\n")]),
        layer(&[]),
    );
    let outcome = steps_with(
        &[
            "--tmp",
            "/work/deep",
            "--copy",
            &format!("{}::/lib", copied.path().display()),
            "--dir",
            &format!("{}::/host", host.path().display()),
            "--overlay",
            &overlay(&[lower.path()], "/"),
        ],
        &[
            "put",
            "/work/deep/x",
            "x",
            "put",
            "/work/y",
            "y",
            "mv",
            "/lib/b",
            "/lib/c",
            "mv",
            "/lib/a",
            "/lib/b",
            "cat",
            "/lib/b",
            "cat",
            "/lib/c",
            "put",
            "/host/z",
            "z",
        ],
    );
    assert_eq!(outcome.code(0).stdout, "a\nb\n");
    assert_eq!(contents(lower.path()).len(), 2, "nothing was written there");
    assert_eq!(fs::read(host.path().join("z")).unwrap(), b"z");
}

/// What was put there for the guest is no change of the guest's.
#[test]
fn only_what_the_guest_changed_is_listed() {
    let (lower, copied) = (
        layer(&[("lib/a", "a\n"), ("gone", ""), ("old", "")]),
        layer(&[("b", "b\n")]),
    );
    let copy = format!("{}::/lib", copied.path().display());
    let overlay = overlay(&[lower.path()], "/");
    let options = [
        "--overlay",
        &overlay,
        "--changes",
        "--tmp",
        "/work/deep",
        "--copy",
        &copy,
    ];
    let nothing = steps_with(&options, &["cat", "/lib/b", "tree", "/"]).code(0);
    assert_eq!(nothing.stderr, "nothing was changed\n");
    let outcome = steps_with(
        &options,
        &[
            "append",
            "/lib/b",
            "more",
            "put",
            "/work/y",
            "",
            "put",
            "/work/deep/z",
            "",
            "rm",
            "/gone",
            "mv",
            "/old",
            "/new",
            "append",
            "/lib/a",
            "more",
        ],
    );
    assert_eq!(
        outcome.code(0).stderr,
        "removed   /gone\n\
         modified  /lib/a (contents, times)\n\
         modified  /lib/b (contents, times)\n\
         renamed   /old -> /new\n\
         created   /work/deep/z\n\
         created   /work/y\n"
    );
}

#[test]
fn what_makes_no_sense_is_explained() {
    let hello = guest("hello.wat");
    run(["--overlay", "/no/such/dir::/o", &hello])
        .error(1, &["/no/such/dir", "no such image or directory"]);
    let dir = tempdir().unwrap();
    let bad = file(&dir, "bad", "no image");
    run(["--overlay", &overlay(&[Path::new(&bad)], "/o"), &hello])
        .error(1, &["bad", "tar.zst or zip"]);
    for (mount, said) in [
        ("a:b", "LOWER:LOWER::GUEST"),
        ("a:::/x", "three colons"),
        ("a::/x::rw", "`::rw`"),
        (":a::/x", "is empty"),
    ] {
        let outcome = run(["--overlay", mount, &hello]).code(2);
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
    run(["--overlay", ".::/x", "--tmp", "/x", &hello]).error(2, &["two mounts"]);
}
