use super::call::Call;
use super::trees::{ino, tree};
use crate::Errno;
use crate::resolve::{self, Start, Symlinks};

#[test]
fn the_old_path_fails_first() {
    let root = tree(&["d"], &["f"], &[("self", "self"), ("abs", "/d")]);
    let start = Start {
        dir: &root,
        root: None,
    };
    for bad_new in [
        "",
        "/x",
        "f/x",
        "gone/x",
        "gone/../x",
        "../x",
        "self/x",
        "abs/x",
        "d/.",
        "x\0",
    ] {
        for (bad_old, errno) in [
            ("", Errno::NoEntry),
            ("/x", Errno::Permission),
            ("f/y", Errno::NotDir),
            ("gone/y", Errno::NoEntry),
            ("gone/../y", Errno::NoEntry),
            ("self/y", Errno::Loop),
            ("abs/y", Errno::Permission),
        ] {
            let rename = Call::Rename(bad_old.into(), bad_new.into());
            let link = Call::Link(bad_old.into(), Symlinks::NoFollow, bad_new.into());
            assert_eq!(rename.resolve(start), Err(errno), "{rename:?}");
            assert_eq!(link.resolve(start), Err(errno), "{link:?}");
        }
        // link needs the old node itself, rename only its directory.
        let link = Call::Link("gone".into(), Symlinks::NoFollow, bad_new.into());
        assert_eq!(link.resolve(start), Err(Errno::NoEntry), "{link:?}");
    }
    for (bad_new, errno) in [
        ("f/x", Errno::NotDir),
        ("", Errno::NoEntry),
        ("d/..", Errno::Busy),
        ("self/x", Errno::Loop),
    ] {
        let rename = Call::Rename("gone".into(), bad_new.into());
        assert_eq!(rename.resolve(start), Err(errno), "{rename:?}");
    }
}

#[test]
fn two_file_systems_are_told_apart_when_linux_would() {
    let one = tree(&["d"], &["f"], &[]);
    let two = tree(&["d"], &["f"], &[("dead", "gone")]);
    let (old, new) = (Start::at_root(&one), Start::at_root(&two));
    for (from, to, errno) in [
        ("f", "x", Errno::CrossDevice),
        ("f", "f", Errno::CrossDevice),
        ("gone", "x", Errno::CrossDevice),
        (".", "x", Errno::CrossDevice),
        ("f/", "x/", Errno::CrossDevice),
        ("gone/x", "x", Errno::NoEntry),
        ("f/x", "gone/x", Errno::NotDir),
        ("f", "gone/x", Errno::NoEntry),
        ("f", "f/x", Errno::NotDir),
        ("f", "", Errno::NoEntry),
    ] {
        let answer = resolve::rename(old, from.as_bytes(), new, to.as_bytes());
        assert_eq!(answer, Err(errno), "rename {from} {to}");
    }
    for (from, to, errno) in [
        ("f", "x", Errno::CrossDevice),
        ("d", "x", Errno::CrossDevice),
        ("f", "f", Errno::Exist),
        ("f", "dead", Errno::Exist),
        ("f", "d/.", Errno::Exist),
        ("f", "d/..", Errno::Exist),
        ("f", "x/", Errno::NoEntry),
        ("f/", "f", Errno::NotDir),
        ("gone", "f", Errno::NoEntry),
        ("f", "gone/x", Errno::NoEntry),
    ] {
        let follow = Symlinks::NoFollow;
        let answer = resolve::link(old, from.as_bytes(), follow, new, to.as_bytes());
        assert_eq!(answer, Err(errno), "link {from} {to}");
    }
}

#[test]
fn links_can_lead_two_paths_to_one_file_system() {
    let root = tree(&["d"], &["d/f"], &[]);
    let image = tree(&[], &["g"], &[("home", "/d"), ("again", "home")]);
    let inside = Start {
        dir: &image,
        root: Some(&root),
    };
    let whole = Start::at_root(&root);
    resolve::rename(whole, b"d/f", inside, b"again/moved").unwrap();
    assert!(ino(whole, "d/moved").is_ok());
    let follow = Symlinks::NoFollow;
    resolve::link(inside, b"home/moved", follow, whole, b"other").unwrap();
    assert_eq!(ino(whole, "other"), ino(whole, "d/moved"));
    assert_eq!(
        resolve::rename(inside, b"g", inside, b"home/g"),
        Err(Errno::CrossDevice)
    );
    assert_eq!(
        resolve::rename(inside, b"home/.", whole, b"x"),
        Err(Errno::Busy)
    );
}
