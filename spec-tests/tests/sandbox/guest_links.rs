//! Symbolic links that the guest makes.

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_wasi::WasiCtx;
use guesthouse_wasi::abi::Errno::{Loop, Perm, Success};

use crate::house::{House, Layout, check, in_layouts};

#[test]
fn absolute_targets_are_refused() {
    in_layouts(&Layout::ALL, |layout, house, guest| {
        let secret = house.outside("secret");
        for target in [
            "/",
            "//",
            "/file",
            "//file",
            "/etc/passwd",
            "/..",
            secret.to_str().unwrap(),
        ] {
            let line = format!("symlink {target} link");
            check(layout, guest, &[(&line, Perm)]);
        }
        assert!(
            guest.act("stat link").is_err(),
            "{layout:?}: nothing was made"
        );
    });
}

/// Such a link can be made, as any text can, but not used.
#[test]
fn relative_targets_that_lead_out_are_refused_when_used() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        for target in [
            "../outside/secret",
            "dir/../../outside/secret",
            ".//..//outside/secret",
        ] {
            check(
                layout,
                guest,
                &[
                    (&format!("symlink {target} link"), Success),
                    ("stat link", Success),
                    ("readlink link", Success),
                    ("open link", Loop),
                    ("write link", Loop),
                    ("create link", Loop),
                    ("truncate link", Loop),
                    ("open-follow link", Perm),
                    ("write-follow link", Perm),
                    ("create-follow link", Perm),
                    ("truncate-follow link", Perm),
                    ("stat-follow link", Perm),
                    ("times-follow link", Perm),
                    ("link-follow link new", Perm),
                    // The link itself is the guest's.
                    ("times link", Success),
                    ("rename link other", Success),
                    ("unlink other", Success),
                ],
            );
        }
    });
}

#[test]
fn a_link_to_the_outside_is_no_way_for_any_call() {
    let on_the_way = |link: &str| {
        [
            "open {}/secret",
            "open-dir {}/dir",
            "write {}/secret",
            "create {}/secret",
            "create {}/new",
            "create-new {}/new",
            "truncate {}/secret",
            "stat {}/secret",
            "stat {}/",
            "stat {}/.",
            "times {}/secret",
            "mkdir {}/new",
            "rmdir {}/dir",
            "unlink {}/secret",
            "readlink {}/link",
            "symlink target {}/new",
            "link file {}/new",
            "link {}/secret new",
            "rename file {}/secret",
            "rename {}/secret new",
        ]
        .map(|call| call.replace("{}", link))
    };
    in_layouts(&Layout::ALL, |layout, _, guest| {
        check(
            layout,
            guest,
            &[
                ("symlink ../outside out", Success),
                ("symlink ../../outside dir/out", Success),
                ("symlink out second", Success),
                ("symlink dir/out third", Success),
            ],
        );
        for link in [
            "out",
            "dir/out",
            "second",
            "third",
            "dir/../out",
            "dir/inner/../out",
        ] {
            for line in on_the_way(link) {
                check(layout, guest, &[(&line, Perm)]);
            }
        }
    });
}

/// Where it was made the link stays inside; where it is moved or linked to it would lead out.
#[test]
fn a_link_leads_from_where_it_is_not_from_where_it_was_made() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        check(
            layout,
            guest,
            &[
                ("symlink ../file dir/link", Success),
                ("open-follow dir/link", Success),
                ("rename dir/link link", Success),
                ("open-follow link", Perm),
                ("create-follow link", Perm),
                ("rename link dir/inner/link", Success),
                ("write-follow dir/inner/link", Success),
                ("link dir/inner/link second", Success),
                ("write-follow second", Perm),
            ],
        );
        assert_eq!(guest.contents("dir/inner/link"), Ok(b"inside".to_vec()));
    });
}

/// A descriptor below `/` is an end of the walk, for links too.
#[test]
fn a_link_does_not_lead_above_the_descriptor_that_the_path_begins_at() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        check(layout, guest, &[("symlink ../file dir/link", Success)]);
        assert_eq!(guest.contents("dir/link"), Ok(b"inside".to_vec()));
        let dir = guest.open("open-dir dir").unwrap();
        guest.begin_at(dir);
        check(
            layout,
            guest,
            &[
                ("stat link", Success),
                ("open-follow link", Perm),
                ("truncate-follow link", Perm),
            ],
        );
    });
}

/// Where the host allows absolute targets, they begin at the guest's `/`.
#[test]
fn absolute_targets_that_the_host_allows_stay_inside() {
    for layout in [
        Layout::Host,
        Layout::HostBySteps,
        Layout::MemoryInHost,
        Layout::Memory,
        Layout::Fork,
    ] {
        let house = House::new();
        let builder = WasiCtx::builder()
            .root(house.fs(layout))
            .allow_absolute_symlinks(true);
        let mut guest = ByHand::with(ModuleName::Preview1, builder).unwrap();
        check(
            layout,
            &mut guest,
            &[
                ("symlink /file dir/link", Success),
                ("symlink /../../../dir/file up", Success),
                ("symlink / root", Success),
            ],
        );
        let outside = house.outside("secret");
        // As after `chroot`, `/..` is `/`.
        for path in ["dir/link", "up", "root/file", "root/root/dir/link"] {
            assert_eq!(
                guest.contents(path),
                Ok(b"inside".to_vec()),
                "{layout:?}: {path}"
            );
        }
        let line = format!("symlink {} secret", outside.display());
        check(layout, &mut guest, &[(&line, Success)]);
        assert!(guest.contents("secret").is_err(), "{layout:?}");
        house.check_outside();
    }
}
