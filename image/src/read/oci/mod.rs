//! Container images: OCI layouts, and what `docker save` writes.

mod choose;
mod digest;
mod documents;
mod layers;
mod layout;

pub(super) use layout::{Layout, LayoutKind, kind_of_tar};

use self::choose::{CANDIDATES_MAX, choose, is_named, too_many_images};
use self::digest::Digest;
use self::documents::{Config, Descriptor, DockerImage, Manifest, parse};
use super::budget::Budget;
use super::buffer::Charged;
use super::unpack::Unpacker;
use super::{Image, ImageConfig, ImageError, ImageErrorKind, ImageFormat, ImageOptions, Platform};
use crate::error::shown;

/// How many layers an image may have; Docker allows 127.
const LAYERS_MAX: usize = 128;

/// What the media types of layers begin with; how they are compressed is told by the contents.
const LAYER_TYPES: [&str; 4] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
];

const LAYER_SUFFIXES: [&str; 5] = ["", "+gzip", "+zstd", ".gzip", ".zstd"];

/// Reads the image that the options choose.
pub(super) fn read(
    layout: &Layout,
    kind: LayoutKind,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    match kind {
        LayoutKind::Oci => read_oci(layout, options, budget),
        LayoutKind::Docker => read_docker(layout, options, budget),
    }
}

fn read_oci(
    layout: &Layout,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    let chosen = choose(layout, options, budget)?;
    let json = layout.read_document_blob(&chosen.manifest, budget)?;
    let manifest: Manifest =
        parse(&json).map_err(|error| error.within(chosen.manifest.digest.clone()))?;
    check_count(manifest.layers.len())?;
    let json = layout.read_document_blob(&manifest.config, budget)?;
    let config: Config = parse(&json).map_err(|error| error.within(manifest.config.digest))?;
    let diff_ids = diff_ids(&config, manifest.layers.len())?;
    let mut unpacker = Unpacker::new(options);
    let count = manifest.layers.len();
    for (at, descriptor) in manifest.layers.iter().enumerate() {
        let in_layer = |error: ImageError| {
            let digest = shown(descriptor.digest.as_bytes());
            error.within(format!("layer {} of {count} ({digest})", at + 1))
        };
        let diff_id = diff_ids.get(at);
        add_oci_layer(layout, descriptor, diff_id, budget, &mut unpacker).map_err(in_layer)?;
    }
    let config = config.into_public(chosen.platform);
    finish(unpacker, ImageFormat::OciLayout, config)
}

fn add_oci_layer(
    layout: &Layout,
    descriptor: &Descriptor,
    diff_id: Option<&Digest>,
    budget: &mut Budget,
    unpacker: &mut Unpacker,
) -> Result<(), ImageError> {
    if !is_layer(&descriptor.media_type) {
        let media_type = shown(descriptor.media_type.as_bytes());
        let what = format!("it is of the type `{media_type}`, which is no layer of files");
        return Err(ImageError::new(ImageErrorKind::Unsupported, what));
    }
    let digest = Digest::parse(&descriptor.digest)?;
    let blob = layout.read_blob(descriptor, &digest, budget)?;
    add_layer(blob, diff_id, Some(&digest), budget, unpacker)
}

fn read_docker(
    layout: &Layout,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    let json = layout.docker_manifest(budget)?;
    let images: Vec<DockerImage> = parse(&json).map_err(|error| error.within("manifest.json"))?;
    let (image, config) = choose_docker(layout, &images, options, budget)?;
    check_count(image.layers.len())?;
    let diff_ids = diff_ids(&config, image.layers.len())?;
    let count = image.layers.len();
    if diff_ids.len() != count {
        let what = "its configuration has no digests of its layers";
        return Err(ImageError::new(ImageErrorKind::Corrupt, what));
    }
    let mut unpacker = Unpacker::new(options);
    for (at, (path, diff_id)) in image.layers.iter().zip(&diff_ids).enumerate() {
        let in_layer = |error: ImageError| {
            let path = shown(path.as_bytes());
            error.within(format!("layer {} of {count} ({path})", at + 1))
        };
        let blob = layout.read(path, budget).map_err(in_layer)?;
        add_layer(blob, Some(diff_id), None, budget, &mut unpacker).map_err(in_layer)?;
    }
    finish(
        unpacker,
        ImageFormat::DockerArchive,
        config.into_public(None),
    )
}

