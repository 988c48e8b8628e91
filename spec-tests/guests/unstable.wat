;; An old guest: uses `wasi_unstable` where it differs from its successor. A seek's `whence` is 0 for the current offset, 1 for
;; the end and 2 for the start; a file's status has 56 bytes, with a link count of four; a clock subscription has 56 bytes,
;; with a second userdata in front of the clock. Exits with 0, or with the number of the first check that fails.
(module
  (import "wasi_unstable" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "path_filestat_get"
    (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_unstable" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_unstable" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "tmp/unstable.txt")
  (data (i32.const 32) "old but working\n")

  ;; 0: results, 8: iovec, 16..48: texts, 64: filestat, 192: subscriptions, 512: events
  (func $check (param $number i32) (param $holds i32)
    (if (i32.eqz (local.get $holds)) (then (call $proc_exit (local.get $number)))))

  ;; The fields at their old places, and nothing written past the end.
  (func $check_filestat (param $number i32)
    (call $check (local.get $number) (i32.eq (i32.load8_u (i32.const 80)) (i32.const 4))) ;; filetype: regular file
    (call $check (i32.add (local.get $number) (i32.const 1)) (i32.eq (i32.load (i32.const 84)) (i32.const 1))) ;; nlink
    (call $check (i32.add (local.get $number) (i32.const 2)) (i64.eq (i64.load (i32.const 88)) (i64.const 16))) ;; size
    (call $check (i32.add (local.get $number) (i32.const 3)) (i64.ne (i64.load (i32.const 104)) (i64.const 0))) ;; mtim
    (call $check (i32.add (local.get $number) (i32.const 4)) (i64.ne (i64.load (i32.const 112)) (i64.const 0))) ;; ctim
    (call $check (i32.add (local.get $number) (i32.const 5)) (i64.eq (i64.load (i32.const 120)) (i64.const -1))))

  (func $seek (param $number i32) (param $fd i32) (param $offset i64) (param $whence i32) (param $expected i64)
    (call $check (local.get $number)
      (i32.eqz (call $fd_seek (local.get $fd) (local.get $offset) (local.get $whence) (i32.const 0))))
    (call $check (i32.add (local.get $number) (i32.const 1)) (i64.eq (i64.load (i32.const 0)) (local.get $expected))))

  (func $status (param $fd i32)
    (memory.fill (i32.const 64) (i32.const 255) (i32.const 64))
    (call $check (i32.const 30) (i32.eqz (call $fd_filestat_get (local.get $fd) (i32.const 64))))
    (call $check_filestat (i32.const 31))
    (memory.fill (i32.const 64) (i32.const 255) (i32.const 64))
    (call $check (i32.const 40)
      (i32.eqz (call $path_filestat_get (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 16) (i32.const 64))))
    (call $check_filestat (i32.const 41)))

  ;; A clock in the first subscription and a file in the second, so that a wrong size of either is seen.
  (func $poll (param $fd i32)
    (i64.store (i32.const 192) (i64.const 7)) ;; userdata
    (i32.store8 (i32.const 200) (i32.const 0)) ;; clock
    (i64.store (i32.const 208) (i64.const 99)) ;; the second userdata, which nobody looks at
    (i32.store (i32.const 216) (i32.const 1)) ;; monotonic
    (i64.store (i32.const 224) (i64.const 3600000000000)) ;; timeout
    (i64.store (i32.const 232) (i64.const 1)) ;; precision
    (i32.store16 (i32.const 240) (i32.const 0)) ;; relative
    (i64.store (i32.const 248) (i64.const 8)) ;; the second one's userdata
    (i32.store8 (i32.const 256) (i32.const 1)) ;; fd_read
    (i32.store (i32.const 264) (local.get $fd))
    (call $check (i32.const 50)
      (i32.eqz (call $poll_oneoff (i32.const 192) (i32.const 512) (i32.const 2) (i32.const 0))))
    (call $check (i32.const 51) (i32.eq (i32.load (i32.const 0)) (i32.const 1)))
    (call $check (i32.const 52) (i64.eq (i64.load (i32.const 512)) (i64.const 8)))
    (call $check (i32.const 53) (i32.eqz (i32.load16_u (i32.const 520))))
    (call $check (i32.const 54) (i32.eq (i32.load8_u (i32.const 522)) (i32.const 1)))
    (i64.store (i32.const 224) (i64.const 1000000)) ;; the clock alone, for a millisecond
    (call $check (i32.const 55)
      (i32.eqz (call $poll_oneoff (i32.const 192) (i32.const 512) (i32.const 1) (i32.const 0))))
    (call $check (i32.const 56) (i64.eq (i64.load (i32.const 512)) (i64.const 7))))

  (func (export "_start") (local $fd i32)
    (call $check (i32.const 10)
      (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 16)
        (i32.const 5) ;; create, exclusive
        (i64.const 0x8200066) ;; read, write, seek, tell, filestat, poll
        (i64.const 0) (i32.const 0) (i32.const 0))))
    (local.set $fd (i32.load (i32.const 0)))
    (i32.store (i32.const 8) (i32.const 32))
    (i32.store (i32.const 12) (i32.const 16))
    (call $check (i32.const 11)
      (i32.eqz (call $fd_write (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 0))))
    (call $check (i32.const 12) (i32.eq (i32.load (i32.const 0)) (i32.const 16)))
    (call $seek (i32.const 20) (local.get $fd) (i64.const -6) (i32.const 0) (i64.const 10)) ;; from where it is
    (call $seek (i32.const 22) (local.get $fd) (i64.const -1) (i32.const 1) (i64.const 15)) ;; from the end
    (call $seek (i32.const 24) (local.get $fd) (i64.const 4) (i32.const 2) (i64.const 4)) ;; from the start
    (call $status (local.get $fd))
    (call $poll (local.get $fd))
    (call $check (i32.const 60) (i32.eqz (call $fd_close (local.get $fd))))
    (call $check (i32.const 61)
      (i32.eqz (call $path_unlink_file (i32.const 3) (i32.const 16) (i32.const 16))))
    (i32.store (i32.const 8) (i32.const 32))
    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))
