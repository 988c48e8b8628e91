use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use guesthouse_vfs::{Change, ChangeKind, FileType, Timestamp, Tree};
use serde_json::Value;

use super::digest::{Blob, Digested};
use super::layer::{LayerOptions, LayerReport, write_layer};
use super::layout_documents::{self as documents, LayerBlob};
use crate::{ImageConfig, ImageError, ImageErrorKind};

/// How an image layout is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayoutOptions {
    /// Compress the layers. Without it, [`Image`](crate::Image) borrows their contents from the files that hold them.
    pub gzip: bool,
    /// The time of last modification of all entries, in place of their own; the same trees then give the same image, digest by digest.
    pub modified: Option<Timestamp>,
}

/// Writes an OCI image layout: a directory that holds a container image, for [`Image::open`](crate::Image::open), `skopeo`, `podman` and registries.
///
/// Layers are added in order, the lowest first. The directory is an image only when [`finish`](Self::finish) has written its index.
///
/// # References
/// <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>
///
/// # Examples
/// ```
/// use guesthouse_image::{Image, ImageConfig, ImageOptions, LayoutOptions, LayoutWriter};
/// use guesthouse_vfs::{MemFs, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let host = tempfile::tempdir()?;
/// # let dir = host.path().join("app");
/// let base = MemFs::new();
/// let tree = Tree::new(base.clone());
/// tree.build().file("etc/motd", "Welcome.\n").file("etc/old", "").finish()?;
///
/// let fork = base.fork();
/// let changed = Tree::new(fork.clone());
/// changed.write("etc/motd", "Hello.\n")?;
/// changed.remove_file("etc/old")?;
///
/// let mut layout = LayoutWriter::create(&dir, LayoutOptions::default())?;
/// layout.add_tree(&tree)?;
/// layout.add_changes(&fork.changes()?, &changed)?;
/// layout.finish(&ImageConfig::default(), Some("app:2"))?;
///
/// let image = Image::open(&dir, &ImageOptions::new())?;
/// let again = Tree::new(image.fork());
/// assert_eq!(again.read_to_string("etc/motd")?, "Hello.\n");
/// assert!(!again.exists("etc/old"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LayoutWriter {
    dir: PathBuf,
    options: LayoutOptions,
    layers: Vec<LayerBlob>,
}

impl LayoutWriter {
    /// Begins a layout in a directory, which is made with its parents if it is missing.
    ///
    /// # Errors
    /// [`Refused`](ImageErrorKind::Refused) if something is in the directory; [`Io`](ImageErrorKind::Io).
    pub fn create(dir: impl AsRef<Path>, options: LayoutOptions) -> Result<Self, ImageError> {
        let dir = dir.as_ref();
        let failed = |error| unwritable(dir, error);
        fs::create_dir_all(dir).map_err(failed)?;
        if fs::read_dir(dir).map_err(failed)?.next().is_some() {
            let what = format!(
                "cannot write an image to {}: it is not empty",
                dir.display()
            );
            return Err(ImageError::new(ImageErrorKind::Refused, what));
        }
        fs::create_dir_all(dir.join("blobs/sha256")).map_err(failed)?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            layers: Vec::new(),
        })
    }

    /// Adds a whole tree as a layer.
    ///
    /// # Errors
    /// As [`write_layer`]; [`Io`](ImageErrorKind::Io) if the layer can't be written.
    pub fn add_tree(&mut self, tree: &Tree) -> Result<LayerReport, ImageError> {
        let all = Change {
            path: Box::default(),
            kind: ChangeKind::Created,
            file_type: FileType::Dir,
        };
        self.add_changes(&[all], tree)
    }

    /// Adds what has changed in a tree as a layer. The layers before it are to be what the tree was.
    ///
    /// # Errors
    /// As [`add_tree`](Self::add_tree). The layers that were added stay.
    pub fn add_changes(
        &mut self,
        changes: &[Change],
        tree: &Tree,
    ) -> Result<LayerReport, ImageError> {
        let path = self.dir.join("blobs/sha256/unfinished");
        let added = self.write_blob(&path, changes, tree);
        if added.is_err() {
            // It has no name yet that anybody asks for; that it is left over is no further harm.
            let _ = fs::remove_file(&path);
        }
        let (layer, report) = added?;
        self.layers.push(layer);
        Ok(report)
    }

    /// Writes what the image says of itself, and last the index that makes the directory an image. Without a platform in `config` it is `wasip1/wasm`. `reference`
    /// is what the image is called in the layout, such as `app:1.2`.
    ///
    /// # Errors
    /// [`Io`](ImageErrorKind::Io).
    pub fn finish(self, config: &ImageConfig, reference: Option<&str>) -> Result<(), ImageError> {
        let config_blob = self.add_document(&documents::config(config, &self.layers))?;
        let manifest = documents::manifest(&config_blob, &self.layers);
        let manifest = self.add_document(&manifest)?;
        self.write("oci-layout", documents::layout().to_string().as_bytes())?;
        let index = documents::index(&manifest, config, reference);
        self.write("index.json", index.to_string().as_bytes())
    }

    fn write_blob(
        &self,
        path: &Path,
        changes: &[Change],
        tree: &Tree,
    ) -> Result<(LayerBlob, LayerReport), ImageError> {
        let failed = |error| unwritable(&self.dir, error);
        let options = LayerOptions {
            modified: self.options.modified,
        };
        let out = Digested::new(File::create_new(path).map_err(failed)?);
        let (report, out) = if self.options.gzip {
            let mut out = GzEncoder::new(out, Compression::default());
            let report = write_layer(changes, tree, &mut out, &options)?;
            (report, out.finish().map_err(failed)?)
        } else {
            let mut out = out;
            let report = write_layer(changes, tree, &mut out, &options)?;
            (report, out)
        };
        let (file, blob) = out.finish();
        file.sync_all().map_err(failed)?;
        fs::rename(path, self.blob_path(&blob)).map_err(failed)?;
        let layer = LayerBlob {
            blob,
            diff_id: report.diff_id.clone(),
            gzip: self.options.gzip,
        };
        Ok((layer, report))
    }

    fn add_document(&self, document: &Value) -> Result<Blob, ImageError> {
        let bytes = document.to_string().into_bytes();
        let blob = Blob::of(&bytes);
        let path = self.blob_path(&blob);
        fs::write(path, bytes).map_err(|error| unwritable(&self.dir, error))?;
        Ok(blob)
    }

    /// Writes a file that is there wholly or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ImageError> {
        let path = self.dir.join(name);
        let unfinished = self.dir.join("unfinished");
        let written = File::create(&unfinished).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        });
        written.map_err(|error| unwritable(&self.dir, error))
    }

    fn blob_path(&self, blob: &Blob) -> PathBuf {
        let (algorithm, digits) = blob.digest.split_once(':').unwrap_or_default();
        self.dir.join("blobs").join(algorithm).join(digits)
    }
}

fn unwritable(dir: &Path, error: io::Error) -> ImageError {
    let what = format!("cannot write an image to {}", dir.display());
    ImageError::new(ImageErrorKind::Io, what).caused_by(error)
}
