//! `--image`: archives and directories that the guest finds in its tree.

mod archives;
mod command;

use std::fs;

use archives::{Item, docker_save, gzip, oci_layout, tar, tar_of_dir, zip, zstd};
use command::{file, guest, run, steps};
use tempfile::{TempDir, tempdir};

/// Errnos of WASI, with which `steps` exits.
const NOENT: i32 = 44;
const ROFS: i32 = 69;
const XDEV: i32 = 75;

const FILES: [(&str, Item<'_>); 4] = [
    ("etc/", Item::Dir),
    ("etc/motd", Item::File("Welcome.\n")),
    ("etc/issue", Item::HardLink("etc/motd")),
    ("motd", Item::Symlink("etc/motd")),
];

fn image(dir: &TempDir) -> String {
    file(dir, "image.tar", tar(&FILES))
}

/// Runs the steps of a guest on a tree with these options.
#[track_caller]
fn steps_with(options: &[&str], taken: &[&str]) -> command::Outcome {
    run(options
        .iter()
        .copied()
        .chain([steps().as_str()])
        .chain(taken.iter().copied()))
}

#[test]
fn every_format_shows_the_same() {
    let dir = tempdir().unwrap();
    let (upper, lower) = (
        tar(&[("etc/.wh.old", Item::File("")), FILES[1]]),
        tar(&[
            FILES[0],
            ("etc/motd", Item::File("?")),
            ("etc/old", Item::File("?")),
        ]),
    );
    let layers = [lower, upper];
    let layout = dir.path().join("layout");
    oci_layout(&layout, &layers);
    let plain = dir.path().join("plain");
    fs::create_dir_all(plain.join("etc")).unwrap();
    fs::write(plain.join("etc/motd"), "Welcome.\n").unwrap();
    let tar = tar(&FILES[..2]);
    let images = [
        file(&dir, "a.tar", &tar),
        file(&dir, "a.tar.gz", gzip(&tar)),
        file(&dir, "a.tar.zst", zstd(&tar)),
        file(&dir, "a.zip", zip(&[("etc/motd", "Welcome.\n")])),
        file(&dir, "layout.tar", tar_of_dir(&layout)),
        file(&dir, "saved.tar", docker_save(&layers)),
        layout.to_str().unwrap().to_owned(),
        plain.to_str().unwrap().to_owned(),
        // What it is, its contents say, and not its name.
        file(&dir, "image", &tar),
    ];
    for image in &images {
        let taken = ["cat", "/i/etc/motd", "tree", "/i"];
        let outcome = steps_with(&["--image", &format!("{image}::/i")], &taken).code(0);
        assert_eq!(outcome.stderr, "", "{image}");
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{image}: {outcome:#?}");
        assert_eq!(lines[0], "Welcome.", "{image}");
        assert!(lines[1].ends_with(" /i/etc"), "{image}: {outcome:#?}");
        assert!(lines[2].ends_with(" /i/etc/motd"), "{image}: {outcome:#?}");
    }
}

#[test]
fn links_and_times_are_kept() {
    let dir = tempdir().unwrap();
    let outcome = steps_with(
        &["--image", &format!("{}::/", image(&dir)), "--bare"],
        &["tree", "/"],
    );
    assert_eq!(
        outcome.code(0).stdout,
        "d 0 0 1000000000.000000000 /etc\n\
         - 2 9 1000000000.000000000 /etc/issue\n\
         - 2 9 1000000000.000000000 /etc/motd\n\
         l 1 8 1000000000.000000000 /motd -> etc/motd\n"
    );
}

#[test]
fn a_fork_is_the_guests_own_and_gone_after_the_run() {
    let dir = tempdir().unwrap();
    let image = image(&dir);
    let before = fs::read(&image).unwrap();
    let change = [
        "put",
        "/i/etc/motd",
        "mine",
        "rm",
        "/i/motd",
        "put",
        "/i/new",
        "",
        "cat",
        "/i/etc/issue",
    ];
    for mount in [format!("{image}::/i"), format!("{image}::i::fork")] {
        let outcome = steps_with(&["--image", &mount], &change).code(0);
        assert_eq!(
            outcome.stdout, "mine",
            "a hard link of the image is one file in the fork"
        );
        let outcome = steps_with(&["--image", &mount], &["cat", "/i/motd", "cat", "/i/new"]);
        assert_eq!(outcome.code(NOENT).stdout.lines().next(), Some("Welcome."));
    }
    assert_eq!(fs::read(&image).unwrap(), before);
}

#[test]
fn a_read_only_image_stays_as_it_is() {
    let dir = tempdir().unwrap();
    let mount = format!("{}::/i::ro", image(&dir));
    for change in [
        &["put", "/i/etc/motd", "x"][..],
        &["put", "/i/new", "x"],
        &["rm", "/i/motd"],
        &["mv", "/i/motd", "/i/other"],
        &["ln", "/i/etc/motd", "/i/other"],
        &["mkdir", "/i/dir"],
        &["touch", "/i/etc/motd", "1"],
    ] {
        steps_with(&["--image", &mount], change).code(ROFS);
    }
    let outcome = steps_with(&["--image", &mount], &["cat", "/i/motd"]).code(0);
    assert_eq!(outcome.stdout, "Welcome.\n");
}

#[test]
fn one_file_at_several_places_is_loaded_once() {
    let dir = tempdir().unwrap();
    // The note tells how often it was.
    let noted = [("/etc/motd", Item::File("Welcome.\n"))];
    let image = file(&dir, "image.tar", tar(&noted));
    let other_name = dir.path().join(".").join("image.tar");
    let [one, two, three] = [
        format!("{image}::/one"),
        format!("{image}::/two"),
        format!("{}::/three::ro", other_name.display()),
    ];
    let outcome = steps_with(
        &["--image", &one, "--image", &two, "--image", &three],
        &[
            "put",
            "/one/etc/motd",
            "mine\n",
            "cat",
            "/one/etc/motd",
            "cat",
            "/two/etc/motd",
            "cat",
            "/three/etc/motd",
        ],
    )
    .code(0);
    assert_eq!(outcome.stdout, "mine\nWelcome.\nWelcome.\n");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("/etc/motd: taken as relative"),
        "{outcome:#?}"
    );
}

#[test]
fn mounts_and_images_nest_at_any_depth_in_any_order() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    let outer = image(&dir);
    let inner = file(&dir, "inner.tar", tar(&[("name", Item::File("inner\n"))]));
    let options = [
        "--tmp",
        "/i/etc/sub/deep",
        "--image",
        &format!("{inner}::/i/etc/sub"),
        "--dir",
        &format!("{}::/i/host", host.path().display()),
        "--image",
        &format!("{inner}::/i/host/image::ro"),
        "--image",
        &format!("{outer}::/i"),
    ];
    let outcome = steps_with(
        &options,
        &[
            "cat",
            "/i/motd",
            "cat",
            "/i/etc/sub/name",
            "cat",
            "/i/host/image/name",
            "put",
            "/i/etc/sub/deep/x",
            "x",
            "put",
            "/i/host/y",
            "y",
        ],
    )
    .code(0);
    assert_eq!(outcome.stdout, "Welcome.\ninner\ninner\n");
    assert_eq!(fs::read(host.path().join("y")).unwrap(), b"y");
    assert!(
        !host.path().join("image").exists(),
        "mounting changes no host directory"
    );
}

