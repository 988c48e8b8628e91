use proptest::prelude::*;

use super::super::chunk_pool::{BLOCK, ChunkPool, PAGE};
use super::super::limits::Limits;
use super::*;

fn storage(private_bytes: u64) -> Storage {
    let limits = Limits {
        private_bytes,
        file_size: 1 << 50,
        ..Limits::default()
    };
    Storage::new(ChunkPool::default(), 0, &limits, 0)
}

/// The storage of a fork.
fn inherit(storage: &Storage, limits: &Limits, logical: u64) -> Storage {
    Storage::new(storage.pool.clone(), storage.owner + 1, limits, logical)
}

fn read(contents: &Contents, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xaa; len];
    let n = contents.read(&mut [IoSliceMut::new(&mut bytes)], offset);
    bytes.truncate(n);
    bytes
}

fn write(
    contents: &mut Contents,
    storage: &Storage,
    bytes: &[u8],
    offset: u64,
) -> Result<usize, Errno> {
    // In two buffers and an empty one, to try the borders.
    let (one, other) = bytes.split_at(bytes.len() / 3);
    let bufs = [IoSlice::new(one), IoSlice::new(&[]), IoSlice::new(other)];
    contents.write(storage, &bufs, offset)
}

fn all(contents: &Contents) -> Vec<u8> {
    read(contents, 0, usize::try_from(contents.len()).unwrap())
}

#[derive(Clone, Debug)]
enum Step {
    Write {
        offset: usize,
        len: usize,
        byte: u8,
    },
    Append {
        len: usize,
        byte: u8,
    },
    SetLen(usize),
    Allocate {
        offset: usize,
        len: usize,
    },
    Trim,
    Snapshot,
    /// Goes on as the fork of a fork, with its own account.
    Fork,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    const MOST: usize = 5 * BLOCK;
    let offset = || {
        prop_oneof![
            0..2 * PAGE,
            0..MOST,
            (0usize..80).prop_map(|page| page * PAGE),
            (0usize..5).prop_map(|block| block * BLOCK),
        ]
    };
    let len = || {
        prop_oneof![
            0..100usize,
            0..2 * PAGE,
            0..2 * BLOCK,
            Just(PAGE),
            Just(BLOCK)
        ]
    };
    let step = prop_oneof![
        6 => (offset(), len(), 1u8..).prop_map(|(offset, len, byte)| Step::Write { offset, len, byte }),
        2 => (len(), 1u8..).prop_map(|(len, byte)| Step::Append { len, byte }),
        4 => offset().prop_map(Step::SetLen),
        1 => (offset(), len()).prop_map(|(offset, len)| Step::Allocate { offset, len }),
        1 => Just(Step::Trim),
        2 => Just(Step::Snapshot),
        1 => Just(Step::Fork),
    ];
    prop::collection::vec(step, 0..40)
}

/// Contents, what they should read as, and the account of their filesystem.
struct Subject {
    contents: Contents,
    model: Vec<u8>,
    storage: Storage,
}

impl Subject {
    fn step(&mut self, step: &Step) {
        let storage = &self.storage;
        match *step {
            Step::Write { offset, len, byte } => self.write(offset, len, byte),
            Step::Append { len, byte } => self.write(self.model.len(), len, byte),
            Step::SetLen(len) => match self.contents.set_len(storage, len as u64) {
                Ok(()) => self.model.resize(len, 0),
                Err(errno) => assert_eq!(errno, Errno::NoSpace),
            },
            Step::Allocate { offset, len } => {
                let len = len.max(1);
                match self.contents.allocate(storage, offset as u64, len as u64) {
                    Ok(()) => {
                        self.model.resize(self.model.len().max(offset + len), 0);
                        // Now writing there cannot fail, whatever is left.
                        let before = self.recounted();
                        self.write(offset, len, 0x77);
                        assert!(self.model[offset..offset + len].iter().all(|b| *b == 0x77));
                        assert_eq!(self.recounted(), before);
                    }
                    Err(errno) => assert_eq!(errno, Errno::NoSpace),
                }
            }
            Step::Trim => self.contents.trim(storage),
            Step::Snapshot | Step::Fork => {}
        }
        self.check();
    }

