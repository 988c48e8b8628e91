//! Where images and guests come from, and which are refused at the start.

use std::path::Path;

use bytes::Bytes;
use guesthouse_image::{TarOptions, write_tar};
use guesthouse_serverless::cgi::{Connection, Variables};
use guesthouse_serverless::{Config, Ended, Guest, Host, executor, load_image};
use guesthouse_vfs::{MemFs, Tree};
use guesthouse_wasi::Exit;
use hyper::Request;

/// Prints an answer that lies in its memory.
const SMALL: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\1d\00\00\00Content-Type: text/plain\n\nok\n")
    (func (export "_start")
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;

fn run(host: &Host) -> Ended {
    let address = "127.0.0.1:80".parse().unwrap();
    let connection = Connection {
        local: address,
        peer: address,
    };
    let (head, ()) = Request::get("/")
        .header("Host", "")
        .body(())
        .unwrap()
        .into_parts();
    let variables = Variables::new(&head, 0, connection, None).unwrap();
    let task = host.task(&variables, Bytes::new()).unwrap();
    executor().unwrap().block_on(host.run(task))
}

#[test]
fn an_archive_is_an_image_and_may_hold_the_guest() {
    let tree = Tree::new(MemFs::new());
    tree.create_dir("/bin").unwrap();
    tree.write("/bin/small.wasm", wat::parse_str(SMALL).unwrap())
        .unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("image.tar");
    let file = std::fs::File::create(&archive).unwrap();
    write_tar(&tree, "/", file, &TarOptions::default()).unwrap();

    let image = load_image(&archive).unwrap();
    let guest = Guest::InImage("/bin/small.wasm".to_owned());
    let host = Host::new(image.file_system(), &guest, Config::default()).unwrap();
    assert_eq!(run(&host).output, b"Content-Type: text/plain\n\nok\n");
}

/// Sets the length of a new file to a terabyte, and exits with the errno.
const SPARSE: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $set_size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "file")
    (func (export "_start")
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1)
                (i64.const 0x400040) (i64.const 0) (i32.const 0) (i32.const 8))
            (then unreachable))
        (call $exit (call $set_size (i32.load (i32.const 8)) (i64.const 0x10000000000)))))"#;

/// One call that read such a file took the host a third of a second.
#[test]
fn a_file_has_no_larger_holes_than_a_guest_may_write() {
    let guest = Guest::Bytes(wat::parse_str(SPARSE).unwrap().into());
    let host = Host::new(&MemFs::new(), &guest, Config::default()).unwrap();
    const FBIG: u32 = 22;
    assert_eq!(run(&host).result.unwrap(), Exit::Code(FBIG));
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let image = MemFs::new();
    let refused =
        |guest: Guest, config: Config| Host::new(&image, &guest, config).unwrap_err().to_string();
    let module = |text: &str| Guest::Bytes(wat::parse_str(text).unwrap().into());
    assert!(load_image(Path::new("/nowhere")).is_err());
    assert!(refused(Guest::File("/nowhere".into()), Config::default()).starts_with("/nowhere: "));
    assert!(refused(Guest::InImage("/missing".into()), Config::default()).contains("/missing"));
    let stranger = refused(
        module(r#"(module (import "env" "call" (func)) (func (export "_start")))"#),
        Config::default(),
    );
    assert!(stranger.contains("env"), "{stranger}");
    let reactor = refused(
        module(r#"(module (func (export "_initialize")))"#),
        Config::default(),
    );
    assert!(reactor.contains("`_start`"), "{reactor}");
    let wide = refused(
        module(r#"(module (memory (export "memory") i64 1) (func (export "_start")))"#),
        Config::default(),
    );
    assert!(wide.contains("memory64"), "{wide}");
    let mut small = Config::default();
    small.limits.memory = 1 << 16;
    let greedy = refused(
        module(r#"(module (memory (export "memory") 2) (func (export "_start")))"#),
        small,
    );
    assert!(greedy.contains("memory"), "{greedy}");
}
