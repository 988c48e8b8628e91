use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use guesthouse_vfs::{CopyOptions, Errno, LeftOutReason, Timestamp};

use super::{fill, left_out, memory};

#[test]
fn a_host_directory_is_copied_in() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    write(dir, "src/main.c", "int main;");
    write(dir, "other", "");
    std::fs::hard_link(dir.join("src/main.c"), dir.join("src/again.c")).unwrap();
    symlink("src/main.c", dir.join("inner")).unwrap();
    symlink("/etc/passwd", dir.join("absolute")).unwrap();
    symlink("../x", dir.join("src/fine")).unwrap();
    symlink("../../x", dir.join("src/outside")).unwrap();
    let _socket = UnixListener::bind(dir.join("socket")).unwrap();
    std::fs::set_permissions(dir.join("other"), PermissionsExt::from_mode(0o6750)).unwrap();
    let tree = memory();
    let report = tree.copy_in(dir, "/work", CopyOptions::default()).unwrap();
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let expected = [
        format!(
            "{}: a link that leads outside, to /etc/passwd",
            path("absolute")
        ),
        format!("{}: a socket", path("socket")),
        format!(
            "{}: a link that leads outside, to ../../x",
            path("src/outside")
        ),
    ];
    assert_eq!(left_out(&report), expected);
    assert_eq!(
        (report.files, report.hard_links, report.symlinks),
        (2, 1, 2)
    );
    let again = tree.metadata("work/src/again.c").unwrap();
    assert_eq!(again.ino, tree.metadata("work/src/main.c").unwrap().ino);
    assert_eq!(tree.metadata("work/other").unwrap().mode, 0o750);
    assert_eq!(tree.read("work/inner").unwrap(), b"int main;");
    let host = std::fs::metadata(dir.join("src")).unwrap();
    let modified = Timestamp::from_parts(host.mtime(), host.mtime_nsec() as u32);
    assert_eq!(tree.metadata("work/src").unwrap().modified, modified);
}

#[test]
fn a_host_file_is_copied_in() {
    let temporary = tempfile::tempdir().unwrap();
    write(temporary.path(), "f", "text");
    let tree = memory();
    let file = temporary.path().join("f");
    tree.copy_in(&file, "/a/b", CopyOptions::default()).unwrap();
    assert_eq!(tree.read("a/b").unwrap(), b"text");
    let gone = temporary.path().join("gone");
    let error = tree
        .copy_in(&gone, "/x", CopyOptions::default())
        .unwrap_err();
    assert_eq!(
        (error.errno(), error.path()),
        (Errno::NoEntry, gone.as_os_str().as_bytes())
    );
}

#[test]
fn a_tree_is_copied_out() {
    let temporary = tempfile::tempdir().unwrap();
    let tree = memory();
    fill(&tree);
    tree.build()
        .mode("a/b/x", 0o4755)
        .symlink("bad", "/etc/passwd")
        .symlink("worse", "../x")
        .finish()
        .unwrap();
    let out = temporary.path().join("out");
    let report = tree.copy_out("/", &out, CopyOptions::default()).unwrap();
    let expected = [
        "/bad: a link that leads outside, to /etc/passwd",
        "/worse: a link that leads outside, to ../x",
    ];
    assert_eq!(left_out(&report), expected);
    assert_eq!(std::fs::read(out.join("a/second")).unwrap(), b"text");
    assert_eq!(std::fs::metadata(out.join("a/f")).unwrap().nlink(), 2);
    let tool = std::fs::metadata(out.join("a/b/x")).unwrap();
    assert_eq!(tool.mode() & 0o7777, 0o755);
    tree.copy_out("a/f", out.join("single"), CopyOptions::default())
        .unwrap();
    assert_eq!(std::fs::read(out.join("single")).unwrap(), b"text");
    let error = tree
        .copy_out("/", out.join("gone/x"), CopyOptions::default())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::NoEntry);
}

/// What lies on the host beside the place that is copied to stays as it is, whatever links are in that place.
#[test]
fn copying_out_follows_no_link_on_the_host() {
    let temporary = tempfile::tempdir().unwrap();
    let (outside, out) = (
        temporary.path().join("outside"),
        temporary.path().join("out"),
    );
    write(&outside, "f", "untouched");
    std::fs::create_dir(&out).unwrap();
    symlink(outside.join("f"), out.join("f")).unwrap();
    symlink("../outside/new", out.join("new")).unwrap();
    symlink(&outside, out.join("d")).unwrap();
    let tree = memory();
    tree.build()
        .file("f", "replaced")
        .file("new", "")
        .finish()
        .unwrap();
    tree.copy_out("/", &out, CopyOptions::default()).unwrap();
    assert_eq!(std::fs::read(out.join("f")).unwrap(), b"replaced");
    assert!(
        !std::fs::symlink_metadata(out.join("f"))
            .unwrap()
            .is_symlink()
    );
    tree.write("f", "again").unwrap();
    tree.build().file("d/f", "evil").finish().unwrap();
    let error = tree
        .copy_out("/", &out, CopyOptions::default())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::Exist);
    assert_eq!(std::fs::read(outside.join("f")).unwrap(), b"untouched");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
}

/// The check of a link followed it, and took every failure but `EPERM` for harmless, also that of a way too long for us. Linux has no limit on the length of all targets together and
/// followed the copy out of the directory; below a path of 4096 bytes, which only a relative path reaches, nothing was checked at all.
#[test]
fn links_that_lead_outside_by_a_long_way_are_left_out_as_well() {
    let from = memory();
    let here = "./".repeat(2047) + ".";
    from.build()
        .symlink("d/here", &here)
        .symlink("d/there", &here)
        .symlink("d/out", "here/there/../../secret")
        .finish()
        .unwrap();
    let mut below = from.subtree("d").unwrap();
    for _ in 0..17 {
        let name = "n".repeat(250);
        below.create_dir(&name).unwrap();
        below = below.subtree(&name).unwrap();
    }
    below.symlink("here", ".").unwrap();
    let up = "here/../".repeat(18) + "secret";
    below.symlink("out", &up).unwrap();

    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), "secret", "");
    let options = CopyOptions::default();
    let report = from.copy_out("d", outer.path().join("copy"), options);
    let left_out = report.unwrap().left_out;
    let mut targets: Vec<&[u8]> = left_out
        .iter()
        .map(|left_out| match &left_out.reason {
            LeftOutReason::LeadsOutside(target) => &**target,
            other => panic!("{other:?}"),
        })
        .collect();
    targets.sort_unstable();
    // The one called `here` below stays inside, but who knows.
    assert_eq!(targets, [b".", up.as_bytes(), b"here/there/../../secret"]);
    let copy = outer.path().join("copy");
    assert!(std::fs::symlink_metadata(copy.join("out")).is_err());
    assert!(std::fs::symlink_metadata(copy.join("here")).is_ok());
}

fn write(dir: &Path, name: &str, contents: &str) {
    std::fs::create_dir_all(dir.join(name).parent().unwrap()).unwrap();
    std::fs::write(dir.join(name), contents).unwrap();
}
