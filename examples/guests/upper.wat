;; Copies stdin to stdout with the ASCII letters in upper case, in pieces of at most 4096 bytes, until the end of input.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: iovec, 8: number of bytes read or written, 4096..8192: the piece
  (func $raise (param $at i32) (param $end i32)
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)) (i32.const 26))
            (then (i32.store8 (local.get $at) (i32.sub (i32.load8_u (local.get $at)) (i32.const 32)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))))

  (func $write_all (param $at i32) (param $end i32)
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (i32.store (i32.const 0) (local.get $at))
          (i32.store (i32.const 4) (i32.sub (local.get $end) (local.get $at)))
          (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
          (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
          (br $next)))))

  (func (export "_start")
    (local $end i32)
    (loop $next
      (i32.store (i32.const 0) (i32.const 4096))
      (i32.store (i32.const 4) (i32.const 4096))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (local.set $end (i32.add (i32.const 4096) (i32.load (i32.const 8))))
      (if (i32.gt_u (local.get $end) (i32.const 4096))
        (then
          (call $raise (i32.const 4096) (local.get $end))
          (call $write_all (i32.const 4096) (local.get $end))
          (br $next))))))
