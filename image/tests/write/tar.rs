//! What `write_tar` writes, as the crate `tar` reads it.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

use guesthouse_image::{ImageErrorKind, TarNoteReason, TarOptions, TarReport, write_tar};
use guesthouse_vfs::{DevFs, FileType, Limits, MemFs, MountFs, SetTime, SetTimes, Timestamp, Tree};
use tar::EntryType;

use crate::entries::{by_name, entries};

fn new_tree() -> Tree {
    let limits = Limits {
        logical_bytes: 1 << 42,
        ..Limits::default()
    };
    Tree::new(MemFs::builder().limits(limits).build())
}

fn written(tree: &Tree, path: &str, options: &TarOptions) -> (Vec<u8>, TarReport) {
    let mut archive = Vec::new();
    let report = write_tar(tree, path, &mut archive, options).unwrap();
    assert_eq!(report.archive_bytes, archive.len() as u64);
    assert_eq!(archive.len() % 512, 0);
    (archive, report)
}

fn names(archive: &[u8]) -> Vec<String> {
    let names = by_name(archive).into_keys();
    names.map(|name| String::from_utf8(name).unwrap()).collect()
}

fn set_modified(tree: &Tree, path: impl AsRef<[u8]>, nanos: i64) {
    let times = SetTimes {
        accessed: SetTime::Keep,
        modified: SetTime::At(Timestamp::from_nanos(nanos)),
    };
    tree.set_times(path, times).unwrap();
}

#[test]
fn kinds_modes_links_and_times_are_kept() {
    let tree = new_tree();
    let steps = tree.build();
    let steps = steps
        .file("etc/motd", "hello\n")
        .executable("bin/x", "run")
        .hard_link("bin/y", "bin/x")
        .symlink("sh", "bin/x")
        .hard_link("sh2", "sh")
        .dir("tmp")
        .mode("tmp", 0o1777);
    steps.finish().unwrap();
    set_modified(&tree, "etc/motd", -1_500_000_000);
    set_modified(&tree, "bin/x", 1_700_000_000_000_000_000);
    set_modified(&tree, "tmp", i64::MAX);
    let (archive, report) = written(&tree, "/", &TarOptions::default());
    let found = by_name(&archive);

    assert_eq!((report.dirs, report.files, report.bytes), (4, 2, 9));
    assert_eq!((report.symlinks, report.hard_links), (1, 2));
    assert_eq!(report.notes, []);
    let motd = &found[&b"etc/motd"[..]];
    assert_eq!(motd.contents, b"hello\n");
    assert_eq!(
        (motd.kind, motd.mode, motd.modified),
        (EntryType::Regular, 0o644, -1_500_000_000)
    );
    let x = &found[&b"bin/x"[..]];
    assert_eq!((x.mode, x.modified), (0o755, 1_700_000_000_000_000_000));
    let y = &found[&b"bin/y"[..]];
    assert_eq!(
        (y.kind, y.link.as_deref()),
        (EntryType::Link, Some(&b"bin/x"[..]))
    );
    let sh = &found[&b"sh"[..]];
    assert_eq!(
        (sh.kind, sh.link.as_deref()),
        (EntryType::Symlink, Some(&b"bin/x"[..]))
    );
    let sh2 = &found[&b"sh2"[..]];
    assert_eq!(
        (sh2.kind, sh2.link.as_deref()),
        (EntryType::Link, Some(&b"sh"[..]))
    );
    let tmp = &found[&b"tmp/"[..]];
    assert_eq!((tmp.kind, tmp.mode), (EntryType::Directory, 0o1777));
    assert_eq!(tmp.modified, i64::MAX);
    assert_eq!(found[&b"./"[..]].kind, EntryType::Directory);
}

