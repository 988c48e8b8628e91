//! What is mounted read-only stays as it is.

use std::sync::Arc;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{FileSystem, MemFs, MountFs, ReadOnlyFs, Tree};
use guesthouse_wasi::abi::Errno::{
    Busy, Exist, Isdir, Notcapable, Notdir, Notempty, Rofs, Success, Xdev,
};

use crate::house::{House, check};

/// The guest's `/` has `ro`, `rw` and `other`. The first two are the same filesystem.
fn tree(one: &Arc<dyn FileSystem>) -> Arc<dyn FileSystem> {
    MountFs::builder(MemFs::new())
        .mount_read_only("/ro", Arc::clone(one))
        .unwrap()
        .mount("/rw", Arc::clone(one))
        .unwrap()
        .mount("/other", MemFs::new())
        .unwrap()
        .build()
}

/// Each test with a host directory and with memory, which hold the same.
fn everywhere(test: impl Fn(ModuleName, &Arc<dyn FileSystem>)) {
    for name in ModuleName::ALL {
        let house = House::new();
        let memory: Arc<dyn FileSystem> = MemFs::new();
        let inside = Tree::new(Arc::clone(&memory));
        let inside = inside
            .build()
            .file("/file", "inside")
            .file("/dir/file", "inside");
        inside.dir("/dir/inner").finish().unwrap();
        let host: Arc<dyn FileSystem> = house.host_fs();
        for fs in [host, memory] {
            let before = Seen::of(&fs);
            test(name, &fs);
            assert_eq!(Seen::of(&fs), before);
        }
        house.check_outside();
    }
}

/// All that a change would show in.
#[derive(Debug, PartialEq)]
struct Seen(Vec<String>);

impl Seen {
    fn of(fs: &Arc<dyn FileSystem>) -> Self {
        let tree = Tree::new(Arc::clone(fs));
        let root = tree.metadata("/").unwrap();
        let mut seen = vec![format!("{:?} {:?}", root.modified, root.changed)];
        for entry in tree.walk("/").unwrap() {
            let entry = entry.unwrap();
            let metadata = tree.symlink_metadata(entry.path()).unwrap();
            let contents = if entry.is_file() {
                tree.read(entry.path()).unwrap()
            } else {
                Vec::new()
            };
            let (modified, changed) = (metadata.modified, metadata.changed);
            seen.push(format!(
                "{} {:?} {} {modified:?} {changed:?} {contents:?}",
                entry.path_lossy(),
                metadata.file_type,
                metadata.nlink,
            ));
        }
        seen.sort();
        Self(seen)
    }
}

#[test]
fn every_call_that_would_change_it_is_refused() {
    everywhere(|name, fs| {
        let mut guest = ByHand::new(name, tree(fs)).unwrap();
        check(
            name,
            &mut guest,
            &[
                ("open ro/file", Success),
                ("stat ro/dir/file", Success),
                ("open-dir ro/dir", Success),
                ("write ro/file", Rofs),
                ("create ro/file", Rofs),
                ("create ro/new", Rofs),
                ("create-new ro/new", Rofs),
                ("create-new ro/file", Exist),
                ("truncate ro/file", Rofs),
                ("truncate-reading ro/file", Rofs),
                ("write ro/dir", Isdir),
                ("times ro/file", Rofs),
                ("times-follow ro/file", Rofs),
                ("times ro", Rofs),
                ("mkdir ro/new", Rofs),
                ("mkdir ro/dir", Exist),
                ("rmdir ro/dir/inner", Rofs),
                ("rmdir ro", Busy),
                ("unlink ro/file", Rofs),
                ("symlink target ro/new", Rofs),
                ("symlink target ro/file", Exist),
                ("link ro/file ro/new", Rofs),
                ("link ro/file ro/dir/file", Exist),
                ("rename ro/file ro/new", Rofs),
                ("rename ro/file ro/dir/file", Rofs),
                ("rename ro/dir/inner ro/inner", Rofs),
                ("mkdir ro/file/x", Notdir),
            ],
        );
    });
}

