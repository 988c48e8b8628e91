use std::collections::HashMap;
use std::io::Write;

use guesthouse_vfs::{Change, Errno, FileType, Metadata, Name, Place, Timestamp, Tree};

use super::archive::{Archive, ArchiveOptions, Node, unreadable};
use super::digest::Digested;
use super::layer_plan::{LayerPlan, Step};
use super::layer_way::{Way, split};
use super::report::{TarNoteReason, TarReport};
use super::tar::{PATH_MAX, add_below, join};
use crate::error::shown;
use crate::{ImageError, ImageErrorKind};

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// The specification advises against leaving holes out, so files with less than this, in bytes, are written with them.
const MIN_HOLES: u64 = 64 * 1024;

/// So many bytes of paths are added to a layer for the sake of hard links.
const LINK_PATHS_MAX: usize = 64 << 20;

/// How changes are written as a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerOptions {
    /// The time of last modification of all entries, in place of their own.
    pub modified: Option<Timestamp>,
}

/// A layer that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerReport {
    /// What an image's configuration calls the layer, its `diff_id`: `sha256:` and 64 hexadecimal digits, the digest of the tar.
    pub diff_id: String,
    /// What was written, and what not. `archive_bytes` is the size that goes with the digest.
    pub tar: TarReport,
}

/// Writes what has changed in a tree as a layer of an OCI image: a tar that, applied on what the tree was, makes it what it is.
///
/// What was made or modified is there as a whole, with the directories that lead to it from the root, so that they have their modes and times however the layer is applied. What was renamed is there as a whole under its new name, with all below it. What is gone has a
/// whiteout, an empty file whose name is `.wh.` and the name that is gone; a directory in the place of another has an opaque whiteout, `.wh..wh..opq`. Where a file with several names is in the
/// layer, all of them are, since a link leads to nothing outside of its layer. Holes are left out of files that have at least 64 KiB of them. Otherwise everything is as [`write_tar`](crate::write_tar) says.
///
/// A tree that is to be the first layer of an image is one change: the root, a directory, was created.
///
/// `tree` is the whole that the changes are about, as it is now, and at rest; take both from one snapshot or from a fork that nobody uses.
///
/// # Errors
/// [`Refused`](ImageErrorKind::Refused) where a name in the layer would begin with `.wh.`, which says something else there; [`Io`](ImageErrorKind::Io) with the path in question if the tree can't be read or is not what the
/// changes say. Up to here nothing has been written. `Io` if `out` fails.
///
/// # References
/// <https://github.com/opencontainers/image-spec/blob/main/layer.md>
///
/// # Examples
/// ```
/// use guesthouse_image::{LayerOptions, write_layer};
/// use guesthouse_vfs::{Change, ChangeKind, FileType, MemFs, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = Tree::new(MemFs::new());
/// tree.build().file("etc/new.conf", "on\n").finish()?;
/// let change = |path: &[u8], kind| Change { path: path.into(), kind, file_type: FileType::File };
/// let changes = [
///     change(b"etc/new.conf", ChangeKind::Created),
///     change(b"etc/old.conf", ChangeKind::Removed),
/// ];
///
/// let mut layer = Vec::new();
/// let report = write_layer(&changes, &tree, &mut layer, &LayerOptions::default())?;
/// assert_eq!((report.tar.dirs, report.tar.files, report.tar.whiteouts), (2, 1, 1));
/// assert!(report.diff_id.starts_with("sha256:"));
/// # Ok(())
/// # }
/// ```
pub fn write_layer(
    changes: &[Change],
    tree: &Tree,
    out: impl Write,
    options: &LayerOptions,
) -> Result<LayerReport, ImageError> {
    let mut plan = LayerPlan::of(changes);
    let names = survey(&plan, tree)?;
    add_linked(&mut plan, tree, names)?;
    let archive = Archive::new(
        Digested::new(out),
        ArchiveOptions {
            modified: options.modified,
            min_holes: MIN_HOLES,
        },
    );
    let (out, tar) = write_steps(&plan, tree, archive)?.finish()?;
    let diff_id = out.finish().1.digest;
    Ok(LayerReport { diff_id, tar })
}

/// How many names of a node with several the layer has, by device and inode number.
type NamesOfNodes = HashMap<(u64, u64), NamesOfNode>;

struct NamesOfNode {
    in_layer: u64,
    in_all: u64,
}

