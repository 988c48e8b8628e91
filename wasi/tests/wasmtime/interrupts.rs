use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use guesthouse_wasi::stdio::pipe;
use guesthouse_wasi::{Exit, WasiCtx};

use crate::{command, ctx, run};

/// Tells the host that it is there, then computes for ever.
const COMPUTE: &str = "
    (drop (call $write (i32.const 1) (i32.const 1)))
    (loop $ever (br $ever))";

/// Tells the host that it is there, then waits for input that never comes.
const READ: &str = "
    (drop (call $write (i32.const 1) (i32.const 1)))
    (drop (call $read (i32.const 0)))
    unreachable";

/// The same in a poll, together with a clock.
const POLL: &str = "
    (drop (call $write (i32.const 1) (i32.const 1)))
    (call $on_clock (i32.const 0) (i64.const 3600000000000))
    (call $on_fd (i32.const 1) (i32.const 1) (i32.const 0))
    (drop (call $poll (i32.const 2)))
    unreachable";

/// Yields for ever.
const YIELD: &str = "
    (drop (call $write (i32.const 1) (i32.const 1)))
    (loop $ever (call $ok (call $sched_yield)) (br $ever))";

const ALL: [&str; 4] = [COMPUTE, READ, POLL, YIELD];

/// Runs the guest with input that never comes, and cancels it when it has said that it is there.
fn cancel(body: &'static str) -> Exit {
    let (input, _never) = pipe(1);
    let (mut from_guest, output) = pipe(1);
    let ctx = WasiCtx::builder().stdin(input).stdout(output);
    let ctx = ctx.build().unwrap();
    let canceller = ctx.canceller().clone();
    let guest = thread::spawn(move || run(body, ctx));
    from_guest.read_exact(&mut [0]).unwrap();
    canceller.cancel();
    guest.join().unwrap()
}

#[test]
fn a_guest_is_cancelled_whatever_it_does() {
    for body in ALL {
        assert_eq!(cancel(body), Exit::Cancelled, "{body}");
    }
}

#[cfg(unix)]
#[test]
fn a_guest_is_cancelled_while_it_waits_for_a_descriptor() {
    use guesthouse_wasi::Interest;
    use guesthouse_wasi::stdio::Inherited;

    for body in [READ, POLL] {
        let (input, _never) = std::io::pipe().unwrap();
        let (mut from_guest, output) = pipe(1);
        let ctx = WasiCtx::builder()
            .stdin(Inherited::from_fd(input.into(), Interest::Read).unwrap())
            .stdout(output);
        let ctx = ctx.build().unwrap();
        let canceller = ctx.canceller().clone();
        let guest = thread::spawn(move || run(body, ctx));
        from_guest.read_exact(&mut [0]).unwrap();
        canceller.cancel();
        assert_eq!(guest.join().unwrap(), Exit::Cancelled);
    }
}

#[test]
fn a_deadline_ends_a_guest_whatever_it_does() {
    for body in ALL {
        let (input, _never) = pipe(1);
        let ctx = WasiCtx::builder().stdin(input).build().unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        ctx.canceller().set_deadline(deadline).unwrap();
        assert_eq!(run(body, ctx), Exit::DeadlineExceeded, "{body}");
        assert!(Instant::now() >= deadline);
    }
}

#[test]
fn a_deadline_that_is_not_reached_changes_nothing() {
    let ctx = ctx();
    let canceller = ctx.canceller().clone();
    canceller
        .set_deadline(Instant::now() + Duration::from_secs(3600))
        .unwrap();
    assert_eq!(run("(call $proc_exit (i32.const 4))", ctx), Exit::Code(4));
    // After the end there is nothing to cancel.
    canceller.cancel();
}

#[test]
fn cancelled_before_it_starts_a_guest_does_nothing() {
    let (mut from_guest, output) = pipe(1);
    let ctx = WasiCtx::builder().stdout(output).build().unwrap();
    ctx.canceller().cancel();
    assert_eq!(run(COMPUTE, ctx), Exit::Cancelled);
    assert_eq!(from_guest.read(&mut [0]).unwrap(), 0);
}

#[test]
fn cancelled_between_two_calls_a_guest_makes_no_third() {
    let module = crate::with_prelude(r#"(func (export "f") (loop $ever (br $ever)))"#);
    let program = guesthouse_wasi::wasmtime::Program::new(&module).unwrap();
    let ctx = ctx();
    let canceller = ctx.canceller().clone();
    let mut guest = program.guest(ctx).unwrap();
    canceller.cancel();
    let error = guest.call::<(), ()>("f", ()).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>(), Some(&Exit::Cancelled));
}

#[test]
fn cancelling_one_guest_leaves_others_of_the_engine_alone() {
    // Spins until there is input, and exits with its first byte.
    let body = "
        (call $ok (call $fd_fdstat_set_flags (i32.const 0) (i32.const 4)))
        (loop $wait
            (local.set $n (call $read (i32.const 0)))
            (br_if $wait (i32.eq (local.get $n) (i32.const -6))))
        (call $proc_exit (i32.load8_u (i32.const 1000)))";
    let (input, mut to_guest) = pipe(1);
    let ctx = WasiCtx::builder().stdin(input).build().unwrap();
    let other = thread::spawn(move || run(body, ctx));
    for _ in 0..3 {
        assert_eq!(cancel(COMPUTE), Exit::Cancelled);
    }
    to_guest.write_all(b"\x05").unwrap();
    assert_eq!(other.join().unwrap(), Exit::Code(5));
}

/// Cancelling races with every stage of a run: it must end the guest or come too late, and never hang.
#[test]
fn hammer_cancel_at_any_moment() {
    let program = command(
        "(local.set $n (i32.const 300)) (loop $l (call $ok (call $sched_yield)) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    );
    for round in 0..100 {
        let ctx = ctx();
        let canceller = ctx.canceller().clone();
        let program = program.clone();
        let guest = thread::spawn(move || program.run(ctx).unwrap());
        for _ in 0..round * 40 {
            std::hint::spin_loop();
        }
        canceller.cancel();
        let exit = guest.join().unwrap();
        assert!(matches!(exit, Exit::Cancelled | Exit::Code(0)), "{exit:?}");
    }
}
