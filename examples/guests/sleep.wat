;; Sleeps on the monotonic clock for as many milliseconds as the first argument says (100 without one), through
;; `poll_oneoff`, then prints a line. Traps if the event is not the one that it asked for, or came too early.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 256) "slept\n")

  ;; 0: number of arguments, 4: their bytes, 8: number of events, 16: the time, 64: subscription (48 bytes),
  ;; 128: event (32 bytes), 1024..: argument pointers, 65536..: argument strings
  (func $now (result i64)
    (if (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 16)) (then unreachable))
    (i64.load (i32.const 16)))

  (func $milliseconds (result i64)
    (local $at i32) (local $digit i32) (local $value i64)
    (if (call $args_sizes_get (i32.const 0) (i32.const 4)) (then unreachable))
    (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 1000)) (then unreachable))
    (if (i32.gt_u (i32.load (i32.const 4)) (i32.const 65536)) (then unreachable))
    (if (i32.lt_u (i32.load (i32.const 0)) (i32.const 2)) (then (return (i64.const 100))))
    (if (call $args_get (i32.const 1024) (i32.const 65536)) (then unreachable))
    (local.set $at (i32.load (i32.const 1028)))
    (loop $next
      (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
      (if (i32.lt_u (local.get $digit) (i32.const 10))
        (then
          (local.set $value
            (i64.add (i64.mul (local.get $value) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $value))

  (func (export "_start")
    (local $duration i64) (local $start i64)
    (local.set $duration (i64.mul (call $milliseconds) (i64.const 1000000)))
    (local.set $start (call $now))
    (i64.store (i32.const 64) (i64.const 0x736c656570)) ;; userdata
    (i32.store8 (i32.const 72) (i32.const 0))           ;; eventtype: clock
    (i32.store (i32.const 80) (i32.const 1))            ;; clockid: monotonic
    (i64.store (i32.const 88) (local.get $duration))    ;; timeout, nanoseconds
    (i64.store (i32.const 96) (i64.const 1))            ;; precision
    (i32.store16 (i32.const 104) (i32.const 0))         ;; flags: relative
    (if (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 8)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 8)) (i32.const 1)) (then unreachable))
    (if (i64.ne (i64.load (i32.const 128)) (i64.const 0x736c656570)) (then unreachable))
    (if (i32.load16_u (i32.const 136)) (then unreachable)) ;; the event's errno
    (if (i32.load8_u (i32.const 138)) (then unreachable))  ;; its type: clock
    (if (i64.lt_u (i64.sub (call $now) (local.get $start)) (local.get $duration)) (then unreachable))
    (i32.store (i32.const 0) (i32.const 256))
    (i32.store (i32.const 4) (i32.const 6))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))))
