use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use guesthouse_vfs::Timestamp;
use guesthouse_wasi::stdio::{Captured, Input, pipe, reader, writer};
use guesthouse_wasi::{Clocks, Exit, VirtualClock, WasiCtx};

use crate::{PRELUDE, module, run};

/// Copies standard input to standard output; exits with 10 if a write is not whole, 100 + errno if a read fails.
const COPY: &str = "
    (block $end (loop $more
        (local.set $n (call $read (i32.const 0)))
        (br_if $end (i32.eqz (local.get $n)))
        (if (i32.lt_s (local.get $n) (i32.const 0)) (then (call $ok (i32.sub (i32.const 0) (local.get $n)))))
        (if (i32.ne (local.get $n) (call $write (i32.const 1) (local.get $n))) (then (call $proc_exit (i32.const 10))))
        (br $more)))";

#[test]
fn input_is_copied_until_its_end() {
    let output = Captured::new(100_000);
    let text: Vec<u8> = (0..=255).cycle().take(50_000).collect();
    let ctx = WasiCtx::builder()
        .stdin(Input::new(text.clone()))
        .stdout(output.clone());
    assert_eq!(run(COPY, ctx.build().unwrap()), Exit::Code(0));
    assert!(output.contents() == text);
}

#[test]
fn a_blocking_read_waits_for_a_pipe_of_this_process() {
    let (input, mut to_guest) = pipe(8);
    let output = Captured::new(1000);
    let ctx = WasiCtx::builder().stdin(input).stdout(output.clone());
    let ctx = ctx.build().unwrap();
    let host = thread::spawn(move || {
        for piece in ["one ", "two ", "three, which is longer than the pipe"] {
            to_guest.write_all(piece.as_bytes()).unwrap();
            thread::yield_now();
        }
    });
    assert_eq!(run(COPY, ctx), Exit::Code(0));
    host.join().unwrap();
    assert_eq!(
        output.contents(),
        b"one two three, which is longer than the pipe"
    );
}

#[test]
fn readers_and_writers_of_the_host_are_waited_for() {
    let text: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let (output, drain) = writer(Vec::new()).unwrap();
    let ctx = WasiCtx::builder()
        .stdin(reader(std::io::Cursor::new(text.clone())))
        .stdout(output);
    // A blocking write is always whole: a short one would make the guest exit with 10.
    assert_eq!(run(COPY, ctx.build().unwrap()), Exit::Code(0));
    assert!(drain.finish().unwrap() == text);
}

#[cfg(unix)]
#[test]
fn a_blocking_read_waits_for_a_pipe_of_the_system() {
    use guesthouse_wasi::Interest;
    use guesthouse_wasi::stdio::Inherited;

    let (input, mut to_guest) = std::io::pipe().unwrap();
    let (mut from_guest, output) = std::io::pipe().unwrap();
    let ctx = WasiCtx::builder()
        .stdin(Inherited::from_fd(input.into(), Interest::Read).unwrap())
        .stdout(Inherited::from_fd(output.into(), Interest::Write).unwrap());
    let ctx = ctx.build().unwrap();
    let guest = thread::spawn(move || run(COPY, ctx));
    let mut buf = [0; 5];
    for piece in [b"first", b"other"] {
        to_guest.write_all(piece).unwrap();
        from_guest.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, piece);
    }
    drop(to_guest);
    assert_eq!(guest.join().unwrap(), Exit::Code(0));
    assert_eq!(from_guest.read(&mut buf).unwrap(), 0);
}

#[test]
fn nonblocking_input_answers_again() {
    let (input, _to_guest) = pipe(8);
    let ctx = WasiCtx::builder().stdin(input).build().unwrap();
    let body = "
        (call $ok (call $fd_fdstat_set_flags (i32.const 0) (i32.const 4)))
        (call $proc_exit (i32.sub (i32.const 0) (call $read (i32.const 0))))";
    assert_eq!(run(body, ctx), Exit::Code(6));
}

#[test]
fn captured_output_is_cut_at_its_limit() {
    let output = Captured::new(15);
    let ctx = WasiCtx::builder().stdout(output.clone()).build().unwrap();
    // 10 and 5 bytes, then NOSPC (51).
    let body = "
        (if (i32.ne (call $write (i32.const 1) (i32.const 10)) (i32.const 10)) (then unreachable))
        (if (i32.ne (call $write (i32.const 1) (i32.const 10)) (i32.const 5)) (then unreachable))
        (call $proc_exit (i32.sub (i32.const 0) (call $write (i32.const 1) (i32.const 10))))";
    assert_eq!(run(body, ctx), Exit::Code(51));
    assert_eq!(output.contents(), [0; 15]);
    assert!(output.refused());
}

#[test]
fn poll_reports_what_happens_first() {
    let (input, mut to_guest) = pipe(8);
    let ctx = WasiCtx::builder().stdin(input).build().unwrap();
    // Of an hour and input, input comes: 3 bytes, subscription 1.
    let body = "
        (call $on_clock (i32.const 0) (i64.const 3600000000000))
        (call $on_fd (i32.const 1) (i32.const 1) (i32.const 0))
        (if (i32.ne (call $poll (i32.const 2)) (i32.const 1)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 4000)) (i32.const 1)) (then unreachable))
        (call $proc_exit (i32.load (i32.const 4016)))";
    let guest = thread::spawn(move || run(body, ctx));
    to_guest.write_all(b"abc").unwrap();
    assert_eq!(guest.join().unwrap(), Exit::Code(3));
}

