use bytes::Bytes;
use guesthouse_image::{Image, ImageErrorKind, ImageFormat, ImageOptions, Platform};
use guesthouse_vfs::Timestamp;

use crate::compressed::{gzip, zstd};
use crate::ground::{listing, load, tree};
use crate::oci_bytes::{Layer, LayoutBytes, digest, index, with};
use crate::tar_bytes::TarBytes;

const LINUX: (&str, &str) = ("linux", "amd64");

/// A layout with one image of these layers.
pub(crate) fn layout(layers: &[TarBytes]) -> LayoutBytes {
    let mut layout = LayoutBytes::new();
    let layers: Vec<_> = layers.iter().map(Layer::plain).collect();
    let manifest = layout.image(LINUX, &layers);
    layout.index(&[manifest])
}

fn layered(layers: &[TarBytes]) -> Vec<String> {
    listing(&load(layout(layers).tar()))
}

#[test]
fn layers_lie_upon_each_other() {
    let base = TarBytes::new()
        .dir("etc/")
        .file("etc/kept", "1")
        .file("etc/changed", "1")
        .file("was-file", "1")
        .file("was-dir/in/it", "1")
        .file("gone", "1");
    let top = TarBytes::new()
        .file("etc/changed", "2")
        .file("was-file/now", "2")
        .file("was-dir", "2")
        .file(".wh.gone", "")
        .file(".wh.never-there", "")
        .file("no/.wh.way", "");
    // What is a directory now must say so before there is something in it.
    let top = TarBytes(TarBytes::new().dir("was-file/").0).data(&top.0);
    assert_eq!(
        layered(&[base, top]),
        [
            "/etc dir",
            "/etc/changed 2",
            "/etc/kept 1",
            "/was-dir 2",
            "/was-file dir",
            "/was-file/now 2",
        ]
    );
}

#[test]
fn an_opaque_directory_hides_the_layers_below_only() {
    let base = TarBytes::new().file("d/old", "1").file("d/sub/old", "1");
    // Wherever in its layer the whiteout stands.
    for top in [
        TarBytes::new()
            .file("d/new", "2")
            .file("d/.wh..wh..opq", ""),
        TarBytes::new()
            .file("d/.wh..wh..opq", "")
            .file("d/new", "2"),
    ] {
        assert_eq!(layered(&[base.clone(), top]), ["/d dir", "/d/new 2"]);
    }
}

#[test]
fn an_opaque_root_hides_all() {
    let base = TarBytes::new()
        .file("a/b/c", "1")
        .symlink("d", "a")
        .dir("./");
    let top = TarBytes::new().file(".wh..wh..opq", "").file("e", "2");
    assert_eq!(layered(&[base, top]), ["/e 2"]);
}

#[test]
fn a_directory_keeps_the_times_that_a_layer_gave_it() {
    let base = TarBytes::new().dir("d/").file("d/old", "1");
    // It has no entry here, and changes all the same.
    let top = TarBytes::new().file("d/.wh.old", "").file("d/new", "2");
    let image = load(layout(&[base, top]).tar());
    let modified = tree(&image).metadata("d").expect("the directory").modified;
    assert_eq!(modified, Timestamp::from_parts(1_000_000_000, 0));
}

/// It was given those of the directory that is gone.
#[test]
fn a_new_directory_has_times_of_its_own() {
    let base = TarBytes::new().dir("d/").file("d/old", "1");
    let top = TarBytes::new().file(".wh.d", "").file("d/new", "2");
    let image = load(layout(&[base, top]).tar());
    let modified = tree(&image).metadata("d").expect("the directory").modified;
    assert_ne!(modified, Timestamp::from_parts(1_000_000_000, 0));
}

#[test]
fn a_whiteout_does_not_hide_its_own_layer() {
    let base = TarBytes::new().file("d/a", "1").symlink("d/b", "a");
    let top = TarBytes::new()
        .file("d/a", "2")
        .file("d/.wh.a", "")
        .file("d/.wh.b", "");
    assert_eq!(layered(&[base, top]), ["/d dir", "/d/a 2"]);
}

