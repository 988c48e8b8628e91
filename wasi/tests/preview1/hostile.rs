//! Whatever numbers a guest passes, it gets an errno: no panic, no large allocation, no wait in the middle.

use std::sync::Arc;

use guesthouse_vfs::{FileSystem, Limits, MemFs};
use guesthouse_wasi::abi::functions::{FUNCTIONS, Function, Kind, is_unstable};
use guesthouse_wasi::abi::{Errno, FdFlags};
use guesthouse_wasi::{Stop, WasiCtx};

use crate::allocation::measured;
use crate::faulty_fs::Faulty;
use crate::guest::{Guest, MEMORY, MemoryKind, Open, ROOT};

/// The most that one call may allocate, in bytes: what `poll_oneoff` takes for as many subscriptions as it may have.
const ALLOCATED_MAX: usize = 1 << 20;

/// How many random calls of each function there are, on top of the systematic ones.
const RANDOM_CALLS: usize = 200;

const ADDRESSES: [u64; 13] = [
    0,
    1,
    3,
    64,
    1023,
    4096,
    MEMORY as u64 - 64,
    MEMORY as u64 - 8,
    MEMORY as u64 - 1,
    MEMORY as u64,
    MEMORY as u64 + 1,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
];
const LENGTHS: [u64; 14] = [
    0,
    1,
    2,
    7,
    8,
    64,
    1024,
    1025,
    4096,
    MEMORY as u64,
    MEMORY as u64 + 1,
    0x2000_0000,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
];
const FDS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 77, 0x8000_0000, 0xFFFF_FFFF];
const FLAGS: [u64; 10] = [0, 1, 2, 3, 4, 15, 31, 0xFFFF, 0x1_0000, 0xFFFF_FFFF];
const NUMBERS: [u64; 9] = [
    0,
    1,
    2,
    100,
    0xFFFF_FFFF,
    i64::MAX as u64 - 1,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];

/// The values to try for each value of a parameter.
fn candidates(kind: Kind) -> Vec<&'static [u64]> {
    match kind {
        Kind::Fd => vec![&FDS],
        Kind::Path | Kind::Iovecs | Kind::Ciovecs => vec![&ADDRESSES, &LENGTHS],
        Kind::Bytes | Kind::Pointers | Kind::Subscriptions | Kind::Events | Kind::Out(_) => {
            vec![&ADDRESSES]
        }
        Kind::Size => vec![&LENGTHS],
        Kind::FileSize | Kind::FileDelta | Kind::Timestamp | Kind::Cookie | Kind::Rights => {
            vec![&NUMBERS]
        }
        _ => vec![&FLAGS],
    }
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn one_of(&mut self, values: &[u64]) -> u64 {
        values[self.below(values.len())]
    }
}

/// A filesystem for the guest: one that does as it pleases for a memory of slices, a real one for the other kind.
fn filesystem(kind: MemoryKind) -> Arc<dyn FileSystem> {
    match kind {
        MemoryKind::Slices => {
            let mut faulty = Faulty::new();
            faulty.space = 10_000;
            faulty.cookies = vec![1, 2, 100, u64::MAX - 5];
            faulty.into_fs().1
        }
        MemoryKind::Copies => {
            let limits = Limits {
                private_bytes: 1 << 17,
                ..Limits::default()
            };
            MemFs::builder().limits(limits).build()
        }
    }
}

/// Gives the guest a new context with a file at 4 and a directory at 5.
fn begin(guest: &mut Guest, kind: MemoryKind) {
    let builder = WasiCtx::builder().root(filesystem(kind));
    let builder = builder.arg("a").env("B", "c");
    let builder = builder.random(Arc::new(|bytes: &mut [u8]| {
        bytes.fill(4);
        Ok(())
    }));
    guest.ctx = builder.build().unwrap();
    let open = Open::CREATE.fdflags(FdFlags::SYNC);
    assert_eq!(guest.open(ROOT, "file", open), Ok(4));
    assert_eq!(guest.open(ROOT, ".", Open::DIR), Ok(5));
    assert_eq!(guest.pwrite(4, &[b"some contents"], 0), Ok(13));
}

