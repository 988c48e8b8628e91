;; Copies the file /facts/squares to /notes/squares; exits with the errno of what fails.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "facts/squares")
  (data (i32.const 16) "notes/squares")
  ;; 32: the source's descriptor; 36: the target's; 40: one buffer (address, length); 48: bytes read or written
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
  (func (export "_start")
    ;; The preopen / is descriptor 3. Rights: FD_READ is 2, FD_WRITE 64. CREAT is 1, TRUNC 8.
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 13)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 32)))
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 13)
      (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 36)))
    (i32.store (i32.const 40) (i32.const 1024))
    (loop $more
      (i32.store (i32.const 44) (i32.const 512))
      (call $check (call $fd_read (i32.load (i32.const 32)) (i32.const 40) (i32.const 1) (i32.const 48)))
      (if (i32.load (i32.const 48)) (then
        (i32.store (i32.const 44) (i32.load (i32.const 48)))
        (call $check (call $fd_write (i32.load (i32.const 36)) (i32.const 40) (i32.const 1) (i32.const 48)))
        (br $more))))))
