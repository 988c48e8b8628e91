use guesthouse_image::{Image, ImageError, ImageErrorKind, ImageOptions};

use crate::compressed::gzip;
use crate::ground::{listing, load, refuse};
use crate::oci::layout;
use crate::oci_bytes::{Layer, LayoutBytes, TAR, digest, index};
use crate::tar_bytes::TarBytes;

const LINUX: (&str, &str) = ("linux", "amd64");

fn one_layer(layer: Layer) -> LayoutBytes {
    let mut layout = LayoutBytes::new();
    let manifest = layout.image(LINUX, &[layer]);
    layout.index(&[manifest])
}

#[track_caller]
fn assert_refused(layout: &LayoutBytes, kind: ImageErrorKind, part: &str) {
    let error = refuse(layout.tar());
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn what_was_changed_is_refused() {
    let good = layout(&[TarBytes::new().file("a", "1")]);
    for at in 0..good.files.len() {
        if !good.files[at].0.starts_with("blobs/") {
            continue;
        }
        let mut changed = good.clone();
        let last = changed.files[at].1.last_mut().expect("a byte");
        *last ^= 1;
        assert_refused(&changed, ImageErrorKind::Corrupt, "digest");
        let mut longer = good.clone();
        longer.files[at].1.push(b' ');
        assert_refused(&longer, ImageErrorKind::Corrupt, "bytes long and should be");
        let mut gone = good.clone();
        gone.files.remove(at);
        assert_refused(&gone, ImageErrorKind::Corrupt, "no such file");
    }
}

#[test]
fn a_layer_must_be_what_the_configuration_says() {
    let plain = TarBytes::new().file("a", "1").end();
    let other = TarBytes::new().file("a", "2").end();
    for stored in [plain.clone(), gzip(&plain)] {
        let layer = Layer {
            media_type: TAR,
            stored,
            diff_id: digest(&other),
        };
        assert_refused(&one_layer(layer), ImageErrorKind::Corrupt, "digest");
    }
    let text = Layer {
        media_type: TAR,
        stored: b"hello".to_vec(),
        diff_id: digest(b"hello"),
    };
    assert_refused(&one_layer(text), ImageErrorKind::Corrupt, "no tar archive");
    let wasm = Layer {
        media_type: "application/wasm",
        ..Layer::plain(&TarBytes::new())
    };
    assert_refused(
        &one_layer(wasm),
        ImageErrorKind::Unsupported,
        "application/wasm",
    );
    let encrypted = Layer {
        media_type: "application/vnd.oci.image.layer.v1.tar+encrypted",
        ..Layer::plain(&TarBytes::new())
    };
    assert_refused(
        &one_layer(encrypted),
        ImageErrorKind::Unsupported,
        "encrypted",
    );
}

#[test]
fn digests_are_no_paths() {
    for digest in [
        "sha256:../../../etc/passwd",
        "../x",
        "sha256:",
        "sha256:ABC",
        "",
    ] {
        let descriptor = format!(
            r#"{{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "{digest}", "size": 1}}"#
        );
        let layout = LayoutBytes::new().index(&[descriptor]);
        assert_refused(&layout, ImageErrorKind::Corrupt, "no digest");
    }
}

#[test]
fn documents_are_held_to_their_limits() {
    let deep = "[".repeat(100_000);
    let long = " ".repeat(5 << 20);
    let wide = format!(r#"{{"manifests": [{}]}}"#, "[],".repeat(100_000));
    for (json, kind) in [
        (&deep[..], ImageErrorKind::Corrupt),
        (&long, ImageErrorKind::TooLarge),
        (&wide, ImageErrorKind::Corrupt),
        ("", ImageErrorKind::Corrupt),
        (r#"{"manifests": 1}"#, ImageErrorKind::Corrupt),
        (
            r#"{"manifests": [{"digest": "a", "size": -1}]}"#,
            ImageErrorKind::Corrupt,
        ),
        (r#"{"manifests": []}"#, ImageErrorKind::NoMatch),
    ] {
        let error = refuse(LayoutBytes::new().file("index.json", json.as_bytes()).tar());
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
fn lists_within_lists_come_to_an_end() {
    let nested = |levels: usize| {
        let mut layout = LayoutBytes::new();
        let mut inner = layout.image(LINUX, &[Layer::plain(&TarBytes::new().file("a", ""))]);
        for _ in 0..levels {
            let json = index(&[inner]);
            inner = layout.blob("application/vnd.oci.image.index.v1+json", json.as_bytes());
        }
        layout.index(&[inner])
    };
    assert_eq!(listing(&load(nested(8).tar())), ["/a "]);
    assert_refused(&nested(9), ImageErrorKind::Refused, "too deep");
    // Each list names the next ten times: that would be a hundred million.
    let mut layout = LayoutBytes::new();
    let mut inner = layout.image(LINUX, &[]);
    for _ in 0..8 {
        let json = index(&vec![inner; 10]);
        inner = layout.blob("application/vnd.oci.image.index.v1+json", json.as_bytes());
    }
    assert_refused(&layout.index(&[inner]), ImageErrorKind::Refused, "too many");
}

#[test]
fn layers_have_a_limit() {
    let layer = || Layer::plain(&TarBytes::new());
    let mut layout = LayoutBytes::new();
    let layers: Vec<_> = (0..129).map(|_| layer()).collect();
    let manifest = layout.image(LINUX, &layers);
    let layout = layout.index(&[manifest]);
    assert_refused(&layout, ImageErrorKind::TooLarge, "129 layers");
}

#[test]
fn a_layer_leads_nowhere() {
    for (entry, kind) in [
        (TarBytes::new().file("../x", ""), ImageErrorKind::Refused),
        (TarBytes::new().file("out/x", ""), ImageErrorKind::Refused),
        (
            TarBytes::new().hard_link("h", "/etc/shadow"),
            ImageErrorKind::Corrupt,
        ),
        (
            TarBytes::new().file("../.wh.x", ""),
            ImageErrorKind::Refused,
        ),
    ] {
        let layout = layout(&[TarBytes::new().symlink("out", "../../.."), entry]);
        assert_refused(&layout, kind, "layer 2 of 2 (sha256:");
    }
    // A whiteout through a link that leads out names nothing.
    let base = TarBytes::new().symlink("out", "../../..").file("a", "");
    let top = TarBytes::new().file("out/.wh.a", "").file("a/b/.wh.c", "");
    assert_eq!(
        listing(&load(layout(&[base, top]).tar())),
        ["/a ", "/out -> ../../.."]
    );
}

#[test]
fn a_bomb_among_the_layers_stops_at_the_limit() {
    let plain = TarBytes::new().file("zeros", vec![0; 4 << 20]).end();
    let layers = || {
        (0..3).map(|_| Layer {
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip",
            stored: gzip(&plain),
            diff_id: digest(&plain),
        })
    };
    let mut layout = LayoutBytes::new();
    let layers: Vec<_> = layers().collect();
    let manifest = layout.image(LINUX, &layers);
    let archive = layout.index(&[manifest]).tar();
    let load = |memory| {
        Image::from_bytes(
            archive.clone().into(),
            &ImageOptions::new().memory_bytes(memory),
        )
    };
    let error = load(10 << 20).expect_err("a bomb");
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
    assert!(error.to_string().contains("layer 3 of 3"), "{error}");
    load(16 << 20).expect("it fits");
}

#[cfg(unix)]
#[test]
fn a_layout_on_the_host_cannot_be_left() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a directory");
    let whole = layout(&[TarBytes::new().file("a", "1")]);
    whole.write(outside.path());
    let open = |dir: &std::path::Path| -> Result<Image, ImageError> {
        Image::open(dir, &ImageOptions::new())
    };
    open(outside.path()).expect("a good layout");

    let dir = tempfile::tempdir().expect("a directory");
    for file in ["oci-layout", "index.json"] {
        std::fs::copy(outside.path().join(file), dir.path().join(file)).expect("a copy");
    }
    symlink(outside.path().join("blobs"), dir.path().join("blobs")).expect("a link");
    let error = open(dir.path()).expect_err("blobs outside");
    assert!(
        matches!(
            error.kind(),
            ImageErrorKind::Corrupt | ImageErrorKind::Refused
        ),
        "{error}"
    );
    std::fs::remove_file(dir.path().join("blobs")).expect("the link");
    let name = outside.path().file_name().expect("a name");
    let relative = std::path::Path::new("..").join(name).join("blobs");
    symlink(relative, dir.path().join("blobs")).expect("a link");
    let error = open(dir.path()).expect_err("blobs outside");
    assert_eq!(error.kind(), ImageErrorKind::Refused, "{error}");
}
