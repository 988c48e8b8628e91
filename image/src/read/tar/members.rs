use bytes::Bytes;
use guesthouse_vfs::FileType;

use super::header::{BLOCK, Block, corrupt};
use super::in_entry;
use super::pax::Pax;
use super::sparse::Sparse;
use crate::read::note::NoteKind;
use crate::read::unpack::Attributes;
use crate::read::{ImageError, ImageErrorKind};

/// The members of an archive, one after the other.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06>,
/// <https://www.gnu.org/software/tar/manual/html_node/Standard.html>
pub(in crate::read) struct Members {
    archive: Bytes,
    /// Where the next header is.
    at: usize,
    /// What the global headers have said so far.
    global: Pax,
    /// What is odd about the archive's end.
    end_notes: Vec<NoteKind>,
}

/// One member, with what extended headers say of it.
#[derive(Debug)]
pub(in crate::read) struct Member {
    /// The name as the archive has it.
    pub(in crate::read) name: Vec<u8>,
    pub(in crate::read) attributes: Attributes,
    pub(in crate::read) kind: Kind,
}

/// What a member is.
#[derive(Debug)]
pub(in crate::read) enum Kind {
    File(Contents),
    Dir,
    /// With its target.
    Symlink(Vec<u8>),
    /// With the name of the member that it is another name of.
    HardLink(Vec<u8>),
    Special(FileType),
    /// Something that is not known, with its type flag.
    Unknown(u8),
}

/// What is in a file.
#[derive(Debug)]
pub(in crate::read) enum Contents {
    Whole(Bytes),
    Sparse(Sparse),
}

/// What comes before the header of a member and belongs to it.
#[derive(Default)]
struct Preface {
    pax: Option<Pax>,
    name: Option<Vec<u8>>,
    link_name: Option<Vec<u8>>,
}

/// The most that an extended header or a long name may take, in bytes, as in Go's reader.
const PREFACE_MAX: usize = 1 << 20;

impl Members {
    pub(in crate::read) fn new(archive: Bytes) -> Self {
        Self {
            archive,
            at: 0,
            global: Pax::default(),
            end_notes: Vec::new(),
        }
    }

    /// The next member, or none at the end of the archive.
    ///
    /// # Errors
    /// [`ImageErrorKind::Corrupt`] for what is no archive; [`ImageErrorKind::TooLarge`] for a header that is; [`ImageErrorKind::Unsupported`] for a part of a
    /// member that begins on another tape.
    pub(in crate::read) fn next(&mut self) -> Result<Option<Member>, ImageError> {
        let archive = self.archive.clone();
        let mut preface = Preface::default();
        loop {
            let start = self.at;
            let at = |error: ImageError| error.within(format!("the header at byte {start}"));
            let Some(bytes) = self.next_header(&archive, preface.is_empty()).map_err(at)? else {
                return Ok(None);
            };
            let block = Block::new(bytes).map_err(at)?;
            match block.type_flag() {
                b'x' | b'X' => {
                    let records = self.take_preface(&block).map_err(at)?;
                    let pax = preface.pax.get_or_insert_with(|| self.global.clone());
                    pax.add(&records).map_err(at)?;
                }
                b'g' => {
                    let records = self.take_preface(&block).map_err(at)?;
                    self.global.add(&records).map_err(at)?;
                    if self.global.is_of_one_entry() {
                        // To take them along for each entry would cost more than the archive is long.
                        let what = "a global header has a name, a size or a map for all entries that follow";
                        return Err(at(ImageError::new(ImageErrorKind::Unsupported, what)));
                    }
                }
                b'L' => {
                    let name = self.take_preface(&block).map_err(at)?;
                    preface.name = Some(long_name(&name));
                }
                b'K' => {
                    let name = self.take_preface(&block).map_err(at)?;
                    preface.link_name = Some(long_name(&name));
                }
                _ => return self.member(&block, preface).map_err(at).map(Some),
            }
        }
    }

    /// What is odd about the end, once it was reached.
    pub(in crate::read) fn end_notes(self) -> Vec<NoteKind> {
        self.end_notes
    }

