;; Says what it is about to do, then traps four named frames deep: _start, open_the_door, look_for_the_key, no_such_key.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "about to trap\n")
  (func $no_such_key (param $tries i32)
    (if (i32.eqz (local.get $tries)) (then unreachable))
    (i32.store8 (i32.const 64) (local.get $tries)))
  (func $look_for_the_key (param $tries i32)
    (call $no_such_key (i32.sub (local.get $tries) (i32.const 3))))
  (func $open_the_door
    (call $look_for_the_key (i32.const 3)))
  (func $_start (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 14))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $open_the_door)))