/// Goes through all that will be in the layer before anything is written.
fn survey(plan: &LayerPlan, tree: &Tree) -> Result<NamesOfNodes, ImageError> {
    let mut names = NamesOfNodes::new();
    let mut count = |metadata: &Metadata| {
        if metadata.nlink > 1 && metadata.file_type != FileType::Dir {
            let node = names.entry((metadata.dev, metadata.ino));
            let node = node.or_insert(NamesOfNode {
                in_layer: 0,
                in_all: metadata.nlink,
            });
            node.in_layer += 1;
        }
    };
    let mut way = Way::new(tree)?;
    for (path, step) in plan.steps() {
        if path.len() > PATH_MAX || matches!(step, Step::Special(_)) {
            continue;
        }
        check_names(&path)?;
        let (dir, name) = split(&path);
        match step {
            Step::Node if !path.is_empty() => {
                way.go_to(dir, |_, _| Ok(()))?;
                count(&way.metadata(name)?);
            }
            Step::Subtree { .. } => {
                way.go_to(&path, |_, _| Ok(()))?;
                for entry in way
                    .below()?
                    .walk("/")
                    .map_err(|e| unreadable(&path, e.errno()))?
                {
                    let entry = entry
                        .map_err(|error| unreadable(&join(&path, error.path()), error.errno()))?;
                    if entry.name().starts_with(WHITEOUT) {
                        return Err(misleading(&join(&path, entry.path())));
                    }
                    count(entry.metadata());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Adds the names that have not changed of the files that are in the layer under others.
fn add_linked(
    plan: &mut LayerPlan,
    tree: &Tree,
    mut names: NamesOfNodes,
) -> Result<(), ImageError> {
    names.retain(|_, node| node.in_layer < node.in_all);
    let whole = matches!(plan.step_at(b""), Some(Step::Subtree { .. }));
    if names.is_empty() || whole {
        return Ok(());
    }
    let mut bytes = 0;
    let unread = |path: &[u8], errno: Errno| unreadable(path, errno);
    let mut walk = tree.walk("/").map_err(|e| unread(b"/", e.errno()))?;
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| unread(error.path(), error.errno()))?;
        let path = join(b"", entry.path());
        match plan.step_at(&path) {
            Some(Step::Subtree { .. }) => walk.skip_dir(),
            Some(_) => {}
            None => {
                let metadata = entry.metadata();
                if !names.contains_key(&(metadata.dev, metadata.ino)) || entry.is_dir() {
                    continue;
                }
                bytes += path.len();
                if path.len() > PATH_MAX || bytes > LINK_PATHS_MAX {
                    continue;
                }
                check_names(&path)?;
                plan.insert_node(&path);
            }
        }
    }
    Ok(())
}

fn write_steps<W: Write>(
    plan: &LayerPlan,
    tree: &Tree,
    mut archive: Archive<W>,
) -> Result<Archive<W>, ImageError> {
    let mut way = Way::new(tree)?;
    if plan.steps().next().is_some() {
        archive.add_dir(b"", &root(tree)?)?;
    }
    for (path, step) in plan.steps() {
        if path.len() > PATH_MAX {
            archive.report().note(&path, TarNoteReason::PathTooLong);
            continue;
        }
        let (dir, name) = split(&path);
        match step {
            Step::Special(kind) => archive.report().note(&path, TarNoteReason::Special(kind)),
            Step::Whiteout => {
                way.go_to(dir, |path, metadata| archive.add_dir(path, metadata))?;
                archive.add_whiteout(&join(dir, &[WHITEOUT, name].concat()))?;
            }
            Step::Node if path.is_empty() => {}
            Step::Node => {
                way.go_to(dir, |path, metadata| archive.add_dir(path, metadata))?;
                let metadata = way.metadata(name)?;
                if metadata.file_type == FileType::Dir {
                    way.go_to(&path, |path, metadata| archive.add_dir(path, metadata))?;
                    continue;
                }
                let dir = way.dir()?;
                let plain = Name::new(name).ok_or_else(|| unreadable(&path, Errno::Invalid))?;
                let node = Node {
                    name: &path,
                    shown: &path,
                    metadata: &metadata,
                };
                archive.add(&dir, plain, node)?;
            }
            Step::Subtree { opaque } => {
                way.go_to(&path, |path, metadata| archive.add_dir(path, metadata))?;
                if opaque {
                    archive.add_whiteout(&join(&path, OPAQUE))?;
                }
                add_below(&mut archive, &way.below()?, &path, &path)?;
            }
        }
    }
    Ok(archive)
}

fn root(tree: &Tree) -> Result<Metadata, ImageError> {
    let root = tree.root();
    let metadata = root.file_system().metadata(Place::dir(root.node()));
    metadata.map_err(|stop| unreadable(b"/", stop.errno()))
}

/// A path in a layer must not say something else than it does in the tree.
fn check_names(path: &[u8]) -> Result<(), ImageError> {
    let mut names = path.split(|&byte| byte == b'/');
    match names.any(|name| name.starts_with(WHITEOUT)) {
        true => Err(misleading(path)),
        false => Ok(()),
    }
}

fn misleading(path: &[u8]) -> ImageError {
    let what = format!(
        "cannot write {} to a layer: there a name that begins with .wh. says that something is gone",
        shown(path)
    );
    ImageError::new(ImageErrorKind::Refused, what)
}
