use super::call::Call;
use super::fake_fs::FakeFs;
use super::trees::{create, ino, open_dir, tree};
use crate::resolve::{
    self, MAX_BACKTRACKED_NAMES, MAX_LINK_EXPANSIONS, MAX_SPLICED_BYTES, Start, Symlinks,
};
use crate::{Access, Errno, NAME_MAX, OpenDir, OpenOptions, SetTimes};

#[test]
fn empty_components_and_dots_vanish() {
    let root = tree(&["a", "a/b"], &["a/b/f"], &[]);
    let start = Start::at_root(&root);
    let file = ino(start, "a/b/f").unwrap();
    for path in ["a//b/f", "./a/b/f", "a/./b/././f", "a/b//.//f", ".//a/b/f"] {
        assert_eq!(ino(start, path), Ok(file), "{path}");
    }
    for path in [
        ".",
        "./",
        "./.",
        ".//.",
        "a/..",
        "a/../",
        "a/b/../..",
        "a/.././b/../a/..",
    ] {
        let same = if path.contains("b/../a") {
            Err(Errno::NoEntry)
        } else {
            Ok(0)
        };
        assert_eq!(ino(start, path), same, "{path}");
    }
}

#[test]
fn a_path_that_is_no_path_is_refused_before_the_walk() {
    let root = tree(&["d"], &["f"], &[]);
    let start = Start::at_root(&root);
    let long = "d/".repeat(2048);
    for (path, errno) in [
        ("", Errno::NoEntry),
        ("/", Errno::Permission),
        ("/d", Errno::Permission),
        ("f/\0", Errno::Invalid),
        ("/\0", Errno::Invalid),
        (&long, Errno::NameTooLong),
    ] {
        assert_eq!(ino(start, path), Err(errno), "{}", path.escape_debug());
        assert_eq!(create(start, path), Err(errno), "{}", path.escape_debug());
    }
    assert_eq!(ino(start, &"./".repeat(2047)), Ok(0));
}

#[test]
fn a_symlinks_target_is_checked_before_its_path() {
    let root = tree(&[], &["f"], &[]);
    let start = Start::at_root(&root);
    let long = vec![b'a'; 4096];
    assert_eq!(resolve::symlink(b"", start, b"f/x"), Err(Errno::NoEntry));
    assert_eq!(
        resolve::symlink(&long, start, b"f/x"),
        Err(Errno::NameTooLong)
    );
    assert_eq!(resolve::symlink(b"a\0", start, b"f/x"), Err(Errno::Invalid));
    assert_eq!(resolve::symlink(&long[1..], start, b"x"), Ok(()));
}

#[test]
fn dot_dot_is_taken_from_directories_only() {
    let root = tree(
        &["a", "a/b"],
        &["f"],
        &[("l", "a/b"), ("lf", "f"), ("dead", "gone")],
    );
    let start = Start::at_root(&root);
    let a = ino(start, "a").unwrap();
    for (path, answer) in [
        ("a/b/..", Ok(a)),
        ("l/..", Ok(a)),
        ("l/../b/../../a", Ok(a)),
        ("a/../a", Ok(a)),
        ("gone/../a", Err(Errno::NoEntry)),
        ("a/gone/../b", Err(Errno::NoEntry)),
        ("dead/../a", Err(Errno::NoEntry)),
        ("f/../a", Err(Errno::NotDir)),
        ("lf/../a", Err(Errno::NotDir)),
        ("f/x/../../a", Err(Errno::NotDir)),
    ] {
        assert_eq!(ino(start, path), answer, "{path}");
    }
}

#[test]
fn nothing_leads_above_the_start() {
    let root = tree(
        &["sub", "sub/in"],
        &["secret"],
        &[
            ("sub/up", "../secret"),
            ("sub/in/up", "../../secret"),
            ("sub/in/ok", "../in"),
        ],
    );
    let sub = open_dir(Start::at_root(&root), "sub");
    let start = Start {
        dir: &sub,
        root: Some(&root),
    };
    for path in [
        "..",
        "../",
        "../secret",
        "in/../..",
        "in/../../secret",
        "up",
        "in/up",
        "in/ok/../../x",
        "./..",
        "in/./../../sub",
    ] {
        assert_eq!(ino(start, path), Err(Errno::Permission), "{path}");
        assert_eq!(
            create(start, &format!("{path}/x")),
            Err(Errno::Permission),
            "{path}"
        );
    }
    for call in [
        Call::Rename("in/ok".into(), "../x".into()),
        Call::Rename("../secret".into(), "x".into()),
        Call::Link("up".into(), Symlinks::Follow, "x".into()),
        Call::RemoveDir("..".into()),
        Call::CreateDir("in/../../x".into()),
        Call::Symlink("t".into(), "../x".into()),
        Call::Unlink("../secret".into()),
    ] {
        assert_eq!(call.resolve(start), Err(Errno::Permission), "{call:?}");
    }
    assert_eq!(ino(start, "in/ok"), ino(start, "in"));
}

