use super::documents::{Config, Descriptor, Index, Manifest, parse};
use super::layout::Layout;
use crate::error::shown;
use crate::read::budget::Budget;
use crate::read::{ImageError, ImageErrorKind, ImageOptions, Platform};

/// One of the images in a layout.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) manifest: Descriptor,
    pub(super) platform: Option<Platform>,
    /// What it is called.
    names: Vec<String>,
}

/// How many lists of manifests may lie within each other.
const NESTING_MAX: usize = 8;

/// How many lists are read together. Each may name the next a thousand times, so that without this few small files would take for ever.
const LISTS_MAX: usize = 100;

/// How many descriptors all lists may have together. The names of a list go to all that is in it.
const DESCRIPTORS_MAX: usize = 4096;

/// The longest name of an image, in bytes; those of registries end at some 400. Nobody could ask for a longer one by name.
const NAME_BYTES_MAX: usize = 1024;

/// How many images a layout may have.
pub(super) const CANDIDATES_MAX: usize = 200;

const INDEX_TYPES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

const MANIFEST_TYPES: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// The annotations that a name may be in.
const NAME_KEYS: [&str; 2] = [
    "org.opencontainers.image.ref.name",
    "io.containerd.image.name",
];

/// Chooses an image by name and platform, as [`ImageOptions`] has it.
///
/// # Errors
/// [`ImageErrorKind::NoMatch`] with a list of what there is.
pub(super) fn choose(
    layout: &Layout,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Candidate, ImageError> {
    let index: Index = parse(&layout.index(budget)?).map_err(|error| error.within("index.json"))?;
    let mut gathering = Gathering {
        layout,
        budget,
        lists: 0,
        descriptors: 0,
        found: Vec::new(),
    };
    gathering.gather(index, &[], NESTING_MAX)?;
    let all = gathering.found;
    let named = |candidate: &Candidate| match &options.reference {
        Some(reference) => candidate.names.iter().any(|name| is_named(name, reference)),
        None => true,
    };
    let mut fitting: Vec<Candidate> = all.iter().filter(|one| named(one)).cloned().collect();
    if fitting.len() > 1 || options.platform.is_some() {
        for candidate in fitting.iter_mut().filter(|one| one.platform.is_none()) {
            candidate.platform = platform_in_config(layout, &candidate.manifest, budget)?;
        }
        fitting = of_platform(fitting, options.platform.as_ref());
    }
    let mut fitting = fitting.into_iter();
    match (fitting.next(), fitting.next()) {
        (Some(first), None) => Ok(first),
        // Of one image in several variants the first is meant to be taken.
        (Some(first), Some(other)) if first.names == other.names => Ok(first),
        _ => Err(no_match(options, &all)),
    }
}

/// Whether an image of this name is meant: it may be given without the registry in front.
pub(super) fn is_named(name: &str, reference: &str) -> bool {
    name.strip_suffix(reference)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The images of a layout, while they are collected.
struct Gathering<'a> {
    layout: &'a Layout,
    budget: &'a mut Budget,
    /// How many lists were read.
    lists: usize,
    /// How many descriptors there were in them.
    descriptors: usize,
    found: Vec<Candidate>,
}

impl Gathering<'_> {
    /// Collects the manifests of a list and of the lists in it.
    fn gather(&mut self, index: Index, names: &[String], nesting: usize) -> Result<(), ImageError> {
        self.descriptors += index.manifests.len();
        if self.descriptors > DESCRIPTORS_MAX {
            let what = format!("it lists more than {DESCRIPTORS_MAX} manifests");
            return Err(ImageError::new(ImageErrorKind::TooLarge, what));
        }
        for descriptor in index.manifests {
            let mut names = names.to_vec();
            let given = NAME_KEYS
                .iter()
                .filter_map(|key| descriptor.annotation(key))
                .filter(|name| name.len() <= NAME_BYTES_MAX);
            names.extend(given.map(str::to_owned));
            names.dedup();
            let media_type = descriptor.media_type.as_str();
            if INDEX_TYPES.contains(&media_type) {
                let nesting = nesting.checked_sub(1).filter(|_| self.lists < LISTS_MAX);
                let Some(nesting) = nesting else {
                    let what = "it has too many lists of manifests, or too deep within each other";
                    return Err(ImageError::new(ImageErrorKind::Refused, what));
                };
                self.lists += 1;
                let json = self.layout.read_document_blob(&descriptor, self.budget)?;
                let inner = parse(&json)
                    .map_err(|error| error.within(shown(descriptor.digest.as_bytes())))?;
                self.gather(inner, &names, nesting)?;
            } else if MANIFEST_TYPES.contains(&media_type) && !is_attestation(&descriptor) {
                self.add(descriptor, names)?;
            }
        }
        Ok(())
    }

    /// A manifest under two names is one image.
    fn add(&mut self, manifest: Descriptor, names: Vec<String>) -> Result<(), ImageError> {
        let same = |one: &&mut Candidate| one.manifest.digest == manifest.digest;
        if let Some(there) = self.found.iter_mut().find(same) {
            there.names.extend(names);
            there.names.sort();
            there.names.dedup();
            return Ok(());
        }
        if self.found.len() == CANDIDATES_MAX {
            return Err(too_many_images());
        }
        let platform = manifest.platform.clone().map(Platform::from);
        self.found.push(Candidate {
            manifest,
            platform,
            names,
        });
        Ok(())
    }
}

