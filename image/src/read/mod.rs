//! Archives and images into memory.

mod budget;
mod buffer;
mod decompress;
mod detect;
mod entry_name;
mod host_file;
#[cfg(feature = "mmap")]
mod map;
mod note;
mod oci;
mod options;
mod platform;
mod tar;
mod unpack;
mod zip;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use guesthouse_vfs::{AbsoluteLinks, CopyOptions, MemFs, Tree};

pub(crate) use self::entry_name::ENTRY_NAME_MAX;
pub use self::note::{Note, NoteKind};
pub use self::options::ImageOptions;
pub use self::platform::Platform;

use self::budget::Budget;
use self::decompress::decompress;
use self::detect::Magic;
use self::note::Notes;
use self::oci::Layout;
use self::unpack::Unpacker;
use crate::error::shown;
use crate::{ImageError, ImageErrorKind};

/// An archive, a container image or a directory of the host, read into memory.
///
/// It is read wholly or not at all. Then guests get [`fork`](Self::fork)s of it, which cost next to nothing and see nothing of each other.
pub struct Image {
    fs: Arc<MemFs>,
    format: ImageFormat,
    config: Option<ImageConfig>,
    notes: Notes,
}

/// What an image was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFormat {
    /// A directory of the host.
    Directory,
    /// A tar archive, compressed or not.
    Tar,
    /// A zip archive.
    Zip,
    /// An OCI image layout: a directory, or a tar archive of one.
    OciLayout,
    /// What `docker save` writes.
    DockerArchive,
}

/// What a container image says of the program in it. Nobody here acts on it; a host may.
///
/// # References
/// <https://github.com/opencontainers/image-spec/blob/main/config.md>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageConfig {
    /// The platform that the image was chosen for.
    pub platform: Option<Platform>,
    /// `NAME=value`, in order.
    pub env: Vec<String>,
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// Further arguments, or the program and all of them where there is no entry point.
    pub cmd: Vec<String>,
    /// Where the program is to be started; empty for the root.
    pub working_dir: String,
    /// The user that it is to be started as; empty for the superuser.
    pub user: String,
    /// Names and values, sorted by name.
    pub labels: Vec<(String, String)>,
}

impl Image {
    /// Reads a file or a directory of the host.
    ///
    /// What it is, its contents tell, not its name: a tar archive, plain or compressed with gzip or Zstandard; a zip archive; an OCI image layout, as a
    /// directory or a tar archive; what `docker save` writes; any other directory.
    ///
    /// # Errors
    /// [`ImageErrorKind`] says which there are. Nothing is left of an image that could not be read.
    pub fn open(path: impl AsRef<Path>, options: &ImageOptions) -> Result<Self, ImageError> {
        let path = path.as_ref();
        let of_file = |error: ImageError| {
            error.within(format!(
                "cannot read {}",
                shown(path.as_os_str().as_encoded_bytes())
            ))
        };
        let mut budget = Budget::new(options.memory_bytes);
        match host_file::open(path, options, &mut budget).map_err(of_file)? {
            host_file::Opened::Dir => read_dir(path, options, &mut budget),
            host_file::Opened::File(bytes) => read(&bytes, options, &mut budget),
        }
        .map_err(of_file)
    }

    /// Reads an archive that lies in memory already. Its contents are borrowed where they are not compressed.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: Bytes, options: &ImageOptions) -> Result<Self, ImageError> {
        let mut budget = Budget::new(options.memory_bytes);
        read(&bytes, options, &mut budget).map_err(|error| error.within("cannot read the image"))
    }

    /// The filesystem itself. What is written to it shows in later forks.
    #[must_use]
    pub const fn file_system(&self) -> &Arc<MemFs> {
        &self.fs
    }

    /// A filesystem of its own with the same content, in constant time.
    #[must_use]
    pub fn fork(&self) -> Arc<MemFs> {
        self.fs.fork()
    }

    /// What it was read from.
    #[must_use]
    pub const fn format(&self) -> ImageFormat {
        self.format
    }

    /// What a container image says of the program in it; `None` for all others.
    #[must_use]
    pub const fn config(&self) -> Option<&ImageConfig> {
        self.config.as_ref()
    }

    /// What was left out or taken in another way than the image asks for. After the first thousand they are counted only.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.notes.kept()
    }

    /// How many more notes there would be.
    #[must_use]
    pub const fn notes_besides(&self) -> u64 {
        self.notes.besides()
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("format", &self.format)
            .field("config", &self.config)
            .field("file_system", &self.fs)
            .finish_non_exhaustive()
    }
}