#[test]
fn an_absolute_link_leads_to_the_root_and_stays_there() {
    let root = tree(
        &["a", "a/b", "c"],
        &["c/f"],
        &[
            ("a/abs", "/c"),
            ("a/top", "/"),
            ("a/up", "/../../c/../c"),
            ("a/b/rel", "../abs"),
        ],
    );
    let a = open_dir(Start::at_root(&root), "a");
    let start = Start {
        dir: &a,
        root: Some(&root),
    };
    let whole = Start::at_root(&root);
    for (path, same) in [
        ("abs", "c"),
        ("abs/f", "c/f"),
        ("b/rel/f", "c/f"),
        ("top", "."),
        ("top/a/b", "a/b"),
        ("top/..", "."),
        ("up", "c"),
        ("abs/../../../c", "c"),
        ("abs/..", "."),
    ] {
        assert_eq!(ino(start, path), ino(whole, same), "{path}");
    }
    let without = Start {
        dir: &a,
        root: None,
    };
    for path in ["abs", "abs/f", "b/rel/f", "top", "up", "abs/../b"] {
        assert_eq!(ino(without, path), Err(Errno::Permission), "{path}");
    }
    assert!(resolve::metadata(without, b"abs", Symlinks::NoFollow).is_ok());
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let root = tree(&[], &["l0"], &[]);
    let start = Start::at_root(&root);
    for i in 0..=MAX_LINK_EXPANSIONS {
        let (target, name) = (format!("l{i}"), format!("l{}", i + 1));
        resolve::symlink(target.as_bytes(), start, name.as_bytes()).unwrap();
    }
    assert_eq!(
        ino(start, &format!("l{MAX_LINK_EXPANSIONS}")),
        ino(start, "l0")
    );
    let too_many = format!("l{}", MAX_LINK_EXPANSIONS + 1);
    assert_eq!(ino(start, &too_many), Err(Errno::Loop));
    resolve::symlink(b".", start, b"here").unwrap();
    assert_eq!(
        ino(start, &format!("{}l0", "here/".repeat(40))),
        ino(start, "l0")
    );
    assert_eq!(
        ino(start, &format!("{}l0", "here/".repeat(41))),
        Err(Errno::Loop)
    );
    assert_eq!(
        ino(start, &format!("{}l0", "here/../here/".repeat(20))),
        Err(Errno::Permission)
    );
    // Each path of a call has its own forty.
    let old = format!("l{MAX_LINK_EXPANSIONS}");
    let new = format!("{}new", "here/".repeat(40));
    let call = Call::Link(old.into(), Symlinks::Follow, new.into());
    assert!(call.resolve(start).is_ok());
}

#[test]
fn the_targets_of_the_links_are_limited_together() {
    let root = tree(&["d"], &["d/f"], &[]);
    let start = Start::at_root(&root);
    let padded = |name: &str| format!("{}{name}", "./".repeat(2000));
    for (target, name) in [("d/f", "l1"), ("l1", "l2"), ("l2", "l3")] {
        resolve::symlink(padded(target).as_bytes(), start, name.as_bytes()).unwrap();
    }
    assert!(2 * padded("l1").len() < MAX_SPLICED_BYTES);
    assert_eq!(ino(start, "l2"), ino(start, "d/f"));
    assert_eq!(ino(start, "l3"), Err(Errno::NameTooLong));
}

