use std::io::{Read, Write};
use std::sync::Arc;

use guesthouse_vfs::Timestamp;

use super::*;
use crate::stdio::{Captured, Input, pipe};
use crate::{Clocks, Limits, VirtualClock, WasiCtxBuilder};

/// Where the tests put things in a memory of one page.
const SUBSCRIPTIONS: u32 = 1024;
const EVENTS: u32 = 8192;
const NEVENTS: u32 = 16;

const READ: u8 = 1;
const WRITE: u8 = 2;

fn memory() -> Box<[u8]> {
    vec![0xAA; 65536].into()
}

fn ctx(builder: WasiCtxBuilder) -> WasiCtx {
    builder.build().unwrap()
}

fn clock(userdata: u64, id: u32, timeout: u64, flags: u16) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn descriptor(userdata: u64, tag: u8, fd: u32) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = tag;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

/// (userdata, errno, type, nbytes, flags)
type Seen = (u64, Errno, u8, u64, u16);

fn event(bytes: &[u8]) -> Seen {
    let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    (
        u64::from_le_bytes(bytes[..8].try_into().unwrap()),
        Errno::ALL[usize::from(u16_at(8))],
        bytes[10],
        u64::from_le_bytes(bytes[16..24].try_into().unwrap()),
        u16_at(24),
    )
}

fn poll_at(ctx: &mut WasiCtx, mem: &mut [u8], wanted: &[[u8; 48]]) -> Result<Vec<Seen>, Stop> {
    let start = SUBSCRIPTIONS as usize;
    mem[start..start + 48 * wanted.len()].copy_from_slice(wanted.as_flattened());
    let count = u32::try_from(wanted.len()).unwrap();
    poll_oneoff(ctx, mem, SUBSCRIPTIONS, EVENTS, count, NEVENTS)?;
    let happened = u32::from_le_bytes(mem[16..20].try_into().unwrap()) as usize;
    Ok(mem[EVENTS as usize..][..32 * happened]
        .chunks(32)
        .map(event)
        .collect())
}

fn poll_now(ctx: &mut WasiCtx, wanted: &[[u8; 48]]) -> Result<Vec<Seen>, Stop> {
    poll_at(ctx, &mut memory(), wanted)
}

fn errno_of<T: std::fmt::Debug>(result: Result<T, Stop>) -> Errno {
    match result {
        Err(Stop::Errno(errno)) => errno,
        other => panic!("an errno was expected, not {other:?}"),
    }
}

fn wait_of<T: std::fmt::Debug>(result: Result<T, Stop>) -> Wait {
    match result {
        Err(Stop::Wait(wait)) => wait,
        other => panic!("a wait was expected, not {other:?}"),
    }
}

#[test]
fn no_subscriptions_are_invalid_and_so_are_too_many() {
    let limits = Limits {
        subscriptions: 2,
        ..Limits::default()
    };
    let mut ctx = ctx(WasiCtx::builder().limits(limits));
    let mem = &mut memory()[..];
    for count in [0, 3, u32::MAX] {
        let result = poll_oneoff(&mut ctx, mem, SUBSCRIPTIONS, EVENTS, count, NEVENTS);
        assert_eq!(errno_of(result), Errno::Inval, "{count}");
    }
    assert_eq!(
        poll_now(
            &mut ctx,
            &[descriptor(1, WRITE, 1), descriptor(2, WRITE, 2)]
        )
        .unwrap()
        .len(),
        2
    );
}

#[test]
fn wild_addresses_fault_and_nothing_is_written() {
    let mut ctx = ctx(WasiCtx::builder());
    let mut mem = memory();
    mem[..48].copy_from_slice(&descriptor(1, WRITE, 1));
    let before = mem.clone();
    for (subscriptions, events, nevents) in [
        (65536 - 47, EVENTS, NEVENTS),
        (u32::MAX, EVENTS, NEVENTS),
        (0, 65536 - 31, NEVENTS),
        (0, u32::MAX - 3, NEVENTS),
        (0, EVENTS, 65533),
        (0, EVENTS, u32::MAX),
    ] {
        let result = poll_oneoff(&mut ctx, &mut mem[..], subscriptions, events, 1, nevents);
        assert_eq!(errno_of(result), Errno::Fault);
    }
    assert!(mem == before);
}

