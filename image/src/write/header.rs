use std::ops::Range;

/// What tar is counted in, in bytes.
pub(super) const BLOCK: usize = 512;

/// How many bytes of a name or a link's target the header holds.
pub(super) const NAME_LEN: usize = 100;

/// The first size or time that eleven octal digits don't hold.
pub(super) const OCTAL_END: u64 = 1 << 33;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const UID: Range<usize> = 108..116;
const GID: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const MODIFIED: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const KIND: Range<usize> = 156..157;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;

/// What an entry is: the header's type flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    File = b'0',
    HardLink = b'1',
    Symlink = b'2',
    Dir = b'5',
    /// GNU's: the target of the next entry's link.
    LongLink = b'K',
    /// GNU's: the name of the next entry.
    LongName = b'L',
    /// Of pax: records about the next entry.
    Records = b'x',
}

/// The block that an entry begins with, as POSIX's `ustar` has it: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>.
///
/// Owner and group are 0 and have no names: no filesystem of ours knows any.
pub(super) struct Header([u8; BLOCK]);

impl Header {
    pub(super) fn new(kind: Kind, name: &[u8]) -> Self {
        let mut header = Self([0; BLOCK]);
        header.text(NAME, name);
        // Some programs take whatever's name ends in a slash for a directory. Here it is a cut name, which those don't read that know the whole.
        if kind != Kind::Dir && name.len() > NAME_LEN {
            let cut = header.0[NAME].iter_mut().rev();
            cut.take_while(|byte| **byte == b'/')
                .for_each(|byte| *byte = b'_');
        }
        header.text(KIND, &[kind as u8]);
        header.text(MAGIC, b"ustar\x0000");
        header.number(MODE, 0);
        header.number(UID, 0);
        header.number(GID, 0);
        header.number(SIZE, 0);
        header.number(MODIFIED, 0);
        header
    }

    pub(super) fn with_link(mut self, target: &[u8]) -> Self {
        self.text(LINK, target);
        self
    }

    pub(super) fn with_mode(mut self, mode: u32) -> Self {
        self.number(MODE, u64::from(mode & 0o7777));
        self
    }

    /// How many bytes follow the header.
    pub(super) fn with_size(mut self, size: u64) -> Self {
        self.number(SIZE, size);
        self
    }

    /// Seconds since the epoch; 0 for those that have no place here.
    pub(super) fn with_modified(mut self, seconds: i64) -> Self {
        let seconds = u64::try_from(seconds).unwrap_or(0);
        self.number(MODIFIED, if seconds < OCTAL_END { seconds } else { 0 });
        self
    }

    /// The block, with its checksum.
    pub(super) fn sealed(mut self) -> [u8; BLOCK] {
        self.0[CHECKSUM].fill(b' ');
        let sum: u32 = self.0.iter().map(|&byte| u32::from(byte)).sum();
        self.text(CHECKSUM, format!("{sum:06o}\0").as_bytes());
        self.0
    }

    fn text(&mut self, field: Range<usize>, text: &[u8]) {
        for (to, from) in self.0[field].iter_mut().zip(text) {
            *to = *from;
        }
    }

    fn number(&mut self, field: Range<usize>, number: u64) {
        write_number(&mut self.0[field], number);
    }
}

/// In octal, or, where that is too short, as GNU does: in binary, big-endian, with the first bit set.
fn write_number(field: &mut [u8], number: u64) {
    let digits = field.len() - 1;
    let text = format!("{number:0digits$o}");
    if text.len() == digits {
        for (to, from) in field.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        return;
    }
    field.fill(0);
    for (to, from) in field.iter_mut().rev().zip(number.to_le_bytes()) {
        *to = from;
    }
    if let Some(first) = field.first_mut() {
        *first |= 0x80;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_while_they_fit() {
        let mut field = [0xff; 12];
        write_number(&mut field, 0o644);
        assert_eq!(&field[..11], b"00000000644");
        write_number(&mut field, OCTAL_END - 1);
        assert_eq!(&field[..11], b"77777777777");
        write_number(&mut field, OCTAL_END);
        assert_eq!(field, [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        write_number(&mut field, u64::MAX);
        let all = [0x80, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
        assert_eq!(field, all);
    }

    #[test]
    fn a_cut_name_does_not_look_like_a_directory() {
        let mut name = vec![b'a'; 98];
        name.extend_from_slice(b"//bc");
        let block = Header::new(Kind::File, &name).sealed();
        assert_eq!(&block[97..100], b"a__");
    }
}
