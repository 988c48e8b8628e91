//! Mount points stay where they are, and what leads to them is nobody's.

use std::fs;
use std::sync::Arc;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{FileSystem, MemFs, MountFs, Tree};
use guesthouse_wasi::abi::Errno::{Busy, Exist, Isdir, Noent, Rofs, Success, Xdev};

use crate::house::{House, check};

/// Host in memory and memory in host, with the mount on `dir/inner`, beside `file`.
fn trees(house: &House) -> [Arc<dyn FileSystem>; 2] {
    let memory = MemFs::new();
    let tree = Tree::new(memory.clone());
    let inside = tree
        .build()
        .file("/file", "inside")
        .file("/dir/file", "inside");
    inside.dir("/dir/inner").finish().unwrap();
    let mount = |outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>| {
        MountFs::builder(outer)
            .mount("/dir/inner", inner)
            .unwrap()
            .build()
    };
    let host_in_memory = mount(memory, house.host_fs());
    [mount(house.host_fs(), MemFs::new()), host_in_memory]
}

#[test]
fn a_mount_point_is_neither_removed_nor_renamed() {
    for name in ModuleName::ALL {
        let house = House::new();
        for fs in trees(&house) {
            let mut guest = ByHand::new(name, fs).unwrap();
            check(
                name,
                &mut guest,
                &[
                    ("rmdir dir/inner", Busy),
                    ("rmdir dir/inner/", Busy),
                    ("unlink dir/inner", Isdir),
                    ("rename dir/inner moved", Busy),
                    ("rename dir/inner dir/moved", Busy),
                    ("mkdir other", Success),
                    ("rename other dir/inner", Busy),
                    ("rename file dir/inner", Isdir),
                    ("rmdir other", Success),
                    ("mkdir dir/inner", Exist),
                    ("create-new dir/inner", Exist),
                    ("symlink target dir/inner", Exist),
                    ("link file dir/inner", Exist),
                    // What leads to it, too: its place would change.
                    ("rename dir moved", Busy),
                    ("stat dir/inner", Success),
                    ("open-dir dir/inner", Success),
                ],
            );
        }
        house.check_outside();
    }
}

#[test]
fn nothing_is_renamed_or_linked_across_a_mount_point() {
    for name in ModuleName::ALL {
        let house = House::new();
        for fs in trees(&house) {
            let mut guest = ByHand::new(name, fs).unwrap();
            check(
                name,
                &mut guest,
                &[
                    ("create dir/inner/mine", Success),
                    ("rename file dir/inner/file2", Xdev),
                    ("rename dir/inner/mine mine", Xdev),
                    ("link file dir/inner/file2", Xdev),
                    ("link dir/inner/mine mine", Xdev),
                    ("rename dir/inner/mine dir/inner/../mine", Xdev),
                    ("stat file", Success),
                    ("stat dir/inner/mine", Success),
                    ("stat mine", Noent),
                    ("unlink dir/inner/mine", Success),
                ],
            );
        }
    }
}

/// A directory that exists only because a mount lies below it takes nothing, and the host's directory is not touched for it.
#[test]
fn nothing_is_made_below_a_synthetic_parent_of_a_mount() {
    for name in ModuleName::ALL {
        let house = House::new();
        let before = fs::metadata(house.inside("")).unwrap().modified().unwrap();
        let builder = MountFs::builder(house.host_fs());
        let tree = builder
            .mount("/new/deep/mount", MemFs::new())
            .unwrap()
            .build();
        let mut guest = ByHand::new(name, tree).unwrap();
        check(
            name,
            &mut guest,
            &[
                ("stat new", Success),
                ("open-dir new/deep", Success),
                ("create new/x", Rofs),
                ("create-new new/deep/x", Rofs),
                ("mkdir new/x", Rofs),
                ("symlink target new/x", Rofs),
                ("link file new/x", Rofs),
                ("times new", Rofs),
                ("mkdir new", Exist),
                ("rmdir new", Busy),
                ("rmdir new/deep", Busy),
                ("rmdir new/deep/mount", Busy),
                ("unlink new", Isdir),
                ("rename new moved", Busy),
                ("open new/x", Noent),
                ("unlink new/x", Rofs),
                ("create new/deep/mount/x", Success),
            ],
        );
        assert!(guest.act("rename file new/x").is_err());
        assert!(!house.inside("new").exists());
        assert_eq!(
            fs::metadata(house.inside("")).unwrap().modified().unwrap(),
            before
        );
        house.check_outside();
    }
}

/// A descriptor that was opened above a mount sees it, as one that is opened later would.
#[test]
fn a_descriptor_does_not_lead_below_a_mount() {
    for name in ModuleName::ALL {
        let house = House::new();
        fs::write(house.inside("dir/inner/hidden"), "secret").unwrap();
        let fs = MountFs::builder(house.host_fs())
            .mount("/dir/inner", MemFs::new())
            .unwrap();
        let mut guest = ByHand::new(name, fs.build()).unwrap();
        let dir = guest.open("open-dir dir").unwrap();
        guest.begin_at(dir);
        check(
            name,
            &mut guest,
            &[
                ("open inner/hidden", Noent),
                ("unlink inner/hidden", Noent),
                ("rename inner/hidden inner/stolen", Noent),
                // As on Linux, two mounts are told apart before the name is looked up.
                ("rename inner/hidden stolen", Xdev),
                ("rename inner moved", Busy),
                ("rmdir inner", Busy),
                ("create inner/hidden", Success),
            ],
        );
        assert_eq!(
            fs::read(house.inside("dir/inner/hidden")).unwrap(),
            b"secret"
        );
    }
}