#[test]
fn long_paths_and_long_names_are_walked_as_they_come() {
    let root = tree(&[], &[], &[]);
    let start = Start::at_root(&root);
    let mut path = String::new();
    for _ in 0..40 {
        path.push_str("d/");
        resolve::create_dir(start, path.as_bytes(), 0o755).unwrap();
    }
    let deepest = ino(start, &path).unwrap();
    assert_eq!(ino(start, &format!("{path}../d")), Ok(deepest));
    assert_eq!(ino(start, &format!("{path}{}", "../".repeat(40))), Ok(0));
    assert_eq!(
        ino(start, &format!("{path}{}", "../".repeat(41))),
        Err(Errno::Permission)
    );
    let long = "n".repeat(NAME_MAX + 1);
    assert_eq!(
        ino(start, &format!("d/{long}/../d")),
        Err(Errno::NameTooLong)
    );
    assert_eq!(ino(start, &format!("gone/{long}")), Err(Errno::NoEntry));
    assert_eq!(create(start, &long[1..]), Ok(()));
}

#[test]
fn impossible_options_are_refused_before_the_path() {
    let root = tree(&[], &[], &[]);
    let start = Start::at_root(&root);
    let truncate = OpenOptions {
        truncate: true,
        ..OpenOptions::existing(Access::READ)
    };
    let create_dir = OpenOptions {
        create: true,
        ..OpenOptions::directory()
    };
    for options in [truncate, create_dir] {
        let answer = resolve::open(start, b"/", Symlinks::Follow, options);
        assert_eq!(answer.err(), Some(Errno::Invalid));
    }
    // Linux ignores O_EXCL without O_CREAT.
    create(start, "f").unwrap();
    let exclusive = OpenOptions {
        exclusive: true,
        ..OpenOptions::existing(Access::READ)
    };
    assert!(resolve::open(start, b"f", Symlinks::Follow, exclusive).is_ok());
}

#[test]
fn opened_directories_are_released() {
    let fs = FakeFs::new();
    let root = OpenDir::root(fs.clone());
    let start = Start::at_root(&root);
    resolve::create_dir(start, b"d", 0o755).unwrap();
    let dir = open_dir(start, "d");
    assert_eq!(fs.open_dirs(), 1);
    assert_eq!(ino(Start::at_root(&dir), "."), ino(start, "d"));
    drop(dir);
    assert_eq!(fs.open_dirs(), 0);
    let calls = ["d/../d/..", "d/.", "gone/..", "d/../.."];
    for path in calls {
        for call in [
            Call::Rename(path.into(), "x".into()),
            Call::SetTimes(path.into(), Symlinks::Follow),
        ] {
            let _ = call.resolve(start);
        }
    }
    resolve::set_times(start, b"d", Symlinks::Follow, SetTimes::default()).unwrap();
    assert_eq!(fs.open_dirs(), 0);
}

/// Before each `..` the names to the directory that it leaves are walked. Hundreds of levels with hundreds of `..` cost half a million looks in one call, and a rename whose old path leads
/// through 40 links walked such a new path once for each of them.
#[test]
fn a_flood_of_dot_dot_in_a_deep_directory_is_cut_off() {
    let root = tree(&[], &[], &[]);
    let start = Start::at_root(&root);
    let mut deep = String::new();
    for _ in 0..300 {
        deep.push_str("d/");
        resolve::create_dir(start, deep.as_bytes(), 0o755).unwrap();
    }
    let flood = |times| format!("{deep}{}", "d/../".repeat(times));
    resolve::create_dir(start, format!("{deep}d").as_bytes(), 0o755).unwrap();
    let deepest = ino(start, &deep).unwrap();
    const { assert!(300 * 150 < MAX_BACKTRACKED_NAMES && MAX_BACKTRACKED_NAMES < 300 * 220) };
    assert_eq!(ino(start, &flood(150)), Ok(deepest));
    assert_eq!(ino(start, &flood(220)), Err(Errno::NameTooLong));
    // At the top as many cost little.
    assert_eq!(ino(start, &"d/../".repeat(800)), Ok(0));
    for link in 0..10 {
        let target = format!("l{}", link + 1);
        let name = format!("l{link}");
        resolve::symlink(target.as_bytes(), start, name.as_bytes()).unwrap();
    }
    resolve::symlink(b".", start, b"l10").unwrap();
    let moved = resolve::rename(start, b"l0/d", start, format!("{}x", flood(100)).as_bytes());
    assert_eq!(moved, Err(Errno::NameTooLong));
}
