use std::sync::Arc;
use std::time::Duration;

use guesthouse_vfs::{Clock, OpenDir, RandomSource, Timestamp};
use guesthouse_wasi::abi::{ClockId, Errno, Signal};
use guesthouse_wasi::{
    ClockSource, Clocks, Exit, Limits, SeededRandom, Stop, VirtualClock, WasiCtx, WasiCtxBuilder,
};

use crate::guest::{Guest, MEMORY, MemoryKind, guest_on};

fn guests(builder: impl Fn() -> WasiCtxBuilder) -> impl Iterator<Item = Guest> {
    let kinds = [MemoryKind::Slices, MemoryKind::Copies];
    kinds
        .into_iter()
        .map(move |kind| Guest::new(builder(), kind))
}

/// The strings that `args_get` or `environ_get` gives.
fn strings(guest: &mut Guest, function: &str) -> Vec<String> {
    let sizes = guest.room(8);
    let sizes_get = format!("{function}_sizes_get");
    let args = [u64::from(sizes), u64::from(sizes + 4)];
    guest.call(&sizes_get, &args).unwrap();
    let (count, len) = (guest.get_u32(sizes), guest.get_u32(sizes + 4));
    let pointers = guest.room(4 * count as usize);
    let bytes = guest.room(len as usize);
    let get = format!("{function}_get");
    guest.call(&get, &[pointers.into(), bytes.into()]).unwrap();
    let text = guest.get(bytes, len);
    let mut at = bytes;
    let mut strings = Vec::new();
    for (index, string) in (0..).zip(text.split_inclusive(|byte| *byte == 0)) {
        assert_eq!(guest.get_u32(pointers + 4 * index), at);
        at += u32::try_from(string.len()).unwrap();
        let (nul, string) = string.split_last().unwrap();
        assert_eq!(*nul, 0, "each string ends in a NUL");
        strings.push(String::from_utf8(string.to_vec()).unwrap());
    }
    assert_eq!(at, bytes + len);
    strings
}

#[test]
fn arguments_and_environment_arrive_in_order() {
    let builder = || {
        WasiCtx::builder()
            .args(["program", "", "ü"])
            .arg("--last")
            .env("A", "1")
            .envs([("B", "x=y"), ("EMPTY", "")])
            .env("A", "2")
    };
    for mut guest in guests(builder) {
        assert_eq!(strings(&mut guest, "args"), ["program", "", "ü", "--last"]);
        assert_eq!(strings(&mut guest, "environ"), ["A=2", "B=x=y", "EMPTY="]);
    }
}

#[test]
fn no_arguments_are_fine() {
    for mut guest in guests(WasiCtx::builder) {
        assert!(strings(&mut guest, "args").is_empty());
        guest.call("args_get", &[0, 0]).unwrap();
        guest.call("environ_get", &[0, 0]).unwrap();
    }
}

#[test]
fn nothing_is_written_if_a_part_does_not_fit() {
    for mut guest in guests(|| WasiCtx::builder().args(["one", "two"])) {
        let at = u64::from(guest.put(&[0x55; 16]));
        let end = u64::from(MEMORY);
        for args in [[at, end - 7], [end - 7, at]] {
            assert_eq!(guest.call("args_get", &args), Err(Errno::Fault));
        }
        for args in [[at, end - 3], [end - 3, at]] {
            assert_eq!(guest.call("args_sizes_get", &args), Err(Errno::Fault));
        }
        assert_eq!(guest.get(u32::try_from(at).unwrap(), 16), [0x55; 16]);
    }
}

#[test]
fn the_builder_refuses_what_no_guest_can_be_given() {
    let error = |builder: WasiCtxBuilder| builder.build().unwrap_err().to_string();
    let new = WasiCtx::builder;
    assert_eq!(
        error(new().args(["fine", "a\0b"])),
        "argument 1 contains a NUL byte"
    );
    assert_eq!(
        error(new().env("A", "\0")),
        "the variable \"A\" contains a NUL byte"
    );
    assert_eq!(
        error(new().env("A=B", "1")),
        "the variable \"A=B\" has no valid name"
    );
    assert_eq!(
        error(new().env("", "1")),
        "the variable \"\" has no valid name"
    );
    let limits = Limits {
        argument_bytes: 16,
        ..Limits::default()
    };
    // Each takes its bytes, a NUL and a pointer of four.
    assert!(new().limits(limits).arg("0123456789a").build().is_ok());
    assert_eq!(
        error(new().limits(limits).arg("0123456789ab")),
        "with argument 0 the limit of 16 bytes is exceeded"
    );
    let limits = Limits {
        descriptors: 2,
        ..Limits::default()
    };
    assert_eq!(
        error(new().limits(limits)),
        "the guest is given more descriptors than it may have, 2"
    );
}

#[test]
fn a_preopen_needs_a_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "a\0"] {
        let fs = guesthouse_vfs::HostFs::open_ambient(folder.path()).unwrap();
        let built = WasiCtx::builder().preopen(OpenDir::root(fs), name).build();
        assert!(built.is_err());
    }
}

