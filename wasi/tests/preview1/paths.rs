use guesthouse_wasi::abi::{Errno, FileType, LookupFlags};

use crate::guest::{Guest, MEMORY, NO_FD, Open, ROOT, everywhere, everywhere_with};

const NOFOLLOW: LookupFlags = LookupFlags::empty();
const FOLLOW: LookupFlags = LookupFlags::SYMLINK_FOLLOW;

/// Calls every function that takes a path with it, and checks the answer of each.
fn every_function(guest: &mut Guest, path: &[u8], check: impl Fn(&str, Result<(), Errno>)) {
    for name in [
        "path_create_directory",
        "path_remove_directory",
        "path_unlink_file",
    ] {
        check(name, guest.path_call(name, path));
    }
    check("path_open", guest.open(ROOT, path, Open::READ).map(drop));
    let [at, len] = guest.string(path);
    let [other, other_len] = guest.string("other");
    let root = u64::from(ROOT);
    for (name, args) in [
        ("path_filestat_get", &[root, 0, at, len, 64][..]),
        ("path_filestat_set_times", &[root, 0, at, len, 0, 0, 5]),
        ("path_readlink", &[root, at, len, 64, 64, 256]),
        ("path_symlink", &[other, other_len, root, at, len]),
        ("path_link", &[root, 0, at, len, root, other, other_len]),
        ("path_link", &[root, 0, other, other_len, root, at, len]),
        ("path_rename", &[root, at, len, root, other, other_len]),
        ("path_rename", &[root, other, other_len, root, at, len]),
    ] {
        check(name, guest.call(name, args));
    }
}

#[test]
fn paths_are_utf8_without_nul_and_not_too_long() {
    everywhere(|guest| {
        for (path, errno) in [
            (&b"\xff"[..], Errno::Ilseq),
            (b"a/\xc3\x28", Errno::Ilseq),
            // A surrogate, and a slash in two bytes.
            (b"\xed\xa0\x80", Errno::Ilseq),
            (b"\xc0\xaf", Errno::Ilseq),
            (b"\xff\0", Errno::Ilseq),
            (b"\0", Errno::Inval),
            (b"a\0", Errno::Inval),
            (b"a\0b", Errno::Inval),
            (&[b'a'; 4096], Errno::Nametoolong),
            (&[0xFF; 5000], Errno::Nametoolong),
        ] {
            every_function(guest, path, |name, answer| {
                assert_eq!(answer, Err(errno), "{name} {}", path.escape_ascii());
            });
        }
        let longest = [b"./".repeat(2045), b"other".to_vec()].concat();
        assert_eq!(longest.len(), 4095);
        assert_eq!(guest.path_call("path_create_directory", &longest), Ok(()));
        let name = [b'n'; 256];
        let answer = guest.path_call("path_create_directory", name);
        assert_eq!(answer, Err(Errno::Nametoolong));
        assert_eq!(guest.path_call("path_create_directory", &name[1..]), Ok(()));
        assert_eq!(guest.path_call("path_create_directory", "日本 語"), Ok(()));
    });
}

#[test]
fn no_path_leaves_the_directory() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        guest.file("other", b"");
        for path in [
            &b"/"[..],
            b"/x",
            b"..",
            b"../x",
            b"d/../../x",
            b"d/../..",
            b"//",
        ] {
            every_function(guest, path, |name, answer| {
                assert_eq!(answer, Err(Errno::Perm), "{name} {}", path.escape_ascii());
            });
        }
    });
}

#[test]
fn an_empty_path_names_nothing() {
    everywhere(|guest| {
        guest.file("other", b"");
        every_function(guest, b"", |name, answer| {
            assert_eq!(answer, Err(Errno::Noent), "{name}");
        });
    });
}

#[test]
fn addresses_of_paths_are_checked() {
    everywhere(|guest| {
        let end = u64::from(MEMORY);
        for (at, len) in [
            (end - 3, 4),
            (end + 1, 0),
            (u64::from(u32::MAX), 1),
            (u64::from(u32::MAX), u64::from(u32::MAX)),
            (0, u64::from(u32::MAX)),
        ] {
            for args in [[3, at, len], [3, at, len]] {
                let answer = guest.call("path_create_directory", &args);
                assert_eq!(answer, Err(Errno::Fault));
            }
            let answer = guest.call("path_rename", &[3, 64, 1, 3, at, len]);
            assert!(matches!(answer, Err(Errno::Fault | Errno::Ilseq)));
        }
    });
}