#[test]
fn an_unknown_kind_of_subscription_is_invalid() {
    let mut ctx = ctx(WasiCtx::builder());
    for tag in [3, 255] {
        let result = poll_now(&mut ctx, &[descriptor(1, WRITE, 1), descriptor(2, tag, 1)]);
        assert_eq!(errno_of(result), Errno::Inval);
    }
}

#[test]
fn unaligned_and_overlapping_arrays_are_fine() {
    let mut ctx = ctx(WasiCtx::builder().stdin(Input::new("four")));
    let mut mem = memory();
    mem[3..3 + 96]
        .copy_from_slice([descriptor(7, READ, 0), descriptor(8, WRITE, 1)].as_flattened());
    poll_oneoff(&mut ctx, &mut mem[..], 3, 3, 2, 201).unwrap();
    assert_eq!(mem[201..205], 2_u32.to_le_bytes());
    assert_eq!(event(&mem[3..]), (7, Errno::Success, READ, 4, 0));
    assert_eq!(event(&mem[35..]), (8, Errno::Success, WRITE, WRITE_MAX, 0));
}

#[test]
fn what_is_wrong_with_one_subscription_is_in_its_event() {
    let mut ctx = ctx(WasiCtx::builder().stdout(Captured::new(10)));
    let seen = poll_now(
        &mut ctx,
        &[
            descriptor(1, READ, 99),
            descriptor(2, READ, 1),
            descriptor(3, WRITE, 1),
            clock(4, 9, 0, 0),
            clock(5, 2, 0, 0),
            clock(6, 1, 0, 2),
            clock(7, 1, u64::MAX, 0),
        ],
    );
    assert_eq!(
        seen.unwrap(),
        [
            (1, Errno::Badf, READ, 0, 0),
            (2, Errno::Notcapable, READ, 0, 0),
            (3, Errno::Success, WRITE, 10, 0),
            (4, Errno::Inval, 0, 0, 0),
            (5, Errno::Notsup, 0, 0, 0),
            (6, Errno::Inval, 0, 0, 0),
        ]
    );
}

#[test]
fn end_of_input_is_readable_with_no_bytes_and_a_hangup() {
    let mut ctx = ctx(WasiCtx::builder());
    let seen = poll_now(
        &mut ctx,
        &[descriptor(1, READ, 0), clock(2, 1, u64::MAX, 0)],
    );
    assert_eq!(seen.unwrap(), [(1, Errno::Success, READ, 0, 1)]);
}

#[test]
fn input_that_is_not_there_is_waited_for() {
    let (reader, mut writer) = pipe(16);
    let mut ctx = ctx(WasiCtx::builder().stdin(reader));
    let wanted = [descriptor(5, READ, 0)];
    let wait = wait_of(poll_now(&mut ctx, &wanted));
    assert_eq!((wait.sources.len(), wait.timeout), (1, None));
    writer.write_all(b"abc").unwrap();
    assert_eq!(
        poll_now(&mut ctx, &wanted).unwrap(),
        [(5, Errno::Success, READ, 3, 0)]
    );
    assert_eq!(ctx.wait_token, None);
    drop(writer);
    assert_eq!(
        poll_now(&mut ctx, &wanted).unwrap(),
        [(5, Errno::Success, READ, 3, 1)]
    );
}

#[test]
fn a_full_pipe_is_not_writable_until_it_is_read() {
    let (mut reader, writer) = pipe(4);
    let mut ctx = ctx(WasiCtx::builder().stdout(writer));
    let wanted = [descriptor(5, WRITE, 1)];
    assert_eq!(
        poll_now(&mut ctx, &wanted).unwrap(),
        [(5, Errno::Success, WRITE, 4, 0)]
    );
    let Resource::Stream(stdout) = &ctx.fds.get(1).unwrap().resource else {
        panic!("standard output is a stream");
    };
    stdout.write(&[std::io::IoSlice::new(b"full")]).unwrap();
    assert_eq!(wait_of(poll_now(&mut ctx, &wanted)).sources.len(), 1);
    reader.read_exact(&mut [0; 3]).unwrap();
    assert_eq!(
        poll_now(&mut ctx, &wanted).unwrap(),
        [(5, Errno::Success, WRITE, 3, 0)]
    );
    drop(reader);
    assert_eq!(
        poll_now(&mut ctx, &wanted).unwrap(),
        [(5, Errno::Success, WRITE, 3, 1)]
    );
}

