//! Symbolic links that the host has in the guest's directory.

use std::fs;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{MemFs, MountFs, Tree};
use guesthouse_wasi::abi::Errno::{Exist, Loop, Noent, Perm, Success, Xdev};

use crate::house::{House, Layout, check, in_layouts};

#[test]
fn relative_links_that_lead_out_are_refused_when_used() {
    in_layouts(&Layout::ON_HOST, |layout, house, guest| {
        house.link("../outside/secret", "secret");
        house.link("../outside", "out");
        house.link("out/dir", "chain");
        house.link("dir/../..", "up");
        check(
            layout,
            guest,
            &[
                ("stat secret", Success),
                ("open secret", Loop),
                ("open-follow secret", Perm),
                ("write-follow secret", Perm),
                ("truncate-follow secret", Perm),
                ("times-follow secret", Perm),
                ("link-follow secret new", Perm),
                ("open out/secret", Perm),
                ("create out/new", Perm),
                ("mkdir out/new", Perm),
                ("unlink out/secret", Perm),
                ("rmdir out/dir", Perm),
                ("rename out/secret new", Perm),
                ("rename file out/file", Perm),
                ("link file out/file", Perm),
                ("symlink target out/new", Perm),
                ("open-dir out/", Perm),
                ("open chain/secret", Perm),
                ("open up/outside/secret", Perm),
                ("open-dir up/outside", Perm),
            ],
        );
    });
}

/// They begin at the guest's `/`, where there is no such thing, or something of the guest's own.
#[test]
fn absolute_links_do_not_lead_to_the_hosts_root() {
    in_layouts(&Layout::ON_HOST, |layout, house, guest| {
        house.link(house.outside("secret"), "secret");
        house.link(house.outside(""), "out");
        house.link("/proc/self/root", "magic");
        house.link("/etc/passwd", "passwd");
        check(
            layout,
            guest,
            &[
                ("open-follow secret", Noent),
                ("create-follow secret", Noent),
                ("stat-follow secret", Noent),
                ("open out/secret", Noent),
                ("mkdir out/new", Noent),
                ("open magic/etc/passwd", Noent),
                ("stat-follow passwd", Noent),
            ],
        );
    });
    in_layouts(
        &[Layout::Host, Layout::HostBySteps, Layout::MemoryInHost],
        |layout, house, guest| {
            house.link("/file", "dir/link");
            house.link("/", "root");
            assert_eq!(
                guest.contents("dir/link"),
                Ok(b"inside".to_vec()),
                "{layout:?}"
            );
            assert_eq!(
                guest.contents("root/dir/link"),
                Ok(b"inside".to_vec()),
                "{layout:?}"
            );
        },
    );
}

#[test]
fn links_in_a_circle_end() {
    in_layouts(&Layout::ON_HOST, |layout, house, guest| {
        house.link("circle", "circle");
        house.link("two", "one");
        house.link("dir/../one", "two");
        check(
            layout,
            guest,
            &[
                ("stat-follow circle", Loop),
                ("create-follow circle", Loop),
                ("open one/file", Loop),
                ("stat two/", Loop),
            ],
        );
    });
}

/// What a mount covers is out of reach, whatever link of the host leads to its place: there the guest finds the mount.
#[test]
fn links_do_not_lead_past_a_mount_into_what_it_hides() {
    for name in ModuleName::ALL {
        let house = House::new();
        fs::create_dir(house.inside("cover")).unwrap();
        fs::write(house.inside("cover/hidden"), "secret").unwrap();
        house.link("cover/hidden", "link");
        house.link("dir/../cover/hidden", "around");
        house.link("./cover/../cover/hidden", "twice");
        house.link("/cover/hidden", "absolute");
        house.link("cover", "door");
        house.link("../cover", "dir/door");
        let memory = MemFs::new();
        let fs = MountFs::builder(house.host_fs())
            .mount("/cover", memory)
            .unwrap()
            .build();
        let mut guest = ByHand::new(name, fs).unwrap();
        for path in [
            "cover/hidden",
            "link",
            "around",
            "twice",
            "absolute",
            "door/hidden",
            "dir/door/hidden",
        ] {
            for call in [
                "open-follow",
                "write-follow",
                "truncate-follow",
                "stat-follow",
                "times-follow",
            ] {
                check(name, &mut guest, &[(&format!("{call} {path}"), Noent)]);
            }
        }
        check(
            name,
            &mut guest,
            &[
                ("unlink door/hidden", Noent),
                ("rename door/hidden cover/stolen", Noent),
                // As on Linux, two mounts are told apart before the name is looked up.
                ("rename door/hidden stolen", Xdev),
                ("link cover/hidden stolen", Noent),
                ("create-follow link", Success),
                ("create-new cover/hidden", Exist),
            ],
        );
        let dir = guest.open("open-dir dir/..").unwrap();
        guest.begin_at(dir);
        assert_eq!(
            guest.contents("cover/hidden"),
            Ok(Vec::new()),
            "the guest's own, in memory"
        );
        assert_eq!(fs::read(house.inside("cover/hidden")).unwrap(), b"secret");
    }
}

/// A link of a mounted host directory that leads out of it leads to another place of the guest's tree.
#[test]
fn links_lead_on_in_the_guests_tree_not_in_the_hosts() {
    for name in ModuleName::ALL {
        let house = House::new();
        house.link("../outside/secret", "link");
        house.link("/outside/secret", "absolute");
        let memory = MemFs::new();
        let tree = Tree::new(memory.clone());
        tree.build()
            .file("/outside/secret", "decoy")
            .finish()
            .unwrap();
        let fs = MountFs::builder(memory)
            .mount("/inside", house.host_fs())
            .unwrap()
            .build();
        let mut guest = ByHand::new(name, fs).unwrap();
        for path in ["inside/link", "inside/absolute", "inside/dir/../link"] {
            assert_eq!(guest.contents(path), Ok(b"decoy".to_vec()), "{path}");
            check(
                name,
                &mut guest,
                &[(&format!("truncate-follow {path}"), Success)],
            );
            tree.write("/outside/secret", "decoy").unwrap();
        }
        house.check_outside();
    }
}
