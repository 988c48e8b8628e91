//! What a mount hides, keeps apart and protects.

mod paths;
mod toy;

use std::io::IoSlice;
use std::sync::Arc;

use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{
    Access, Errno, FileSystem, MissingParents, MountFs, MountOptions, NodeFs, OpenDir, OpenOptions,
};
use paths::Paths;
use toy::ToyFs;

/// A filesystem with the file `name` in its root, so that one sees which it is.
fn toy(name: &str) -> Paths {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.write(name, name.as_bytes()).unwrap();
    fs
}

fn fs(paths: &Paths) -> Arc<dyn FileSystem> {
    Arc::clone(&paths.fs)
}

#[test]
fn missing_parents_are_made_where_that_was_asked_for() {
    let (root, one) = (toy("f"), toy("1"));
    let options = MountOptions {
        missing_parents: MissingParents::Create,
        ..MountOptions::default()
    };
    let all = MountFs::builder_with(fs(&root), options).mount("new/deep/m", fs(&one));
    let all = Paths::new(all.unwrap().build());
    all.write("new/deep/x", b"x").unwrap();
    assert_eq!(root.read("new/deep/x").unwrap(), b"x");
    assert_eq!(root.list("new/deep"), ["x"]);
    assert_eq!(all.rmdir("new"), Err(Errno::Busy));

    let options = MountOptions {
        read_only: true,
        ..options
    };
    let all = MountFs::builder_with(fs(&root), options).mount("other/m", fs(&one));
    let all = Paths::new(all.unwrap().build());
    assert_eq!(all.stat("other").unwrap().mode, 0o555);
    assert_eq!(root.stat("other").err(), Some(Errno::NoEntry));
}

#[test]
fn a_mount_hides_what_was_there_and_lists_it_once() {
    let (root, one) = (toy("f"), toy("1"));
    root.mkdir("m").unwrap();
    root.write("m/hidden", b"").unwrap();
    root.write("z", b"").unwrap();
    let all = MountFs::builder(fs(&root)).mount("m", fs(&one)).unwrap();
    let all = Paths::new(all.build());
    assert_eq!(all.list("m"), ["1"]);
    assert_eq!(all.list(""), ["m", "f", "z"]);
    assert_eq!(all.stat("m/hidden").err(), Some(Errno::NoEntry));
}

/// The same filesystem on two paths is two mounts.
#[test]
fn the_same_filesystem_twice_is_two_mounts() {
    let root = toy("f");
    let twice = MountFs::builder(fs(&root)).mount("again", fs(&root));
    let twice = Paths::new(twice.unwrap().build());
    assert_eq!(twice.rename("f", "again/g"), Err(Errno::CrossDevice));
    assert_eq!(twice.link("f", "again/g"), Err(Errno::CrossDevice));
    assert_eq!(twice.read("again/f").unwrap(), b"f");
}

/// A link in one filesystem leads through the mounts, never past them to what they hide.
#[test]
fn a_link_never_leads_past_a_mount() {
    let (host, memory) = (toy("f"), toy("1"));
    host.mkdir("a").unwrap();
    host.mkdir("a/secret").unwrap();
    host.write("a/secret/key", b"hidden").unwrap();
    host.symlink("a/secret", "way_in").unwrap();
    host.symlink("/a/secret/key", "absolute").unwrap();
    let all = MountFs::builder(fs(&host)).mount("a/secret", fs(&memory));
    let all: Arc<dyn FileSystem> = all.unwrap().build();
    let root = OpenDir::root(Arc::clone(&all));
    let start = Start {
        dir: &root,
        root: Some(&root),
    };
    let stat = |path: &[u8]| resolve::metadata(start, path, Symlinks::Follow).map(|m| m.dev);
    assert_eq!(stat(b"way_in/key"), Err(Errno::NoEntry));
    assert_eq!(stat(b"absolute"), Err(Errno::NoEntry));
    assert_eq!(stat(b"way_in/1"), Ok(1));
    // A link that the host plants at a later time on the way to the mount.
    host.rename("a", "b").unwrap();
    host.symlink("b", "a").unwrap();
    assert_eq!(stat(b"a/secret/key"), Err(Errno::NoEntry));
    assert_eq!(stat(b"a/secret/1"), Ok(1));
    let opened = resolve::open(
        start,
        b"way_in/../../f",
        Symlinks::Follow,
        OpenOptions::existing(Access::READ),
    );
    assert!(matches!(opened, Ok(OpenNode::File(file)) if file.mount().dev == 0));
}

#[test]
fn a_read_only_mount_stays_as_it_is() {
    let (root, one) = (toy("f"), toy("1"));
    one.mkdir("d").unwrap();
    let all = MountFs::builder(fs(&root)).mount_read_only("m", fs(&one));
    let all = Paths::new(all.unwrap().build());
    let before = one.everything("");
    for path in ["m/1", "m/d", "m/new", "m/d/new", "m"] {
        let options = [Access::READ, Access::WRITE, Access::READ_WRITE];
        for (access, create) in options.into_iter().flat_map(|a| [(a, true), (a, false)]) {
            let options = OpenOptions {
                create,
                truncate: access.write,
                ..OpenOptions::existing(access)
            };
            if let Ok(file) = all.file(path, options) {
                assert!(file.mount().read_only);
                assert!(file.write_at(&[IoSlice::new(b"x")], 0).is_err());
                assert_eq!(file.set_len(0), Err(Errno::ReadOnly));
            }
        }
        let _ = (all.mkdir(path), all.rmdir(path), all.unlink(path));
        let _ = (all.symlink("t", path), all.touch(path), all.chmod(path));
        for other in ["f", "m/d/z", "z"] {
            let _ = (all.rename(path, other), all.link(path, other));
            let _ = (all.rename(other, path), all.link(other, path));
        }
    }
    assert_eq!(one.everything(""), before);
    assert_eq!(all.link("f", "m/new"), Err(Errno::ReadOnly));
    assert_eq!(all.rename("f", "m/new"), Err(Errno::CrossDevice));
    assert_eq!(all.touch("m"), Err(Errno::ReadOnly));
    assert_eq!(root.read("f").unwrap(), b"f");
}
