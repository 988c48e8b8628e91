use std::io::Write;

use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{
    Access, Errno, FileType, NAME_MAX, Name, OpenOptions, Timestamp, Tree, TreeError,
};

use super::archive::{Archive, ArchiveOptions, Node, unreadable};
use super::report::{TarNoteReason, TarReport};
use crate::error::shown;
use crate::{ImageError, ImageErrorKind};

/// The longest path in an archive, in bytes. A guest can nest directories until all paths together have terabytes.
pub(super) const PATH_MAX: usize = crate::read::ENTRY_NAME_MAX;

/// How a tree is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TarOptions {
    /// What the entries' names begin with, such as `app-1.0`. Without it the directory that is written is the archive's root, `./`.
    pub prefix: Vec<u8>,
    /// The time of last modification of all entries, in place of their own. With it two trees with the same names, contents and modes give the same archive, byte for byte.
    pub modified: Option<Timestamp>,
}

/// Writes what is at a path as a tar: a directory with all below it, mounts included, or a file. Links to either are followed; links below a directory are written as links.
///
/// Permission bits (`0o7777`), times of last modification to the nanosecond, hard links, symbolic links with any target, holes, and names of any bytes are kept. Owner and group are 0. Sockets, FIFOs and devices
/// are left out with a note in the report, and so is what has a path of more than 65,535 bytes. Entries come sorted, directories before what is in them, so the same tree gives the same
/// archive. It is written as it goes, in bounded memory. Compress it by giving a compressing `out`.
///
/// The format is POSIX's pax, with GNU's long names where they aren't UTF-8, and GNU's sparse format 1.0 for files with holes. GNU tar, bsdtar, Python and Go read it, and so does [`Image`](crate::Image); the crate `tar`
/// does but for files with holes.
///
/// Set-user-id and set-group-id bits are kept too, so do not unpack as the superuser what a guest has made; [`Tree::copy_out`] drops them.
///
/// A file that is written to meanwhile is there with the length it had, and with a note. To be safe from that, fork a memory filesystem and write the fork.
///
/// # Errors
/// [`Refused`](ImageErrorKind::Refused) for a prefix with `.`, `..` or a name above 255 bytes in it, or above 65,535 bytes; [`Io`](ImageErrorKind::Io) with the path in question if the tree can't be read, or if `out` fails.
///
/// # Examples
/// ```
/// use guesthouse_image::{TarOptions, write_tar};
/// use guesthouse_vfs::{MemFs, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = Tree::new(MemFs::new());
/// tree.build().file("srv/page.html", "<p>Hello.").symlink("srv/index.html", "page.html").finish()?;
///
/// let mut archive = Vec::new();
/// let report = write_tar(&tree, "/srv", &mut archive, &TarOptions::default())?;
/// assert_eq!((report.dirs, report.files, report.symlinks), (1, 1, 1));
/// for note in &report.notes {
///     eprintln!("{note}");
/// }
/// # assert!(report.notes.is_empty());
/// # assert_eq!(report.archive_bytes, archive.len() as u64);
/// # Ok(())
/// # }
/// ```
pub fn write_tar(
    tree: &Tree,
    path: impl AsRef<[u8]>,
    out: impl Write,
    options: &TarOptions,
) -> Result<TarReport, ImageError> {
    let path = path.as_ref();
    let prefix = clean_prefix(&options.prefix)?;
    let mut archive = Archive::new(
        out,
        ArchiveOptions {
            modified: options.modified,
            min_holes: 1,
        },
    );
    let metadata = tree.metadata(path).map_err(unread_tree)?;
    if metadata.file_type == FileType::Dir {
        archive.add_dir(&prefix, &metadata)?;
        let below = tree.subtree(path).map_err(unread_tree)?;
        add_below(&mut archive, &below, &prefix, path)?;
    } else {
        add_one(&mut archive, tree, path, &prefix)?;
    }
    Ok(archive.finish()?.1)
}

/// Writes all that is below a tree's root, sorted. `prefix` is what the root is called in the archive, `shown` what it is called elsewhere.
pub(super) fn add_below<W: Write>(
    archive: &mut Archive<W>,
    tree: &Tree,
    prefix: &[u8],
    shown: &[u8],
) -> Result<(), ImageError> {
    let mut walk = tree.walk("/").map_err(unread_tree)?;
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| unreadable(&join(shown, error.path()), error.errno()))?;
        let name = join(prefix, entry.path());
        let shown = join(shown, entry.path());
        if name.len() > PATH_MAX {
            archive.report().note(&shown, TarNoteReason::PathTooLong);
            walk.skip_dir();
            continue;
        }
        let plain = Name::new(entry.name()).ok_or_else(|| unreadable(&shown, Errno::Io))?;
        let dir = walk.dir();
        let dir = dir.map_err(|error| unreadable(&shown, error.errno()))?;
        let node = Node {
            name: &name,
            shown: &shown,
            metadata: entry.metadata(),
        };
        archive.add(&dir, plain, node)?;
    }
    Ok(())
}

/// Writes the one file that a path leads to, under the path's last name.
fn add_one<W: Write>(
    archive: &mut Archive<W>,
    tree: &Tree,
    path: &[u8],
    prefix: &[u8],
) -> Result<(), ImageError> {
    let metadata = tree.metadata(path).map_err(unread_tree)?;
    if metadata.file_type != FileType::File {
        let reason = TarNoteReason::Special(metadata.file_type);
        archive.report().note(path, reason);
        return Ok(());
    }
    let start = Start::at_root(tree.root());
    let first = path.iter().position(|&byte| byte != b'/');
    let relative = path.get(first.unwrap_or(0)..).unwrap_or_default();
    let options = OpenOptions::existing(Access::READ);
    let opened = resolve::open(start, relative, Symlinks::Follow, options);
    let OpenNode::File(file) = opened.map_err(|errno| unreadable(path, errno))? else {
        return Err(unreadable(path, Errno::IsDir));
    };
    let name = relative.rsplit(|&byte| byte == b'/').next();
    let node = Node {
        name: &join(prefix, name.unwrap_or_default()),
        shown: path,
        metadata: &metadata,
    };
    archive.add_file(&file, node)
}

/// The path of something below a directory. In an archive the root's is empty.
pub(super) fn join(dir: &[u8], below: &[u8]) -> Vec<u8> {
    let below = below.strip_prefix(b"/").unwrap_or(below);
    match dir {
        b"" => below.to_vec(),
        _ if dir.ends_with(b"/") => [dir, below].concat(),
        _ => [dir, b"/", below].concat(),
    }
}

/// The prefix without needless slashes.
fn clean_prefix(prefix: &[u8]) -> Result<Vec<u8>, ImageError> {
    let names = prefix.split(|&byte| byte == b'/');
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    let is_plain = |name: &&[u8]| Name::new(name).is_some() && name.len() <= NAME_MAX;
    let clean = names.join(&b'/');
    if names.iter().all(is_plain) && clean.len() <= PATH_MAX {
        return Ok(clean);
    }
    let prefix = shown(prefix);
    let what = format!("cannot write an archive with the prefix {prefix}: it is no plain path");
    Err(ImageError::new(ImageErrorKind::Refused, what))
}

fn unread_tree(error: TreeError) -> ImageError {
    unreadable(error.path(), error.errno())
}
