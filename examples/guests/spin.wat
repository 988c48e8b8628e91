;; Prints a line, then computes for ever without calling the host: only its host can end it.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "spinning\n")
  (global $turns (mut i64) (i64.const 0))
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 9))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $for_ever
      (global.set $turns (i64.add (global.get $turns) (i64.const 1)))
      (br $for_ever))))