#[test]
fn names_and_targets_of_any_bytes_and_length_are_kept() {
    for name_len in [1, 99, 100, 101, 200, 255] {
        for byte in [b'a', 0x7f, 0xff, b'\n'] {
            let tree = new_tree();
            let name = vec![byte; name_len];
            let deep = [&name[..], &name[..]].join(&b'/');
            let steps = tree.build().dir(&name).file(&deep, "deep");
            let steps = steps.symlink("link", &deep).hard_link("hard", &deep);
            steps.finish().unwrap();
            let found = by_name(&written(&tree, "/", &TarOptions::default()).0);
            assert_eq!(
                found[&[&name[..], b"/"].concat()].kind,
                EntryType::Directory
            );
            assert_eq!(found[&b"link"[..]].link.as_deref(), Some(&deep[..]));
            // Sorted, a name of one newline comes before `hard`, and `0x7f` after it.
            let (first, link) = match deep[..] < b"hard"[..] {
                true => (&deep[..], &b"hard"[..]),
                false => (&b"hard"[..], &deep[..]),
            };
            assert_eq!(found[first].contents, b"deep");
            assert_eq!(found[link].link.as_deref(), Some(first));
        }
    }
    let tree = new_tree();
    let target = "é".repeat(2000);
    tree.build().symlink("ü", &target).finish().unwrap();
    let found = by_name(&written(&tree, "/", &TarOptions::default()).0);
    assert_eq!(
        found["ü".as_bytes()].link.as_deref(),
        Some(target.as_bytes())
    );
}

#[test]
fn holes_are_left_out_and_come_back() {
    let tree = new_tree();
    let mut expected = BTreeMap::new();
    for (name, len, pieces) in [
        ("hole", 1 << 20, vec![]),
        ("end", (1 << 20) + 7, vec![1 << 20]),
        ("middle", 1 << 20, vec![70_000, 300_000]),
        ("many", 6 << 20, (0..46).map(|i| i << 17).collect()),
        ("five", 6 << 20, (0..5).map(|i| i << 20).collect()),
        ("four", 6 << 20, (0..4).map(|i| i << 20).collect()),
    ] {
        let mut contents = vec![0; len];
        let mut file = tree.create(name).unwrap();
        for at in pieces {
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.write_all(b"x").unwrap();
            contents[at] = b'x';
        }
        file.set_len(len as u64).unwrap();
        expected.insert(name.as_bytes().to_vec(), contents);
    }
    let (archive, _) = written(&tree, "/", &TarOptions::default());
    let stored = (1 + 2 + 46 + 5 + 4) * 4096;
    assert!(archive.len() < stored + 30_000, "{}", archive.len());
    let found = by_name(&archive);
    for (name, contents) in expected {
        assert!(found[&name].sparse);
        assert_eq!(found[&name].contents, contents);
    }
}

#[test]
fn a_terabyte_of_holes_is_a_few_blocks() {
    let tree = new_tree();
    let mut file = tree.create("huge").unwrap();
    file.seek(SeekFrom::Start(1 << 40)).unwrap();
    file.write_all(b"end").unwrap();
    let (archive, report) = written(&tree, "/", &TarOptions::default());
    assert!(archive.len() < 10_000, "{}", archive.len());
    assert_eq!(report.bytes, (1 << 40) + 3);
    let sizes: Vec<u64> = entries(&archive).iter().map(|entry| entry.size).collect();
    assert_eq!(sizes, [0, (1 << 40) + 3]);
}

