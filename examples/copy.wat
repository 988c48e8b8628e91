;; `copy FROM TO`: copies a file, and ends with the errno of what failed.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)

  ;; 0: the arguments' addresses, 16: the two descriptors, 24: one buffer (address, length), 32: bytes read or written,
  ;; 1024..: the arguments, 4096..: the buffer
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

  (func $length (param $string i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $string))
    (loop $next
      (if (i32.load8_u (local.get $end))
        (then
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $next))))
    (i32.sub (local.get $end) (local.get $string)))

  ;; Below descriptor 3, which is `/`. Flags: CREAT is 1, TRUNC 8; rights: FD_READ is 2, FD_WRITE 64.
  (func $open (param $path i32) (param $flags i32) (param $rights i64) (param $result i32)
    (call $check (call $path_open
      (i32.const 3) (i32.const 0) (local.get $path) (call $length (local.get $path))
      (local.get $flags) (local.get $rights) (i64.const 0) (i32.const 0) (local.get $result))))

  (func (export "_start")
    (call $check (call $args_get (i32.const 0) (i32.const 1024)))
    (call $open (i32.load (i32.const 4)) (i32.const 0) (i64.const 2) (i32.const 16))
    (call $open (i32.load (i32.const 8)) (i32.const 9) (i64.const 64) (i32.const 20))
    (i32.store (i32.const 24) (i32.const 4096))
    (loop $more
      (i32.store (i32.const 28) (i32.const 61440))
      (call $check (call $fd_read (i32.load (i32.const 16)) (i32.const 24) (i32.const 1) (i32.const 32)))
      (if (i32.load (i32.const 32))
        (then
          (i32.store (i32.const 28) (i32.load (i32.const 32)))
          (call $check (call $fd_write (i32.load (i32.const 20)) (i32.const 24) (i32.const 1) (i32.const 32)))
          (br $more))))))