    fn write(&mut self, offset: usize, len: usize, byte: u8) {
        let bytes: Vec<u8> = (0..len).map(|at| byte.wrapping_add(at as u8 % 7)).collect();
        let bytes = if byte == 0x77 { vec![byte; len] } else { bytes };
        match write(&mut self.contents, &self.storage, &bytes, offset as u64) {
            Ok(written) => {
                assert!(written > 0 || len == 0);
                if written > 0 {
                    self.model.resize(self.model.len().max(offset + written), 0);
                    self.model[offset..offset + written].copy_from_slice(&bytes[..written]);
                }
            }
            Err(errno) => assert_eq!(errno, Errno::NoSpace),
        }
    }

    /// What is passed over as a hole is zeros, and what is not is less than what is stored and a page at either end.
    fn check_holes(&self) {
        let mut at = 0;
        let mut stored = 0;
        while let Some(data) = self.contents.next_data(at as u64) {
            let data = usize::try_from(data).unwrap();
            assert!(self.model[at..data].iter().all(|byte| *byte == 0));
            let end = (data / PAGE + 1) * PAGE;
            stored += 1;
            at = end.min(self.model.len());
        }
        assert!(self.model[at..].iter().all(|byte| *byte == 0));
        let pages = self.recounted().1.div_ceil(PAGE as u64);
        assert!(stored <= pages, "{stored} pages of {pages} have data");
    }

    fn recounted(&self) -> (u64, u64) {
        let charge = self.contents.recount(self.storage.owner);
        (charge.private, charge.logical)
    }