fn now(guest: &mut Guest, clock: ClockId) -> Result<u64, Errno> {
    guest.call_u64("clock_time_get", &[clock.to_wire().into(), 0])
}

#[test]
fn every_clock_can_be_read() {
    for mut guest in guests(WasiCtx::builder) {
        for clock in ClockId::ALL {
            let first = now(&mut guest, *clock).unwrap();
            let second = now(&mut guest, *clock).unwrap();
            assert!(second >= first || *clock == ClockId::Realtime);
            let id = clock.to_wire().into();
            let resolution = guest.call_u64("clock_res_get", &[id]).unwrap();
            assert_ne!(resolution, 0);
        }
        // Later than the day on which this was written.
        assert!(now(&mut guest, ClockId::Realtime).unwrap() > 1_700_000_000_000_000_000);
        assert_ne!(now(&mut guest, ClockId::Monotonic).unwrap(), 0);
    }
}

#[test]
fn unknown_clocks_are_invalid() {
    for mut guest in guests(WasiCtx::builder) {
        for id in [4, 255, u64::from(u32::MAX)] {
            assert_eq!(
                guest.call_u64("clock_time_get", &[id, 0]),
                Err(Errno::Inval)
            );
            assert_eq!(guest.call_u64("clock_res_get", &[id]), Err(Errno::Inval));
        }
    }
}

#[test]
fn fixed_clocks_stand_still() {
    let time = Timestamp::from_nanos(1_234_567_890_123_456_789);
    let clocks = Clocks::fixed(time).with_resolution(1000);
    for mut guest in guests(|| WasiCtx::builder().clocks(clocks.clone())) {
        assert_eq!(
            now(&mut guest, ClockId::Realtime),
            Ok(1_234_567_890_123_456_789)
        );
        let monotonic = now(&mut guest, ClockId::Monotonic);
        assert_eq!(now(&mut guest, ClockId::Monotonic), monotonic);
        assert_eq!(guest.call_u64("clock_res_get", &[0]), Ok(1000));
    }
    let beyond = clocks.now(ClockId::Monotonic).unwrap() + 1;
    assert_eq!(clocks.reached(ClockId::Monotonic, beyond), Ok(true));
    assert_eq!(clocks.host_span(5_000_000_000), Duration::ZERO);
}

#[test]
fn a_time_of_day_before_1970_is_an_overflow() {
    let clocks = Clocks::fixed(Timestamp::from_nanos(-1));
    for mut guest in guests(|| WasiCtx::builder().clocks(clocks.clone())) {
        assert_eq!(now(&mut guest, ClockId::Realtime), Err(Errno::Overflow));
    }
}

#[test]
fn a_virtual_clock_moves_by_sleeping_only() {
    let clock = VirtualClock::new(Timestamp::from_nanos(1000));
    let clocks = Clocks::virtual_clock(Arc::clone(&clock));
    let begun = clocks.monotonic();
    assert_eq!(clocks.now(ClockId::Realtime), Ok(1000));
    assert_eq!(clocks.host_span(500), Duration::ZERO);
    assert_eq!(clocks.reached(ClockId::Monotonic, begun + 500), Ok(false));
    clocks.advance(500);
    assert_eq!(clocks.now(ClockId::Realtime), Ok(1500));
    assert_eq!(clocks.monotonic(), begun + 500);
    assert_eq!(clocks.reached(ClockId::Monotonic, begun + 500), Ok(true));
    // A filesystem that has the clock as well moves along.
    assert_eq!(clock.now(), Timestamp::from_nanos(1500));
    clocks.advance(u64::MAX);
    assert_eq!(clocks.monotonic(), u64::MAX, "clocks stop at their end");
}

#[test]
fn scaled_clocks_make_the_host_wait_longer_or_shorter() {
    assert_eq!(
        Clocks::scaled(2000).host_span(1000),
        Duration::from_nanos(500)
    );
    assert_eq!(
        Clocks::scaled(500).host_span(1000),
        Duration::from_nanos(2000)
    );
    assert_eq!(
        Clocks::scaled(3000).host_span(1000),
        Duration::from_nanos(334),
        "rounded up"
    );
    assert_eq!(
        Clocks::scaled(1).host_span(u64::MAX),
        Duration::from_nanos(u64::MAX)
    );
    assert_eq!(Clocks::system().host_span(7), Duration::from_nanos(7));
}

#[test]
fn the_processor_clocks_leave_waits_out() {
    let clock = VirtualClock::new(Timestamp::EPOCH);
    let mut clocks = Clocks::virtual_clock(clock);
    clocks.advance(100);
    clocks.add_waited(60);
    for id in [ClockId::ProcessCputimeId, ClockId::ThreadCputimeId] {
        assert_eq!(clocks.now(id), Ok(40));
    }
}

