//! Long programs of a hostile guest, made at random: what one call leaves behind must not make another one panic, grow or gain rights. An observer watches them, for it
//! reads the same memory.

use std::collections::HashSet;
use std::sync::Arc;

use guesthouse_vfs::{DevFs, FileSystem, HostFs, Limits, MemFs, MountFs};
use guesthouse_wasi::abi::functions::{FUNCTIONS, Kind};
use guesthouse_wasi::abi::{Errno, Rights};
use guesthouse_wasi::stdio::{Captured, pipe};
use guesthouse_wasi::{Clocks, Stop, Trace, VirtualClock, WasiCtx};

use crate::guest::{Guest, MEMORY, MemoryKind, ROOT};

/// How many calls one program makes.
const CALLS: usize = 4000;
/// The descriptors that a guest may have.
const DESCRIPTORS: u32 = 12;

const PATHS: [&str; 28] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "a/b", "a/c", "a/b/c", "a/..", "a/../b", ".", "..", "",
    "/", "/a", "a/", "b/", "l", "l/", "l/b", "dev/null", "dev/zero", "ro/file", "ro", "ro/new",
];

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        let index = self.below(values.len() as u64);
        values[usize::try_from(index).unwrap()]
    }
}

/// A program in the making.
struct Program {
    random: Random,
    guest: Guest,
    /// Which functions have succeeded.
    done: HashSet<&'static str>,
}

impl Program {
    /// An address: mostly a low one, so that what calls read and write overlaps.
    fn address(&mut self) -> u64 {
        match self.random.below(40) {
            0 => u64::from(MEMORY) - self.random.below(64),
            1 => self
                .random
                .one_of(&[0xFFFF_FFFF, 0x8000_0000, u64::from(MEMORY)]),
            _ => self.random.below(600),
        }
    }

    fn length(&mut self) -> u64 {
        match self.random.below(30) {
            0 => self
                .random
                .one_of(&[0xFFFF_FFFF, 0x7FFF_FFFF, u64::from(MEMORY)]),
            1 => self.random.below(70_000),
            _ => self.random.below(100),
        }
    }

    fn offset(&mut self) -> u64 {
        let far = [
            i64::MAX as u64,
            i64::MAX as u64 - 1,
            u64::MAX,
            1 << 40,
            1 << 32,
        ];
        match self.random.below(20) {
            0 => self.random.one_of(&far),
            1 => 0_u64.wrapping_sub(self.random.below(100)),
            _ => self.random.below(10_000),
        }
    }

    fn rights(&mut self) -> u64 {
        let some = [0, 2, 0x40, 0x42, 0x1FFF_FFFF, u64::MAX];
        match self.random.below(8) {
            0 => self.random.0,
            _ => self.random.one_of(&some),
        }
    }

    /// The arguments of a parameter, and what they point to.
    fn arguments(&mut self, kind: Kind, args: &mut Vec<u64>) {
        match kind {
            Kind::Fd if self.random.below(2) == 0 => args.push(ROOT.into()),
            Kind::Fd => args.push(self.random.below(u64::from(DESCRIPTORS) + 2)),
            Kind::Path => {
                let path = self.random.one_of(&PATHS);
                let at = self.random.below(600);
                self.guest.write_memory(at as u32, path.as_bytes());
                args.extend([at, path.len() as u64]);
            }
            Kind::Iovecs | Kind::Ciovecs => {
                let count = self.random.below(5);
                let at = self.random.below(600);
                for index in 0..count {
                    let iovec = self.address() | self.length() << 32;
                    let place = at + 8 * index;
                    self.guest.write_memory(place as u32, &iovec.to_le_bytes());
                }
                args.extend([at, count]);
            }
            Kind::Subscriptions => {
                let at = self.random.below(600);
                for index in 0..8 {
                    let subscription = self.subscription();
                    self.guest
                        .write_memory((at + 48 * index) as u32, &subscription);
                }
                args.push(at);
            }
            Kind::Bytes | Kind::Pointers | Kind::Events | Kind::Out(_) => {
                let address = self.address();
                args.push(address);
            }
            Kind::Size => {
                let length = self.length();
                args.push(length);
            }
            Kind::FileSize | Kind::FileDelta | Kind::Timestamp | Kind::Cookie => {
                let offset = self.offset();
                args.push(offset);
            }
            Kind::Rights => {
                let rights = self.rights();
                args.push(rights);
            }
            _ => args.push(self.random.one_of(&[0, 0, 1, 1, 2, 3, 4, 5, 8, 9, 16, 99])),
        }
    }

    fn subscription(&mut self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[8] = self.random.below(3) as u8;
        bytes[16] = self.random.below(if bytes[8] == 0 { 3 } else { 14 }) as u8;
        let timeout = self.offset();
        bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
        bytes[40] = self.random.below(3) as u8;
        bytes
    }