#[test]
fn a_prefix_and_a_time_are_given_to_all_entries() {
    let tree = new_tree();
    tree.build().file("a/b", "1").finish().unwrap();
    let options = TarOptions {
        prefix: b"/app//1.0/".to_vec(),
        modified: Some(Timestamp::from_nanos(1_000_000_000)),
    };
    let (archive, _) = written(&tree, "/", &options);
    assert_eq!(names(&archive), ["app/1.0/", "app/1.0/a/", "app/1.0/a/b"]);
    assert!(
        by_name(&archive)
            .values()
            .all(|found| found.modified == 1_000_000_000)
    );

    // The same tree made at another time, in another order.
    let again = new_tree();
    again.build().dir("a").file("a/b", "1").finish().unwrap();
    assert_eq!(written(&again, "/", &options).0, archive);

    // The last two could be written, and no system could unpack them.
    let long = [b'x'; 256];
    let deep = b"x/".repeat(40_000);
    for prefix in [&b".."[..], b"a/../b", b"./a", b"a\0", &long, &deep] {
        let options = TarOptions {
            prefix: prefix.to_vec(),
            ..TarOptions::default()
        };
        let mut out = Vec::new();
        let error = write_tar(&tree, "/", &mut out, &options).unwrap_err();
        assert_eq!(error.kind(), ImageErrorKind::Refused);
        assert!(out.is_empty());
    }
}

#[test]
fn a_part_of_a_tree_is_written_from_its_own_root() {
    let tree = new_tree();
    let steps = tree.build().file("srv/www/page", "p");
    steps.symlink("www", "srv/www").finish().unwrap();
    for path in ["/srv", "srv", "srv/"] {
        let (archive, _) = written(&tree, path, &TarOptions::default());
        assert_eq!(names(&archive), ["./", "www/", "www/page"], "{path}");
    }
    for path in ["/srv/www", "www", "/www/"] {
        let (archive, _) = written(&tree, path, &TarOptions::default());
        assert_eq!(names(&archive), ["./", "page"], "{path}");
    }
    for path in ["/srv/www/page", "www/page"] {
        let (archive, _) = written(&tree, path, &TarOptions::default());
        assert_eq!(names(&archive), ["page"], "{path}");
    }
    let error = write_tar(&tree, "/none", Vec::new(), &TarOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot archive /none: no such file or directory"
    );
}

#[test]
fn devices_are_left_out_and_noted() {
    let fs = MountFs::builder(MemFs::new());
    let fs = fs
        .mount("/dev", DevFs::new(Arc::new(|_: &mut [u8]| Ok(()))))
        .unwrap()
        .build();
    let tree = Tree::new(fs);
    tree.build().file("a", "1").finish().unwrap();
    let (archive, report) = written(&tree, "/", &TarOptions::default());
    assert_eq!(names(&archive), ["./", "a", "dev/"]);
    let null = report.notes.iter().find(|note| &*note.path == b"/dev/null");
    let reason = TarNoteReason::Special(FileType::CharDevice);
    assert_eq!(null.map(|note| note.reason), Some(reason));
}

/// Paths may have 4096 bytes at the most, and directories may lie deeper.
#[test]
fn trees_deeper_than_a_path_is_long_are_written_whole() {
    const DEPTH: usize = 4000;
    let tree = new_tree();
    let mut below = tree.clone();
    for _ in 0..DEPTH {
        below.create_dir("d").unwrap();
        below = below.subtree("d").unwrap();
    }
    below.write("bottom", "here").unwrap();
    let (archive, report) = written(&tree, "/", &TarOptions::default());
    assert_eq!((report.dirs, report.files), (DEPTH as u64 + 1, 1));
    let bottom = [&b"d/".repeat(DEPTH)[..], b"bottom"].concat();
    assert_eq!(by_name(&archive)[&bottom].contents, b"here");
}

/// A guest makes a directory in the last one as long as it may. All paths together would have terabytes.
#[test]
fn what_no_system_could_unpack_is_left_out_and_noted() {
    let tree = new_tree();
    let mut below = tree.clone();
    let name = "d".repeat(255);
    for _ in 0..300 {
        below.create_dir(&name).unwrap();
        below = below.subtree(&name).unwrap();
    }
    let (_, report) = written(&tree, "/", &TarOptions::default());
    assert_eq!(report.dirs, 1 + 256);
    assert_eq!(report.notes.len(), 1);
    assert_eq!(report.notes[0].reason, TarNoteReason::PathTooLong);
}