/// A mount point below the image that is not in it is made in the fork; in a read-only one it is there as well.
#[test]
fn a_mount_inside_an_image_needs_no_place_in_it() {
    let dir = tempdir().unwrap();
    for mode in ["fork", "ro"] {
        let mount = format!("{}::/::{mode}", image(&dir));
        let outcome = steps_with(
            &["--image", &mount, "--tmp", "/a/b"],
            &["put", "/a/b/x", "x", "cat", "/a/b/x"],
        );
        assert_eq!(outcome.code(0).stdout, "x", "{mode}");
    }
}

#[test]
fn an_image_at_the_root_has_devices_and_its_own_tmp_or_none() {
    let dir = tempdir().unwrap();
    let mount = format!("{}::/", image(&dir));
    let outcome = steps_with(
        &["--image", &mount],
        &["put", "/dev/null", "gone", "put", "/tmp/x", "x"],
    );
    assert_eq!(
        outcome.code(NOENT).stdout,
        "put: No such file or directory\n"
    );
    steps_with(
        &["--image", &mount, "--tmp", "/tmp"],
        &["put", "/tmp/x", "x"],
    )
    .code(0);
    steps_with(&["--image", &mount, "--bare"], &["put", "/dev/null", "x"]).code(NOENT);

    let full = tar(&[
        ("tmp/kept", Item::File("kept\n")),
        ("dev/null", Item::File("no device\n")),
    ]);
    let full = format!("{}::/", file(&dir, "full.tar", full));
    let outcome = steps_with(
        &["--image", &full],
        &[
            "put",
            "/tmp/x",
            "",
            "cat",
            "/tmp/kept",
            "put",
            "/dev/null",
            "x",
            "cat",
            "/dev/null",
        ],
    );
    assert_eq!(outcome.code(0).stdout, "kept\n");
    let outcome = steps_with(&["--image", &full, "--bare"], &["cat", "/dev/null"]);
    assert_eq!(outcome.code(0).stdout, "no device\n");

    let odd = format!(
        "{}::/",
        file(&dir, "odd.tar", tar(&[("dev", Item::File("?"))]))
    );
    run(["--image", &odd, &guest("hello.wat")]).error(1, &["/dev", "--bare"]);
    run(["--image", &odd, "--bare", &guest("hello.wat")]).code(0);
}

