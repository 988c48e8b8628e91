//! Mounts in and on directories of the host.
#![cfg(all(feature = "host", target_os = "linux"))]

mod paths;
mod toy;

use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::Arc;

use guesthouse_vfs::resolve::{self, Start, Symlinks};
use guesthouse_vfs::{Errno, FileSystem, FileType, HostFs, MountFs, NodeFs, OpenDir};
use paths::Paths;
use tempfile::TempDir;
use toy::ToyFs;

/// A directory of the host with `src/main`, and a filesystem of it.
fn host() -> (TempDir, Arc<dyn FileSystem>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("src/main"), b"main").unwrap();
    let fs = HostFs::open_ambient(dir.path()).unwrap();
    (dir, fs)
}

fn memory() -> Arc<dyn FileSystem> {
    let fs = Paths::new(NodeFs::new(ToyFs::new()));
    fs.write("inside", b"inside").unwrap();
    fs.fs
}

#[test]
fn mounting_changes_nothing_on_the_host() {
    let (dir, fs) = host();
    let all = MountFs::builder(fs)
        .mount("out/deep/tmp", memory())
        .and_then(|b| b.mount("src/gen", memory()))
        .unwrap()
        .build();
    let all = Paths::new(all);
    assert_eq!(all.list(""), ["out", "src"]);
    assert_eq!(all.list("src"), ["gen", "main"]);
    assert_eq!(all.read("out/deep/tmp/inside").unwrap(), b"inside");
    all.write("src/gen/made", b"made").unwrap();
    all.write("src/written", b"written").unwrap();
    assert_eq!(all.write("out/x", b""), Err(Errno::ReadOnly));
    assert_eq!(all.rmdir("src"), Err(Errno::Busy));
    let names = |path: &str| {
        let entries = std::fs::read_dir(dir.path().join(path)).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(""), ["src"]);
    assert_eq!(names("src"), ["main", "written"]);
}

#[test]
fn a_host_directory_shows_its_own_inode_numbers_below_memory() {
    let (dir, fs) = host();
    let all = MountFs::builder(memory()).mount("work", fs).unwrap();
    let all = Paths::new(all.build());
    let ino = |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().ino();
    let point = all.stat("work").unwrap();
    assert_eq!((point.ino, point.dev), (ino(""), 1));
    assert_eq!(all.stat("work/src/main").unwrap().ino, ino("src/main"));
    let listed = all.list_from("", 0);
    assert_eq!((listed[0].1, listed[0].2), (ino(""), FileType::Dir));
    assert_eq!(all.list("work/src"), ["main"]);
    let cross = all.rename("inside", "work/inside");
    assert_eq!(cross, Err(Errno::CrossDevice));
}

/// The host plants links on the way to a mount and to what it hides; the guest sees the mount.
#[test]
fn a_link_of_the_host_never_leads_past_a_mount() {
    let (dir, fs) = host();
    std::fs::create_dir(dir.path().join("src/hidden")).unwrap();
    std::fs::write(dir.path().join("src/hidden/key"), b"key").unwrap();
    symlink("src/hidden", dir.path().join("way")).unwrap();
    symlink(dir.path().join("src/hidden"), dir.path().join("real")).unwrap();
    let all = MountFs::builder(fs).mount("src/hidden", memory()).unwrap();
    let all: Arc<dyn FileSystem> = all.build();
    let root = OpenDir::root(all);
    let start = Start {
        dir: &root,
        root: Some(&root),
    };
    let stat = |path: &[u8]| resolve::metadata(start, path, Symlinks::Follow).map(|m| m.dev);
    assert_eq!(stat(b"way/key"), Err(Errno::NoEntry));
    assert_eq!(stat(b"way/inside"), Ok(1));
    assert_eq!(stat(b"real/key"), Err(Errno::NoEntry));
    std::fs::rename(dir.path().join("src"), dir.path().join("moved")).unwrap();
    symlink("moved", dir.path().join("src")).unwrap();
    assert_eq!(stat(b"src/hidden/key"), Err(Errno::NoEntry));
    assert_eq!(stat(b"src/hidden/inside"), Ok(1));
    assert_eq!(stat(b"src/main"), Ok(0));
}

#[test]
fn a_read_only_mount_of_a_host_directory_stays_as_it_is() {
    let (dir, fs) = host();
    let all = MountFs::builder(memory()).mount_read_only("work", fs);
    let all = Paths::new(all.unwrap().build());
    // Not the times of last access: those move by reading, where the host's own mount wants it.
    let on_host = || {
        ["", "src", "src/main"].map(|path| {
            let m = std::fs::metadata(dir.path().join(path)).unwrap();
            (
                m.ino(),
                m.mode(),
                m.nlink(),
                m.size(),
                m.mtime_nsec(),
                m.ctime_nsec(),
            )
        })
    };
    let before = on_host();
    let answers = [
        all.write("work/src/main", b"x"),
        all.write("work/new", b"x"),
        all.mkdir("work/new"),
        all.unlink("work/src/main"),
        all.rename("work/src/main", "work/x"),
        all.link("work/src/main", "work/x"),
        all.link("inside", "work/x"),
        all.symlink("t", "work/x"),
        all.touch("work/src/main"),
        all.chmod("work/src"),
    ];
    assert_eq!(answers, [Err(Errno::ReadOnly); 10]);
    assert_eq!(on_host(), before);
    assert_eq!(all.list("work"), ["src"]);
    let main = std::fs::read(dir.path().join("src/main")).unwrap();
    assert_eq!(main, b"main");
}
