use std::io::{self, BufWriter, IoSliceMut, Write};

use guesthouse_vfs::{
    Access, Errno, FileType, Metadata, Name, OpenDir, OpenFile, OpenOptions, Opened, Place,
    Timestamp,
};

use super::extents::Extents;
use super::first_names::FirstNames;
use super::header::{BLOCK, Header, Kind, NAME_LEN, OCTAL_END};
use super::records::Records;
use super::report::{TarNoteReason, TarReport};
use crate::error::shown;
use crate::{ImageError, ImageErrorKind};

/// So much is read and written at a time, in bytes.
const BUFFER: usize = 256 * 1024;

/// A tar that is being written, entry by entry. It never goes back.
pub(super) struct Archive<W: Write> {
    out: BufWriter<W>,
    buffer: Box<[u8]>,
    options: ArchiveOptions,
    first_names: FirstNames,
    report: TarReport,
}

#[derive(Clone, Copy)]
pub(super) struct ArchiveOptions {
    /// The time of last modification of all entries, in place of their own.
    pub(super) modified: Option<Timestamp>,
    /// Holes are left out of a file if they have at least so many bytes together.
    pub(super) min_holes: u64,
}

/// A node to write: where it is, and what it is called.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    /// Its name in the archive, without the slash of a directory.
    pub(super) name: &'a [u8],
    /// What notes and errors call it.
    pub(super) shown: &'a [u8],
    pub(super) metadata: &'a Metadata,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(out: W, options: ArchiveOptions) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFER, out),
            buffer: vec![0; BUFFER].into(),
            options,
            first_names: FirstNames::default(),
            report: TarReport::default(),
        }
    }

    pub(super) fn report(&mut self) -> &mut TarReport {
        &mut self.report
    }

    /// Writes what has this name in an open directory, but not what is in it.
    pub(super) fn add(
        &mut self,
        dir: &OpenDir,
        name: Name<'_>,
        node: Node<'_>,
    ) -> Result<(), ImageError> {
        let names = [name];
        let place = Place::act(dir.node(), &names);
        let fs = dir.file_system();
        match node.metadata.file_type {
            FileType::Dir => return self.add_dir(node.name, node.metadata),
            FileType::File | FileType::Symlink if self.add_link(node)? => return Ok(()),
            FileType::File => match fs.open(place, OpenOptions::existing(Access::READ)) {
                Ok(Opened::File(file)) => {
                    return self.add_file(&OpenFile::new(file, Access::READ), node);
                }
                Ok(Opened::Dir(dir)) => drop(OpenDir::from_opened(fs.clone(), dir)),
                Err(stop) if gone(stop.errno()) => {}
                Err(stop) => return Err(unreadable(node.shown, stop.errno())),
            },
            FileType::Symlink => match fs.read_link(place) {
                Ok(target) => return self.add_symlink(&target, node),
                Err(stop) if gone(stop.errno()) => {}
                Err(stop) => return Err(unreadable(node.shown, stop.errno())),
            },
            other => {
                self.report.note(node.shown, TarNoteReason::Special(other));
                return Ok(());
            }
        }
        self.report.note(node.shown, TarNoteReason::Vanished);
        Ok(())
    }

    /// Writes a directory; the empty name is the archive's root.
    pub(super) fn add_dir(&mut self, name: &[u8], metadata: &Metadata) -> Result<(), ImageError> {
        let name = if name.is_empty() { b"." } else { name };
        let name = [name, b"/"].concat();
        let mut records = Records::default();
        self.describe(&mut records, &name, b"", metadata)?;
        let header = self.header(Kind::Dir, &name, metadata);
        self.put(&header.sealed())?;
        self.report.dirs += 1;
        Ok(())
    }

    /// Writes an empty file that says something about its directory.
    pub(super) fn add_whiteout(&mut self, name: &[u8]) -> Result<(), ImageError> {
        let metadata = Metadata {
            mode: 0,
            ..Metadata::of(FileType::File, 0, 0)
        };
        let mut records = Records::default();
        self.describe(&mut records, name, b"", &metadata)?;
        let header = self.header(Kind::File, name, &metadata);
        self.put(&header.sealed())?;
        self.report.whiteouts += 1;
        Ok(())
    }

    /// Writes a file with its contents: as many bytes as it has now, whatever happens to it meanwhile.
    pub(super) fn add_file(&mut self, file: &OpenFile, node: Node<'_>) -> Result<(), ImageError> {
        let failed = |errno| unreadable(node.shown, errno);
        let before = file.metadata().map_err(failed)?;
        let size = before.size;
        let extents = match before.allocated < size {
            true => Some(Extents::of(file, size).map_err(failed)?)
                .filter(|extents| size - extents.stored() >= self.options.min_holes),
            false => None,
        };
        let whole = match extents {
            Some(extents) => self.put_sparse(file, node, &before, &extents)?,
            None => self.put_whole(file, node, &before)?,
        };
        let after = file.metadata().map_err(failed)?;
        if !whole || (after.size, after.modified) != (before.size, before.modified) {
            self.report.note(node.shown, TarNoteReason::Changed);
        }
        self.first_names.remember(&before, node.name);
        self.report.files += 1;
        self.report.bytes += size;
        Ok(())
    }

    /// Writes the end, and hands back what was written to.
    pub(super) fn finish(mut self) -> Result<(W, TarReport), ImageError> {
        self.put(&[0; 2 * BLOCK])?;
        let out = self.out.into_inner().map_err(|error| {
            let error = error.into_error();
            unwritable(error)
        });
        let mut out = out?;
        out.flush().map_err(unwritable)?;
        Ok((out, self.report))
    }

    /// Writes a further name of what is in the archive already.
    fn add_link(&mut self, node: Node<'_>) -> Result<bool, ImageError> {
        let Some(target) = self.first_names.get(node.metadata) else {
            return Ok(false);
        };
        let target = target.to_vec();
        let mut records = Records::default();
        self.describe(&mut records, node.name, &target, node.metadata)?;
        let header = self.header(Kind::HardLink, node.name, node.metadata);
        self.put(&header.with_link(&target).sealed())?;
        self.report.hard_links += 1;
        Ok(true)
    }

    fn add_symlink(&mut self, target: &[u8], node: Node<'_>) -> Result<(), ImageError> {
        let mut records = Records::default();
        self.describe(&mut records, node.name, target, node.metadata)?;
        let header = self.header(Kind::Symlink, node.name, node.metadata);
        self.put(&header.with_link(target).sealed())?;
        self.first_names.remember(node.metadata, node.name);
        self.report.symlinks += 1;
        Ok(())
    }

    /// Returns whether the file had as many bytes as it said.
    fn put_whole(
        &mut self,
        file: &OpenFile,
        node: Node<'_>,
        metadata: &Metadata,
    ) -> Result<bool, ImageError> {
        let mut records = Records::default();
        if metadata.size >= OCTAL_END {
            records.push("size", metadata.size.to_string().as_bytes());
        }
        self.describe(&mut records, node.name, b"", metadata)?;
        let header = self.header(Kind::File, node.name, metadata);
        self.put(&header.with_size(metadata.size).sealed())?;
        self.put_range(file, node.shown, 0, metadata.size)
    }

    /// The same without the file's holes, in GNU's format 1.0 for pax: before what is stored comes a list of where it belongs.
    ///
    /// <https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html>
    fn put_sparse(
        &mut self,
        file: &OpenFile,
        node: Node<'_>,
        metadata: &Metadata,
        extents: &Extents,
    ) -> Result<bool, ImageError> {
        let list_len = extents.list().map(|line| line.len() as u64).sum::<u64>();
        let size = list_len.next_multiple_of(BLOCK as u64) + extents.stored();
        let mut records = Records::default();
        records.push("GNU.sparse.major", b"1");
        records.push("GNU.sparse.minor", b"0");
        records.push("GNU.sparse.realsize", metadata.size.to_string().as_bytes());
        if size >= OCTAL_END {
            records.push("size", size.to_string().as_bytes());
        }
        // A program that does not know the format shall not take the list and the rest for the file.
        let name = match is_plain(node.name) {
            true => {
                records.push("GNU.sparse.name", node.name);
                b"GNUSparseFile.0/file"
            }
            false => node.name,
        };
        self.describe(&mut records, name, b"", metadata)?;
        let header = self.header(Kind::File, name, metadata);
        self.put(&header.with_size(size).sealed())?;
        for line in extents.list() {
            self.put(line.as_bytes())?;
        }
        self.pad(list_len)?;
        let mut whole = true;
        for &(offset, len) in extents.pieces() {
            whole &= self.put_range(file, node.shown, offset, len)?;
        }
        Ok(whole)
    }

    /// Writes a part of a file, filled up to whole blocks, and with zeros if the file ends too early; returns whether it did not.
    fn put_range(
        &mut self,
        file: &OpenFile,
        shown: &[u8],
        offset: u64,
        len: u64,
    ) -> Result<bool, ImageError> {
        let mut left = len;
        let mut whole = true;
        while left > 0 {
            let at_once = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let part = self.buffer.get_mut(..at_once).unwrap_or_default();
            let read = match whole {
                true => file
                    .read_at(&mut [IoSliceMut::new(part)], offset + (len - left))
                    .map_err(|errno| unreadable(shown, errno))?,
                false => {
                    part.fill(0);
                    part.len()
                }
            };
            whole &= read > 0;
            let part = part.get(..read).unwrap_or_default();
            self.out.write_all(part).map_err(unwritable)?;
            self.report.archive_bytes += part.len() as u64;
            left -= part.len() as u64;
        }
        self.pad(len)?;
        Ok(whole)
    }

    /// Writes before an entry what its header has no room for.
    fn describe(
        &mut self,
        records: &mut Records,
        name: &[u8],
        target: &[u8],
        metadata: &Metadata,
    ) -> Result<(), ImageError> {
        records.push_modified(self.options.modified.unwrap_or(metadata.modified));
        for (text, key, long) in [
            (name, "path", Kind::LongName),
            (target, "linkpath", Kind::LongLink),
        ] {
            if is_plain(text) && (text.len() > NAME_LEN || !text.is_ascii()) {
                records.push(key, text);
            } else if text.len() > NAME_LEN {
                let text = [text, b"\0"].concat();
                let header = Header::new(long, b"././@LongLink");
                self.put(&header.with_size(text.len() as u64).sealed())?;
                self.put(&text)?;
                self.pad(text.len() as u64)?;
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        let records = records.as_bytes();
        let header = Header::new(Kind::Records, b"././@PaxHeader").with_mode(0o644);
        self.put(&header.with_size(records.len() as u64).sealed())?;
        self.put(records)?;
        self.pad(records.len() as u64)
    }

    fn header(&self, kind: Kind, name: &[u8], metadata: &Metadata) -> Header {
        let modified = self.options.modified.unwrap_or(metadata.modified);
        Header::new(kind, name)
            .with_mode(metadata.mode)
            .with_modified(modified.as_parts().0)
    }

    fn pad(&mut self, len: u64) -> Result<(), ImageError> {
        const ZEROS: [u8; BLOCK] = [0; BLOCK];
        let over = usize::try_from(len % BLOCK as u64).unwrap_or(0);
        let missing = if over == 0 { 0 } else { BLOCK - over };
        self.put(ZEROS.get(..missing).unwrap_or_default())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ImageError> {
        self.out.write_all(bytes).map_err(unwritable)?;
        self.report.archive_bytes += bytes.len() as u64;
        Ok(())
    }
}

/// What the archive can't hold because it could not be read.
pub(super) fn unreadable(path: &[u8], errno: Errno) -> ImageError {
    let what = format!("cannot archive {}", shown(path));
    ImageError::new(ImageErrorKind::Io, what).caused_by(errno)
}

fn unwritable(error: io::Error) -> ImageError {
    ImageError::new(ImageErrorKind::Io, "cannot write the archive").caused_by(error)
}

/// Whether pax can tell it: its texts are UTF-8, and some programs end a record with the first newline. GNU's long names are any bytes, and so are those in the header.
fn is_plain(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok() && !text.contains(&b'\n')
}

/// What was listed is not there any more, or is something else.
fn gone(errno: Errno) -> bool {
    use Errno::{Invalid, IsDir, Loop, NoEntry, NotDir};
    matches!(errno, NoEntry | NotDir | IsDir | Loop | Invalid)
}
