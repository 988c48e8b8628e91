//! `--trace`, `--stats`, and a guest that serves a socket.

mod command;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use command::{PUT, file, guest, run};
use tempfile::tempdir;

#[test]
fn a_trace_has_a_readable_line_for_each_call() {
    let dir = tempdir().unwrap();
    let outcome = run(["--trace", &file(&dir, "put.wat", PUT), "tmp/x"]).code(0);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{outcome:#?}");
    assert_eq!(lines[0], "args_get() = ok");
    assert_eq!(
        lines[1],
        "path_open(3, symlink_follow, \"tmp/x\", creat|trunc, -w+0, --+0, 0) = fd 4"
    );
    assert_eq!(lines[2], "fd_write(4, \"written\\n\") = 8");
}

#[test]
fn a_trace_ends_with_what_ended_the_guest() {
    let outcome = run(["--trace", &guest("exit.wat"), "3"]).code(3);
    assert_eq!(
        outcome.stderr.lines().last(),
        Some("proc_exit(3) = ? (the guest ends)")
    );
    let outcome = run([
        "--trace",
        "--timeout",
        "100ms",
        &guest("sleep.wat"),
        "600000",
    ])
    .code(1);
    assert!(
        outcome.stderr.contains("poll_oneoff([")
            && outcome.stderr.contains("= ? (deadline exceeded)"),
        "{outcome:#?}"
    );
}

#[test]
fn statistics_count_what_the_guest_did() {
    let dir = tempdir().unwrap();
    let outcome = run(["--stats", &file(&dir, "put.wat", PUT), "tmp/x"]).code(0);
    let row = |name: &str| -> Vec<String> {
        let line = outcome
            .stderr
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("{name} in {outcome:#?}"));
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row("fd_write")[1..4], ["1", "0", "8"]);
    assert_eq!(row("path_open")[1..4], ["1", "0", "0"]);
    assert_eq!(row("total")[1..4], ["3", "0", "8"]);
    assert!(
        outcome.stderr.contains("peak of guest memory     64.0 KiB"),
        "{outcome:#?}"
    );
    assert!(outcome.stderr.contains("memory filesystem"), "{outcome:#?}");
}

#[test]
fn a_listener_is_handed_to_the_guest() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let mut child = command::command([
        "run",
        "--listen",
        &address,
        "--timeout",
        "60s",
        &guest("echo.wasm"),
        "1",
    ])
    .spawn()
    .unwrap();
    let mut stream = (0..600)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(&address).ok()
        })
        .expect("the guest's listener");
    stream.write_all(b"over the wire\n").unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "over the wire\n");
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    assert!(child.wait().unwrap().success());
}
