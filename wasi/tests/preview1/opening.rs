use std::sync::Arc;

use guesthouse_vfs::{FileSystem, MemFs, OpenDir, Tree, resolve};
use guesthouse_wasi::abi::{Errno, FdFlags, FileType, LookupFlags, OFlags, Rights};
use guesthouse_wasi::{Preopen, WasiCtx};

use crate::guest::{Guest, MEMORY, MemoryKind, NO_FD, Open, ROOT, everywhere, everywhere_with};

#[test]
fn files_are_made_opened_and_cut() {
    everywhere(|guest| {
        assert_eq!(guest.open(ROOT, "f", Open::READ), Err(Errno::Noent));
        let create = Open::WRITE.oflags(OFlags::CREAT);
        let fd = guest.open(ROOT, "f", create).unwrap();
        guest.write(fd, &[b"old"]).unwrap();
        guest.open(ROOT, "f", create).unwrap();
        assert_eq!(guest.contents("f"), b"old", "creating keeps what is there");

        let exclusive = OFlags::CREAT | OFlags::EXCL;
        let new = Open::WRITE.oflags(exclusive);
        assert_eq!(guest.open(ROOT, "f", new), Err(Errno::Exist));
        assert!(guest.open(ROOT, "new", new).is_ok());

        let cut = Open::WRITE.oflags(OFlags::TRUNC);
        guest.open(ROOT, "f", cut).unwrap();
        assert_eq!(guest.contents("f"), b"");
        // Without CREAT, EXCL means nothing, as on Linux.
        assert!(
            guest
                .open(ROOT, "f", Open::READ.oflags(OFlags::EXCL))
                .is_ok()
        );
    });
}

#[test]
fn directories_are_opened_to_read_only() {
    everywhere(|guest| {
        guest.mkdir("d").unwrap();
        for open in [
            Open::READ,
            Open::DIR,
            Open::rights(Rights::empty()),
            Open::DIR.fdflags(FdFlags::NONBLOCK),
        ] {
            let fd = guest.open(ROOT, "d", open).unwrap();
            let stat = guest.fdstat(fd).unwrap();
            assert_eq!(stat.file_type, FileType::Directory);
        }
        for open in [
            Open::WRITE,
            Open::READ_WRITE,
            Open::READ_WRITE.oflags(OFlags::DIRECTORY),
            Open::WRITE.oflags(OFlags::CREAT),
            Open::READ.oflags(OFlags::CREAT),
            Open::READ.oflags(OFlags::TRUNC),
            Open::WRITE.oflags(OFlags::CREAT | OFlags::TRUNC),
        ] {
            for path in ["d", ".", "d/."] {
                let answer = guest.open(ROOT, path, open);
                assert_eq!(answer, Err(Errno::Isdir), "{path} {:?}", open.oflags);
            }
        }
        guest.file("f", b"");
        assert_eq!(guest.open(ROOT, "f", Open::DIR), Err(Errno::Notdir));
        let both = Open::DIR.oflags(OFlags::CREAT | OFlags::DIRECTORY);
        assert_eq!(guest.open(ROOT, "x", both), Err(Errno::Inval));
    });
}

#[test]
fn paths_begin_at_the_descriptor_and_stay_below_it() {
    everywhere(|guest| {
        guest.mkdir("a").unwrap();
        guest.mkdir("a/b").unwrap();
        guest.file("a/b/f", b"x");
        let a = guest.open(ROOT, "a", Open::DIR).unwrap();
        for path in ["b/f", "./b//f", "b/../b/f", "b/./../b/f", "../a/b/f", ".."] {
            let expected = if path.starts_with("..") {
                Err(Errno::Perm)
            } else {
                Ok(())
            };
            let answer = guest.open(a, path, Open::READ);
            assert_eq!(answer.map(drop), expected, "{path}");
        }
        for path in ["/", "/a", "/a/b/f", "//a", "b/../../a/b/f", "b/../.."] {
            assert_eq!(guest.open(a, path, Open::READ), Err(Errno::Perm), "{path}");
        }
        for (path, errno) in [
            ("", Errno::Noent),
            ("missing/../b/f", Errno::Noent),
            ("b/f/../f", Errno::Notdir),
            ("b/f/", Errno::Notdir),
            ("b/f/x", Errno::Notdir),
        ] {
            assert_eq!(guest.open(a, path, Open::READ), Err(errno), "{path}");
        }
        let f = guest.open(ROOT, "a/b/f", Open::READ).unwrap();
        assert_eq!(guest.open(f, "x", Open::READ), Err(Errno::Notdir));
        assert_eq!(guest.open(1, "x", Open::READ), Err(Errno::Notdir));
        assert_eq!(guest.open(NO_FD, "x", Open::READ), Err(Errno::Badf));
    });
}

