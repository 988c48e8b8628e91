use guesthouse_image::{Image, ImageError, ImageErrorKind, ImageOptions, NoteKind};
use guesthouse_vfs::Limits;

use crate::ground::{assert_refused, listing, load, refused};
use crate::tar_bytes::TarBytes;

fn load_limited(archive: TarBytes, limits: Limits) -> Result<Image, ImageError> {
    Image::from_bytes(archive.end().into(), &ImageOptions::new().limits(limits))
}

#[test]
fn names_that_lead_out_are_refused_and_absolute_ones_confined() {
    for name in ["../x", "a/../../x", "..", "/../x", "a/.."] {
        assert_refused(
            TarBytes::new().file(name, ""),
            ImageErrorKind::Refused,
            "`..`",
        );
    }
    let image = load(TarBytes::new().file("/etc/passwd", "x").dir("/").end());
    assert_eq!(listing(&image), ["/etc dir", "/etc/passwd x"]);
    assert_eq!(image.notes().len(), 1);
    assert_eq!(image.notes()[0].kind, NoteKind::Absolute);
}

#[test]
fn a_planted_link_leads_nowhere_but_into_the_tree() {
    let planted = |target: &str| {
        TarBytes::new()
            .symlink("link", target)
            .file("link/passwd", "x")
    };
    assert_refused(planted("/etc"), ImageErrorKind::Refused, "leads to nothing");
    assert_refused(
        planted("../../etc"),
        ImageErrorKind::Refused,
        "out of the image",
    );
    assert_refused(planted("link"), ImageErrorKind::Refused, "circle");
    // As in a chroot: this is how an image with /lib -> usr/lib is built upon.
    let image = load(
        TarBytes::new()
            .dir("etc")
            .symlink("link", "/etc")
            .file("link/passwd", "x")
            .end(),
    );
    assert_eq!(
        listing(&image),
        ["/etc dir", "/etc/passwd x", "/link -> /etc"]
    );
}

#[test]
fn an_entry_replaces_a_link_and_does_not_write_through_it() {
    let image = load(
        TarBytes::new()
            .file("b", "1")
            .symlink("a", "b")
            .file("a", "2")
            .dir("dir")
            .symlink("to-dir", "dir")
            .dir("to-dir")
            .file("to-dir/in", "3")
            .end(),
    );
    assert_eq!(
        listing(&image),
        ["/a 2", "/b 1", "/dir dir", "/to-dir dir", "/to-dir/in 3"]
    );
}

#[test]
fn the_last_of_several_entries_wins() {
    let image = load(
        TarBytes::new()
            .file("twice", "1")
            .file("./twice", "2")
            .file("was/a/dir", "1")
            .file("was", "2")
            .file("was-file", "1")
            .dir("was-file")
            .symlink("was-link", "1")
            .symlink("was-link", "2")
            .dir("merged")
            .file("merged/kept", "1")
            .dir("merged")
            .end(),
    );
    assert_eq!(
        listing(&image),
        [
            "/merged dir",
            "/merged/kept 1",
            "/twice 2",
            "/was 2",
            "/was-file dir",
            "/was-link -> 2",
        ]
    );
    assert_eq!(image.file_system().usage(), image.file_system().recount());
}

#[test]
fn hard_links_stay_inside() {
    let link = |target: &str| {
        TarBytes::new()
            .file("f", "")
            .dir("d")
            .hard_link("l", target)
    };
    assert_refused(link("../f"), ImageErrorKind::Refused, "hard link to ../f");
    assert_refused(link("/etc/passwd"), ImageErrorKind::Corrupt, "not there");
    assert_refused(link("gone"), ImageErrorKind::Corrupt, "not there");
    assert_refused(link("l"), ImageErrorKind::Corrupt, "not there");
    assert_refused(link("f/x"), ImageErrorKind::Corrupt, "not there");
    assert_refused(link("d"), ImageErrorKind::Refused, "a directory");
    assert_refused(link("."), ImageErrorKind::Refused, "a directory");
    assert_refused(link(""), ImageErrorKind::Corrupt, "hard link");
    // To itself, and with a size that it does not have.
    let image = load(
        TarBytes::new()
            .file("f", "x")
            .hard_link("f", "f")
            .header(b'1', b"g", b"/f", 1 << 30)
            .end(),
    );
    assert_eq!(listing(&image), ["/f x", "/g x"]);
    // What it is linked to would go with the directory that it replaces.
    let gone = TarBytes::new().file("d/e/f", "").hard_link("d", "d/e/f");
    assert_refused(gone, ImageErrorKind::Refused, "which it would replace");
}

