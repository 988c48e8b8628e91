//! The Wasmtime adapter, with guests written in the text format.
#![cfg(feature = "wasmtime")]

#[cfg(feature = "tokio")]
mod awaiting;
mod ends;
mod instances;
mod interrupts;
#[cfg(unix)]
mod sockets;
mod streams;

use std::sync::OnceLock;

use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module};

/// What every guest here imports, and a memory.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $fd_fdstat_set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "proc_raise" (func $proc_raise (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func $sock_shutdown (param i32 i32) (result i32)))
    (memory (export "memory") 2)

    ;; Ends the guest with 100 + errno unless that is 0.
    (func $ok (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (i32.add (i32.const 100) (local.get $errno))))))
    ;; Reads up to 1000 bytes to 1000; the number, or minus the errno.
    (func $read (param $fd i32) (result i32) (local $errno i32)
        (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 1000))
        (local.set $errno (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (select (i32.sub (i32.const 0) (local.get $errno)) (i32.load (i32.const 8)) (local.get $errno)))
    ;; Writes bytes from 1000 on; the number, or minus the errno.
    (func $write (param $fd i32) (param $len i32) (result i32) (local $errno i32)
        (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (local.get $len))
        (local.set $errno (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (select (i32.sub (i32.const 0) (local.get $errno)) (i32.load (i32.const 8)) (local.get $errno)))
    ;; The subscription number $i, at 3000: the clock, relative, in nanoseconds; and a descriptor.
    (func $on_clock (param $i i32) (param $nanos i64) (local $at i32)
        (local.set $at (i32.add (i32.const 3000) (i32.mul (i32.const 48) (local.get $i))))
        (i64.store (local.get $at) (i64.extend_i32_u (local.get $i)))
        (i32.store8 offset=8 (local.get $at) (i32.const 0))
        (i32.store offset=16 (local.get $at) (i32.const 1))
        (i64.store offset=24 (local.get $at) (local.get $nanos))
        (i32.store16 offset=40 (local.get $at) (i32.const 0)))
    (func $on_fd (param $i i32) (param $type i32) (param $fd i32) (local $at i32)
        (local.set $at (i32.add (i32.const 3000) (i32.mul (i32.const 48) (local.get $i))))
        (i64.store (local.get $at) (i64.extend_i32_u (local.get $i)))
        (i32.store8 offset=8 (local.get $at) (local.get $type))
        (i32.store offset=16 (local.get $at) (local.get $fd)))
    ;; Polls the first $n subscriptions; the number of events, which are at 4000.
    (func $poll (param $n i32) (result i32)
        (call $ok (call $poll_oneoff (i32.const 3000) (i32.const 4000) (local.get $n) (i32.const 8)))
        (i32.load (i32.const 8)))
"#;

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&config()).unwrap())
}

fn module(text: &str) -> Module {
    Module::new(engine(), wat::parse_str(text).unwrap()).unwrap()
}

/// A module with the prelude and these functions.
fn with_prelude(functions: &str) -> Module {
    module(&format!("(module {PRELUDE} {functions})"))
}

/// A command that does this.
fn command(body: &str) -> Program {
    Program::new(&with_prelude(&format!(
        "(func (export \"_start\") (local $n i32) (local $m i32) {body})"
    )))
    .unwrap()
}

fn ctx() -> WasiCtx {
    WasiCtx::builder().build().unwrap()
}

/// Runs a command that is expected to end properly.
fn run(body: &str, ctx: WasiCtx) -> Exit {
    command(body).run(ctx).unwrap()
}