    /// Makes a call. `/` stays, or nothing much could happen any more.
    fn step(&mut self, trace: &mut Trace<Vec<u8>>) {
        // Opening and reading most of all; what ends the guest never.
        let often = [
            "path_open",
            "path_open",
            "path_open",
            "fd_readdir",
            "fd_write",
            "fd_read",
        ];
        let name = match self.random.below(4) {
            0 => self.random.one_of(&often),
            _ => FUNCTIONS[self.random.below(FUNCTIONS.len() as u64) as usize].name,
        };
        if name == "proc_exit" || name == "proc_raise" {
            return;
        }
        let function = FUNCTIONS
            .iter()
            .find(|function| function.name == name)
            .unwrap();
        let mut args = Vec::new();
        for param in function.params {
            self.arguments(param.kind, &mut args);
        }
        let takes_away = matches!(name, "fd_close" | "fd_renumber" | "fd_fdstat_set_rights");
        if takes_away
            && (args[0] == ROOT.into()
                || args[1..].contains(&ROOT.into())
                || self.random.below(4) > 0)
        {
            return;
        }
        match self.guest.observed(name, &args, trace) {
            Ok(()) => {
                self.done.insert(function.name);
            }
            Err(Stop::Errno(errno)) => {
                assert_ne!(errno, Errno::Success, "{name} {args:x?}");
                assert_ne!(errno, Errno::Nosys, "{name} {args:x?}");
            }
            Err(Stop::Wait(_)) => self.guest.ctx.give_up_wait(),
            Err(Stop::Exit(exit)) => panic!("{name} {args:x?} ended the guest: {exit}"),
        }
    }

    /// The rights of the descriptors that there are.
    fn rights_of_all(&mut self) -> Vec<(Rights, Rights)> {
        (0..=DESCRIPTORS + 1)
            .filter_map(|fd| self.guest.fdstat(fd).ok())
            .map(|stat| (stat.base, stat.inheriting))
            .collect()
    }
}

fn tree(host: Option<&tempfile::TempDir>) -> Arc<dyn FileSystem> {
    let limits = Limits {
        private_bytes: 1 << 18,
        nodes: 40,
        ..Limits::default()
    };
    let memory = || MemFs::builder().limits(limits).build();
    let root: Arc<dyn FileSystem> = match host {
        Some(dir) => HostFs::open_ambient(dir.path()).unwrap(),
        None => memory(),
    };
    let zeros = Arc::new(|bytes: &mut [u8]| {
        bytes.fill(0);
        Ok(())
    });
    let read_only = memory();
    let tree = guesthouse_vfs::Tree::new(Arc::clone(&read_only) as _);
    tree.write("/file", b"unchanged").unwrap();
    let builder = MountFs::builder(root)
        .mount(b"/dev", DevFs::new(zeros))
        .unwrap();
    builder.mount_read_only(b"/ro", read_only).unwrap().build()
}

/// Runs one program, and returns which functions have succeeded in it.
fn run(seed: u64, kind: MemoryKind, host: Option<&tempfile::TempDir>) -> HashSet<&'static str> {
    let (input, _writer) = pipe(100);
    let (_reader, output) = pipe(100);
    let root = tree(host);
    let builder = WasiCtx::builder()
        .root(Arc::clone(&root))
        .stdin(input)
        .stdout(output)
        .stderr(Captured::new(100))
        .allow_absolute_symlinks(seed.is_multiple_of(2))
        .strict_rights(seed.is_multiple_of(3))
        .clocks(Clocks::virtual_clock(VirtualClock::new(Default::default())))
        .limits(guesthouse_wasi::Limits {
            descriptors: DESCRIPTORS,
            ..Default::default()
        });
    let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let guest = Guest::new(builder, kind);
    let mut program = Program {
        random,
        guest,
        done: HashSet::new(),
    };
    let mut trace = Trace::new(Vec::new());
    let given = program.rights_of_all();
    for _ in 0..CALLS {
        program.step(&mut trace);
    }
    let all = program.rights_of_all();
    assert!(all.len() <= DESCRIPTORS as usize);
    for (base, inheriting) in all {
        let within = |one: Rights, other: Rights| other.contains(one);
        let by_itself = given
            .iter()
            .any(|g| within(base, g.0) && within(inheriting, g.1));
        let opened = given
            .iter()
            .any(|g| within(base, g.1) && within(inheriting, g.1));
        assert!(
            by_itself || opened,
            "{base:?} {inheriting:?} were never given"
        );
    }
    let tree = guesthouse_vfs::Tree::new(root);
    assert_eq!(tree.read("/ro/file").unwrap(), b"unchanged");
    program.done
}

#[test]
fn no_program_breaks_the_host_in_memory() {
    let mut done = HashSet::new();
    for seed in 0..30 {
        done.extend(run(seed, MemoryKind::Slices, None));
        done.extend(run(seed, MemoryKind::Copies, None));
    }
    // Not just errors: all that files and directories have was really done.
    let never: Vec<_> = FUNCTIONS
        .iter()
        .map(|function| function.name)
        .filter(|name| !name.starts_with("sock_") && !name.starts_with("proc_"))
        .filter(|name| *name != "sched_yield" && !done.contains(name))
        .collect();
    assert_eq!(never, [""; 0]);
}

#[test]
fn no_program_breaks_the_host_in_a_host_directory() {
    for seed in 0..6 {
        let dir = tempfile::tempdir().unwrap();
        run(seed, MemoryKind::Slices, Some(&dir));
    }
}