    /// The bytes of the next header; none at the end. `between`: no member has begun.
    fn next_header<'a>(
        &mut self,
        archive: &'a [u8],
        between: bool,
    ) -> Result<Option<&'a [u8]>, ImageError> {
        let rest = archive.get(self.at..).unwrap_or_default();
        let block = rest.get(..BLOCK).unwrap_or(rest);
        let is_end = block.iter().all(|&byte| byte == 0);
        if !is_end {
            self.at += block.len();
            return Ok(Some(block));
        }
        if !between {
            return Err(corrupt("the archive ends where an entry begins"));
        }
        if rest.is_empty() {
            self.end_notes.push(NoteKind::NoEndMarker);
        } else if rest.iter().skip(BLOCK).take(BLOCK).any(|&byte| byte != 0) {
            self.end_notes.push(NoteKind::TrailingBytes);
        }
        self.at = archive.len();
        Ok(None)
    }

    /// The contents of an extended header.
    fn take_preface(&mut self, block: &Block<'_>) -> Result<Bytes, ImageError> {
        let size = block.size()?;
        if size > PREFACE_MAX as u64 {
            let what = format!("an extended header is longer than {PREFACE_MAX} bytes");
            return Err(ImageError::new(ImageErrorKind::TooLarge, what));
        }
        self.take(size)
    }

    /// The next bytes, and goes on behind them and their padding.
    fn take(&mut self, size: u64) -> Result<Bytes, ImageError> {
        let end = usize::try_from(size)
            .ok()
            .and_then(|size| self.at.checked_add(size))
            .filter(|end| *end <= self.archive.len())
            .ok_or_else(|| corrupt("the archive ends in the middle of it"))?;
        let bytes = self.archive.slice(self.at..end);
        self.at = end.next_multiple_of(BLOCK).min(self.archive.len());
        Ok(bytes)
    }

    fn member(&mut self, block: &Block<'_>, preface: Preface) -> Result<Member, ImageError> {
        let Preface {
            pax,
            name,
            link_name,
        } = preface;
        let pax = pax.unwrap_or_else(|| self.global.clone());
        let given = pax
            .sparse
            .name
            .clone()
            .or_else(|| pax.path.clone())
            .or(name);
        let name = given.unwrap_or_else(|| block.name());
        let link = || {
            let link_name = pax.link_path.clone().or_else(|| link_name.clone());
            link_name.unwrap_or_else(|| block.link_name().to_vec())
        };
        let kind = self
            .kind(block, &pax, &name, link)
            .map_err(|error| in_entry(error, &name))?;
        let in_name = |error| in_entry(error, &name);
        let attributes = Attributes {
            mode: block.mode().map_err(in_name)?,
            modified: match pax.modified {
                Some(modified) => modified,
                None => block.modified().map_err(in_name)?,
            },
            accessed: match pax.accessed {
                Some(accessed) => Some(accessed),
                None => block.accessed().map_err(in_name)?,
            },
        };
        Ok(Member {
            name,
            attributes,
            kind,
        })
    }

    /// Finds out what a member is and goes on behind it.
    fn kind(
        &mut self,
        block: &Block<'_>,
        pax: &Pax,
        name: &[u8],
        link: impl FnOnce() -> Vec<u8>,
    ) -> Result<Kind, ImageError> {
        // Links, directories and devices have no contents, whatever size they claim: so say GNU tar, Python and Go.
        Ok(match block.type_flag() {
            b'1' => Kind::HardLink(link()),
            b'2' => Kind::Symlink(link()),
            b'3' => Kind::Special(FileType::CharDevice),
            b'4' => Kind::Special(FileType::BlockDevice),
            b'5' => Kind::Dir,
            b'6' => Kind::Special(FileType::Unknown),
            b'M' => {
                let what = "it goes on from another volume, which is not supported";
                return Err(ImageError::new(ImageErrorKind::Unsupported, what));
            }
            b'S' => Kind::File(Contents::Sparse(self.take_gnu_sparse(block, pax)?)),
            flag @ (0 | b'0' | b'7' | b'D') => {
                let data = self.take(stored_size(block, pax)?)?;
                match flag {
                    b'D' => Kind::Dir,
                    // Unix V7 has no type for directories, and BSD's tar goes without.
                    0 | b'0' if name.ends_with(b"/") => Kind::Dir,
                    _ if pax.sparse.is_sparse => {
                        Kind::File(Contents::Sparse(Sparse::pax(&pax.sparse, &data)?))
                    }
                    _ => Kind::File(Contents::Whole(data)),
                }
            }
            flag => {
                self.take(stored_size(block, pax)?)?;
                Kind::Unknown(flag)
            }
        })
    }

    fn take_gnu_sparse(&mut self, block: &Block<'_>, pax: &Pax) -> Result<Sparse, ImageError> {
        let header = block
            .gnu()
            .ok_or_else(|| corrupt("a sparse file has a header without a map"))?;
        let after = self.archive.slice(self.at.min(self.archive.len())..);
        let (sparse, size) = Sparse::gnu(header, stored_size(block, pax)?, &after)?;
        self.take(size)?;
        Ok(sparse)
    }
}

impl Preface {
    const fn is_empty(&self) -> bool {
        self.pax.is_none() && self.name.is_none() && self.link_name.is_none()
    }
}

fn stored_size(block: &Block<'_>, pax: &Pax) -> Result<u64, ImageError> {
    match pax.size {
        Some(size) => Ok(size),
        None => block.size(),
    }
}

/// GNU tar ends long names with a NUL.
fn long_name(bytes: &[u8]) -> Vec<u8> {
    bytes
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or_default()
        .to_vec()
}