#[test]
fn whiteouts_hide_links_and_not_where_they_lead() {
    let base = TarBytes::new()
        .file("d/a", "1")
        .symlink("link", "d")
        .symlink("way", "d");
    let top = TarBytes::new().file(".wh.link", "").file("way/.wh.a", "");
    assert_eq!(layered(&[base, top]), ["/d dir", "/way -> d"]);
}

#[test]
fn aufs_files_are_passed_over_and_whiteouts_of_no_name_refused() {
    let aufs = TarBytes::new()
        .file(".wh..wh.plnk/1.2", "")
        .dir(".wh..wh.aufs");
    let error = Image::from_bytes(layout(&[aufs]).tar().into(), &ImageOptions::new());
    let error = error.expect_err("a file in a whiteout");
    assert_eq!(error.kind(), ImageErrorKind::Refused, "{error}");
    let aufs = TarBytes::new().file(".wh..wh.aufs", "").file("a", "");
    assert_eq!(layered(&[aufs]), ["/a "]);
    for name in [".wh.", ".wh..", ".wh...", "d/.wh."] {
        let layers = [
            TarBytes::new().file("d/a", ""),
            TarBytes::new().file(name, ""),
        ];
        let error = Image::from_bytes(layout(&layers).tar().into(), &ImageOptions::new());
        let error = error.expect_err(name);
        assert_eq!(error.kind(), ImageErrorKind::Refused, "{name}: {error}");
        assert!(error.to_string().contains("layer 2 of 2"), "{error}");
    }
}

#[test]
fn hard_links_cross_layers() {
    let image = load(
        layout(&[
            TarBytes::new().file("a", "1"),
            TarBytes::new().hard_link("b", "a"),
            TarBytes::new().file("a", "3"),
        ])
        .tar(),
    );
    assert_eq!(listing(&image), ["/a 3", "/b 1"]);
    assert_eq!(tree(&image).metadata("b").expect("the file").nlink, 1);
}

#[test]
fn layers_may_be_compressed_and_borrow_if_not() {
    let tar = TarBytes::new().file("file", vec![7; 100_000]);
    let plain = tar.end();
    for (suffix, stored) in [
        ("", plain.clone()),
        ("+gzip", gzip(&plain)),
        ("+zstd", zstd(&plain)),
    ] {
        let mut layout = LayoutBytes::new();
        let layer = Layer {
            media_type: Box::leak(format!("application/vnd.oci.image.layer.v1.tar{suffix}").into()),
            stored,
            diff_id: digest(&plain),
        };
        let manifest = layout.image(LINUX, &[layer]);
        let archive = Bytes::from(layout.index(&[manifest]).tar());
        let options = ImageOptions::new().memory_bytes(200_000);
        let image = Image::from_bytes(archive.clone(), &options).expect("an image");
        assert_eq!(listing(&image).len(), 1);
        assert_eq!(image.file_system().usage().private_bytes, 0);
        assert_eq!(archive.is_unique(), !suffix.is_empty(), "{suffix}");
    }
}

#[test]
fn a_directory_is_a_layout_as_well() {
    let dir = tempfile::tempdir().expect("a directory");
    layout(&[TarBytes::new().file("a", "1")]).write(dir.path());
    let image = Image::open(dir.path(), &ImageOptions::new()).expect("an image");
    assert_eq!(image.format(), ImageFormat::OciLayout);
    assert_eq!(listing(&image), ["/a 1"]);
    // And so is a compressed archive of one, on disk.
    let path = dir.path().join("layout.tar.gz");
    let tar = layout(&[TarBytes::new().file("a", "1")]).tar();
    std::fs::write(&path, gzip(&tar)).expect("a file");
    let image = Image::open(&path, &ImageOptions::new()).expect("an image");
    assert_eq!(image.format(), ImageFormat::OciLayout);
}

#[test]
fn the_configuration_is_told() {
    let image = load(layout(&[TarBytes::new()]).tar());
    let config = image.config().expect("a configuration");
    assert_eq!(config.env, ["PATH=/bin", "A="]);
    assert_eq!(config.entrypoint, ["/app"]);
    assert_eq!(config.cmd, [""; 0]);
    assert_eq!(config.working_dir, "/srv");
    assert_eq!(config.user, "");
    assert_eq!(
        config.labels,
        [("a".into(), "1".into()), ("b".into(), "2".into())]
    );
    assert_eq!(config.platform, Some(Platform::new("linux", "amd64")));
}

