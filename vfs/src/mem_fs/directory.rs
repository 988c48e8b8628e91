mod diff;

use std::cmp::Ordering;
use std::mem;
use std::ops::ControlFlow;

use super::map::{At, Key, Map, Search};
use super::short_name::ShortName;
use crate::FileType;

/// The entries of one directory.
///
/// Each entry has a sequence number that the directory never uses twice; it is the cookie of a listing and the order of it. A small directory is a vector in that
/// order. A large one is two maps: sequence number to entry, and hash of the name to sequence number. Equal hashes are ordered by
/// the names themselves, so that a guest who knows how to make hashes collide gains nothing but a few more comparisons.
#[derive(Clone)]
pub(super) struct Directory {
    next_sequence: u64,
    entries: Entries,
}

/// What a name stands for.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) name: ShortName,
    pub(super) slot: u32,
    pub(super) file_type: EntryType,
}

/// The kinds of node that a memory filesystem has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryType {
    File,
    Dir,
    Symlink,
}

#[derive(Clone)]
enum Entries {
    Small(Vec<(u64, Entry)>),
    Large(Box<Index>),
}

#[derive(Clone, Default)]
struct Index {
    by_hash: Map<HashKey, (), 64>,
    by_sequence: BySequence,
}

type BySequence = Map<u64, Entry, 32>;

/// The hash of a name and its entry's sequence number, in 12 bytes.
#[derive(Clone, Copy, Default)]
struct HashKey {
    hash: u32,
    sequence: [u32; 2],
}

/// The most entries of a vector, and the fewest of an index: apart, so that a directory at the border doesn't turn to and fro.
const SMALL_MAX: usize = 16;
const LARGE_MIN: usize = 6;

/// The most room for entries that a directory keeps when it has become empty.
const SPARE: usize = 4;

impl Directory {
    /// The last sequence number that a directory gives out: an inode has 48 bits for it. At a million names a second a directory is used up after
    /// nine years, and takes no further name.
    pub(super) const LAST_SEQUENCE: u64 = (1 << 48) - 1;

    pub(super) const fn new() -> Self {
        Self {
            next_sequence: 1,
            entries: Entries::Small(Vec::new()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match &self.entries {
            Entries::Small(entries) => entries.len(),
            Entries::Large(index) => index.by_sequence.len(),
        }
    }

    /// The sequence number that the next entry gets: one above every cookie given out so far.
    pub(super) const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Whether all sequence numbers are given out.
    pub(super) const fn is_used_up(&self) -> bool {
        self.next_sequence > Self::LAST_SEQUENCE
    }

    /// Gives out all sequence numbers but so many.
    #[cfg(test)]
    pub(super) const fn use_up(&mut self, left: u64) {
        self.next_sequence = Self::LAST_SEQUENCE + 1 - left;
    }

    /// The entry of this sequence number.
    pub(super) fn entry(&self, sequence: u64) -> Option<&Entry> {
        match &self.entries {
            Entries::Small(entries) => {
                let at = entries.binary_search_by_key(&sequence, |(s, _)| *s).ok()?;
                entries.get(at).map(|(_, entry)| entry)
            }
            Entries::Large(index) => index.entry(sequence),
        }
    }

    pub(super) fn find(&self, name: &[u8]) -> Option<(u64, &Entry)> {
        match &self.entries {
            Entries::Small(entries) => entries
                .iter()
                .find(|(_, entry)| entry.name.as_bytes() == name)
                .map(|(sequence, entry)| (*sequence, entry)),
            Entries::Large(index) => {
                let mut search = ByName::new(&index.by_sequence, name);
                index.by_hash.get(&mut search)?;
                let found = search.last?;
                Some((found.sequence, found.entry))
            }
        }
    }

    /// Adds an entry whose name is not there yet, and returns its sequence number.
    pub(super) fn insert(&mut self, entry: Entry) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        match &mut self.entries {
            Entries::Small(entries) if entries.len() < SMALL_MAX => entries.push((sequence, entry)),
            Entries::Small(entries) => {
                let mut index = Box::<Index>::default();
                for (sequence, entry) in mem::take(entries) {
                    index.insert(sequence, entry);
                }
                index.insert(sequence, entry);
                self.entries = Entries::Large(index);
            }
            Entries::Large(index) => index.insert(sequence, entry),
        }
        sequence
    }

    /// Removes the entry of this sequence number.
    pub(super) fn remove(&mut self, sequence: u64) -> Option<Entry> {
        match &mut self.entries {
            Entries::Small(entries) => {
                let at = entries.binary_search_by_key(&sequence, |(s, _)| *s).ok()?;
                let (_, removed) = entries.remove(at);
                // A million directories that were filled and emptied are not to keep the room.
                if entries.capacity() > SPARE && entries.len() <= entries.capacity() / 4 {
                    entries.shrink_to(SPARE);
                }
                Some(removed)
            }
            Entries::Large(index) => {
                let removed = index.remove(sequence);
                if index.by_sequence.len() <= LARGE_MIN {
                    let mut entries = Vec::with_capacity(SMALL_MAX);
                    index
                        .by_sequence
                        .for_each(|sequence, entry| entries.push((*sequence, entry.clone())));
                    self.entries = Entries::Small(entries);
                }
                removed
            }
        }
    }

    /// Gives the entry of this sequence number another name, which is not there yet. A listing under way meets it once, under either name.
    pub(super) fn rename(&mut self, sequence: u64, name: ShortName) {
        match &mut self.entries {
            Entries::Small(entries) => {
                if let Ok(at) = entries.binary_search_by_key(&sequence, |(s, _)| *s) {
                    entries[at].1.name = name;
                }
            }
            Entries::Large(index) => {
                if let Some(entry) = index.remove(sequence) {
                    index.insert(sequence, Entry { name, ..entry });
                }
            }
        }
    }

    /// Passes the entries after the cookie to `visit`, in the order of their sequence numbers.
    pub(super) fn visit_after<'a>(
        &'a self,
        cookie: u64,
        visit: &mut impl FnMut(u64, &'a Entry) -> ControlFlow<()>,
    ) {
        match &self.entries {
            Entries::Small(entries) => {
                let from = entries.partition_point(|(sequence, _)| *sequence <= cookie);
                let _: ControlFlow<()> = entries[from..]
                    .iter()
                    .try_for_each(|(sequence, entry)| visit(*sequence, entry));
            }
            Entries::Large(index) => {
                let from = cookie.saturating_add(1);
                index
                    .by_sequence
                    .visit_from(At(from), &mut |sequence, entry| visit(*sequence, entry));
            }
        }
    }
}

impl EntryType {
    pub(super) const fn file_type(self) -> FileType {
        match self {
            Self::File => FileType::File,
            Self::Dir => FileType::Dir,
            Self::Symlink => FileType::Symlink,
        }
    }
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            name: ShortName::default(),
            slot: 0,
            file_type: EntryType::File,
        }
    }
}

