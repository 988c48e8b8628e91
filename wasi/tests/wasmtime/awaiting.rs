//! Guests that are called asynchronously, all on one executor thread: whatever blocks it hangs the test.

use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

use guesthouse_wasi::stdio::{Captured, pipe};
use guesthouse_wasi::wasmtime::AsyncProgram;
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::Result;

use crate::with_prelude;

fn command(body: &str) -> AsyncProgram {
    AsyncProgram::new(&with_prelude(&format!(
        "(func (export \"_start\") (local $n i32) (local $m i32) {body})"
    )))
    .unwrap()
}

fn spawn(body: &str, ctx: WasiCtx) -> tokio::task::JoinHandle<Result<Exit>> {
    let program = command(body);
    tokio::spawn(async move { program.run(ctx).await })
}

fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Reads a byte and exits with it.
const READ: &str = "
    (if (i32.ne (call $read (i32.const 0)) (i32.const 1)) (then unreachable))
    (call $proc_exit (i32.load8_u (i32.const 1000)))";

/// Sleeps a little, then writes the byte 7.
const SLEEP_AND_WRITE: &str = "
    (call $on_clock (i32.const 0) (i64.const 5000000))
    (drop (call $poll (i32.const 1)))
    (i32.store8 (i32.const 1000) (i32.const 7))
    (if (i32.ne (call $write (i32.const 1) (i32.const 1)) (i32.const 1)) (then unreachable))";

#[test]
fn a_guest_waits_for_another_on_the_same_thread() {
    let (input, output) = pipe(1);
    let reads = WasiCtx::builder().stdin(input).build().unwrap();
    let writes = WasiCtx::builder().stdout(output).build().unwrap();
    on_one_thread(async {
        let (reads, writes) = (spawn(READ, reads), spawn(SLEEP_AND_WRITE, writes));
        assert_eq!(reads.await.unwrap().unwrap(), Exit::Code(7));
        assert_eq!(writes.await.unwrap().unwrap(), Exit::Code(0));
    });
}

#[cfg(unix)]
#[test]
fn two_guests_wait_for_one_descriptor_of_the_system() {
    use guesthouse_wasi::Interest;
    use guesthouse_wasi::stdio::Inherited;

    let (input, mut to_guests) = std::io::pipe().unwrap();
    let stdin = |input: std::io::PipeReader| {
        let stdin = Inherited::from_fd(input.into(), Interest::Read).unwrap();
        WasiCtx::builder().stdin(stdin).build().unwrap()
    };
    let contexts = [stdin(input.try_clone().unwrap()), stdin(input)];
    on_one_thread(async {
        let guests = contexts.map(|ctx| {
            // Reads one byte, for each of the two gets one.
            let body = "
                (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 1))
                (call $ok (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                (call $proc_exit (i32.load8_u (i32.const 1000)))";
            spawn(body, ctx)
        });
        // Both wait by now, or will not have to.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        to_guests.write_all(&[3, 3]).unwrap();
        for guest in guests {
            assert_eq!(guest.await.unwrap().unwrap(), Exit::Code(3));
        }
    });
}

#[cfg(unix)]
#[test]
fn sockets_are_served_by_turns() {
    use std::net::TcpListener;

    use guesthouse_wasi::socket::HostListener;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ctx = WasiCtx::builder().listener(HostListener::try_from(listener).unwrap());
    let body = "
        (call $ok (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 16)))
        (local.set $n (call $read (i32.load (i32.const 16))))
        (drop (call $write (i32.load (i32.const 16)) (local.get $n)))
        (call $proc_exit (local.get $n))";
    on_one_thread(async {
        let guest = spawn(body, ctx.build().unwrap());
        let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
        assert_eq!(guest.await.unwrap().unwrap(), Exit::Code(5));
    });
}

#[test]
fn a_waiting_guest_is_cancelled_and_has_a_deadline() {
    let sleep = "
        (call $on_clock (i32.const 0) (i64.const 3600000000000))
        (drop (call $poll (i32.const 1)))
        unreachable";
    on_one_thread(async {
        for body in [READ, sleep] {
            let (input, _never) = pipe(1);
            let ctx = WasiCtx::builder().stdin(input).build().unwrap();
            let canceller = ctx.canceller().clone();
            let guest = spawn(body, ctx);
            tokio::task::yield_now().await;
            canceller.cancel();
            assert_eq!(guest.await.unwrap().unwrap(), Exit::Cancelled);

            let (input, _never) = pipe(1);
            let ctx = WasiCtx::builder().stdin(input).build().unwrap();
            let deadline = Instant::now() + Duration::from_millis(10);
            ctx.canceller().set_deadline(deadline).unwrap();
            let exit = spawn(body, ctx).await.unwrap().unwrap();
            assert_eq!(exit, Exit::DeadlineExceeded);
        }
    });
}

/// A guest that computes without an end shares the thread when the engine's epoch goes on, and is cancelled by a task of that thread.
#[test]
fn a_computing_guest_yields_with_the_epoch_and_is_cancelled() {
    let ctx = WasiCtx::builder().build().unwrap();
    let canceller = ctx.canceller().clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let ticks = std::thread::spawn(move || {
        while stopped.recv_timeout(Duration::from_millis(1)).is_err() {
            crate::engine().increment_epoch();
        }
    });
    on_one_thread(async {
        let guest = spawn("(loop $ever (br $ever))", ctx);
        tokio::time::sleep(Duration::from_millis(5)).await;
        canceller.cancel();
        assert_eq!(guest.await.unwrap().unwrap(), Exit::Cancelled);
    });
    stop.send(()).unwrap();
    ticks.join().unwrap();
}

/// The future of a waiting guest is dropped; the same store is used again, and what the wait left behind must not shorten the next one.
#[test]
fn a_dropped_wait_leaves_nothing_behind() {
    let module = with_prelude(
        "(func (export \"sleep\") (param i64) (result i32)
            (call $on_clock (i32.const 0) (local.get 0))
            (call $poll (i32.const 1)))",
    );
    let ctx = WasiCtx::builder().stdout(Captured::new(1)).build().unwrap();
    on_one_thread(async {
        let mut guest = AsyncProgram::new(&module)
            .unwrap()
            .guest(ctx)
            .await
            .unwrap();
        let hour = Duration::from_secs(3600).as_nanos() as i64;
        let dropped = tokio::time::timeout(
            Duration::from_millis(30),
            guest.call_async::<i64, i32>("sleep", hour),
        );
        assert!(dropped.await.is_err());
        let short = Duration::from_millis(20);
        let begun = Instant::now();
        let events = guest.call_async::<i64, i32>("sleep", short.as_nanos() as i64);
        assert_eq!(events.await.unwrap(), 1);
        assert!(begun.elapsed() >= short);
    });
}
