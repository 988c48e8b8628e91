//! Images that are broken, or that would harm their host or deceive its user.

mod archives;
mod command;

use std::fs;

use archives::{Item, gzip, tar, zip};
use command::{Outcome, file, run, steps};
use tempfile::tempdir;

/// What a path that leads to nothing is, in WASI.
const NOENT: i32 = 44;

const FILES: [(&str, Item<'_>); 2] = [("etc/", Item::Dir), ("etc/motd", Item::File("Welcome.\n"))];

/// Runs the steps of a guest on a tree with these options.
#[track_caller]
fn steps_with(options: &[&str], taken: &[&str]) -> Outcome {
    let options = options.iter().copied();
    run(options.chain([&*steps()]).chain(taken.iter().copied()))
}

/// The canary would have been written by the guest.
#[test]
fn a_bad_image_is_refused_before_anything_runs() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    let whole = gzip(&tar(&FILES));
    let mut damaged = tar(&FILES);
    damaged[0] ^= 1;
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("up.tar", tar(&[("../up", Item::File("x"))]), "../up"),
        (
            "deep.tar",
            tar(&[("a/../../up", Item::File("x"))]),
            "a/../../up",
        ),
        (
            "link.tar",
            tar(&[("a", Item::HardLink("../../etc/passwd"))]),
            "../../etc/passwd",
        ),
        (
            "cut.tar.gz",
            whole[..whole.len() / 2].to_vec(),
            "cut.tar.gz",
        ),
        ("cut.tar", tar(&FILES)[..700].to_vec(), "cut.tar"),
        ("damaged.tar", damaged, "damaged.tar"),
        ("text", b"hello, world".to_vec(), "tar.zst or zip"),
        ("empty", Vec::new(), "empty"),
        ("up.zip", zip(&[("../up", "x")]), "../up"),
    ];
    let canary = format!("{}::/h", host.path().display());
    for (name, bytes, said) in cases {
        let mount = format!("{}::/i", file(&dir, name, bytes));
        steps_with(
            &["--dir", &canary, "--image", &mount],
            &["put", "/h/ran", "x"],
        )
        .error(1, &[name, said]);
        assert!(!host.path().join("ran").exists(), "{name}");
    }
    let missing = format!("{}::/i", dir.path().join("missing.tar").display());
    steps_with(&["--image", &missing], &["exit", "0"]).error(1, &["no such image", "missing.tar"]);
}

#[test]
fn what_no_image_can_hold_is_left_out_and_said() {
    let dir = tempdir().unwrap();
    let entries = [FILES[1], ("dev/\x1b[2Jsda", Item::Device)];
    let mount = format!("{}::/i", file(&dir, "image.tar", tar(&entries)));
    let outcome = steps_with(&["--image", &mount], &["cat", "/i/etc/motd"]).code(0);
    assert_eq!(outcome.stdout, "Welcome.\n");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("sda: left out, a character device"),
        "{outcome:#?}"
    );
    assert!(!outcome.stderr.contains('\x1b'), "{outcome:#?}");
}

#[test]
fn links_of_an_image_lead_nowhere_outside() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(host.path().join("secret"), "secret").unwrap();
    let secret = host.path().join("secret");
    let entries = [
        ("absolute", Item::Symlink(secret.to_str().unwrap())),
        ("up", Item::Symlink("../../../../../../etc/passwd")),
        ("root", Item::Symlink("/etc/motd")),
        FILES[1],
    ];
    let mount = format!("{}::/", file(&dir, "image.tar", tar(&entries)));
    let outcome = steps_with(
        &["--image", &mount],
        &["cat", "/root", "cat", "/absolute", "cat", "/up"],
    )
    .code(NOENT);
    assert_eq!(
        outcome.stdout.lines().next(),
        Some("Welcome."),
        "an image's root is the root of its links"
    );
    assert!(
        !outcome.stdout.contains("secret") && !outcome.stdout.contains("root:"),
        "{outcome:#?}"
    );
}
