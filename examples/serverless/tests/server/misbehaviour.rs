//! Guests that loop, fill their disk, take memory, crash or print nonsense: each ends with a status of its own, and nobody else notices.

use std::thread;
use std::time::Duration;

use guesthouse_serverless::Outcome;

use crate::client::{get, post};
use crate::running::{Running, start};

const FORM: &str = "application/x-www-form-urlencoded";

/// Asks for a page, and checks what comes of it.
#[track_caller]
fn fails(server: &Running, page: &str, status: u16, outcome: Outcome) {
    let answer = get(server.address, &format!("/misbehave/{page}"));
    assert_eq!(answer.status, status, "{page}");
    // Whatever went wrong is no business of the client's.
    assert!(
        ["there is no answer\n", "the answer took too long\n"].contains(&answer.text()),
        "{answer:?}"
    );
    server.assert_counted(outcome, 1);
}

#[test]
fn a_guest_that_ends_badly_is_a_bad_gateway() {
    for (page, outcome, logged) in [
        (
            "crash",
            Outcome::Trap,
            "wasm `unreachable` instruction executed",
        ),
        ("recurse", Outcome::Trap, "wasm trap"),
        ("exit", Outcome::ExitCode, "the guest exited with code 3"),
        ("silence", Outcome::BadAnswer, "no empty line ends its head"),
        ("garbage", Outcome::BadAnswer, "has no colon"),
        ("split", Outcome::BadAnswer, "the value of a field is none"),
        ("flood", Outcome::AnswerTooLarge, "printed too much"),
    ] {
        let server = start(|limits| limits.output = 100_000);
        fails(&server, page, 502, outcome);
        assert_eq!(get(server.address, "/hello").text(), "hello, world\n");
        let (_, log) = server.end();
        let line = log
            .lines()
            .find(|line| line.contains(&format!("request 1, GET /misbehave/{page}: ")));
        assert!(line.is_some_and(|line| line.contains(logged)), "{log}");
    }
}

#[test]
fn a_guest_that_never_ends_is_a_gateway_timeout() {
    for page in ["loop", "sleep"] {
        let server = start(|limits| limits.timeout = Duration::from_millis(300));
        fails(&server, page, 504, Outcome::Deadline);
        assert!(server.end().1.contains("past its deadline"));
    }
}

#[test]
fn a_full_disk_or_memory_is_the_guests_own() {
    let server = start(|limits| {
        limits.file_bytes = 1 << 20;
        limits.nodes = 100;
        limits.memory = 8 << 20;
    });
    assert_eq!(
        get(server.address, "/misbehave/fill").text(),
        format!("{} bytes: no storage space\n", 1 << 20)
    );
    // One of the hundred is their directory.
    assert_eq!(
        get(server.address, "/misbehave/names").text(),
        "99 files: no storage space\n"
    );
    let memory = get(server.address, "/misbehave/memory");
    let megabytes: u32 = memory
        .text()
        .strip_suffix(" MiB\n")
        .unwrap()
        .parse()
        .unwrap();
    assert!((4..8).contains(&megabytes), "{megabytes}");
    // The next one finds as much.
    assert_eq!(
        get(server.address, "/misbehave/fill").text(),
        format!("{} bytes: no storage space\n", 1 << 20)
    );
    assert_eq!(
        post(server.address, "/", FORM, b"name=Eve&words=hello").status,
        200
    );
}

#[test]
fn complaints_are_logged_up_to_a_limit_and_cannot_forge_lines() {
    let server = start(|limits| limits.errors = 1000);
    assert_eq!(
        get(server.address, "/misbehave/noise").text(),
        "quiet now\n"
    );
    let (_, log) = server.end();
    assert!(
        log.contains("request 1, guest: complaint 0\\u{1b}[31m\n"),
        "{log}"
    );
    assert!(log.contains("(and more, which was not kept)"), "{log}");
    assert!(log.len() < 10_000 && !log.contains('\x1b'));
}

/// The memory and tables of a guest are used again by another.
#[test]
fn nothing_of_a_guest_remains_in_memory() {
    let server = start(|limits| limits.guests = 1);
    for _ in 0..5 {
        let answer = get(server.address, "/misbehave/remains");
        assert_eq!(answer.text(), "0 visits and 0 bytes remain\n");
    }
    // Nor when it ends in the middle of something.
    assert_eq!(get(server.address, "/misbehave/recurse").status, 502);
    let answer = get(server.address, "/misbehave/remains");
    assert_eq!(answer.text(), "0 visits and 0 bytes remain\n");
}

/// All of them at once, while others are served, each with the right answer.
#[test]
fn nobody_else_is_hurt() {
    let server = start(|limits| {
        limits.timeout = Duration::from_secs(4);
        limits.file_bytes = 4 << 20;
        limits.nodes = 1000;
        limits.memory = 16 << 20;
        limits.output = 1 << 20;
    });
    let address = server.address;
    let page = get(address, "/");
    thread::scope(|scope| {
        // These last until their deadline.
        for name in ["loop", "loop", "sleep"] {
            scope
                .spawn(move || assert_eq!(get(address, &format!("/misbehave/{name}")).status, 504));
        }
        for (name, status) in [
            ("fill", 200),
            ("names", 200),
            ("memory", 200),
            ("crash", 502),
            ("recurse", 502),
            ("flood", 502),
        ] {
            scope.spawn(move || {
                for _ in 0..5 {
                    assert_eq!(
                        get(address, &format!("/misbehave/{name}")).status,
                        status,
                        "{name}"
                    );
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(get(address, "/"), page);
                    assert_eq!(get(address, "/static/dot.png").status, 200);
                    let signed = post(address, "/", FORM, b"name=Eve&words=hello");
                    assert!(
                        signed.text().contains("<b>Eve</b>: hello"),
                        "{}",
                        signed.text()
                    );
                }
            });
        }
    });
    assert_eq!(get(address, "/"), page);
    server.assert_counted(Outcome::Deadline, 3);
    server.assert_counted(Outcome::Trap, 10);
    server.assert_counted(Outcome::AnswerTooLarge, 5);
    server.assert_counted(Outcome::Answered, 2 + 15 + 120);
}