#[test]
fn poll_ends_with_its_timeout() {
    let (input, _to_guest) = pipe(8);
    let ctx = WasiCtx::builder().stdin(input).build().unwrap();
    let body = "
        (call $on_fd (i32.const 0) (i32.const 1) (i32.const 0))
        (call $on_clock (i32.const 1) (i64.const 1000000))
        (if (i32.ne (call $poll (i32.const 2)) (i32.const 1)) (then unreachable))
        (call $proc_exit (i32.load (i32.const 4000)))";
    assert_eq!(run(body, ctx), Exit::Code(1));
}

#[test]
fn a_regular_file_is_always_ready_with_what_is_left() {
    let fs = guesthouse_vfs::MemFs::new();
    let ctx = WasiCtx::builder().root(fs).build().unwrap();
    // Makes a file of 10 bytes, goes to its byte 4, and polls it for both; exits with the bytes left, and 20 for a write.
    let module = module(&format!(
        r#"(module
            (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
            {PRELUDE}
            (data (i32.const 900) "file")
            (func (export "_start") (local $fd i32)
                (call $ok (call $path_open (i32.const 3) (i32.const 0) (i32.const 900) (i32.const 4) (i32.const 1)
                    (i64.const -1) (i64.const 0) (i32.const 0) (i32.const 16)))
                (local.set $fd (i32.load (i32.const 16)))
                (if (i32.ne (call $write (local.get $fd) (i32.const 10)) (i32.const 10)) (then unreachable))
                (call $ok (call $fd_seek (local.get $fd) (i64.const 4) (i32.const 0) (i32.const 24)))
                (call $on_fd (i32.const 0) (i32.const 1) (local.get $fd))
                (call $on_fd (i32.const 1) (i32.const 2) (local.get $fd))
                (call $on_fd (i32.const 2) (i32.const 1) (i32.const 3))
                (if (i32.ne (call $poll (i32.const 3)) (i32.const 3)) (then unreachable))
                (if (i64.eqz (i64.load (i32.const 4048))) (then unreachable))
                ;; A directory cannot be read: NOTCAPABLE.
                (if (i32.ne (i32.load16_u (i32.const 4072)) (i32.const 76)) (then unreachable))
                (call $proc_exit (i32.add (i32.load (i32.const 4016)) (i32.mul (i32.const 20) (i32.load8_u (i32.const 4042)))))))"#
    ));
    let program = guesthouse_wasi::wasmtime::Program::new(&module).unwrap();
    assert_eq!(program.run(ctx).unwrap(), Exit::Code(6 + 20 * 2));
}

#[test]
fn a_sleep_on_a_virtual_clock_takes_no_time_of_the_host() {
    let clock = VirtualClock::new(Timestamp::EPOCH);
    let clocks = Clocks::virtual_clock(Arc::clone(&clock));
    let ctx = WasiCtx::builder().clocks(clocks).build().unwrap();
    // A century.
    let body = "
        (call $on_clock (i32.const 0) (i64.const 3155760000000000000))
        (call $proc_exit (call $poll (i32.const 1)))";
    assert_eq!(run(body, ctx), Exit::Code(1));
    let slept = guesthouse_vfs::Clock::now(&*clock).as_nanos();
    assert_eq!(slept, 3_155_760_000_000_000_000);
}

#[test]
fn a_guest_of_wasi_unstable_has_its_own_layouts() {
    let clock = VirtualClock::new(Timestamp::EPOCH);
    let clocks = Clocks::virtual_clock(Arc::clone(&clock));
    let output = Captured::new(100);
    let ctx = WasiCtx::builder().clocks(clocks).stdout(output.clone());
    // The subscription: the clock's number at 24, the timeout at 32.
    let module = module(
        r#"(module
            (import "wasi_unstable" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
            (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_unstable" "proc_exit" (func $proc_exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 500) "old")
            (func (export "_start")
                (i32.store (i32.const 24) (i32.const 1))
                (i64.store (i32.const 32) (i64.const 7000000000))
                (if (call $poll_oneoff (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)) (then unreachable))
                (i32.store (i32.const 300) (i32.const 500))
                (i32.store (i32.const 304) (i32.const 3))
                (if (call $fd_write (i32.const 1) (i32.const 300) (i32.const 1) (i32.const 400)) (then unreachable))
                (call $proc_exit (i32.load (i32.const 200)))))"#,
    );
    let program = guesthouse_wasi::wasmtime::Program::new(&module).unwrap();
    assert_eq!(program.run(ctx.build().unwrap()).unwrap(), Exit::Code(1));
    assert_eq!(output.contents(), b"old");
    let slept = guesthouse_vfs::Clock::now(&*clock).as_nanos();
    assert_eq!(Duration::from_nanos(slept as u64), Duration::from_secs(7));
}

/// Runs itself once more, as a process with streams of its own.
#[test]
fn inherited_streams_are_those_of_the_process() {
    const IN_CHILD: &str = "GUESTHOUSE_TEST_INHERITS_STDIO";
    if std::env::var_os(IN_CHILD).is_some() {
        let ctx = WasiCtx::builder().inherit_stdio().unwrap();
        let copy_twice = "
            (local.set $n (call $read (i32.const 0)))
            (drop (call $write (i32.const 1) (local.get $n)))
            (drop (call $write (i32.const 2) (local.get $n)))";
        assert_eq!(run(copy_twice, ctx.build().unwrap()), Exit::Code(0));
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "streams::inherited_streams_are_those_of_the_process",
        ])
        .arg("--nocapture")
        .env(IN_CHILD, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"<from the host>").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    for stream in [output.stdout, output.stderr] {
        let text = String::from_utf8(stream).unwrap();
        assert_eq!(text.matches("<from the host>").count(), 1, "{text}");
    }
}
