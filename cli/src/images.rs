//! The images that `--image` and `--overlay` name, each loaded once.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guesthouse_image::{Image, ImageError, ImageErrorKind, ImageOptions};
use guesthouse_vfs::{FileSystem, Limits, MemFs};

use crate::failure::Failure;
use crate::{output, tree};

/// How many notes on an image are told.
const NOTES_SHOWN: usize = 10;

/// How much memory an archive and what is unpacked from it may take.
const UNPACKED_BYTES: u64 = 2 << 30;

pub(crate) struct Images {
    options: ImageOptions,
    /// By the file's name without links and `..`.
    loaded: HashMap<PathBuf, Image>,
}

impl Images {
    /// `limits` are those of what a guest may write in a fork.
    pub(crate) fn new(limits: Limits, map_files: bool) -> Self {
        // What an image holds is bounded by the defaults, unless the guest alone may write more.
        let default = Limits::default();
        let options = ImageOptions::new()
            .memory_bytes(limits.private_bytes.max(UNPACKED_BYTES))
            .limits(Limits {
                private_bytes: limits.private_bytes.max(default.private_bytes),
                ..limits
            });
        let options = if map_files { mapped(options) } else { options };
        Self {
            options,
            loaded: HashMap::new(),
        }
    }

    /// The image's own filesystem, which nobody may write.
    pub(crate) fn shared(&mut self, file: &Path) -> Result<Arc<MemFs>, Failure> {
        self.open(file).map(|image| Arc::clone(image.file_system()))
    }

    /// A private copy for a guest.
    pub(crate) fn fork(&mut self, file: &Path, limits: Limits) -> Result<Arc<MemFs>, Failure> {
        let image = self.open(file)?;
        let origin = image.file_system().snapshot();
        Ok(origin.fork_builder().limits(limits).build())
    }

    /// A layer of an overlay: a host directory in place, or an image.
    pub(crate) fn lower(&mut self, path: &Path) -> Result<Arc<dyn FileSystem>, Failure> {
        if is_host_directory(path) {
            return Ok(tree::open_host(path)?);
        }
        Ok(self.shared(path)?)
    }

    fn open(&mut self, file: &Path) -> Result<&Image, Failure> {
        let name = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        match self.loaded.entry(name) {
            std::collections::hash_map::Entry::Occupied(loaded) => Ok(loaded.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let image =
                    Image::open(file, &self.options).map_err(|error| explain(file, &error))?;
                tell_notes(file, &image);
                Ok(place.insert(image))
            }
        }
    }
}

/// Whether a layer of an overlay is read in place: every directory is, but for an image layout, which is an image in itself.
pub(crate) fn is_host_directory(path: &Path) -> bool {
    path.is_dir() && !path.join("oci-layout").is_file()
}

#[expect(
    unsafe_code,
    reason = "--image-mmap hands the condition on to the user"
)]
fn mapped(options: ImageOptions) -> ImageOptions {
    // SAFETY: whoever gives --image-mmap promises what its help asks for: that nobody writes to the files until the guest has ended.
    unsafe { options.map_file() }
}

fn explain(file: &Path, error: &ImageError) -> Failure {
    if let Err(error) = fs::metadata(file) {
        let file = file.display();
        return match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                Failure::new(format!("no such image or directory: {file}"))
                    .advise("what stands before :: is on this machine, what stands after it a place in the guest's tree")
            }
            _ => Failure::new(format!("cannot look at {file}: {error}")),
        };
    }
    let failure = Failure::new(error);
    match error.kind() {
        ImageErrorKind::Unknown => failure.advise(
            "an image is a tar, tar.gz, tar.zst or zip archive, an OCI image layout, a docker save archive, or a directory",
        ),
        ImageErrorKind::TooLarge => failure.advise("raise --fs-bytes or --fs-nodes if you trust it"),
        ImageErrorKind::Corrupt => failure.advise("nothing of it was used; it may have been cut short or damaged on its way here"),
        ImageErrorKind::Refused => failure.advise("nothing of it was used; an honest program does not make such an image"),
        _ => failure,
    }
}

fn tell_notes(file: &Path, image: &Image) {
    let notes = image.notes();
    for note in notes.iter().take(NOTES_SHOWN) {
        output::note(&format_args!("{}: {note}", file.display()));
    }
    let hidden = notes.len().saturating_sub(NOTES_SHOWN);
    let more = image
        .notes_besides()
        .saturating_add(u64::try_from(hidden).unwrap_or(u64::MAX));
    if more > 0 {
        output::note(&format_args!("{}: {more} more such notes", file.display()));
    }
}
