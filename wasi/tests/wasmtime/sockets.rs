use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

use guesthouse_wasi::socket::{HostListener, HostSocket};
use guesthouse_wasi::{Exit, WasiCtx};

use crate::run;

/// Accepts one connection of the listener 3, and echoes what comes with sock_recv and sock_send until the other end is done.
const ECHO: &str = "
    (call $ok (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 16)))
    (call $ok (call $fd_fdstat_get (i32.load (i32.const 16)) (i32.const 32)))
    (if (i32.ne (i32.load8_u (i32.const 32)) (i32.const 6)) (then (call $proc_exit (i32.const 50))))
    (i32.store (i32.const 0) (i32.const 1000))
    (block $end (loop $more
        (i32.store (i32.const 4) (i32.const 1000))
        (call $ok (call $sock_recv (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 12)))
        (br_if $end (i32.eqz (i32.load (i32.const 8))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (call $ok (call $sock_send (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)))
        (br $more)))
    (call $ok (call $sock_shutdown (i32.load (i32.const 16)) (i32.const 3)))
    (call $ok (call $fd_close (i32.load (i32.const 16))))
    (call $proc_exit (i32.const 7))";

#[test]
fn a_guest_serves_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ctx = WasiCtx::builder().listener(HostListener::try_from(listener).unwrap());
    let ctx = ctx.build().unwrap();
    let guest = thread::spawn(move || run(ECHO, ctx));
    let mut client = TcpStream::connect(address).unwrap();
    let mut buf = [0; 5];
    for piece in [b"hello", b"again"] {
        client.write_all(piece).unwrap();
        client.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, piece);
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut buf).unwrap(), 0);
    assert_eq!(guest.join().unwrap(), Exit::Code(7));
}

#[test]
fn fd_read_and_fd_write_work_on_sockets_too() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let ctx = WasiCtx::builder()
        .socket(HostSocket::from(ours))
        .build()
        .unwrap();
    let body = "
        (local.set $n (call $read (i32.const 3)))
        (drop (call $write (i32.const 3) (local.get $n)))
        (call $proc_exit (local.get $n))";
    let guest = thread::spawn(move || run(body, ctx));
    theirs.write_all(b"four").unwrap();
    let mut text = String::new();
    theirs.read_to_string(&mut text).unwrap();
    assert_eq!(text, "four");
    assert_eq!(guest.join().unwrap(), Exit::Code(4));
}

#[test]
fn wait_all_waits_for_all_and_peek_takes_nothing() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let ctx = WasiCtx::builder()
        .socket(HostSocket::from(ours))
        .build()
        .unwrap();
    // Peeks, tells how much is there, and then wants 10 bytes; exits with how many it got and, times 100, peeked.
    let body = "
        (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 10))
        (call $ok (call $sock_recv (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 8) (i32.const 12)))
        (local.set $m (i32.load (i32.const 8)))
        (drop (call $write (i32.const 3) (local.get $m)))
        (i32.store (i32.const 4) (i32.const 10))
        (call $ok (call $sock_recv (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 8) (i32.const 12)))
        (local.set $n (i32.load (i32.const 8)))
        (drop (call $write (i32.const 3) (local.get $n)))
        (call $proc_exit (i32.add (local.get $n) (i32.mul (i32.const 100) (local.get $m))))";
    let guest = thread::spawn(move || run(body, ctx));
    theirs.write_all(b"abc").unwrap();
    let mut buf = [0; 3];
    theirs.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"abc");
    theirs.write_all(b"defg").unwrap();
    theirs.write_all(b"hij").unwrap();
    let mut text = String::new();
    theirs.read_to_string(&mut text).unwrap();
    assert_eq!(text, "abcdefghij");
    assert_eq!(guest.join().unwrap(), Exit::Code(310));
}

#[test]
fn nonblocking_sockets_answer_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ctx = WasiCtx::builder().listener(HostListener::try_from(listener).unwrap());
    // AGAIN (6) from a listener with nobody; then poll says that somebody is there, and accept makes the connection non-blocking: AGAIN from it too.
    let body = "
        (call $ok (call $fd_fdstat_set_flags (i32.const 3) (i32.const 4)))
        (if (i32.ne (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 16)) (i32.const 6)) (then unreachable))
        (drop (call $write (i32.const 1) (i32.const 1)))
        (call $on_fd (i32.const 0) (i32.const 1) (i32.const 3))
        (if (i32.ne (call $poll (i32.const 1)) (i32.const 1)) (then unreachable))
        (call $ok (call $sock_accept (i32.const 3) (i32.const 4) (i32.const 16)))
        (if (i32.ne (call $read (i32.load (i32.const 16))) (i32.const -6)) (then unreachable))
        (call $proc_exit (i32.load (i32.const 16)))";
    let (mut from_guest, output) = guesthouse_wasi::stdio::pipe(1);
    let ctx = ctx.stdout(output).build().unwrap();
    let guest = thread::spawn(move || run(body, ctx));
    from_guest.read_exact(&mut [0]).unwrap();
    let _client = TcpStream::connect(address).unwrap();
    assert_eq!(guest.join().unwrap(), Exit::Code(4));
}
