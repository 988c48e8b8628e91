//! `--changes`: what the guest changed, for people and for programs.

mod archives;
mod command;

use std::fs;

use archives::{Item, tar};
use command::{Outcome, file, guest, run, steps};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

#[track_caller]
fn steps_with(options: &[&str], taken: &[&str]) -> Outcome {
    run(options
        .iter()
        .copied()
        .chain([steps().as_str()])
        .chain(taken.iter().copied()))
}

/// An image of a few files at /.
fn image(dir: &TempDir) -> String {
    let entries = [
        ("a", Item::File("a\n")),
        ("b", Item::File("b\n")),
        ("c", Item::File("c\n")),
        ("d/", Item::Dir),
        ("d/e", Item::File("e\n")),
        ("d/f", Item::File("f\n")),
        ("linked", Item::File("linked\n")),
        ("other", Item::HardLink("linked")),
    ];
    format!("{}::/", file(dir, "image.tar", tar(&entries)))
}

#[track_caller]
fn listed(taken: &[&str]) -> String {
    let dir = tempdir().unwrap();
    steps_with(&["--bare", "--image", &image(&dir), "--changes"], taken)
        .code(0)
        .stderr
}

#[test]
fn each_kind_of_change_has_its_line() {
    let text = listed(&[
        "append",
        "/a",
        "more",
        "touch",
        "/b",
        "5",
        "rm",
        "/c",
        "mkdir",
        "/new",
        "put",
        "/new/file",
        "x",
        "mv",
        "/d/e",
        "/new/e",
        "symlink",
        "a",
        "/link",
        "mkdir",
        "/brief",
        "rmdir",
        "/brief",
    ]);
    assert_eq!(
        text,
        "modified  /a (contents, times)\n\
         modified  /b (times)\n\
         removed   /c\n\
         created   /link (symbolic link)\n\
         created   /new (directory)\n\
         renamed   /d/e -> /new/e\n\
         created   /new/file\n"
    );
}

#[test]
fn swapped_replaced_and_linked_files() {
    assert_eq!(
        listed(&["swap", "/a", "/b"]),
        "renamed   /b -> /a\nrenamed   /a -> /b\n"
    );
    assert_eq!(
        listed(&["mv", "/a", "/b"]),
        "removed   /b\nrenamed   /a -> /b\n"
    );
    assert_eq!(
        listed(&["append", "/linked", "x"]),
        "modified  /linked (contents, times)\nmodified  /other (contents, times)\n"
    );
    assert_eq!(listed(&["ln", "/a", "/further"]), "created   /further\n");
    assert_eq!(
        listed(&["mv", "/d", "/moved"]),
        "renamed   /d -> /moved (directory)\n"
    );
    assert_eq!(
        listed(&["rm", "/a", "put", "/a", "a\n"]),
        "removed   /a\ncreated   /a\n"
    );
    assert_eq!(
        listed(&["rm", "/d/e", "rm", "/d/f", "rmdir", "/d"]),
        "removed   /d (directory)\nremoved   /d/e\nremoved   /d/f\n"
    );
}

#[test]
fn reading_changes_nothing() {
    assert_eq!(
        listed(&["cat", "/a", "tree", "/", "put", "/x", "", "rm", "/x"]),
        "nothing was changed\n"
    );
    let outcome = run(["--changes", &guest("hello.wat")]).code(0);
    assert_eq!(outcome.stderr, "nothing was changed\n");
    assert_eq!(
        outcome.stdout, "hello, world\n",
        "the guest's output is its own"
    );
}

/// Each part of the tree against what the guest found there, at the place where the guest sees it.
#[test]
fn all_memory_is_covered_and_what_was_set_up_is_no_change() {
    let (dir, host) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(host.path().join("x"), "x").unwrap();
    let host = host.path().display();
    let options = [
        "--changes",
        "--copy",
        &format!("{host}::/copy"),
        "--copy",
        &format!("{host}::/fixed::ro"),
        "--tmp",
        "/deep/er/tmp",
        "--image",
        &image(&dir).replace("::/", "::/i"),
        "--overlay",
        &format!("{host}::/o"),
    ];
    assert_eq!(
        steps_with(&options, &["tree", "/"]).code(0).stderr,
        "nothing was changed\n"
    );
    let outcome = steps_with(
        &options,
        &[
            "put",
            "/tmp/1",
            "",
            "put",
            "/copy/x",
            "",
            "put",
            "/deep/er/2",
            "",
            "put",
            "/deep/er/tmp/3",
            "",
            "put",
            "/i/d/4",
            "",
            "rm",
            "/o/x",
            "put",
            "/5",
            "",
        ],
    );
    assert_eq!(
        outcome.code(0).stderr,
        "created   /5\n\
         modified  /copy/x (contents, times)\n\
         created   /deep/er/2\n\
         created   /deep/er/tmp/3\n\
         created   /i/d/4\n\
         removed   /o/x\n\
         created   /tmp/1\n"
    );
}

#[test]
fn what_is_not_tracked_is_said() {
    let host = tempdir().unwrap();
    let host = host.path().display();
    let outcome = steps_with(
        &[
            "--changes",
            "--dir",
            &format!("{host}::/h"),
            "--dir",
            &format!("{host}::/r::ro"),
            "--preopen",
            &format!("{host}::some name"),
            "--preopen",
            &format!("{host}::fixed::ro"),
        ],
        &["put", "/h/x", ""],
    );
    assert_eq!(
        outcome.code(0).stderr,
        "nothing was changed\nnot tracked: /h\nnot tracked: \"some name\"\n"
    );
    let root = format!("{host}::/");
    let outcome = steps_with(&["--changes=json", "--dir", &root], &[]).code(0);
    let told: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(told, json!({"changes": [], "not_tracked": [{"path": "/"}]}));
}