#[test]
fn the_root_is_a_directory() {
    for archive in [
        TarBytes::new().file(".", ""),
        TarBytes::new().symlink("./", "/etc"),
        TarBytes::new().file("d", "").hard_link("/", "d"),
    ] {
        let (kind, text) = refused(archive);
        assert!(
            matches!(kind, ImageErrorKind::Refused | ImageErrorKind::Corrupt),
            "{text}"
        );
    }
}

#[test]
fn a_file_is_no_directory() {
    let below = TarBytes::new().file("f", "").file("f/x", "");
    assert_refused(below, ImageErrorKind::Refused, "a file is on the way");
    assert_refused(
        TarBytes::new().file("f/.", ""),
        ImageErrorKind::Corrupt,
        "directory",
    );
    assert_refused(
        TarBytes::new().file("", ""),
        ImageErrorKind::Corrupt,
        "empty",
    );
}

#[test]
fn long_and_deep_names_have_limits() {
    let named = |name: &str| {
        TarBytes::new()
            .pax(&[("path", name.as_bytes())])
            .file("f", "")
    };
    assert_refused(
        named(&"x".repeat(4096)),
        ImageErrorKind::Refused,
        "longer than 255",
    );
    assert_refused(
        named(&"x/".repeat(100_000)),
        ImageErrorKind::Refused,
        "longer than 65535",
    );
    let deep = "x/".repeat(32_767) + "f";
    let there = load(named(&deep).end());
    assert_eq!(there.file_system().usage().nodes, 32_769);
    assert_eq!(there.notes(), []);
    // Deeper and deeper, each time through a link to where the last entry ended.
    let mut archive = TarBytes::new();
    let (mut top, levels) = ("a".to_owned(), "a/".repeat(1900) + "a");
    for n in 0..60 {
        let path = format!("{top}/{levels}");
        archive = archive
            .pax(&[("path", path.as_bytes())])
            .dir("d")
            .pax(&[("linkpath", path.as_bytes())])
            .symlink(format!("l{n}"), "");
        top = format!("l{n}");
    }
    assert_refused(archive, ImageErrorKind::Refused, "too long");
}

#[test]
fn nodes_names_and_bytes_have_limits() {
    let many = (0..1000).fold(TarBytes::new(), |tar, n| tar.file(format!("f{n}"), "x"));
    let limits = Limits::default();
    for (limits, part) in [
        (
            Limits {
                nodes: 500,
                ..limits
            },
            "500",
        ),
        (
            Limits {
                names: 600,
                ..limits
            },
            "600",
        ),
        (
            Limits {
                logical_bytes: 700,
                ..limits
            },
            "700",
        ),
    ] {
        let error = load_limited(many.clone(), limits).expect_err("too many");
        assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let small = Limits {
        file_size: 10,
        ..limits
    };
    let error = load_limited(TarBytes::new().file("f", [0; 11]), small).expect_err("too large");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge);
    let links = (0..20).fold(TarBytes::new().file("f", ""), |tar, n| {
        tar.hard_link(format!("l{n}"), "f")
    });
    let error = load_limited(
        links,
        Limits {
            links: 10,
            ..limits
        },
    )
    .expect_err("too many");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
}

#[test]
fn names_of_directories_are_charged_for() {
    let prefix = "x/".repeat(1500);
    let archive = (0..50).fold(TarBytes::new(), |tar, n| {
        let path = format!("{prefix}{n}");
        tar.pax(&[("path", path.as_bytes())]).dir("d")
    });
    let load = |memory| {
        let options = ImageOptions::new().memory_bytes(memory);
        Image::from_bytes(archive.clone().end().into(), &options)
    };
    let error = load(100_000).expect_err("too many");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
    load(200_000).expect("enough");
}
