//! How mount paths are resolved, and what a mount replaces.

mod paths;
mod toy;

use std::sync::Arc;

use guesthouse_vfs::{Errno, FileSystem, MountEntry, MountError, MountFs, MountOptions, NodeFs};
use paths::Paths;
use toy::ToyFs;

fn toy(name: &str) -> (Paths, Arc<dyn FileSystem>) {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.write(name, name.as_bytes()).unwrap();
    let shared = Arc::clone(&fs.fs);
    (fs, shared)
}

fn table(mounts: &[MountEntry]) -> Vec<(String, u64, bool)> {
    let line = |m: &MountEntry| {
        let path = String::from_utf8_lossy(&m.path).into_owned();
        (path, m.dev, m.read_only)
    };
    mounts.iter().map(line).collect()
}

fn entry(path: &str, dev: u64, read_only: bool) -> (String, u64, bool) {
    (path.into(), dev, read_only)
}

#[test]
fn links_and_dots_in_a_mount_path_are_followed() -> Result<(), MountError> {
    let ((root, root_fs), (_, one), (two_paths, two)) = (toy("f"), toy("1"), toy("2"));
    root.mkdir("d").unwrap();
    root.mkdir("d/e").unwrap();
    root.symlink("d/e", "l").unwrap();
    root.symlink("/l/../away", "absolute").unwrap();
    two_paths.symlink("/d", "up").unwrap();
    let all = MountFs::builder(root_fs)
        .mount("l/m", one)?
        .mount_read_only("../absolute/./x", two.clone())?
        .mount("d/away/x/up/late", two)?
        .build();
    let expected = [
        entry("/", 0, false),
        entry("/d/e/m", 1, false),
        entry("/d/away/x", 2, true),
        entry("/d/late", 3, false),
    ];
    assert_eq!(table(all.mounts()), expected);
    let all = Paths::new(all);
    assert_eq!(all.read("d/e/m/1").unwrap(), b"1");
    assert_eq!(all.read("d/away/x/2").unwrap(), b"2");
    assert_eq!(all.read_link("l").unwrap(), b"d/e");
    Ok(())
}

#[test]
fn a_later_mount_hides_an_earlier_one() -> Result<(), MountError> {
    let ((_, root), (_, one), (_, two), (_, three)) = (toy("f"), toy("1"), toy("2"), toy("3"));
    let builder = || {
        MountFs::builder(root.clone())
            .mount("a/b", one.clone())?
            .mount("a/b/c", two.clone())
    };
    let all = builder()?.mount("a/b", three.clone())?.build();
    let expected = [entry("/", 0, false), entry("/a/b", 1, false)];
    assert_eq!(table(all.mounts()), expected);
    let all = Paths::new(all);
    assert_eq!(all.list("a/b"), ["3"]);

    let all = builder()?
        .mount("/", three)?
        .mount("z", one.clone())?
        .build();
    let expected = [entry("/", 0, false), entry("/z", 1, false)];
    assert_eq!(table(all.mounts()), expected);
    let all = Paths::new(all);
    assert_eq!(all.list(""), ["z", "3"]);
    assert_eq!(all.stat("a").err(), Some(Errno::NoEntry));
    assert_eq!(all.stat("").unwrap().dev, 0);
    Ok(())
}

#[test]
fn what_cannot_be_mounted_is_refused_with_a_reason() {
    let (root, fs) = toy("f");
    root.symlink("loop", "loop").unwrap();
    root.symlink("f", "to_f").unwrap();
    let long = "n".repeat(256);
    let deep = "n/".repeat(3000);
    let cases = [
        ("", Errno::NoEntry),
        ("f", Errno::NotDir),
        ("to_f", Errno::NotDir),
        ("f/x", Errno::NotDir),
        ("loop", Errno::Loop),
        ("no/../x", Errno::NoEntry),
        ("a\0b", Errno::Invalid),
        (&long, Errno::NameTooLong),
        (&deep, Errno::NameTooLong),
    ];
    let before = root.everything("");
    for (path, expected) in cases {
        let error = MountFs::builder(fs.clone())
            .mount(path, toy("1").1)
            .unwrap_err();
        assert_eq!(error.errno(), expected, "{path}");
        assert_eq!(error.path(), path.as_bytes());
    }
    assert_eq!(root.everything(""), before);
    let error = MountFs::builder(fs).mount("f", toy("1").1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot mount on \"f\": there is a file in the way; only directories can be mounted, on directories or on free names"
    );
}

/// `/Secret` and `/secret` are one directory there: the second spelling would lead to what the mount hides.
#[test]
fn nothing_is_mounted_inside_a_filesystem_that_folds_case() -> Result<(), MountError> {
    let ((_, root), (_, host), (_, one)) = (toy("f"), toy("h"), toy("1"));
    let folding = MountOptions {
        folds_case: true,
        ..MountOptions::default()
    };
    let refused = |builder: Result<_, MountError>| match builder {
        Ok(_) => None,
        Err(error) => Some(error.errno()),
    };
    let as_root = MountFs::builder_with(host.clone(), folding).mount("m", one.clone());
    assert_eq!(refused(as_root), Some(Errno::NotSupported));
    let inside = MountFs::builder(root.clone())
        .mount_with("host", host.clone(), folding)?
        .mount("host/deep/m", one.clone());
    assert_eq!(refused(inside), Some(Errno::NotSupported));
    let beside = MountFs::builder(root)
        .mount_with("host", host.clone(), folding)?
        .mount("beside", one.clone())?
        .mount("host", one.clone())?
        .mount("host/m", host.clone());
    assert_eq!(refused(beside), None);
    let replaced = MountFs::builder_with(host.clone(), folding).mount("/", one);
    assert_eq!(refused(replaced), None);
    Ok(())
}

/// Trees inside trees: every filesystem has its own device number, and every path leads where it should.
#[test]
fn trees_nest() -> Result<(), MountError> {
    let ((_, a), (_, b), (c_paths, c), (_, d)) = (toy("a"), toy("b"), toy("c"), toy("d"));
    c_paths.mkdir("in").unwrap();
    let innermost = MountFs::builder(c).mount("in/d", d)?.build();
    let inner = MountFs::builder(b).mount("c", innermost)?.build();
    let outer = MountFs::builder(a.clone())
        .mount("b", inner)?
        .mount("b/c/in/d/top", a)?
        .build();
    let all = Paths::new(outer);
    let files = ["a", "b/b", "b/c/c", "b/c/in/d/d", "b/c/in/d/top/a"];
    for path in files {
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(all.read(path).unwrap(), name.as_bytes());
    }
    let mut devs = files.map(|path| all.stat(path).unwrap().dev).to_vec();
    assert_eq!((devs[0], devs[1], devs[4]), (0, 1, 2));
    devs.sort_unstable();
    devs.dedup();
    assert_eq!(devs.len(), files.len());
    assert_eq!(all.rename("b/b", "b/c/x"), Err(Errno::CrossDevice));
    assert_eq!(all.rmdir("b/c"), Err(Errno::Busy));
    assert_eq!(all.list("b/c/in/d"), ["top", "d"]);
    assert_eq!(all.list("b/c"), ["in", "c"]);
    all.write("b/c/in/new", b"new").unwrap();
    assert_eq!(c_paths.read("in/new").unwrap(), b"new");
    Ok(())
}