    fn check(&self) {
        assert_eq!(self.contents.len(), self.model.len() as u64);
        assert!(all(&self.contents) == self.model, "contents differ");
        let usage = self.storage.usage(0, 0);
        assert_eq!((usage.private_bytes, usage.logical_bytes), self.recounted());
        let kept = self.contents.charged(self.storage.owner);
        assert_eq!((kept.private, kept.logical), self.recounted());
        if let Contents::Large(large) = &self.contents {
            assert!(!large.has_empty_blocks(), "memory that nobody paid for");
        }
        self.check_holes();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn behaves_like_a_vector_and_keeps_exact_account(
        steps in steps(),
        limit in prop_oneof![Just(u64::MAX), 0u64..600_000],
        borrowed in prop_oneof![Just(0usize), 1..3 * BLOCK],
    ) {
        let storage = storage(limit);
        let model: Vec<u8> = (0..borrowed).map(|at| at as u8 | 1).collect();
        let contents = Contents::borrowed(&storage, Bytes::from(model.clone())).unwrap();
        let mut subject = Subject { contents, model, storage };
        let mut snapshots: Vec<(Contents, Vec<u8>)> = Vec::new();
        for step in &steps {
            if matches!(step, Step::Snapshot | Step::Fork) {
                snapshots.push((subject.contents.clone(), subject.model.clone()));
            }
            if matches!(step, Step::Fork) {
                let limits = Limits { private_bytes: limit, ..Limits::default() };
                let logical = subject.storage.logical();
                subject.storage = inherit(&subject.storage, &limits, logical);
            }
            subject.step(step);
            // Snapshots come and go, so that sharing does.
            if snapshots.len() > 2 {
                snapshots.remove(0);
            }
        }
        for (contents, model) in &snapshots {
            prop_assert!(all(contents) == *model, "a snapshot was disturbed");
        }
    }
}

#[test]
fn a_write_into_a_shared_block_copies_one_page() {
    let storage = storage(u64::MAX);
    let mut contents = Contents::default();
    write(&mut contents, &storage, &[1; 4 * BLOCK], 0).unwrap();
    let child = inherit(&storage, &Limits::default(), storage.logical());
    let mut fork = contents.clone();
    write(&mut fork, &child, b"x", (BLOCK + 5) as u64).unwrap();
    assert_eq!(child.usage(0, 0).private_bytes, PAGE as u64);
    assert_eq!(read(&fork, (BLOCK + 4) as u64, 3), [1, b'x', 1]);
    assert_eq!(read(&contents, (BLOCK + 4) as u64, 3), [1, 1, 1]);
}

#[test]
fn what_was_inherited_is_charged_once_it_is_written_even_if_nobody_else_has_it_any_more() {
    for (len, unit) in [(100, 100), (3 * PAGE, PAGE), (4 * BLOCK, BLOCK)] {
        let storage = storage(u64::MAX);
        let mut contents = Contents::default();
        write(&mut contents, &storage, &vec![1; len], 0).unwrap();
        contents.trim(&storage);
        let child = inherit(&storage, &Limits::default(), storage.logical());
        write(&mut contents, &child, b"x", 0).unwrap();
        assert_eq!(child.usage(0, 0).private_bytes, unit as u64);
        assert_eq!(contents.recount(child.owner).private, unit as u64);
    }
}

#[test]
fn allocating_counts_what_a_snapshot_shares_before_it_changes_anything() {
    let block = BLOCK as u64;
    let storage = storage(block + 4 * PAGE as u64);
    let mut contents = Contents::default();
    write(&mut contents, &storage, &[1; BLOCK], 0).unwrap();
    let snapshot = contents.clone();
    // 4 pages are left, and 8 would have to be copied.
    let refused = contents.allocate(&storage, 0, 8 * PAGE as u64);
    assert_eq!(refused, Err(Errno::NoSpace));
    let peak = storage.usage(0, 0).peak_private_bytes;
    assert_eq!(peak, block, "something was copied");
    drop(snapshot);
    let four = 4 * PAGE as u64;
    assert_eq!(contents.allocate(&storage, 0, block + four), Ok(()));
    assert_eq!(storage.usage(0, 0).private_bytes, block + four);
}

#[test]
fn a_hole_costs_nothing_and_a_far_write_one_page() {
    let storage = storage(1 << 20);
    let mut contents = Contents::default();
    contents.set_len(&storage, 1 << 40).unwrap();
    assert_eq!(storage.usage(0, 0), Default::default());
    write(&mut contents, &storage, b"end", (1 << 50) - 3).unwrap();
    assert_eq!(contents.len(), 1 << 50);
    assert_eq!(storage.usage(0, 0).private_bytes, PAGE as u64);
    assert_eq!(read(&contents, (1 << 50) - 5, 10), [0, 0, b'e', b'n', b'd']);
    assert_eq!(read(&contents, 1 << 30, 4), [0; 4]);
}

#[test]
fn what_was_cut_off_never_shows_again() {
    for len in [100, PAGE + 100, 3 * BLOCK + 100] {
        let storage = storage(u64::MAX);
        let mut contents = Contents::default();
        write(&mut contents, &storage, &vec![0xee; len], 0).unwrap();
        contents.set_len(&storage, 50).unwrap();
        contents.set_len(&storage, len as u64).unwrap();
        let bytes = all(&contents);
        assert!(bytes[..50].iter().all(|b| *b == 0xee));
        assert!(bytes[50..].iter().all(|b| *b == 0));
    }
}

#[test]
fn the_largest_file_size_cuts_a_write_short() {
    let limits = Limits {
        file_size: 10,
        ..Limits::default()
    };
    let storage = Storage::new(ChunkPool::default(), 0, &limits, 0);
    let mut contents = Contents::default();
    assert_eq!(write(&mut contents, &storage, b"abcdef", 6), Ok(4));
    assert_eq!(
        write(&mut contents, &storage, b"x", 10),
        Err(Errno::FileTooBig)
    );
    assert_eq!(write(&mut contents, &storage, b"", 11), Ok(0));
    assert_eq!(contents.set_len(&storage, 11), Err(Errno::FileTooBig));
    assert_eq!(contents.allocate(&storage, 5, 6), Err(Errno::FileTooBig));
    let past = contents.allocate(&storage, u64::MAX, 2);
    assert_eq!(past, Err(Errno::FileTooBig));
    assert_eq!(contents.allocate(&storage, 0, 0), Err(Errno::Invalid));
    let past = write(&mut contents, &storage, b"x", u64::MAX);
    assert_eq!(past, Err(Errno::FileTooBig));
    assert_eq!(read(&contents, u64::MAX, 1), []);
    assert_eq!(all(&contents), b"\0\0\0\0\0\0abcd");
}

#[test]
fn allocating_more_than_there_is_fails_at_once_and_changes_nothing() {
    let storage = storage(1 << 20);
    let mut contents = Contents::default();
    write(&mut contents, &storage, b"kept", 0).unwrap();
    let huge = (1 << 50) - 8;
    assert_eq!(contents.allocate(&storage, 4, huge), Err(Errno::NoSpace));
    assert_eq!(contents.len(), 4);
    assert_eq!(all(&contents), b"kept");
}

#[test]
fn a_write_that_fails_leaves_no_block_behind() {
    let storage = storage(PAGE as u64);
    let mut contents = Contents::default();
    write(&mut contents, &storage, b"x", 1 << 30).unwrap();
    for block in 0..1000 {
        let full = write(&mut contents, &storage, b"x", block * BLOCK as u64);
        assert_eq!(full, Err(Errno::NoSpace));
    }
    let Contents::Large(large) = &contents else {
        panic!("it has a hole of a gibibyte");
    };
    assert_eq!(large.stored_blocks(), 1);
}

/// A guest wrote a byte near the end of a block and cut it off again, block after block: each left an empty block of 200 bytes behind, which no limit counted.
#[test]
fn a_cut_leaves_no_empty_block_behind() {
    let storage = storage(1 << 20);
    let mut contents = Contents::default();
    write(&mut contents, &storage, b"x", 1 << 40).unwrap();
    let Contents::Large(large) = &contents else {
        panic!("it has a hole of a tebibyte");
    };
    assert_eq!(large.stored_blocks(), 1);
    for block in 0..1000u64 {
        let start = block * BLOCK as u64;
        write(&mut contents, &storage, b"x", start + BLOCK as u64 - 1).unwrap();
        contents.set_len(&storage, start + 1).unwrap();
    }
    assert_eq!(storage.usage(0, 0).private_bytes, 0);
    let Contents::Large(large) = &contents else {
        panic!("large contents stay large");
    };
    assert_eq!(large.stored_blocks(), 0);
}

/// Beyond the first MiB a byte at the start of each block of a sparse file cost 64 KiB, where a page is enough.
#[test]
fn a_sparse_file_takes_a_page_for_each_far_write() {
    let storage = storage(1 << 30);
    let mut contents = Contents::default();
    for block in (0..100u64).map(|n| 2 * n) {
        write(&mut contents, &storage, b"x", block * BLOCK as u64).unwrap();
    }
    assert_eq!(storage.usage(0, 0).private_bytes, 100 * PAGE as u64);
}

#[test]
fn a_large_file_that_grows_at_its_end_is_stored_in_whole_blocks() {
    let storage = storage(1 << 30);
    let mut contents = Contents::default();
    write(&mut contents, &storage, &[1; 4 * BLOCK], 0).unwrap();
    write(&mut contents, &storage, b"x", 4 * BLOCK as u64).unwrap();
    assert_eq!(storage.usage(0, 0).private_bytes, 5 * BLOCK as u64);
    write(&mut contents, &storage, &[1; BLOCK], 4 * BLOCK as u64 + 1).unwrap();
    assert_eq!(storage.usage(0, 0).private_bytes, 6 * BLOCK as u64);
}
