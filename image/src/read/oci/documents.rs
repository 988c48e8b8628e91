//! The JSON documents of the image specification and of `docker save`, as far as they are read here.
//!
//! # References
//! <https://github.com/opencontainers/image-spec>: `image-layout.md`, `image-index.md`, `manifest.md`, `config.md`, `descriptor.md`

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::read::{ImageConfig, ImageError, ImageErrorKind, Platform};

/// `oci-layout`
#[derive(Debug, Deserialize)]
pub(super) struct LayoutMarker {
    #[serde(rename = "imageLayoutVersion")]
    pub(super) version: String,
}

/// `index.json`, or another list of manifests.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    pub(super) manifests: Vec<Descriptor>,
}

/// What is known of a blob before it is read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Descriptor {
    #[serde(rename = "mediaType", default)]
    pub(super) media_type: String,
    pub(super) digest: String,
    /// In bytes.
    pub(super) size: u64,
    #[serde(default)]
    pub(super) platform: Option<DescriptorPlatform>,
    #[serde(default)]
    pub(super) annotations: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct DescriptorPlatform {
    pub(super) os: String,
    pub(super) architecture: String,
    #[serde(default)]
    pub(super) variant: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

/// The configuration of an image. What is no image's has none of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    os: Option<String>,
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    config: Option<Execution>,
    #[serde(default)]
    pub(super) rootfs: Option<RootFs>,
}

#[derive(Debug, Default, Deserialize)]
struct Execution {
    #[serde(rename = "Env", default)]
    env: Option<Vec<String>>,
    #[serde(rename = "Entrypoint", default)]
    entrypoint: Option<Vec<String>>,
    #[serde(rename = "Cmd", default)]
    cmd: Option<Vec<String>>,
    #[serde(rename = "WorkingDir", default)]
    working_dir: Option<String>,
    #[serde(rename = "User", default)]
    user: Option<String>,
    #[serde(rename = "Labels", default)]
    labels: Option<BTreeMap<String, String>>,
}

/// The digests of the layers as they are when unpacked.
#[derive(Debug, Deserialize)]
pub(super) struct RootFs {
    #[serde(default)]
    pub(super) diff_ids: Vec<String>,
}

/// One image of `manifest.json` in what `docker save` writes.
#[derive(Debug, Deserialize)]
pub(super) struct DockerImage {
    #[serde(rename = "Config")]
    pub(super) config: String,
    #[serde(rename = "RepoTags", default)]
    pub(super) tags: Option<Vec<String>>,
    #[serde(rename = "Layers")]
    pub(super) layers: Vec<String>,
}

/// Reads a document. How deep it may be nested is limited by `serde_json`, to 128 levels.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, ImageError> {
    serde_json::from_slice(json).map_err(|error| {
        ImageError::new(ImageErrorKind::Corrupt, "it is not as it should be").caused_by(error)
    })
}

impl Descriptor {
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }
}

impl From<DescriptorPlatform> for Platform {
    fn from(platform: DescriptorPlatform) -> Self {
        Self {
            variant: platform.variant.filter(|variant| !variant.is_empty()),
            ..Self::new(platform.os, platform.architecture)
        }
    }
}

impl Config {
    pub(super) fn platform(&self) -> Option<Platform> {
        Some(Platform::from(DescriptorPlatform {
            os: self.os.clone()?,
            architecture: self.architecture.clone()?,
            variant: self.variant.clone(),
        }))
    }

    pub(super) fn into_public(self, platform: Option<Platform>) -> ImageConfig {
        let platform = self.platform().or(platform);
        let execution = self.config.unwrap_or_default();
        ImageConfig {
            platform,
            env: execution.env.unwrap_or_default(),
            entrypoint: execution.entrypoint.unwrap_or_default(),
            cmd: execution.cmd.unwrap_or_default(),
            working_dir: execution.working_dir.unwrap_or_default(),
            user: execution.user.unwrap_or_default(),
            labels: execution.labels.unwrap_or_default().into_iter().collect(),
        }
    }
}