/// Renames between two mounts are EXDEV; a copy inside a fork is part of it.
#[test]
fn a_copy_inside_a_fork_is_part_of_it() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(host.path().join("x"), "copied\n").unwrap();
    let copy = format!("{}::/i/etc", host.path().display());
    let steps = [
        "mv",
        "/i/etc/x",
        "/i/x",
        "cat",
        "/i/x",
        "cat",
        "/i/etc/motd",
    ];
    let mount = format!("{}::/i", image(&dir));
    let outcome = steps_with(&["--image", &mount, "--copy", &copy], &steps).code(0);
    assert_eq!(outcome.stdout, "copied\nWelcome.\n");
    // In a read-only image it is a mount of its own, which hides what was there.
    let outcome = steps_with(
        &["--image", &format!("{mount}::ro"), "--copy", &copy],
        &[
            "put",
            "/i/etc/y",
            "y",
            "mv",
            "/i/etc/y",
            "/tmp/y",
            "cat",
            "/i/etc/motd",
        ],
    );
    assert!(outcome.code(XDEV).stdout.contains("cat: No such file"));
}

/// Found with an image in which `/lnk` led to `/real`: a copy to `/real/sub` went into the root's memory, below what was mounted on `/lnk`, and nobody ever saw it.
#[test]
fn links_hide_nothing_that_was_asked_for() {
    let dir = tempdir().unwrap();
    let entries = [
        ("real/", Item::Dir),
        ("lnk", Item::Symlink("real")),
        ("deep", Item::Symlink("/a/b")),
        ("up", Item::Symlink("..")),
    ];
    let image = format!("{}::/", file(&dir, "image.tar", tar(&entries)));
    let from = tempdir().unwrap();
    let copied = file(&from, "copied", "text");
    let folder = from.path().display();
    let (at_real, at_link) = (format!("{folder}::/real/x"), format!("{folder}::/lnk/x"));

    let options = ["--image", &image, "--tmp", "/lnk", "--copy", &at_real];
    let outcome = steps_with(&options, &["cat", "/lnk/x/copied"]).code(0);
    assert_eq!(outcome.stdout, "text");
    let single = format!("{copied}::/lnk");
    let options = ["--image", &image, "--copy", &single];
    let outcome = steps_with(&options, &["cat", "/lnk"]).code(0);
    assert_eq!(outcome.stdout, "text", "a file takes the place of a link");

    for (one, other, hidden) in [
        (["--tmp", "/lnk/x"], ["--copy", &at_real], "/real/x"),
        (["--copy", &at_link], ["--tmp", "/real/x"], "/lnk/x"),
        (["--tmp", "/lnk"], ["--tmp", "/real"], "/lnk"),
        (["--tmp", "/deep"], ["--tmp", "/a/b"], "/deep"),
        (["--tmp", "/up"], ["--bare", "--image-mmap"], "/"),
    ] {
        let args = ["--image", &image, one[0], one[1], other[0], other[1]];
        let said = format!("would hide what is at {hidden}");
        steps_with(&args, &["put", "/ran", "x"]).error(2, &[&said]);
    }
}