#[test]
fn programs_get_json() {
    let dir = tempdir().unwrap();
    let (image, to) = (image(&dir), dir.path().join("changes.json"));
    let taken = [
        "append", "/d/e", "more", "mv", "/a", "/z", "symlink", "z", "/s", "rm", "/b",
    ];
    let report = format!("--changes=json:{}", to.display());
    let outcome = steps_with(&["--bare", "--image", &image, &report], &taken).code(0);
    assert_eq!(outcome.stderr, "");
    let text = fs::read_to_string(&to).unwrap();
    let expected = json!({
        "changes": [
            {"path": "/", "type": "directory", "change": "modified", "modified": ["contents", "times"]},
            {"path": "/b", "type": "file", "change": "removed"},
            {"path": "/d/e", "type": "file", "change": "modified", "modified": ["contents", "times"]},
            {"path": "/s", "type": "symlink", "change": "created"},
            {"path": "/z", "type": "file", "change": "renamed", "from": "/a"},
        ],
        "not_tracked": [],
    });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    let outcome = steps_with(&["--bare", "--image", &image, "--changes=json"], &taken).code(0);
    assert_eq!(
        outcome.stderr, text,
        "without a file it goes to standard error"
    );
    let report = format!("--changes=list:{}", to.display());
    steps_with(&["--bare", "--image", &image, &report], &["rm", "/b"]).code(0);
    assert_eq!(fs::read(&to).unwrap(), b"removed   /b\n");
}

#[test]
fn changes_are_listed_however_the_guest_ends() {
    let outcome = steps_with(&["--changes"], &["put", "/x", "", "trap"]).code(134);
    assert!(outcome.stderr.ends_with("\ncreated   /x\n"), "{outcome:#?}");
    let outcome = steps_with(&["--changes"], &["put", "/x", "", "exit", "3"]).code(3);
    assert_eq!(outcome.stderr, "created   /x\n");
}

/// Also with what else happens at the end.
#[test]
fn saving_and_copying_out_change_nothing() {
    let dir = tempdir().unwrap();
    let outcome = steps_with(
        &[
            "--changes",
            "--save",
            &format!("/::{}", dir.path().join("a.tar").display()),
            "--copy-out",
            &format!("/tmp::{}", dir.path().join("out").display()),
        ],
        &["put", "/tmp/x", "x"],
    );
    assert_eq!(outcome.code(0).stderr, "created   /tmp/x\n");
    assert_eq!(fs::read(dir.path().join("out/x")).unwrap(), b"x");
}

#[test]
fn odd_names_forge_nothing_and_are_not_lost() {
    let dir = tempdir().unwrap();
    // A guest cannot say a name that isn't UTF-8; an image can hold one.
    let entries: [(&[u8], Item<'_>); 2] = [
        (b"plain", Item::File("x")),
        (b"\xff\xfe", Item::HardLink("plain")),
    ];
    let image = format!("{}::/", file(&dir, "odd.tar", tar(&entries)));
    let told = |report: &str| {
        let taken = [
            "put",
            "/a\nremoved   etc",
            "",
            "put",
            "/\x1b[2J",
            "",
            "put",
            "/x -> y",
            "",
            "append",
            "/plain",
            "y",
        ];
        steps_with(&["--bare", "--image", &image, report], &taken)
            .code(0)
            .stderr
    };
    assert_eq!(
        told("--changes"),
        "created   \"/\\u{1b}[2J\"\n\
         created   \"/a\\nremoved   etc\"\n\
         modified  /plain (contents, times)\n\
         created   \"/x -> y\"\n\
         modified  \"/\\xff\\xfe\" (contents, times)\n"
    );
    let json: Value = serde_json::from_str(&told("--changes=json")).unwrap();
    let changes = json["changes"].as_array().unwrap();
    assert_eq!(changes[1]["path"], "/\u{1b}[2J");
    assert_eq!(changes[2]["path"], "/a\nremoved   etc");
    assert_eq!(changes[5]["path_bytes"], json!([47, 255, 254]));
    assert_eq!(changes[5].get("path"), None);
}

#[test]
fn what_makes_no_sense_is_explained() {
    let hello = guest("hello.wat");
    for (report, said) in [
        ("--changes=yaml", "`json`"),
        ("--changes=json:", "empty"),
        ("--changes=", "equal sign is needed"),
    ] {
        let outcome = run([report, &hello]).code(2);
        assert!(
            outcome.stderr.contains(said) || report.ends_with('='),
            "{outcome:#?}"
        );
    }
    run(["--changes=json:no/such/dir/x", &hello]).error(1, &["no/such/dir"]);
    // Without `=` the next word is the guest.
    run(["--changes", "json"]).error(1, &["no such file: json"]);
}

/// As `/var/run` is on many systems. What is mounted there lies at `/run`, and is told of there.
#[test]
fn a_place_behind_a_link_is_told_as_what_it_is() {
    let dir = tempdir().unwrap();
    let entries = [
        ("run/", Item::Dir),
        ("var/", Item::Dir),
        ("var/run", Item::Symlink("/run")),
    ];
    let image = format!("{}::/", file(&dir, "image.tar", tar(&entries)));
    let outcome = steps_with(
        &["--image", &image, "--tmp", "/var/run", "--changes"],
        &["put", "/var/run/x", "x", "cat", "/run/x"],
    );
    assert_eq!(outcome.code(0).stderr, "created   /run/x\n");
}
