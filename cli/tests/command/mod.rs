//! Runs the command as a user would.
#![allow(dead_code, reason = "each test file uses a part")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The run ended with this code; what it printed is shown if not.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The run failed with this code and an error of one or two lines with all of `parts` in it.
    #[track_caller]
    pub(crate) fn error(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.stderr.starts_with("guesthouse: error: "), "{self:#?}");
        assert!(self.stderr.lines().count() <= 2, "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in {self:#?}");
        }
        self
    }
}

/// Runs `guesthouse` with these arguments and empty input.
#[track_caller]
pub(crate) fn guesthouse<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Outcome {
    with_input(args, b"")
}

/// Runs `guesthouse run`.
#[track_caller]
pub(crate) fn run<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Outcome {
    with_input(
        std::iter::once("run".into()).chain(args.into_iter().map(|a| a.as_ref().to_owned())),
        b"",
    )
}

/// Runs `guesthouse` with this input.
#[track_caller]
pub(crate) fn with_input<I: AsRef<OsStr>>(
    args: impl IntoIterator<Item = I>,
    input: &[u8],
) -> Outcome {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("its input");
    // A guest that does not read may be gone by now.
    drop(stdin.write_all(input));
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The command, with its output captured.
pub(crate) fn command<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guesthouse"));
    command
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// One of the guests in `examples/guests`.
pub(crate) fn guest(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/guests")
        .join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The guest that takes the steps which its arguments name; `guests/steps.c` lists them.
pub(crate) fn steps() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/steps.wasm");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Writes a file into `dir` and returns its path.
pub(crate) fn file(dir: &tempfile::TempDir, name: &str, contents: impl AsRef<[u8]>) -> String {
    let path: PathBuf = dir.path().join(name);
    std::fs::write(&path, contents).expect("a file is written");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A guest that writes `written` to the file of its first argument, and exits with the errno where that fails.
pub(crate) const PUT: &str = r#"(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\20\00\00\00\08\00\00\00")
  (data (i32.const 32) "written\n")
  (func $check (param i32)
    (if (local.get 0) (then (call $proc_exit (local.get 0)))))
  (func $strlen (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (loop $next
      (if (i32.load8_u (local.get $end))
        (then (local.set $end (i32.add (local.get $end) (i32.const 1))) (br $next))))
    (i32.sub (local.get $end) (local.get $at)))
  (func (export "_start")
    (call $check (call $args_get (i32.const 1024) (i32.const 2048)))
    (call $check (call $path_open
      (i32.const 3) (i32.const 1)
      (i32.load (i32.const 1028)) (call $strlen (i32.load (i32.const 1028)))
      (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
    (call $check (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 20)))))
"#;
