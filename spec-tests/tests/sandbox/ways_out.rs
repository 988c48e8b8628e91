//! Paths that lead out, in every call that takes one.

use guesthouse_spec_tests::ByHand;
use guesthouse_wasi::abi::Errno;

use crate::house::{House, Layout, check, in_layouts};

/// Every call that takes a path, with `{}` for it.
pub(crate) const CALLS: [&str; 24] = [
    "open {}",
    "open-follow {}",
    "open-dir {}",
    "write {}",
    "write-follow {}",
    "create {}",
    "create-follow {}",
    "create-new {}",
    "truncate {}",
    "truncate-reading {}",
    "stat {}",
    "stat-follow {}",
    "times {}",
    "times-follow {}",
    "mkdir {}",
    "rmdir {}",
    "unlink {}",
    "readlink {}",
    "symlink target {}",
    "link file {}",
    "link {} new",
    "link-follow {} new",
    "rename file {}",
    "rename {} new",
];

/// Has every call with each of these paths answered the same.
#[track_caller]
fn refused(layout: Layout, guest: &mut ByHand, paths: &[&str], expected: Errno) {
    for path in paths {
        for call in CALLS {
            check(layout, guest, &[(&call.replace("{}", path), expected)]);
        }
    }
}

#[test]
fn dots_that_lead_out_are_refused_by_every_call() {
    let paths = [
        "..",
        "../",
        "../.",
        "../..",
        "./..",
        ".//..",
        "../outside",
        "../outside/secret",
        "../outside/secret/",
        "..//outside//secret",
        "./../outside/secret",
        "../inside/file",
        "../outside/../inside/file",
        "../nothing/x",
        "dir/../..",
        "dir/../../outside/secret",
        "dir/./.././../outside/secret",
        "dir//..//..//outside/secret",
        "dir/inner/../../../outside/secret",
        "dir/inner/../../../../../../../../../../etc/passwd",
    ];
    in_layouts(&Layout::ALL, |layout, _, guest| {
        refused(layout, guest, &paths, Errno::Perm);
    });
}

#[test]
fn absolute_paths_are_refused_by_every_call() {
    in_layouts(&Layout::ALL, |layout, house, guest| {
        let secret = house.outside("secret");
        let file = house.inside("file");
        let paths = [
            "/",
            "//",
            "/.",
            "/..",
            "/file",
            "//file",
            "/dir/file",
            "/../outside/secret",
            "/etc/passwd",
            "/proc/self/root/etc/passwd",
            secret.to_str().unwrap(),
            file.to_str().unwrap(),
        ];
        refused(layout, guest, &paths, Errno::Perm);
    });
}

/// `..` is walked, not computed: it leads back only from a directory that is there.
#[test]
fn dots_after_what_is_no_directory_do_not_lead_back() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        refused(
            layout,
            guest,
            &["nothing/../../outside/secret"],
            Errno::Noent,
        );
        refused(layout, guest, &["nothing/../file"], Errno::Noent);
        refused(layout, guest, &["file/../../outside/secret"], Errno::Notdir);
        refused(layout, guest, &["dir/file/../file"], Errno::Notdir);
    });
}

#[test]
fn a_descriptor_of_a_directory_does_not_lead_above_it() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        let dir = guest.open("open-dir dir/inner").unwrap();
        guest.begin_at(dir);
        check(layout, guest, &[("create file", Errno::Success)]);
        let paths = [
            "..",
            "../file",
            "../inner",
            "../../file",
            "../../../outside/secret",
            "./..",
        ];
        refused(layout, guest, &paths, Errno::Perm);
    });
}

/// The directory is moved away while it is open: its `..` is still nothing that the guest was given with it.
#[test]
fn a_directory_that_was_moved_does_not_lead_above_it() {
    in_layouts(&Layout::ALL, |layout, _, guest| {
        let dir = guest.open("open-dir dir/inner").unwrap();
        check(layout, guest, &[("rename dir/inner moved", Errno::Success)]);
        guest.begin_at(dir);
        check(layout, guest, &[("create file", Errno::Success)]);
        refused(
            layout,
            guest,
            &["..", "../file", "../../outside/secret"],
            Errno::Perm,
        );
        check(layout, guest, &[("create here", Errno::Success)]);
    });
}

/// The host moves the directory out of the guest's while the guest has it open.
#[test]
fn a_directory_that_the_host_moved_out_does_not_lead_to_its_new_place() {
    for layout in Layout::ON_HOST {
        let house = House::new();
        let mut guest = house.guest(layout, guesthouse_spec_tests::ModuleName::Preview1);
        let dir = guest.open("open-dir dir/inner").unwrap();
        std::fs::rename(house.inside("dir/inner"), house.outside("inner")).unwrap();
        guest.begin_at(dir);
        check(layout, &mut guest, &[("create file", Errno::Success)]);
        let paths = ["..", "../secret", "../dir/secret", "../../inside/file"];
        refused(layout, &mut guest, &paths, Errno::Perm);
        assert_eq!(std::fs::read(house.outside("secret")).unwrap(), b"secret");
    }
}