#[test]
fn directories_opened_below_are_starting_points_too() {
    everywhere(|guest| {
        guest.mkdir("a").unwrap();
        let a = guest.open(ROOT, "a", Open::DIR).unwrap();
        let fd = guest.open(a, "f", Open::CREATE).unwrap();
        guest.write(fd, &[b"deep"]).unwrap();
        guest.rename("a", "moved").unwrap();
        assert_eq!(guest.contents("moved/f"), b"deep");
        let fd = guest.open(a, "f", Open::READ).unwrap();
        assert_eq!(guest.read(fd, &[9]).unwrap(), b"deep");
    });
}

#[test]
fn links_are_followed_only_where_the_guest_says_so() {
    everywhere(|guest| {
        guest.file("f", b"file");
        guest.mkdir("d").unwrap();
        guest.file("d/inner", b"inner");
        guest.symlink("f", "to-f").unwrap();
        guest.symlink("d", "to-d").unwrap();
        guest.symlink("nothing", "dangling").unwrap();
        guest.symlink("loop", "loop").unwrap();
        guest.symlink("../f", "d/up").unwrap();
        guest.symlink("../../f", "d/out").unwrap();

        assert_eq!(guest.open(ROOT, "to-f", Open::READ), Err(Errno::Loop));
        assert!(guest.open(ROOT, "to-f", Open::READ.follow()).is_ok());
        assert_eq!(guest.open(ROOT, "to-d", Open::READ), Err(Errno::Loop));
        assert_eq!(guest.open(ROOT, "to-d", Open::DIR), Err(Errno::Notdir));
        assert!(guest.open(ROOT, "to-d", Open::DIR.follow()).is_ok());
        assert_eq!(guest.contents("to-d/inner"), b"inner", "in the middle");
        assert!(guest.open(ROOT, "d/up", Open::READ.follow()).is_ok());
        let out = guest.open(ROOT, "d/out", Open::READ.follow());
        assert_eq!(out, Err(Errno::Perm));
        let endless = guest.open(ROOT, "loop", Open::READ.follow());
        assert_eq!(endless, Err(Errno::Loop));

        let follow = Open::READ.follow();
        assert_eq!(guest.open(ROOT, "dangling", follow), Err(Errno::Noent));
        let exclusive = Open::CREATE.oflags(OFlags::CREAT | OFlags::EXCL).follow();
        assert_eq!(guest.open(ROOT, "dangling", exclusive), Err(Errno::Exist));
        assert!(guest.open(ROOT, "dangling", Open::CREATE.follow()).is_ok());
        assert!(guest.stat("nothing", LookupFlags::empty()).is_ok());
    });
}

/// An image with absolute links in it, and a guest that has its root, or only a part of it, as `make` says.
fn with_absolute_links(make: impl Fn(OpenDir) -> Preopen, test: impl Fn(&mut Guest)) {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let fs: Arc<dyn FileSystem> = MemFs::new();
        Tree::new(Arc::clone(&fs))
            .build()
            .file("/usr/lib/lib.so", "lib")
            .symlink("/usr/link", "/usr/lib/lib.so")
            .symlink("/usr/etc", "/etc")
            .finish()
            .unwrap();
        let preopen = make(OpenDir::root(fs));
        let builder = WasiCtx::builder().preopen_with(preopen);
        test(&mut Guest::new(builder, kind));
    }
}