#[test]
fn a_host_can_bring_clocks_of_its_own() {
    struct Counting;

    impl ClockSource for Counting {
        fn realtime(&self) -> u64 {
            11
        }

        fn monotonic(&self) -> u64 {
            22
        }
    }

    let clocks = Clocks::custom(Arc::new(Counting));
    for mut guest in guests(|| WasiCtx::builder().clocks(clocks.clone())) {
        assert_eq!(now(&mut guest, ClockId::Realtime), Ok(11));
        assert_eq!(now(&mut guest, ClockId::Monotonic), Ok(22));
    }
}

fn random(guest: &mut Guest, len: u32) -> Vec<u8> {
    let buf = guest.put(&vec![0; len as usize]);
    guest.call("random_get", &[buf.into(), len.into()]).unwrap();
    guest.get(buf, len)
}

#[test]
fn a_seed_determines_the_random_bytes() {
    let bytes = |seed| {
        let make = move || WasiCtx::builder().random(Arc::new(SeededRandom::new(seed)));
        let mut runs: Vec<Vec<u8>> = Vec::new();
        for mut guest in guests(make) {
            let mut bytes = random(&mut guest, 5);
            bytes.extend(random(&mut guest, 10_000));
            runs.push(bytes);
        }
        assert!(runs[0] == runs[1], "the memory makes no difference");
        runs.remove(0)
    };
    assert!(bytes(1) == bytes(1));
    assert!(bytes(1) != bytes(2));
}

#[test]
fn the_seeded_stream_is_the_one_of_rfc_8439() {
    // Appendix A.1, test vector 1: the key stream of an all-zero key, nonce and counter.
    let mut bytes = [0; 16];
    SeededRandom::new(0).fill(&mut bytes).unwrap();
    let expected = [
        0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd,
        0x28,
    ];
    assert_eq!(bytes, expected);
}

#[test]
fn the_system_s_random_bytes_differ() {
    for mut guest in guests(WasiCtx::builder) {
        assert_ne!(random(&mut guest, 32), random(&mut guest, 32));
        assert!(random(&mut guest, 0).is_empty());
    }
}

#[test]
fn random_lengths_are_limited() {
    let limits = Limits {
        random_bytes: 100,
        ..Limits::default()
    };
    for mut guest in guests(|| WasiCtx::builder().limits(limits)) {
        assert_eq!(random(&mut guest, 100).len(), 100);
        assert_eq!(guest.call("random_get", &[0, 101]), Err(Errno::Inval));
        let end = u64::from(MEMORY);
        assert_eq!(guest.call("random_get", &[end - 10, 11]), Err(Errno::Fault));
        guest.call("random_get", &[end - 10, 10]).unwrap();
    }
}

#[test]
fn a_failing_source_is_an_io_error() {
    let failing =
        || -> Arc<dyn RandomSource> { Arc::new(|_: &mut [u8]| Err(guesthouse_vfs::Errno::Io)) };
    for mut guest in guests(|| WasiCtx::builder().random(failing())) {
        assert_eq!(guest.call("random_get", &[0, 8000]), Err(Errno::Io));
    }
}

#[test]
fn exits_are_typed() {
    for mut guest in guests(WasiCtx::builder) {
        for code in [0, 1, 255, 256, u32::MAX] {
            let stop = guest.stop("proc_exit", &[code.into()]);
            assert!(matches!(stop, Err(Stop::Exit(Exit::Code(c))) if c == code));
        }
    }
}

#[test]
fn signals_end_the_guest_or_do_nothing() {
    for mut guest in guests(WasiCtx::builder) {
        for signal in [Signal::Abrt, Signal::Kill, Signal::Term, Signal::Usr1] {
            let stop = guest.stop("proc_raise", &[signal.to_wire().into()]);
            assert!(matches!(stop, Err(Stop::Exit(Exit::Raised(s))) if s == signal));
        }
        for signal in [Signal::None, Signal::Pipe, Signal::Chld, Signal::Winch] {
            assert_eq!(guest.call("proc_raise", &[signal.to_wire().into()]), Ok(()));
        }
        for signal in [Signal::Stop, Signal::Ttin] {
            let answer = guest.call("proc_raise", &[signal.to_wire().into()]);
            assert_eq!(answer, Err(Errno::Notsup));
        }
        assert_eq!(guest.call("proc_raise", &[31]), Err(Errno::Inval));
    }
}

#[test]
fn a_guest_can_yield() {
    for mut guest in guests(WasiCtx::builder) {
        // Once, so that an executor can run others; then the guest goes on.
        let Err(Stop::Wait(wait)) = guest.stop("sched_yield", &[]) else {
            panic!("the guest went on at once");
        };
        assert!(wait.sources.is_empty());
        assert_eq!(wait.timeout, Some(Duration::ZERO));
        assert_eq!(guest.call("sched_yield", &[]), Ok(()));
    }
}

#[test]
fn calls_with_the_wrong_number_of_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut guest = guest_on(guesthouse_vfs::HostFs::open_ambient(folder.path()).unwrap());
    assert_eq!(guest.call("fd_close", &[]), Err(Errno::Inval));
    assert_eq!(guest.call("fd_close", &[3, 3]), Err(Errno::Inval));
    assert!(guest.fdstat(3).is_ok(), "nothing was closed");
}