/// The image that the options choose, and its configuration.
fn choose_docker<'a>(
    layout: &Layout,
    images: &'a [DockerImage],
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<(&'a DockerImage, Config), ImageError> {
    if images.len() > CANDIDATES_MAX {
        return Err(too_many_images());
    }
    let mut there = Vec::new();
    let mut found = Vec::new();
    for image in images {
        // All configurations at once could take gigabytes: the one that is chosen is read again.
        let platform = docker_config(layout, image, budget)?.platform();
        let tags = image.tags.as_deref().unwrap_or_default();
        let named = match &options.reference {
            Some(reference) => tags.iter().any(|tag| is_named(tag, reference)),
            None => true,
        };
        let fits = |asked: &Platform| platform.as_ref().is_some_and(|there| asked.takes(there));
        if named && options.platform.as_ref().is_none_or(fits) {
            found.push(image);
        }
        let name = shown(tags.first().unwrap_or(&image.config).as_bytes());
        there.push(match platform {
            Some(platform) => format!("{name} ({})", shown(platform.to_string().as_bytes())),
            None => name,
        });
    }
    match found.as_slice() {
        [image] => Ok((image, docker_config(layout, image, budget)?)),
        _ => {
            let there = shown(there.join(", ").as_bytes());
            let what = format!("it holds no single image that fits; there are {there}");
            Err(ImageError::new(ImageErrorKind::NoMatch, what))
        }
    }
}

fn docker_config(
    layout: &Layout,
    image: &DockerImage,
    budget: &mut Budget,
) -> Result<Config, ImageError> {
    let json = layout.read_document(&image.config, budget);
    json.and_then(|json| parse(&json))
        .map_err(|error| error.within(shown(image.config.as_bytes())))
}

fn add_layer(
    blob: Charged,
    diff_id: Option<&Digest>,
    verified: Option<&Digest>,
    budget: &mut Budget,
    unpacker: &mut Unpacker,
) -> Result<(), ImageError> {
    let layer = layers::unpack_layer(blob, diff_id, verified, budget)?;
    layers::apply(&layer, unpacker)
}

fn is_layer(media_type: &str) -> bool {
    LAYER_TYPES.iter().any(|layer| {
        let suffix = media_type.strip_prefix(layer);
        suffix.is_some_and(|suffix| LAYER_SUFFIXES.contains(&suffix))
    })
}

fn check_count(layers: usize) -> Result<(), ImageError> {
    if layers > LAYERS_MAX {
        let what = format!("it has {layers} layers, more than the limit of {LAYERS_MAX}");
        return Err(ImageError::new(ImageErrorKind::TooLarge, what));
    }
    Ok(())
}

/// The digests of the unpacked layers; none where the configuration is not that of an image.
fn diff_ids(config: &Config, layers: usize) -> Result<Vec<Digest>, ImageError> {
    let Some(rootfs) = &config.rootfs else {
        return Ok(Vec::new());
    };
    if rootfs.diff_ids.len() != layers {
        let what = format!(
            "it has {layers} layers, and its configuration tells of {}",
            rootfs.diff_ids.len()
        );
        return Err(ImageError::new(ImageErrorKind::Corrupt, what));
    }
    rootfs.diff_ids.iter().map(|id| Digest::parse(id)).collect()
}

fn finish(
    unpacker: Unpacker,
    format: ImageFormat,
    config: ImageConfig,
) -> Result<Image, ImageError> {
    let (fs, notes) = unpacker.finish()?;
    Ok(Image {
        fs,
        format,
        config: Some(config),
        notes,
    })
}