/// The same filesystem is writable beside it; that is no way in or out.
#[test]
fn links_and_renames_in_and_out_are_refused() {
    everywhere(|name, fs| {
        let mut guest = ByHand::new(name, tree(fs)).unwrap();
        check(
            name,
            &mut guest,
            &[
                ("link ro/file rw/stolen", Xdev),
                ("link ro/file other/stolen", Xdev),
                ("link-follow ro/file rw/stolen", Xdev),
                ("rename ro/file rw/stolen", Xdev),
                ("rename ro/file rw/file", Xdev),
                ("rename ro/file other/stolen", Xdev),
                ("rename ro/dir other/stolen", Xdev),
                ("rename rw/file ro/new", Xdev),
                ("rename rw/file ro/file", Xdev),
                ("rename rw/dir/inner ro/inner", Xdev),
                ("link rw/file ro/new", Rofs),
                ("link rw/file ro/dir/file", Exist),
                ("link rw/file ro/file", Exist),
                ("create other/mine", Success),
                ("link other/mine ro/new", Rofs),
                ("rename other/mine ro/new", Xdev),
                ("rename other/mine ro/file", Xdev),
            ],
        );
    });
}

#[test]
fn a_link_or_descriptor_from_elsewhere_leads_to_what_is_read_only() {
    everywhere(|name, fs| {
        let mut guest = ByHand::new(name, tree(fs)).unwrap();
        check(
            name,
            &mut guest,
            &[
                ("symlink ../ro/file other/link", Success),
                ("symlink ../ro other/dir", Success),
                ("open-follow other/link", Success),
                ("write-follow other/link", Rofs),
                ("create-follow other/link", Rofs),
                ("truncate-follow other/link", Rofs),
                ("times-follow other/link", Rofs),
                ("link-follow other/link other/stolen", Xdev),
                ("create other/dir/new", Rofs),
                ("unlink other/dir/file", Rofs),
                ("mkdir rw/../ro/new", Rofs),
            ],
        );
        let dir = guest.open("open-dir other/dir/dir").unwrap();
        guest.begin_at(dir);
        check(
            name,
            &mut guest,
            &[
                ("open file", Success),
                ("truncate file", Rofs),
                ("create new", Rofs),
                ("unlink file", Rofs),
                ("rename file new", Rofs),
                ("rmdir inner", Rofs),
            ],
        );
    });
}

#[test]
fn an_open_file_is_not_changed() {
    everywhere(|name, fs| {
        let mut guest = ByHand::new(name, tree(fs)).unwrap();
        let fd = guest.open("open ro/file").unwrap();
        assert_eq!(guest.write(fd, b"changed"), Err(Notcapable));
        assert_eq!(guest.set_size(fd, 0), Err(Notcapable));
        assert_eq!(guest.allocate(fd, 0, 100), Err(Notcapable));
        assert_eq!(guest.touch(fd), Err(Rofs));
        assert_eq!(guest.read(fd), Ok(b"inside".to_vec()));
        let dir = guest.open("open-dir ro/dir").unwrap();
        assert_eq!(guest.touch(dir), Err(Rofs));
    });
}

/// The wrapper around a whole filesystem, as the guest's `/`.
#[test]
fn a_read_only_root_stays_as_it_is() {
    everywhere(|name, fs| {
        let mut guest = ByHand::new(name, ReadOnlyFs::new(Arc::clone(fs))).unwrap();
        check(
            name,
            &mut guest,
            &[
                ("open file", Success),
                ("create new", Rofs),
                ("create file", Rofs),
                ("write file", Rofs),
                ("truncate file", Rofs),
                ("truncate-reading file", Rofs),
                ("times file", Rofs),
                ("times .", Rofs),
                ("mkdir new", Rofs),
                ("rmdir dir/inner", Rofs),
                ("unlink file", Rofs),
                ("symlink target new", Rofs),
                ("link file new", Rofs),
                ("rename file new", Rofs),
                ("rename dir/inner dir", Rofs),
            ],
        );
    });
}

/// What is written beside it, through the writable mount of the same filesystem, shows in it: it is a view, not a copy.
#[test]
fn the_writable_mount_of_the_same_filesystem_works() {
    for name in ModuleName::ALL {
        let house = House::new();
        let host: Arc<dyn FileSystem> = house.host_fs();
        for fs in [host, MemFs::new()] {
            let mut guest = ByHand::new(name, tree(&fs)).unwrap();
            let fd = guest.open("create rw/seen").unwrap();
            assert_eq!(guest.write(fd, b"seen"), Ok(4));
            assert_eq!(guest.contents("ro/seen"), Ok(b"seen".to_vec()));
            check(
                name,
                &mut guest,
                &[
                    ("rmdir rw", Busy),
                    ("mkdir rw/full", Success),
                    ("rename rw/seen rw/full/seen", Success),
                    ("rmdir rw/full", Notempty),
                    ("unlink ro/full/seen", Rofs),
                    ("unlink rw/full/seen", Success),
                    ("rmdir rw/full", Success),
                ],
            );
        }
    }
}
