//! The program itself: signals, and a log that nobody reads.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::client::{get, send};
use crate::running::eventually;

/// Prints 8 KiB to its standard error, and no answer.
const NOISE: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\00\20\00\00")
    (func (export "_start")
        (memory.fill (i32.const 16) (i32.const 120) (i32.const 8192))
        (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

const LOOP: &str =
    r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;

struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
    admin: SocketAddr,
}

impl Program {
    fn start(guest: &str) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("guest.wasm");
        std::fs::write(&file, wat::parse_str(guest).unwrap()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_guesthouse-serverless"))
            .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            .args(["--timeout", "1h", "--grace", "1h", "--guest"])
            .arg(&file)
            .arg("--image")
            .arg(scratch.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut address = |before, after| {
            let mut line = String::new();
            log.read_line(&mut line).unwrap();
            let address = line.trim_end().strip_prefix(before);
            let address = address.and_then(|line| line.strip_suffix(after));
            address.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
        };
        let serving = address("serving on http://", "");
        let admin = address("metrics on http://", "/metrics");
        Self {
            child,
            log,
            address: serving,
            admin,
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(killed.unwrap().success());
    }

    /// The code that it exits with.
    fn ended(&mut self) -> Option<i32> {
        eventually(|| self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut program = Program::start(LOOP);
    let looping = send(program.address, "GET", "/", &[], b"");
    eventually(|| {
        let metrics = get(program.admin, "/metrics");
        metrics.text().contains("guesthouse_guests_running 1\n")
    });
    program.signal("TERM");
    eventually(|| TcpStream::connect(program.address).is_err());
    assert!(program.child.try_wait().unwrap().is_none());
    program.signal("INT");
    assert_eq!(program.ended(), Some(1));
    drop(looping);
    let mut last = String::new();
    program.log.read_line(&mut last).unwrap();
    assert_eq!(last, "stopped; some requests were cancelled\n");
}

#[test]
fn a_log_that_nobody_reads_keeps_no_program_from_ending() {
    let mut program = Program::start(NOISE);
    // More than a pipe holds.
    for _ in 0..20 {
        assert_eq!(get(program.address, "/").status, 502);
    }
    program.signal("TERM");
    assert_eq!(program.ended(), Some(0));
}