/// Fills the low memory, where the lists and paths of the calls lie.
fn fill(guest: &mut Guest, random: &mut Random) {
    let bytes: Vec<u8> = match random.below(5) {
        0 => vec![0; 8192],
        1 => vec![0xFF; 8192],
        // Paths: "file/file/..." and "../../".
        2 => b"file/".repeat(1638),
        3 => b"../".repeat(2730),
        // Lists: addresses and lengths in and out of the memory, overlapping.
        _ => {
            let pairs = (0..1024).flat_map(|_| {
                let address = random.one_of(&ADDRESSES);
                let len = random.one_of(&LENGTHS);
                [address.to_le_bytes(), len.to_le_bytes()]
            });
            pairs.flat_map(|wire| wire[..4].to_vec()).collect()
        }
    };
    guest.write_memory(0, &bytes);
}

fn check(guest: &mut Guest, function: &Function, args: &[u64]) {
    let (answer, _, bytes) = measured(guest, function.name, args);
    let name = function.name;
    assert!(
        bytes <= ALLOCATED_MAX,
        "{name} {args:x?} allocated {bytes} bytes"
    );
    match answer {
        Err(Stop::Errno(errno)) => {
            let known = errno != Errno::Success && errno != Errno::Nosys;
            assert!(known, "{name} {args:x?} answered {errno:?}");
        }
        Ok(()) => assert!(function.returns, "{name} does not return"),
        Err(Stop::Exit(_)) => assert!(name.starts_with("proc_"), "{name} ended the guest"),
        Err(Stop::Wait(_)) => {
            let may_wait = name == "poll_oneoff" || name == "sched_yield";
            assert!(may_wait, "{name} waits for null streams");
        }
    }
}

/// Calls a function with each value in each place, in calls that are otherwise well-meant, and then at random.
fn attack(function: &Function, kind: MemoryKind, unstable: bool) -> usize {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let candidates: Vec<&[u64]> = function
        .params
        .iter()
        .flat_map(|param| candidates(param.kind))
        .collect();
    // The first base is all zeros; the others are descriptors that exist, low addresses and short lengths.
    let bases: Vec<Vec<u64>> = [0, 3, 4, 5]
        .iter()
        .map(|fd| {
            let is_fd = |values: &&[u64]| values.len() == FDS.len() && values[7] == 77;
            let base = candidates.iter().map(|values| match is_fd(values) {
                true => *fd,
                false => values[random.below(4)],
            });
            base.collect()
        })
        .collect();
    let mut calls = 0;
    let mut guest = Guest::new(WasiCtx::builder(), kind);
    guest.unstable = unstable;
    let mut call = |random: &mut Random, args: &[u64]| {
        begin(&mut guest, kind);
        fill(&mut guest, random);
        check(&mut guest, function, args);
        calls += 1;
    };
    for base in &bases {
        call(&mut random, base);
        for (place, values) in candidates.iter().enumerate() {
            for value in *values {
                let mut args = base.clone();
                args[place] = *value;
                call(&mut random, &args);
            }
        }
    }
    for _ in 0..RANDOM_CALLS {
        let args: Vec<u64> = candidates
            .iter()
            .map(|values| random.one_of(values))
            .collect();
        call(&mut random, &args);
    }
    calls
}

fn attack_all(unstable: bool) -> usize {
    let mut attacked = 0;
    for function in FUNCTIONS.iter().filter(|f| !unstable || is_unstable(f)) {
        for kind in [MemoryKind::Slices, MemoryKind::Copies] {
            let calls = attack(function, kind, unstable);
            assert!(calls > RANDOM_CALLS, "{} was called", function.name);
        }
        attacked += 1;
    }
    attacked
}

#[test]
fn every_function_of_preview1_survives_every_argument() {
    assert_eq!(attack_all(false), 46);
}

#[test]
fn every_function_of_wasi_unstable_survives_every_argument() {
    assert_eq!(attack_all(true), 45);
}

#[test]
fn functions_that_the_older_abi_lacks_are_not_there() {
    let mut guest = Guest::new(WasiCtx::builder(), MemoryKind::Slices);
    guest.unstable = true;
    let answer = guest.call("sock_accept", &[0, 0, 64]);
    assert_eq!(answer, Err(Errno::Nosys));
}