/// A layout with an image for each platform, of a file that names it. `nested`: in a list of their own.
fn multi(platforms: &[(&str, &str)], nested: bool) -> LayoutBytes {
    let mut layout = LayoutBytes::new();
    let mut manifests = Vec::new();
    for &(os, architecture) in platforms {
        let layer = Layer::plain(&TarBytes::new().file(format!("{os}-{architecture}"), ""));
        let manifest = layout.image((os, architecture), &[layer]);
        let platform = format!(r#""platform": {{"os": "{os}", "architecture": "{architecture}"}}"#);
        manifests.push(if nested {
            with(&manifest, &platform)
        } else {
            manifest
        });
    }
    if !nested {
        return layout.index(&manifests);
    }
    let list = layout.blob(
        "application/vnd.oci.image.index.v1+json",
        index(&manifests).as_bytes(),
    );
    layout.index(&[list])
}

#[test]
fn a_platform_is_chosen() {
    let here = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let all = [("linux", "s390y"), ("linux", here), ("wasip1", "wasm")];
    for nested in [false, true] {
        let listing_for = |platforms: &[(&str, &str)], options: &ImageOptions| {
            let image = Image::from_bytes(multi(platforms, nested).tar().into(), options);
            image.map(|image| listing(&image))
        };
        let default = ImageOptions::new();
        assert_eq!(
            listing_for(&all, &default).expect("wasm"),
            ["/wasip1-wasm "]
        );
        let linux = format!("/linux-{here} ");
        assert_eq!(listing_for(&all[..2], &default).expect("linux"), [linux]);
        assert_eq!(
            listing_for(&all[..1], &default).expect("the only one"),
            ["/linux-s390y "]
        );
        let asked = ImageOptions::new().platform(Platform::new("linux", "s390y"));
        assert_eq!(
            listing_for(&all, &asked).expect("asked for"),
            ["/linux-s390y "]
        );
        let missing = ImageOptions::new().platform(Platform::new("linux", "vax"));
        let error = listing_for(&all, &missing).expect_err("no such platform");
        assert_eq!(error.kind(), ImageErrorKind::NoMatch);
        let text = error.to_string();
        assert!(text.contains("linux/vax"), "{text}");
        if nested {
            assert!(
                text.contains("(wasip1/wasm)") && text.contains("(linux/s390y)"),
                "{text}"
            );
        }
    }
}

#[test]
fn an_image_is_chosen_by_name() {
    let mut layout = LayoutBytes::new();
    let mut manifests = Vec::new();
    for name in ["app:1", "registry.example/team/app:2"] {
        let layer = Layer::plain(&TarBytes::new().file(name.replace('/', "-"), ""));
        let manifest = layout.image(LINUX, &[layer]);
        let name = format!(r#""annotations": {{"org.opencontainers.image.ref.name": "{name}"}}"#);
        manifests.push(with(&manifest, &name));
    }
    let archive = Bytes::from(layout.index(&manifests).tar());
    for (asked, found) in [
        ("app:1", "/app:1 "),
        ("app:2", "/registry.example-team-app:2 "),
        ("team/app:2", "/registry.example-team-app:2 "),
    ] {
        let options = ImageOptions::new().reference(asked);
        let image = Image::from_bytes(archive.clone(), &options).expect(asked);
        assert_eq!(listing(&image), [found]);
    }
    for options in [ImageOptions::new(), ImageOptions::new().reference("pp:1")] {
        let error = Image::from_bytes(archive.clone(), &options).expect_err("which?");
        assert_eq!(error.kind(), ImageErrorKind::NoMatch);
        assert!(error.to_string().contains("team/app:2"), "{error}");
    }
}

#[test]
fn attestations_are_no_images() {
    let mut layout = LayoutBytes::new();
    let image = layout.image(LINUX, &[Layer::plain(&TarBytes::new().file("a", ""))]);
    let other = layout.image(("unknown", "unknown"), &[]);
    let other = with(
        &other,
        r#""platform": {"os": "unknown", "architecture": "unknown"}"#,
    );
    let image = load(layout.index(&[image, other]).tar());
    assert_eq!(listing(&image), ["/a "]);
}
