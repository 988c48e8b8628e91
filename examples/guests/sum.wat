;; Exports `sum`, which adds two numbers, prints `sum(5, 4) = 9` through WASI, and returns the result.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: iovec, 8: number of bytes written, 16..: the line
  (global $end (mut i32) (i32.const 16))

  (func $put_char (param $char i32)
    (i32.store8 (global.get $end) (local.get $char))
    (global.set $end (i32.add (global.get $end) (i32.const 1))))

  (func $put_digits (param $value i32)
    (if (i32.ge_u (local.get $value) (i32.const 10))
      (then (call $put_digits (i32.div_u (local.get $value) (i32.const 10)))))
    (call $put_char (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))

  (func $put_number (param $value i32)
    (if (i32.lt_s (local.get $value) (i32.const 0))
      (then
        (call $put_char (i32.const 45))
        (local.set $value (i32.sub (i32.const 0) (local.get $value)))))
    (call $put_digits (local.get $value)))

  (data $name "sum(")

  (func $print (param $a i32) (param $b i32) (param $result i32)
    (memory.init $name (i32.const 16) (i32.const 0) (i32.const 4))
    (global.set $end (i32.const 20))
    (call $put_number (local.get $a))
    (call $put_char (i32.const 44)) ;; ","
    (call $put_char (i32.const 32))
    (call $put_number (local.get $b))
    (call $put_char (i32.const 41)) ;; ")"
    (call $put_char (i32.const 32))
    (call $put_char (i32.const 61)) ;; "="
    (call $put_char (i32.const 32))
    (call $put_number (local.get $result))
    (call $put_char (i32.const 10))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.sub (global.get $end) (i32.const 16)))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
      (then unreachable)))

  (func (export "sum") (param $a i32) (param $b i32) (result i32)
    (local $result i32)
    (local.set $result (i32.add (local.get $a) (local.get $b)))
    (call $print (local.get $a) (local.get $b) (local.get $result))
    (local.get $result)))
