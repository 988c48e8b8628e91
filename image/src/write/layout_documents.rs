use serde_json::{Map, Value, json};

use super::digest::Blob;
use crate::{ImageConfig, Platform};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A layer in a layout.
#[derive(Debug)]
pub(super) struct LayerBlob {
    pub(super) blob: Blob,
    /// The digest of the tar, compressed or not.
    pub(super) diff_id: String,
    pub(super) gzip: bool,
}

/// The file that says what the directory is.
pub(super) fn layout() -> Value {
    json!({ "imageLayoutVersion": "1.0.0" })
}

/// <https://github.com/opencontainers/image-spec/blob/main/config.md>
pub(super) fn config(config: &ImageConfig, layers: &[LayerBlob]) -> Value {
    let diff_ids: Vec<&str> = layers.iter().map(|layer| &*layer.diff_id).collect();
    let mut document = platform(config);
    document.insert("config".to_owned(), run_config(config));
    let root = json!({ "type": "layers", "diff_ids": diff_ids });
    document.insert("rootfs".to_owned(), root);
    Value::Object(document)
}

/// <https://github.com/opencontainers/image-spec/blob/main/manifest.md>
pub(super) fn manifest(config: &Blob, layers: &[LayerBlob]) -> Value {
    let layers = layers.iter().map(|layer| {
        let kind = if layer.gzip { LAYER_GZIP } else { LAYER };
        descriptor(kind, &layer.blob)
    });
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, config),
        "layers": layers.collect::<Vec<_>>(),
    })
}

/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
pub(super) fn index(manifest: &Blob, of: &ImageConfig, reference: Option<&str>) -> Value {
    let mut image = descriptor(MANIFEST, manifest);
    if let Some(image) = image.as_object_mut() {
        image.insert("platform".to_owned(), Value::Object(platform(of)));
        if let Some(reference) = reference {
            let annotations = json!({ "org.opencontainers.image.ref.name": reference });
            image.insert("annotations".to_owned(), annotations);
        }
    }
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [image] })
}

fn descriptor(kind: &str, blob: &Blob) -> Value {
    json!({ "mediaType": kind, "digest": blob.digest, "size": blob.len })
}

fn platform(config: &ImageConfig) -> Map<String, Value> {
    let wasi = Platform::new("wasip1", "wasm");
    let platform = config.platform.as_ref().unwrap_or(&wasi);
    let mut fields = Map::new();
    fields.insert("architecture".to_owned(), json!(platform.architecture));
    fields.insert("os".to_owned(), json!(platform.os));
    if let Some(variant) = &platform.variant {
        fields.insert("variant".to_owned(), json!(variant));
    }
    fields
}

/// What is empty is left out, as others do.
fn run_config(config: &ImageConfig) -> Value {
    let labels = config.labels.iter().cloned();
    let labels: Map<String, Value> = labels.map(|(name, value)| (name, json!(value))).collect();
    let mut fields = Map::new();
    for (name, value, empty) in [
        ("User", json!(config.user), config.user.is_empty()),
        ("Env", json!(config.env), config.env.is_empty()),
        (
            "Entrypoint",
            json!(config.entrypoint),
            config.entrypoint.is_empty(),
        ),
        ("Cmd", json!(config.cmd), config.cmd.is_empty()),
        (
            "WorkingDir",
            json!(config.working_dir),
            config.working_dir.is_empty(),
        ),
        ("Labels", json!(labels), labels.is_empty()),
    ] {
        if !empty {
            fields.insert(name.to_owned(), value);
        }
    }
    Value::Object(fields)
}
