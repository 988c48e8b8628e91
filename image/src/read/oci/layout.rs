use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use bytes::Bytes;
use guesthouse_vfs::{FileType, Tree};

use super::digest::Digest;
use super::documents::{Descriptor, DockerImage, LayoutMarker, parse};
use crate::error::shown;
use crate::read::budget::Budget;
use crate::read::buffer::{Buffer, Charged};
use crate::read::decompress::borrowed;
use crate::read::entry_name::EntryName;
use crate::read::tar::{self, Contents, Kind, Members};
use crate::read::unpack::Unpacker;
use crate::read::{ImageError, ImageErrorKind, ImageOptions};

/// The files that an image consists of: a directory of the host, or a tar archive.
///
/// Either is a tree that no path and no link leaves. Of an archive the contents are kept by inode, so that a blob is a slice of it.
pub(in crate::read) struct Layout {
    tree: Tree,
    contents: HashMap<u64, Bytes>,
    /// Which of those were handed out.
    lent: RefCell<HashSet<u64>>,
    /// How many bytes were handed out again.
    lent_again: Cell<u64>,
}

/// What kind of image the files make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum LayoutKind {
    Oci,
    Docker,
}

/// The largest JSON document that is read, in bytes; what registries allow.
const DOCUMENT_MAX: u64 = 4 << 20;

/// How many bytes of an archive are taken again, since a list can name one file for each of its layers or images: with 128 times the time that one takes, a small
/// archive would keep a host busy for hours.
const LENT_AGAIN_MAX: u64 = 64 << 20;

const MARKER: &str = "oci-layout";
const INDEX: &str = "index.json";
const DOCKER_MANIFEST: &str = "manifest.json";

impl Layout {
    /// A directory of the host.
    pub(in crate::read) fn open_dir(path: &Path) -> Result<Self, ImageError> {
        let tree = Tree::open_host(path).map_err(|error| {
            ImageError::new(ImageErrorKind::Io, "it cannot be opened").caused_by(error)
        })?;
        Ok(Self {
            tree,
            contents: HashMap::new(),
            lent: RefCell::default(),
            lent_again: Cell::default(),
        })
    }

    /// What a tar archive holds.
    pub(in crate::read) fn of_tar(
        archive: &Bytes,
        options: &ImageOptions,
    ) -> Result<Self, ImageError> {
        let mut unpacker = Unpacker::new(options).keeping_contents();
        tar::unpack(archive, &mut unpacker)?;
        let (fs, contents) = unpacker.finish_with_contents()?;
        Ok(Self {
            tree: Tree::new(fs),
            contents,
            lent: RefCell::default(),
            lent_again: Cell::default(),
        })
    }

    /// What kind of image this is, if it is one and not only a tree of files.
    pub(in crate::read) fn kind(&self) -> Option<LayoutKind> {
        let mut budget = Budget::new(DOCUMENT_MAX);
        let mut small = |path| self.read_document(path, &mut budget).ok();
        if self.tree.exists(INDEX) && small(MARKER).is_some_and(|json| is_marker(&json)) {
            return Some(LayoutKind::Oci);
        }
        let manifest = small(DOCKER_MANIFEST)?;
        is_docker_manifest(&manifest).then_some(LayoutKind::Docker)
    }

    /// The list of images of an OCI layout.
    pub(super) fn index(&self, budget: &mut Budget) -> Result<Bytes, ImageError> {
        self.read_document(INDEX, budget)
            .map_err(|error| error.within(INDEX))
    }

    /// The list of images of a `docker save` archive.
    pub(super) fn docker_manifest(&self, budget: &mut Budget) -> Result<Bytes, ImageError> {
        self.read_document(DOCKER_MANIFEST, budget)
            .map_err(|error| error.within(DOCKER_MANIFEST))
    }

    /// A JSON document.
    pub(super) fn read_document(
        &self,
        path: &str,
        budget: &mut Budget,
    ) -> Result<Bytes, ImageError> {
        if self.size(path)? > DOCUMENT_MAX {
            let what = format!("it is longer than {DOCUMENT_MAX} bytes");
            return Err(ImageError::new(ImageErrorKind::TooLarge, what));
        }
        let read = self.read(path, budget)?;
        // Documents are gone before layers are read.
        budget.refund(read.charge);
        Ok(read.bytes)
    }

    /// The blob of a descriptor, of which size and digest are right.
    pub(super) fn read_blob(
        &self,
        descriptor: &Descriptor,
        digest: &Digest,
        budget: &mut Budget,
    ) -> Result<Charged, ImageError> {
        let path = digest.path();
        let size = self.size(&path)?;
        if size != descriptor.size {
            let what = format!("it is {size} bytes long and should be {}", descriptor.size);
            return Err(ImageError::new(ImageErrorKind::Corrupt, what));
        }
        let blob = self.read(&path, budget)?;
        digest.verify(&blob.bytes)?;
        Ok(blob)
    }