pub(super) fn too_many_images() -> ImageError {
    let what = format!("it holds more than {CANDIDATES_MAX} images");
    ImageError::new(ImageErrorKind::TooLarge, what)
}

/// BuildKit puts what it has to say of an image beside it, as an image for no platform.
fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor.annotation("vnd.docker.reference.type").is_some()
        || descriptor
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == "unknown")
}

fn platform_in_config(
    layout: &Layout,
    manifest: &Descriptor,
    budget: &mut Budget,
) -> Result<Option<Platform>, ImageError> {
    let in_manifest = |error: ImageError| error.within(manifest.digest.clone());
    let manifest: Manifest =
        parse(&layout.read_document_blob(manifest, budget)?).map_err(in_manifest)?;
    let config: Config = parse(&layout.read_document_blob(&manifest.config, budget)?)
        .map_err(|error| error.within(manifest.config.digest))?;
    Ok(config.platform())
}

/// Those for the platform that is asked for, or else for the first of the usual ones that there is.
fn of_platform(candidates: Vec<Candidate>, asked: Option<&Platform>) -> Vec<Candidate> {
    let usual = [
        Platform::new("wasip1", "wasm"),
        Platform::new("wasi", "wasm"),
        Platform::linux_here(),
    ];
    let wanted = match asked {
        Some(platform) => std::slice::from_ref(platform),
        None => &usual[..],
    };
    let takes = |platform: &Platform, one: &Candidate| {
        one.platform
            .as_ref()
            .is_some_and(|other| platform.takes(other))
    };
    let found = wanted
        .iter()
        .find(|platform| candidates.iter().any(|one| takes(platform, one)));
    match found {
        Some(platform) => candidates
            .into_iter()
            .filter(|one| takes(platform, one))
            .collect(),
        // Several for nobody knows which platform are not chosen among.
        None => Vec::new(),
    }
}

fn no_match(options: &ImageOptions, all: &[Candidate]) -> ImageError {
    const LISTED_MAX: usize = 20;
    let mut there: Vec<String> = all.iter().take(LISTED_MAX).map(describe).collect();
    if all.len() > LISTED_MAX {
        there.push("…".into());
    }
    let asked = match (&options.reference, &options.platform) {
        (Some(reference), Some(platform)) => format!("no image {reference} for {platform}"),
        (Some(reference), None) => format!("no single image {reference}"),
        (None, Some(platform)) => format!("no single image for {platform}"),
        (None, None) => "no single image that would be the one to take".into(),
    };
    let what = if there.is_empty() {
        format!("it holds {asked}, and no other")
    } else {
        format!("it holds {asked}; there are {}", there.join(", "))
    };
    ImageError::new(ImageErrorKind::NoMatch, what)
}

fn describe(candidate: &Candidate) -> String {
    let name = match candidate.names.first() {
        Some(name) => name,
        None => &candidate.manifest.digest,
    };
    let name = shown(name.as_bytes());
    match &candidate.platform {
        Some(platform) => format!("{name} ({})", shown(platform.to_string().as_bytes())),
        None => name,
    }
}
