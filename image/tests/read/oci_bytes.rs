//! Container images, as a tree of files that becomes a tar archive or a directory.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::tar_bytes::TarBytes;

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// The files of a layout, in order.
#[derive(Clone, Default)]
pub(crate) struct LayoutBytes {
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// One layer: how it is stored, and its digest when unpacked.
pub(crate) struct Layer {
    pub(crate) media_type: &'static str,
    pub(crate) stored: Vec<u8>,
    pub(crate) diff_id: String,
}

pub(crate) const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

impl Layer {
    pub(crate) fn plain(tar: &TarBytes) -> Self {
        let stored = tar.clone().end();
        Self {
            media_type: TAR,
            diff_id: digest(&stored),
            stored,
        }
    }
}

impl LayoutBytes {
    pub(crate) fn new() -> Self {
        Self::default().file("oci-layout", br#"{"imageLayoutVersion": "1.0.0"}"#)
    }

    pub(crate) fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.push((path.into(), bytes.to_vec()));
        self
    }

    /// Adds a blob and gives its descriptor.
    pub(crate) fn blob(&mut self, media_type: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        let path = format!("blobs/{}", digest.replace(':', "/"));
        self.files.push((path, bytes.to_vec()));
        format!(
            r#"{{"mediaType": "{media_type}", "digest": "{digest}", "size": {}"#,
            bytes.len()
        ) + "}"
    }

    /// Adds an image and gives the descriptor of its manifest.
    pub(crate) fn image(&mut self, platform: (&str, &str), layers: &[Layer]) -> String {
        let layer_descriptors: Vec<_> = layers
            .iter()
            .map(|layer| self.blob(layer.media_type, &layer.stored))
            .collect();
        let config = self.blob(
            "application/vnd.oci.image.config.v1+json",
            config(platform, layers).as_bytes(),
        );
        let manifest = format!(
            r#"{{"schemaVersion": 2, "config": {config}, "layers": [{}]}}"#,
            layer_descriptors.join(", ")
        );
        self.blob(
            "application/vnd.oci.image.manifest.v1+json",
            manifest.as_bytes(),
        )
    }

    pub(crate) fn index(self, descriptors: &[String]) -> Self {
        let json = index(descriptors);
        self.file("index.json", json.as_bytes())
    }

    /// As a tar archive.
    pub(crate) fn tar(&self) -> Vec<u8> {
        let files = self.files.iter();
        files
            .fold(TarBytes::new(), |tar, (path, bytes)| tar.file(path, bytes))
            .end()
    }

    /// As a directory.
    pub(crate) fn write(&self, dir: &Path) {
        for (path, bytes) in &self.files {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, bytes).expect("a file");
        }
    }
}

pub(crate) fn index(descriptors: &[String]) -> String {
    format!(
        r#"{{"schemaVersion": 2, "manifests": [{}]}}"#,
        descriptors.join(", ")
    )
}

/// A descriptor with a further field.
pub(crate) fn with(descriptor: &str, field: &str) -> String {
    descriptor.strip_suffix('}').expect("an object").to_owned() + ", " + field + "}"
}

pub(crate) fn config((os, architecture): (&str, &str), layers: &[Layer]) -> String {
    let ids: Vec<_> = layers
        .iter()
        .map(|layer| format!("{:?}", layer.diff_id))
        .collect();
    format!(
        r#"{{"os": "{os}", "architecture": "{architecture}",
            "config": {{"Env": ["PATH=/bin", "A="], "Entrypoint": ["/app"], "Cmd": null,
                "WorkingDir": "/srv", "Labels": {{"b": "2", "a": "1"}}}},
            "rootfs": {{"type": "layers", "diff_ids": [{}]}}}}"#,
        ids.join(", ")
    )
}
