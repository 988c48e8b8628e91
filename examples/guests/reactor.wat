;; A reactor: `_initialize` must run once and first, then `next` counts up from 100. Traps if it was not initialised, or
;; initialised twice.
(module
  (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 0))
  (func $_initialize (export "_initialize")
    (if (global.get $ready) (then unreachable))
    (global.set $ready (i32.const 1))
    (global.set $count (i32.const 99)))
  (func $next (export "next") (result i32)
    (if (i32.eqz (global.get $ready)) (then unreachable))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count)))