#[test]
fn directories_are_made_and_removed() {
    everywhere(|guest| {
        assert_eq!(guest.mkdir("d"), Ok(()));
        assert_eq!(guest.mkdir("d"), Err(Errno::Exist));
        assert_eq!(guest.mkdir("d/e/"), Ok(()), "a trailing slash is welcome");
        assert_eq!(guest.mkdir("x/y"), Err(Errno::Noent));
        guest.file("f", b"");
        assert_eq!(guest.mkdir("f"), Err(Errno::Exist));
        assert_eq!(guest.mkdir("f/d"), Err(Errno::Notdir));
        assert_eq!(guest.rmdir("d"), Err(Errno::Notempty));
        assert_eq!(guest.rmdir("f"), Err(Errno::Notdir));
        assert_eq!(guest.unlink("d"), Err(Errno::Isdir));
        assert_eq!(guest.unlink("d/"), Err(Errno::Isdir));
        assert_eq!(guest.unlink("f/"), Err(Errno::Notdir));
        assert_eq!(guest.rmdir("d/e/"), Ok(()));
        assert_eq!(guest.rmdir("d"), Ok(()));
        assert_eq!(guest.rmdir("d"), Err(Errno::Noent));
        assert_eq!(guest.unlink("f"), Ok(()));
        assert_eq!(guest.unlink("f"), Err(Errno::Noent));
    });
}

#[test]
fn symbolic_links_are_made_and_read() {
    everywhere(|guest| {
        guest.symlink("a/target/that/is/nowhere", "link").unwrap();
        let whole = guest.readlink("link", 100).unwrap();
        assert_eq!(whole, b"a/target/that/is/nowhere");
        for len in [0, 1, 23, 24] {
            let part = guest.readlink("link", len).unwrap();
            assert_eq!(part, whole[..len as usize], "cut off");
        }
        guest.file("f", b"");
        assert_eq!(guest.readlink("f", 9), Err(Errno::Inval));
        assert_eq!(guest.readlink(".", 9), Err(Errno::Inval));
        assert_eq!(guest.readlink("missing", 9), Err(Errno::Noent));
        assert_eq!(guest.symlink("x", "f"), Err(Errno::Exist));
        assert_eq!(guest.symlink("x", "link"), Err(Errno::Exist));
        assert_eq!(guest.symlink("", "new"), Err(Errno::Noent));
        assert_eq!(guest.symlink("x", "new/"), Err(Errno::Noent));
        assert_eq!(guest.symlink("a\0", "new"), Err(Errno::Inval));
        assert_eq!(guest.symlink(b"\xff", "new"), Err(Errno::Ilseq));
        assert_eq!(guest.symlink([b'a'; 4096], "new"), Err(Errno::Nametoolong));
        assert_eq!(guest.stat("new", NOFOLLOW), Err(Errno::Noent));

        let end = u64::from(MEMORY);
        let [path, len] = guest.string("link");
        for args in [
            [3, path, len, end - 1, 2, 64],
            [3, path, len, 64, 64, end - 3],
        ] {
            assert_eq!(guest.call("path_readlink", &args), Err(Errno::Fault));
        }
    });
}

#[test]
fn absolute_links_are_the_host_s_to_allow() {
    everywhere(|guest| {
        assert_eq!(guest.symlink("/", "link"), Err(Errno::Perm));
        assert_eq!(guest.symlink("/etc/passwd", "link"), Err(Errno::Perm));
        assert_eq!(guest.stat("link", NOFOLLOW), Err(Errno::Noent));
    });
    everywhere_with(
        |builder| builder.allow_absolute_symlinks(true),
        |guest| {
            guest.file("f", b"found");
            assert_eq!(guest.symlink("/f", "link"), Ok(()));
            assert_eq!(guest.readlink("link", 9).unwrap(), b"/f");
            let fd = guest.open(ROOT, "link", Open::READ.follow()).unwrap();
            assert_eq!(guest.read(fd, &[9]).unwrap(), b"found");
        },
    );
}

#[test]
fn attributes_are_of_the_link_or_of_what_it_leads_to() {
    everywhere(|guest| {
        guest.file("f", b"four");
        guest.symlink("f", "link").unwrap();
        let link = guest.stat("link", NOFOLLOW).unwrap();
        assert_eq!((link.filetype, link.size), (FileType::SymbolicLink, 1));
        let file = guest.stat("link", FOLLOW).unwrap();
        assert_eq!((file.filetype, file.size), (FileType::RegularFile, 4));

        let set = |guest: &mut Guest, path: &str, flags: LookupFlags, mtim: u64| {
            let [path, len] = guest.string(path);
            let args = [3, flags.bits().into(), path, len, 0, mtim, 4];
            guest.call("path_filestat_set_times", &args)
        };
        set(guest, "link", NOFOLLOW, 1_000_000_001).unwrap();
        set(guest, "link", FOLLOW, 2_000_000_002).unwrap();
        assert_eq!(guest.stat("link", NOFOLLOW).unwrap().mtim, 1_000_000_001);
        let file = guest.stat("f", NOFOLLOW).unwrap();
        assert_eq!(file.mtim, 2_000_000_002);
        assert_eq!(set(guest, "missing", FOLLOW, 1), Err(Errno::Noent));
        let [path, len] = guest.string("f");
        for (lookup, flags, errno) in [
            (2, 4, Errno::Inval),
            (0, 3, Errno::Inval),
            (0, 12, Errno::Inval),
            (0, 16, Errno::Inval),
            (0, 1 << 16, Errno::Inval),
        ] {
            let args = [3, lookup, path, len, 7, 7, flags];
            let answer = guest.call("path_filestat_set_times", &args);
            assert_eq!(answer, Err(errno));
        }
        assert_eq!(guest.stat("f", NOFOLLOW).unwrap().mtim, file.mtim);
        let answer = guest.call("path_filestat_get", &[3, 2, path, len, 64]);
        assert_eq!(answer, Err(Errno::Inval));
        let end = u64::from(MEMORY);
        let answer = guest.call("path_filestat_get", &[3, 0, path, len, end - 63]);
        assert_eq!(answer, Err(Errno::Fault));
    });
}