    /// A document that a descriptor speaks of.
    pub(super) fn read_document_blob(
        &self,
        descriptor: &Descriptor,
        budget: &mut Budget,
    ) -> Result<Bytes, ImageError> {
        let digest = Digest::parse(&descriptor.digest)?;
        let of_blob = |error: ImageError| error.within(digest.to_string());
        if descriptor.size > DOCUMENT_MAX {
            let what = format!("it is longer than {DOCUMENT_MAX} bytes");
            return Err(of_blob(ImageError::new(ImageErrorKind::TooLarge, what)));
        }
        let blob = self
            .read_blob(descriptor, &digest, budget)
            .map_err(of_blob)?;
        budget.refund(blob.charge);
        Ok(blob.bytes)
    }

    /// How long a file is, in bytes.
    fn size(&self, path: &str) -> Result<u64, ImageError> {
        let metadata = self
            .tree
            .metadata(path)
            .map_err(|error| missing(path, &error))?;
        if metadata.file_type != FileType::File {
            let what = format!("{} is no file", shown(path.as_bytes()));
            return Err(ImageError::new(ImageErrorKind::Corrupt, what));
        }
        Ok(metadata.size)
    }

    /// A whole file.
    pub(super) fn read(&self, path: &str, budget: &mut Budget) -> Result<Charged, ImageError> {
        let mut file = self
            .tree
            .open(path)
            .map_err(|error| missing(path, &error))?;
        let metadata = file.metadata().map_err(unreadable)?;
        if let Some(bytes) = self.contents.get(&metadata.ino) {
            return self.lend(metadata.ino, bytes);
        }
        let mut buffer = Buffer::new(metadata.size, budget)?;
        buffer.append(&mut file, unreadable)?;
        Ok(buffer.finish())
    }

    /// Hands out what costs no memory.
    fn lend(&self, ino: u64, bytes: &Bytes) -> Result<Charged, ImageError> {
        if !self.lent.borrow_mut().insert(ino) {
            let again = self.lent_again.get().saturating_add(bytes.len() as u64);
            if again > LENT_AGAIN_MAX {
                let what = "it names the same files again and again";
                return Err(ImageError::new(ImageErrorKind::TooLarge, what));
            }
            self.lent_again.set(again);
        }
        Ok(borrowed(bytes.clone()))
    }
}

/// What kind of image an archive holds, if it is one and not only a tree of files. Only looks at headers and at the documents in question.
pub(in crate::read) fn kind_of_tar(archive: &Bytes) -> Result<Option<LayoutKind>, ImageError> {
    let (mut has_index, mut marker, mut manifest) = (false, false, false);
    let mut members = Members::new(archive.clone());
    while let Some(member) = members.next()? {
        let Kind::File(Contents::Whole(bytes)) = &member.kind else {
            continue;
        };
        let Ok(name) = EntryName::new(&member.name) else {
            continue;
        };
        let small = bytes.len() as u64 <= DOCUMENT_MAX;
        match name.path() {
            path if path == INDEX.as_bytes() => has_index = true,
            path if path == MARKER.as_bytes() => marker = small && is_marker(bytes),
            path if path == DOCKER_MANIFEST.as_bytes() => {
                manifest = small && is_docker_manifest(bytes);
            }
            _ => {}
        }
    }
    Ok(match (has_index && marker, manifest) {
        (true, _) => Some(LayoutKind::Oci),
        (false, true) => Some(LayoutKind::Docker),
        (false, false) => None,
    })
}

fn is_marker(json: &[u8]) -> bool {
    parse::<LayoutMarker>(json).is_ok_and(|marker| marker.version.starts_with("1."))
}

fn is_docker_manifest(json: &[u8]) -> bool {
    parse::<Vec<DockerImage>>(json).is_ok_and(|images| !images.is_empty())
}

fn missing(path: &str, error: &guesthouse_vfs::TreeError) -> ImageError {
    use guesthouse_vfs::Errno;
    let kind = match error.errno() {
        Errno::NoEntry | Errno::NotDir | Errno::IsDir | Errno::Loop => ImageErrorKind::Corrupt,
        Errno::Permission => ImageErrorKind::Refused,
        _ => ImageErrorKind::Io,
    };
    let what = format!("{} cannot be read", shown(path.as_bytes()));
    ImageError::new(kind, what).caused_by(error.errno())
}

fn unreadable(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Io, "reading failed").caused_by(error)
}