#[test]
fn absolute_links_of_an_image_resolve_at_its_root() {
    with_absolute_links(
        |dir| Preopen::new(dir, "/"),
        |guest| {
            let usr = guest.open(ROOT, "usr", Open::DIR).unwrap();
            let lib = guest.open(usr, "lib", Open::DIR).unwrap();
            guest.close(ROOT).unwrap();
            for (dir, path) in [(usr, "link"), (lib, "../usr/link")] {
                let answer = guest.open(dir, path, Open::READ.follow());
                let expected = if dir == usr { Ok(()) } else { Err(Errno::Perm) };
                assert_eq!(answer.map(drop), expected, "{path}");
            }
            let answer = guest.open(usr, "etc", Open::READ.follow());
            assert_eq!(answer, Err(Errno::Noent), "the image has no /etc");
        },
    );
}

#[test]
fn absolute_links_lead_nowhere_without_a_root() {
    with_absolute_links(
        |dir| Preopen::new(dir, "/").resolve_absolute_symlinks(false),
        |guest| {
            let answer = guest.open(ROOT, "usr/link", Open::READ.follow());
            assert_eq!(answer, Err(Errno::Perm));
        },
    );
    with_absolute_links(
        |dir| Preopen::new(dir, "data"),
        |guest| {
            let answer = guest.open(ROOT, "usr/link", Open::READ.follow());
            assert_eq!(answer, Err(Errno::Perm), "a preopen that is not /");
        },
    );
    with_absolute_links(
        |dir| {
            let start = resolve::Start::at_root(&dir);
            let options = guesthouse_vfs::OpenOptions::directory();
            let symlinks = resolve::Symlinks::Follow;
            match resolve::open(start, b"usr", symlinks, options).unwrap() {
                resolve::OpenNode::Dir(usr) => Preopen::new(usr, "/"),
                resolve::OpenNode::File(_) => panic!("a directory was asked for"),
            }
        },
        |guest| {
            let answer = guest.open(ROOT, "link", Open::READ.follow());
            assert_eq!(answer, Err(Errno::Noent), "the root is the preopen");
        },
    );
}

#[test]
fn bad_flags_are_invalid_and_bad_addresses_fault() {
    everywhere(|guest| {
        let [path, len] = guest.string("new");
        let create = u64::from(OFlags::CREAT.bits());
        let good = [3, 0, path, len, create, 2, 0, 0, 64];
        let end = u64::from(MEMORY);
        for (place, value, errno) in [
            (0, NO_FD.into(), Errno::Badf),
            (1, 2, Errno::Inval),
            (1, 1 << 31, Errno::Inval),
            (4, 1 << 4, Errno::Inval),
            (4, 1 << 16, Errno::Inval),
            (7, 1 << 5, Errno::Inval),
            (7, u64::from(u32::MAX), Errno::Inval),
            (2, end - 2, Errno::Fault),
            (2, u64::from(u32::MAX), Errno::Fault),
            (3, end, Errno::Fault),
            (3, u64::from(u32::MAX), Errno::Fault),
            (8, end - 3, Errno::Fault),
        ] {
            let mut args = good;
            args[place] = value;
            let answer = guest.call("path_open", &args);
            assert_eq!(answer, Err(errno), "argument {place} is {value:#x}");
            let missing = guest.stat("new", LookupFlags::empty());
            assert_eq!(missing, Err(Errno::Noent), "nothing was made");
        }
        assert_eq!(guest.call_u32("path_open", &good[..8]), Ok(4));
    });
}

#[test]
fn what_is_opened_knows_its_type_and_flags() {
    everywhere_with(
        |builder| builder,
        |guest| {
            let open = Open::CREATE.fdflags(FdFlags::APPEND | FdFlags::SYNC);
            let fd = guest.open(ROOT, "f", open).unwrap();
            let stat = guest.fdstat(fd).unwrap();
            assert_eq!(stat.file_type, FileType::RegularFile);
            assert_eq!(stat.flags, open.fdflags.bits());
        },
    );
}