#[test]
fn the_guest_is_limited_and_not_by_what_the_image_holds() {
    let dir = tempdir().unwrap();
    let large = "x".repeat(4 << 20);
    let entries = [("large", Item::File(large.as_str()))];
    let plain = dir.path().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("large"), &large).unwrap();
    let images = [
        file(&dir, "a.tar", tar(&entries)),
        file(&dir, "a.tar.gz", gzip(&tar(&entries))),
        plain.to_str().unwrap().to_owned(),
    ];
    for image in images {
        let mount = format!("{image}::/i");
        let outcome = run([
            "--fs-bytes",
            "1MiB",
            "--image",
            &mount,
            &guest("fill.wasm"),
            "/i/file",
        ]);
        assert_eq!(outcome.code(0).stderr, "");
        let outcome = steps_with(
            &["--fs-bytes", "1MiB", "--image", &mount],
            &["copy", "/i/large", "/i/other", "append", "/i/large", "y"],
        );
        assert!(
            outcome.code(51).stdout.starts_with("copy: No space"),
            "{image}"
        );
    }
}

#[test]
fn what_an_image_holds_counts_as_nodes() {
    let dir = tempdir().unwrap();
    let mount = format!("{}::/i", image(&dir));
    run(["--fs-nodes", "3", "--image", &mount, &guest("hello.wat")])
        .error(1, &["image.tar", "--fs-nodes"]);
    let options = ["--fs-nodes", "6", "--image", &mount];
    let outcome = steps_with(
        &options,
        &["mkdir", "/i/1", "mkdir", "/i/2", "mkdir", "/i/3"],
    );
    assert!(outcome.code(51).stdout.contains("No space"));
}

#[test]
fn a_mapped_image_shows_the_same() {
    let dir = tempdir().unwrap();
    for (name, bytes) in [("a.tar", tar(&FILES)), ("a.tar.gz", gzip(&tar(&FILES)))] {
        let image = file(&dir, name, bytes);
        let before = fs::read(&image).unwrap();
        let outcome = steps_with(
            &["--image-mmap", "--image", &format!("{image}::/i")],
            &[
                "cat",
                "/i/motd",
                "append",
                "/i/etc/motd",
                "mine\n",
                "cat",
                "/i/motd",
            ],
        );
        assert_eq!(
            outcome.code(0).stdout,
            "Welcome.\nWelcome.\nmine\n",
            "{name}"
        );
        assert_eq!(fs::read(&image).unwrap(), before, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_there_is_not_called_missing() {
    let dir = tempdir().unwrap();
    let round = dir.path().join("round.tar");
    std::os::unix::fs::symlink("round.tar", &round).unwrap();
    let image = format!("{}::/", round.display());
    run(["--image", &image, &guest("hello.wat")]).error(1, &["round.tar", "links"]);
}

#[test]
fn what_makes_no_sense_is_explained() {
    let hello = guest("hello.wat");
    for (mount, said) in [
        ("a.tar", "FILE::GUEST"),
        ("a.tar::ro", "FILE::GUEST::ro"),
        ("a.tar::/x::rw", "`::rw`"),
        ("a.tar::../x", "leads out"),
    ] {
        let outcome = run(["--image", mount, &hello]).code(2);
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
    run(["--image", "a.tar::/x", "--tmp", "x", &hello]).error(2, &["/x", "two mounts"]);
    run(["--no-root", "--image", "a.tar::/x", &hello]).code(2);
}
