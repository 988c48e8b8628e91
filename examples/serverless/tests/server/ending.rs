//! Clients that go away, and servers that are stopped.

use std::net::TcpStream;
use std::time::Duration;

use guesthouse_serverless::{Outcome, Stopped};

use crate::client::{get, receive, send};
use crate::running::{eventually, start};

#[test]
fn a_client_that_goes_away_takes_its_guest_along() {
    let server = start(|_| {});
    for (page, count) in [("loop", 1), ("sleep", 2)] {
        let stream = send(
            server.address,
            "GET",
            &format!("/misbehave/{page}"),
            &[],
            b"",
        );
        eventually(|| server.metrics.running() == 1);
        drop(stream);
        eventually(|| server.metrics.running() == 0);
        server.assert_counted(Outcome::Cancelled, count);
    }
    assert_eq!(get(server.address, "/hello").status, 200);
}

#[test]
fn a_stopping_server_answers_what_is_in_flight() {
    let mut server = start(|_| {});
    let mut stream = send(server.address, "GET", "/misbehave/nap", &[], b"");
    eventually(|| server.metrics.running() == 1);
    // A connection that waits for its next request is closed at once.
    let mut idle = TcpStream::connect(server.address).unwrap();
    server.stop();
    eventually(|| TcpStream::connect(server.address).is_err());
    assert_eq!(receive(&mut stream).text(), "awake\n");
    assert_eq!(std::io::Read::read(&mut idle, &mut [0]).unwrap_or(0), 0);
    assert_eq!(server.end().0, Stopped::Finished);
}

#[test]
fn a_stopping_server_cancels_what_takes_too_long() {
    let mut server = start(|limits| limits.grace = Duration::from_secs(2));
    let pages = ["loop", "sleep", "loop"];
    let mut streams: Vec<_> = pages
        .iter()
        .map(|page| {
            send(
                server.address,
                "GET",
                &format!("/misbehave/{page}"),
                &[],
                b"",
            )
        })
        .collect();
    eventually(|| server.metrics.running() == 3);
    server.stop();
    eventually(|| TcpStream::connect(server.address).is_err());
    assert_eq!(get(server.admin, "/healthz").status, 503);
    for stream in &mut streams {
        let answer = receive(stream);
        assert_eq!((answer.status, answer.field("retry-after")), (503, "1"));
    }
    server.assert_counted(Outcome::Stopping, 3);
    // All of its threads are gone when this returns: no guest has outlived it.
    assert_eq!(server.end().0, Stopped::Cancelled);
}