#[test]
fn further_names_are_of_the_same_file() {
    everywhere(|guest| {
        guest.file("f", b"shared");
        assert_eq!(guest.link("f", NOFOLLOW, "g"), Ok(()));
        let (f, g) = (guest.stat("f", NOFOLLOW), guest.stat("g", NOFOLLOW));
        assert_eq!(f, g);
        assert_eq!(f.unwrap().nlink, 2);
        guest.unlink("f").unwrap();
        assert_eq!(guest.contents("g"), b"shared");
        assert_eq!(guest.link("g", NOFOLLOW, "g"), Err(Errno::Exist));
        assert_eq!(guest.link("f", NOFOLLOW, "h"), Err(Errno::Noent));
        assert_eq!(guest.link("g", NOFOLLOW, "h/"), Err(Errno::Noent));
        guest.mkdir("d").unwrap();
        assert_eq!(guest.link("d", NOFOLLOW, "h"), Err(Errno::Perm));
        assert_eq!(guest.link("g", NOFOLLOW, "d"), Err(Errno::Exist));

        guest.symlink("g", "link").unwrap();
        guest.link("link", NOFOLLOW, "link2").unwrap();
        let link = guest.stat("link2", NOFOLLOW).unwrap();
        assert_eq!(link.filetype, FileType::SymbolicLink);
        guest.link("link", FOLLOW, "file2").unwrap();
        let file = guest.stat("file2", NOFOLLOW).unwrap();
        assert_eq!(file.filetype, FileType::RegularFile);
        guest.symlink("nothing", "dangling").unwrap();
        assert_eq!(guest.link("dangling", FOLLOW, "h"), Err(Errno::Noent));
        assert_eq!(guest.link("dangling", NOFOLLOW, "h"), Ok(()));
        let bad = LookupFlags::SYMLINK_FOLLOW.bits() << 1;
        let [old, len] = guest.string("g");
        let args = [3, bad.into(), old, len, 3, old, len];
        assert_eq!(guest.call("path_link", &args), Err(Errno::Inval));
    });
}

#[test]
fn renaming_replaces_and_refuses_as_on_linux() {
    everywhere(|guest| {
        guest.file("a", b"a");
        guest.file("b", b"b");
        assert_eq!(guest.rename("a", "b"), Ok(()));
        assert_eq!(guest.contents("b"), b"a");
        assert_eq!(guest.stat("a", NOFOLLOW), Err(Errno::Noent));
        assert_eq!(guest.rename("b", "b"), Ok(()));
        guest.mkdir("d").unwrap();
        guest.mkdir("e").unwrap();
        assert_eq!(guest.rename("b", "d"), Err(Errno::Isdir));
        assert_eq!(guest.rename("d", "b"), Err(Errno::Notdir));
        assert_eq!(guest.rename("d", "e"), Ok(()), "onto an empty directory");
        guest.file("e/f", b"");
        guest.mkdir("d").unwrap();
        assert_eq!(guest.rename("d", "e"), Err(Errno::Notempty));
        assert_eq!(guest.rename("e", "e/sub"), Err(Errno::Inval));
        assert_eq!(guest.rename("missing", "x"), Err(Errno::Noent));
        assert_eq!(guest.rename("e/f", "d/f"), Ok(()));
        assert_eq!(guest.rename("d/", "x/"), Ok(()));
        assert_eq!(guest.rename("b", "y/"), Err(Errno::Notdir));
    });
}

#[test]
fn two_descriptors_take_part_in_renaming_and_linking() {
    everywhere(|guest| {
        guest.mkdir("from").unwrap();
        guest.mkdir("to").unwrap();
        guest.file("from/f", b"moved");
        let from = u64::from(guest.open(ROOT, "from", Open::DIR).unwrap());
        let to = u64::from(guest.open(ROOT, "to", Open::DIR).unwrap());
        let [path, len] = guest.string("f");
        guest
            .call("path_link", &[from, 0, path, len, to, path, len])
            .unwrap();
        assert_eq!(guest.contents("to/f"), b"moved");
        guest.unlink("to/f").unwrap();
        guest
            .call("path_rename", &[from, path, len, to, path, len])
            .unwrap();
        assert_eq!(guest.contents("to/f"), b"moved");
        let bad = u64::from(NO_FD);
        for (old, new) in [(bad, to), (to, bad)] {
            let answer = guest.call("path_rename", &[old, path, len, new, path, len]);
            assert_eq!(answer, Err(Errno::Badf));
            let answer = guest.call("path_link", &[old, 0, path, len, new, path, len]);
            assert_eq!(answer, Err(Errno::Badf));
        }
    });
}
