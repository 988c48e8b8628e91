//! What clients may ask for.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use guesthouse_serverless::Outcome;

use crate::client::{Answer, ask, connect, get, post, receive, send};
use crate::running::{eventually, start};

#[test]
fn a_body_that_is_too_large_is_refused() {
    let server = start(|limits| limits.body = 1000);
    assert_eq!(
        post(server.address, "/echo", "text/plain", &[b'x'; 1000])
            .body
            .len(),
        1000
    );
    assert_eq!(
        post(server.address, "/echo", "text/plain", &[b'x'; 1001]).status,
        413
    );
    // One that doesn't say its length is read no further than the limit.
    let mut stream = connect(server.address);
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    stream
        .write_all(format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001)).as_bytes())
        .unwrap();
    assert_eq!(receive(&mut stream).status, 413);
    server.assert_counted(Outcome::BodyTooLarge, 2);
    server.assert_counted(Outcome::Answered, 1);
}

#[test]
fn a_body_that_never_comes_takes_no_place() {
    let server = start(|limits| {
        limits.guests = 1;
        limits.timeout = Duration::from_secs(1);
    });
    let mut slow = connect(server.address);
    slow.write_all(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\nabc",
    )
    .unwrap();
    eventually(|| server.metrics.in_flight() == 1);
    assert_eq!(server.metrics.running(), 0);
    assert_eq!(get(server.address, "/hello").status, 200);
    assert_eq!(receive(&mut slow).status, 408);
    server.assert_counted(Outcome::BodyTimeout, 1);
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let server = start(|limits| limits.timeout = Duration::from_secs(1));
    for beginning in ["", "GET /hello HTTP/1.1\r\nHost"] {
        let mut stream = connect(server.address);
        stream.write_all(beginning.as_bytes()).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "{}", rest.escape_ascii());
    }
    // Nor is one kept that has had its answer.
    let mut stream = connect(server.address);
    stream
        .write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    assert_eq!(receive(&mut stream).text(), "hello, world\n");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = start(|limits| limits.head = 10_000);
    let value = "x".repeat(8000);
    assert_eq!(
        ask(server.address, "GET", "/hello", &[("X", &value)], b"").status,
        200
    );
    let value = "x".repeat(20_000);
    let mut stream = send(server.address, "GET", "/hello", &[("X", &value)], b"");
    assert_eq!(receive(&mut stream).status, 431);
    let many: Vec<_> = (0..200).map(|_| ("X", "y")).collect();
    let mut stream = send(server.address, "GET", "/hello", &many, b"");
    assert_eq!(receive(&mut stream).status, 431);
    server.assert_counted(Outcome::Answered, 1);
}

/// Hyper panics at a limit below 8 KiB.
#[test]
fn a_limit_of_heads_may_be_small() {
    let server = start(|limits| limits.head = 100);
    assert_eq!(get(server.address, "/hello").status, 200);
}

#[test]
fn a_request_names_one_host() {
    let server = start(|_| {});
    for (fields, status) in [
        ("Host: a\r\n", 200),
        ("", 400),
        ("Host: a\r\nHost: b\r\n", 400),
        ("Host: a b\r\n", 400),
    ] {
        let mut stream = connect(server.address);
        let request = format!("GET /hello HTTP/1.1\r\nConnection: close\r\n{fields}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(receive(&mut stream).status, status, "{fields}");
    }
}

#[test]
fn paths_that_no_guest_should_see_are_refused() {
    let server = start(|_| {});
    for path in ["/%00", "/%zz", "/static/%2e%2e/templates/page.html", "*"] {
        assert_eq!(get(server.address, path).status, 400, "{path}");
    }
    server.assert_counted(Outcome::BadRequest, 4);
}

#[test]
fn beyond_the_places_some_wait_and_the_rest_come_back_later() {
    let server = start(|limits| {
        limits.guests = 1;
        limits.queue = 1;
    });
    let address = server.address;
    let running = send(address, "GET", "/misbehave/sleep", &[], b"");
    eventually(|| server.metrics.running() == 1);
    let waiting = thread::spawn(move || get(address, "/hello"));
    eventually(|| server.metrics.waiting() == 1);
    let refused = get(address, "/hello");
    assert_eq!((refused.status, refused.field("retry-after")), (503, "1"));
    server.assert_counted(Outcome::Busy, 1);
    // Metrics are not for sale.
    assert_eq!(get(server.admin, "/healthz").status, 200);
    // Whoever waits gets the place of a guest whose client gave up.
    drop(running);
    let answer: Answer = waiting.join().unwrap();
    assert_eq!(answer.text(), "hello, world\n");
    server.assert_counted(Outcome::Cancelled, 1);
}

#[test]
fn waiting_for_a_place_has_its_end() {
    let server = start(|limits| {
        limits.guests = 1;
        limits.timeout = Duration::from_millis(700);
    });
    let mut running = send(server.address, "GET", "/misbehave/sleep", &[], b"");
    eventually(|| server.metrics.running() == 1);
    let mut others: Vec<_> = (0..3)
        .map(|_| send(server.address, "GET", "/misbehave/loop", &[], b""))
        .collect();
    let mut statuses: Vec<_> = others
        .iter_mut()
        .map(|stream| receive(stream).status)
        .collect();
    statuses.push(receive(&mut running).status);
    // The first was ended at its deadline; of the others those that had no place by their own time had to leave.
    assert!(
        statuses.contains(&504) && statuses.iter().all(|status| [503, 504].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(get(server.address, "/hello").status, 200);
}

#[test]
fn connections_beyond_the_limit_wait_to_be_accepted() {
    let server = start(|limits| limits.connections = 1);
    let mut first = send(server.address, "GET", "/misbehave/nap", &[], b"");
    let mut second = send(server.address, "GET", "/hello", &[], b"");
    assert_eq!(receive(&mut first).text(), "awake\n");
    assert_eq!(receive(&mut second).text(), "hello, world\n");
}

#[test]
fn a_client_that_takes_nothing_is_cut_off() {
    let server = start(|limits| {
        limits.output = 32 << 20;
        limits.timeout = Duration::from_secs(2);
    });
    // More than the kernel's buffers of both sides hold.
    let stream = send(server.address, "GET", "/misbehave/plenty", &[], b"");
    server.assert_counted(Outcome::Answered, 1);
    eventually(|| server.metrics.connections() == 0);
    drop(stream);
}