/// An empty filesystem for an image.
fn empty_fs(options: &ImageOptions) -> Arc<MemFs> {
    MemFs::builder()
        .limits(options.limits)
        .clock(Arc::clone(&options.clock))
        .chunk_pool(options.chunk_pool.clone())
        .build()
}

fn read(bytes: &Bytes, options: &ImageOptions, budget: &mut Budget) -> Result<Image, ImageError> {
    match detect::magic(bytes)? {
        Magic::Tar => read_tar(bytes, options, budget),
        Magic::Zip => read_zip(bytes, options, budget),
        Magic::Gzip | Magic::Zstd => read_compressed(bytes, options, budget),
    }
}

fn read_compressed(
    bytes: &Bytes,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    let Some(unpacked) = decompress(bytes, budget)? else {
        return Err(ImageError::new(
            ImageErrorKind::Unknown,
            "it is not compressed",
        ));
    };
    let archive = unpacked.unpacked.bytes;
    if !tar::is_tar(&archive) {
        let what = "it is compressed, and what is in it is no tar archive";
        return Err(ImageError::new(ImageErrorKind::Unknown, what));
    }
    let mut image = read_tar(&archive, options, budget)?;
    if unpacked.trailing {
        image.notes.add(b"", NoteKind::TrailingBytes);
    }
    Ok(image)
}

fn read_tar(
    bytes: &Bytes,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    if let Some(kind) = oci::kind_of_tar(bytes)? {
        let layout = Layout::of_tar(bytes, options)?;
        return oci::read(&layout, kind, options, budget);
    }
    let mut unpacker = Unpacker::new(options);
    tar::unpack(bytes, &mut unpacker)?;
    finish(unpacker, ImageFormat::Tar)
}

fn read_zip(
    bytes: &Bytes,
    options: &ImageOptions,
    budget: &mut Budget,
) -> Result<Image, ImageError> {
    let mut unpacker = Unpacker::new(options);
    zip::unpack(bytes, budget, &mut unpacker)?;
    finish(unpacker, ImageFormat::Zip)
}

fn finish(unpacker: Unpacker, format: ImageFormat) -> Result<Image, ImageError> {
    let (fs, notes) = unpacker.finish()?;
    Ok(Image {
        fs,
        format,
        config: None,
        notes,
    })
}

fn read_dir(path: &Path, options: &ImageOptions, budget: &mut Budget) -> Result<Image, ImageError> {
    let layout = Layout::open_dir(path)?;
    match layout.kind() {
        Some(kind) => oci::read(&layout, kind, options, budget),
        None => copy_dir(path, options),
    }
}

/// Copies a directory of the host. Links in it are kept as they are, for its root becomes the root of a tree.
fn copy_dir(path: &Path, options: &ImageOptions) -> Result<Image, ImageError> {
    let fs = empty_fs(options);
    let copy = CopyOptions {
        absolute_links: AbsoluteLinks::Keep,
        progress: None,
    };
    let report = Tree::new(fs.clone())
        .copy_in(path, "/", copy)
        .map_err(|error| {
            let kind = match error.errno() {
                guesthouse_vfs::Errno::NoSpace | guesthouse_vfs::Errno::FileTooBig => {
                    ImageErrorKind::TooLarge
                }
                _ => ImageErrorKind::Io,
            };
            ImageError::new(kind, "its contents cannot be copied").caused_by(error)
        })?;
    let mut notes = Notes::default();
    for left_out in &report.left_out {
        notes.add_left_out(left_out);
    }
    notes.add_uncounted(report.left_out_besides);
    Ok(Image {
        fs,
        format: ImageFormat::Directory,
        config: None,
        notes,
    })
}