#[test]
fn a_virtual_clock_is_moved_on_instead_of_waiting() {
    let clock_source = VirtualClock::new(Timestamp::from_nanos(5_000));
    let clocks = Clocks::virtual_clock(Arc::clone(&clock_source));
    let (reader, _writer) = pipe(4);
    let mut ctx = ctx(WasiCtx::builder().clocks(clocks).stdin(reader));
    let begun = ctx.clocks.monotonic();
    let seen = poll_now(
        &mut ctx,
        &[
            clock(1, 1, 3_000, 0),
            descriptor(2, READ, 0),
            clock(3, 0, 6_000, 1),
            clock(4, 1, begun + 900_000, 1),
        ],
    );
    assert_eq!(seen.unwrap(), [(3, Errno::Success, 0, 0, 0)]);
    assert_eq!(ctx.clocks.monotonic(), begun + 1_000);
    let seen = poll_now(&mut ctx, &[clock(1, 0, 2_000, 0), clock(2, 1, 2_000, 0)]);
    assert_eq!(seen.unwrap().len(), 2);
    assert_eq!(ctx.clocks.monotonic(), begun + 3_000);
}

#[test]
fn a_virtual_clock_is_slept_to_the_end_of_time_and_beyond() {
    let clocks = Clocks::virtual_clock(VirtualClock::new(Timestamp::EPOCH));
    let mut ctx = ctx(WasiCtx::builder().clocks(clocks));
    for _ in 0..3 {
        for forever in [
            clock(1, 0, u64::MAX, 1),
            clock(1, 1, u64::MAX, 1),
            clock(1, 1, u64::MAX, 0),
        ] {
            let seen = poll_now(&mut ctx, &[forever]);
            assert_eq!(seen.unwrap(), [(1, Errno::Success, 0, 0, 0)]);
        }
    }
}

#[test]
fn a_sleep_on_fixed_clocks_is_over_at_once() {
    let mut ctx = ctx(WasiCtx::builder().clocks(Clocks::fixed(Timestamp::EPOCH)));
    let seen = poll_now(&mut ctx, &[clock(1, 1, u64::MAX, 0)]);
    assert_eq!(seen.unwrap(), [(1, Errno::Success, 0, 0, 0)]);
}

#[test]
fn the_deadline_of_a_sleep_is_fixed_when_it_begins() {
    const HOUR: u64 = 3_600_000_000_000;
    let mut ctx = ctx(WasiCtx::builder());
    let wanted = [clock(1, 1, HOUR, 0)];
    let first = wait_of(poll_now(&mut ctx, &wanted)).timeout.unwrap();
    let token = ctx.wait_token.unwrap();
    let second = wait_of(poll_now(&mut ctx, &wanted)).timeout.unwrap();
    assert!(second <= first && first <= Duration::from_nanos(HOUR));
    assert_eq!(ctx.wait_token, Some(token));
    // An hour later, as far as the token says.
    ctx.wait_token = Some(WaitToken {
        entered: 0,
        ..token
    });
    let past = [clock(1, 1, ctx.clocks.monotonic(), 0)];
    assert_eq!(poll_now(&mut ctx, &past).unwrap().len(), 1);
    assert_eq!(ctx.wait_token, None);
}

#[test]
fn a_time_of_day_is_looked_at_again_now_and_then() {
    let mut ctx = ctx(WasiCtx::builder());
    let wait = wait_of(poll_now(&mut ctx, &[clock(1, 0, u64::MAX, 1)]));
    assert_eq!(wait.timeout, Some(REALTIME_STEP));
    let seen = poll_now(&mut ctx, &[clock(1, 0, 1, 1)]);
    assert_eq!(seen.unwrap(), [(1, Errno::Success, 0, 0, 0)]);
}
