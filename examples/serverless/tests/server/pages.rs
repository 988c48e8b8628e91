//! What guests answer when all is well.

use std::io::{Read, Write};

use guesthouse_serverless::Outcome;

use crate::client::{Answer, ask, connect, get, post};
use crate::running::start;

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_page_is_rendered_from_templates_and_data_of_the_image() {
    let server = start(|_| {});
    let answer = get(server.address, "/");
    assert_eq!(
        (answer.status, answer.field("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(answer.text().contains("<h1>The guestbook</h1>"));
    assert!(
        answer
            .text()
            .contains("<li><b>Ada</b>: The beds are soft &amp; the walls are thick.</li>")
    );
    server.assert_counted(Outcome::Answered, 1);
}

#[test]
fn static_files_have_their_types_and_every_byte() {
    let server = start(|_| {});
    for (name, content_type) in [
        ("style.css", "text/css; charset=utf-8"),
        ("form.js", "text/javascript; charset=utf-8"),
        ("house.svg", "image/svg+xml"),
        ("dot.png", "image/png"),
    ] {
        let answer = get(server.address, &format!("/static/{name}"));
        assert_eq!(
            (answer.status, answer.field("content-type")),
            (200, content_type),
            "{name}"
        );
        let wanted =
            std::fs::read(format!("{}/site/static/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(answer.body, wanted, "{name}");
    }
    assert_eq!(get(server.address, "/static/missing.css").status, 404);
    assert_eq!(get(server.address, "/elsewhere").status, 404);
    let head = ask(server.address, "HEAD", "/static/style.css", &[], b"");
    assert_eq!(
        (head.status, head.field("content-type")),
        (200, "text/css; charset=utf-8")
    );
    // Its length is that of the body that it stands for.
    assert_eq!(
        head.field("content-length"),
        get(server.address, "/static/style.css")
            .body
            .len()
            .to_string()
    );
}

#[test]
fn what_a_request_writes_nobody_else_sees() {
    let server = start(|_| {});
    let before = get(server.address, "/");
    let signed = post(
        server.address,
        "/",
        FORM,
        b"name=Eve+%3Cb%3E&words=I+was+here+%26+there",
    );
    assert_eq!(signed.status, 200);
    assert!(
        signed
            .text()
            .contains("<li><b>Eve &lt;b&gt;</b>: I was here &amp; there</li>"),
        "{}",
        signed.text()
    );
    assert!(signed.text().contains("<b>Ada</b>"));
    assert_eq!(get(server.address, "/"), before);
}

#[test]
fn the_request_is_in_the_environment() {
    let server = start(|_| {});
    let fields = [
        ("X-Room", "7"),
        ("Proxy", "http://evil.example"),
        ("Cookie", "a=1"),
    ];
    let answer = ask(
        server.address,
        "GET",
        "/%65nvironment?x=1&y=%20",
        &fields,
        b"",
    );
    let has = |line: &str| {
        assert!(
            answer.text().lines().any(|found| found == line),
            "{line}: {}",
            answer.text()
        );
    };
    has("REQUEST_METHOD=GET");
    has("PATH_INFO=/environment");
    has("QUERY_STRING=x=1&y=%20");
    has("REQUEST_URI=/%65nvironment?x=1&y=%20");
    has("SERVER_NAME=inn.example");
    has("SERVER_PROTOCOL=HTTP/1.1");
    has("REMOTE_ADDR=127.0.0.1");
    has(&format!("SERVER_PORT={}", server.address.port()));
    has("HTTP_X_ROOM=7");
    has("HTTP_COOKIE=a=1");
    // The server's own.
    has("ROOM=12");
    assert!(!answer.text().contains("evil"));
}

#[test]
fn bodies_arrive_whole_however_they_are_sent() {
    let server = start(|_| {});
    let body: Vec<u8> = (0..300_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let answer = post(server.address, "/echo", "application/x-counted", &body);
    assert_eq!(
        (answer.status, answer.field("content-type")),
        (200, "application/x-counted")
    );
    assert!(answer.body == body);

    let mut stream = connect(server.address);
    let head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream
        .write_all(format!("{head}3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n").as_bytes())
        .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert_eq!(Answer::parse(&bytes).text(), "abcdefg");
}

#[test]
fn a_connection_serves_one_request_after_another() {
    let server = start(|_| {});
    let mut stream = connect(server.address);
    for _ in 0..3 {
        stream
            .write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"hello, world\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            bytes.extend(byte);
        }
        assert_eq!(Answer::parse(&bytes).status, 200);
    }
}

#[test]
fn redirects_and_cookies_are_handed_on() {
    let server = start(|_| {});
    let answer = get(server.address, "/lobby");
    assert_eq!((answer.status, answer.field("location")), (302, "/"));
    assert_eq!(
        get(server.address, "/cookies").all("set-cookie"),
        ["room=12", "floor=1; HttpOnly"]
    );
    let refused = post(server.address, "/hello", FORM, b"");
    assert_eq!(refused.status, 405);
}

#[test]
fn metrics_and_health_have_an_address_of_their_own() {
    let server = start(|_| {});
    post(server.address, "/", FORM, b"name=Eve&words=hello");
    assert_eq!(get(server.address, "/metrics").status, 404);
    assert_eq!(get(server.address, "/misbehave/crash").status, 502);
    assert_eq!(get(server.admin, "/healthz").text(), "ok\n");
    assert_eq!(get(server.admin, "/").status, 404);
    let metrics = get(server.admin, "/metrics");
    assert_eq!(
        metrics.field("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let value = |name: &str| -> u64 {
        let line = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in:\n{}", metrics.text()))
            .parse()
            .unwrap()
    };
    assert_eq!(value("guesthouse_requests_total{outcome=\"answered\"}"), 2);
    assert_eq!(value("guesthouse_requests_total{outcome=\"trap\"}"), 1);
    assert_eq!(
        value("guesthouse_request_duration_seconds_bucket{le=\"+Inf\"}"),
        3
    );
    assert_eq!(value("guesthouse_request_duration_seconds_count"), 3);
    assert_eq!(value("guesthouse_requests_in_flight"), 0);
    assert_eq!(value("guesthouse_guests_running"), 0);
    // One guest has written to its fork: the file that it appended to was copied.
    assert_eq!(value("guesthouse_fork_private_bytes_count"), 3);
    assert_eq!(
        value("guesthouse_fork_private_bytes_sum"),
        value("guesthouse_fork_private_bytes_max")
    );
    assert!((1..=8192).contains(&value("guesthouse_fork_private_bytes_max")));
    assert!(value("guesthouse_guest_memory_bytes_max") >= 1 << 20);
}
