use bytes::Bytes;
use guesthouse_image::{Image, ImageErrorKind, ImageFormat, ImageOptions};

use crate::ground::{listing, load, refuse};
use crate::oci::layout;
use crate::oci_bytes::{Layer, LayoutBytes, config};
use crate::tar_bytes::TarBytes;

/// What `docker save` of old wrote: a directory for each layer.
fn saved(tag: &str, layers: &[TarBytes]) -> LayoutBytes {
    let layers: Vec<_> = layers.iter().map(Layer::plain).collect();
    let mut files = LayoutBytes::default();
    let mut paths = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let path = format!("layer{at}/layer.tar");
        files = files.file(&path, &layer.stored);
        paths.push(format!("{path:?}"));
    }
    let config = config(("linux", "amd64"), &layers);
    let manifest = format!(
        r#"[{{"Config": "config.json", "RepoTags": ["{tag}"], "Layers": [{}]}}]"#,
        paths.join(", ")
    );
    files
        .file("config.json", config.as_bytes())
        .file("manifest.json", manifest.as_bytes())
}

#[test]
fn an_old_archive_is_read() {
    let base = TarBytes::new().file("a", "1").file("b", "1");
    let top = TarBytes::new().file("b", "2").file(".wh.a", "");
    let archive = Bytes::from(saved("app:1", &[base, top]).tar());
    let image = load(archive.clone());
    assert_eq!(image.format(), ImageFormat::DockerArchive);
    assert_eq!(listing(&image), ["/b 2"]);
    assert_eq!(
        image.config().expect("a configuration").entrypoint,
        ["/app"]
    );
    assert_eq!(image.file_system().usage().private_bytes, 0);
    assert!(!archive.is_unique(), "layers are borrowed from the archive");
    let named = ImageOptions::new().reference("app:1");
    assert!(Image::from_bytes(archive.clone(), &named).is_ok());
    let other = ImageOptions::new().reference("app:2");
    let error = Image::from_bytes(archive, &other).expect_err("another");
    assert_eq!(error.kind(), ImageErrorKind::NoMatch);
    assert!(error.to_string().contains("app:1 (linux/amd64)"), "{error}");
}

#[test]
fn layers_that_are_there_once_are_linked() {
    let layer = TarBytes::new().file("a", "1");
    let files = saved("app:1", &[layer.clone(), layer]);
    let mut tar = TarBytes::new();
    for (path, bytes) in &files.files {
        tar = match path.as_str() {
            "layer1/layer.tar" => tar.symlink(path, "../layer0/layer.tar"),
            _ => tar.file(path, bytes),
        };
    }
    assert_eq!(listing(&load(tar.end())), ["/a 1"]);
}

#[test]
fn a_new_archive_is_a_layout() {
    let files = layout(&[TarBytes::new().file("a", "1")]);
    let files = files.file(
        "manifest.json",
        br#"[{"Config": "gone", "Layers": ["gone"]}]"#,
    );
    let image = load(files.tar());
    assert_eq!(image.format(), ImageFormat::OciLayout);
    assert_eq!(listing(&image), ["/a 1"]);
}

#[test]
fn a_layer_with_another_digest_is_refused() {
    let mut files = saved("app:1", &[TarBytes::new().file("a", "1")]);
    files.files[0].1 = TarBytes::new().file("a", "2").end();
    let error = refuse(files.tar());
    assert_eq!(error.kind(), ImageErrorKind::Corrupt);
    assert!(error.to_string().contains("digest"), "{error}");
}

#[test]
fn an_archive_that_has_such_a_file_by_chance_is_an_archive() {
    for (name, json) in [
        ("manifest.json", r#"{"name": "web app"}"#),
        ("manifest.json", "[]"),
        ("manifest.json", r#"[{"Config": 1}]"#),
        ("oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#),
        ("index.json", "{}"),
        ("sub/manifest.json", r#"[{"Config": "c", "Layers": []}]"#),
    ] {
        let image = load(TarBytes::new().file(name, json).end());
        assert_eq!(image.format(), ImageFormat::Tar, "{name} {json}");
    }
}

/// Each time takes as long as the first, and an archive that is borrowed from takes no memory that a limit could end.
#[test]
fn a_file_is_not_read_for_ever() {
    let config = format!(r#"{{"os": "{}"}}"#, "x".repeat(4_000_000));
    let manifest = |images: usize| {
        let one = r#"{"Config": "config.json", "Layers": []}"#;
        format!("[{}]", vec![one; images].join(", "))
    };
    let archive = |images: usize| {
        LayoutBytes::default()
            .file("config.json", config.as_bytes())
            .file("manifest.json", manifest(images).as_bytes())
            .tar()
    };
    assert_eq!(refuse(archive(10)).kind(), ImageErrorKind::NoMatch);
    let error = refuse(archive(20));
    assert_eq!(error.kind(), ImageErrorKind::TooLarge, "{error}");
    assert!(error.to_string().contains("again and again"), "{error}");
}