impl Index {
    fn entry(&self, sequence: u64) -> Option<&Entry> {
        Some(self.by_sequence.get(At(sequence))?.1)
    }

    fn insert(&mut self, sequence: u64, entry: Entry) {
        let name = entry.name.as_bytes();
        let key = HashKey::new(hash(name), sequence);
        let by_sequence = &self.by_sequence;
        self.by_hash
            .insert(key, (), &mut ByName::new(by_sequence, name));
        self.by_sequence.insert(sequence, entry, At(sequence));
    }

    fn remove(&mut self, sequence: u64) -> Option<Entry> {
        let name = self.entry(sequence)?.name.clone();
        let by_sequence = &self.by_sequence;
        self.by_hash
            .remove(&mut ByName::new(by_sequence, name.as_bytes()));
        let (_, entry) = self.by_sequence.remove(At(sequence))?;
        Some(entry)
    }
}

/// Searches `by_hash` for a name: by its hash, then by itself.
struct ByName<'a, 'n> {
    by_sequence: &'a BySequence,
    name: &'n [u8],
    hash: u32,
    /// The last comparison of names. A search comes to the same key more than once, and if it succeeds, this is its result.
    last: Option<Compared<'a>>,
}

struct Compared<'a> {
    sequence: u64,
    order: Ordering,
    entry: &'a Entry,
}

impl<'a, 'n> ByName<'a, 'n> {
    fn new(by_sequence: &'a BySequence, name: &'n [u8]) -> Self {
        Self {
            by_sequence,
            name,
            hash: hash(name),
            last: None,
        }
    }
}

impl Search<HashKey> for &mut ByName<'_, '_> {
    fn rank(&self) -> u32 {
        self.hash
    }

    fn tie(&mut self, stored: &HashKey) -> Ordering {
        let sequence = stored.sequence();
        if let Some(last) = self.last.as_ref().filter(|last| last.sequence == sequence) {
            return last.order;
        }
        let Some((_, entry)) = self.by_sequence.get(At(sequence)) else {
            return Ordering::Less;
        };
        let order = entry.name.as_bytes().cmp(self.name);
        self.last = Some(Compared {
            sequence,
            order,
            entry,
        });
        order
    }
}

impl Key for HashKey {
    type Rank = u32;

    fn rank(&self) -> u32 {
        self.hash
    }

    fn distance(&self, _: u32) -> Option<usize> {
        None
    }
}

impl HashKey {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are meant")]
    const fn new(hash: u32, sequence: u64) -> Self {
        Self {
            hash,
            sequence: [(sequence >> 32) as u32, sequence as u32],
        }
    }

    const fn sequence(&self) -> u64 {
        (self.sequence[0] as u64) << 32 | self.sequence[1] as u64
    }
}

/// A quick hash. It needs no secret: see [`Directory`].
fn hash(name: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(MULTIPLIER);
        (product >> 64) as u64 ^ product as u64
    };
    let mut state = MULTIPLIER ^ name.len() as u64;
    for word in name.as_chunks::<8>().0 {
        state = fold(state, u64::from_le_bytes(*word));
    }
    (fold(fold(state, last_word(name)), MULTIPLIER) >> 32) as u32
}

/// The last 8 bytes, or all of them in a shorter name. Whole words are loaded; they may overlap.
fn last_word(name: &[u8]) -> u64 {
    if let Some(word) = name.last_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    if let (Some(start), Some(end)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*start)) << 32 | u64::from(u32::from_le_bytes(*end));
    }
    match name {
        [a] => u64::from(*a),
        [a, b] => u64::from(u16::from_le_bytes([*a, *b])),
        [a, b, c, ..] => u64::from(u32::from_le_bytes([*a, *b, *c, 0])),
        [] => 0,
    }
}

#[cfg(test)]
mod tests;
