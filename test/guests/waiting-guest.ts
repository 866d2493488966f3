/**
 * Plugin that waits for a clock (`nap`: for half a second), counts its calls, or never ends. It is granted `clocks` and `logging`, and logs
 * "begun" before it waits.
 */
import { text } from "./hostile-text.ts";
import { logImports } from "./log-imports.ts";

/** Imports of a clock that can be waited for, lowered: `$block` and `$subscribe`. */
export const clockImports = `
  (import "wasi:io/poll@0.2.0" (instance $io (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $io "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "pollable" (type $p (eq $pollable)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (core func $block (canon lower (func $io "[method]pollable.block")))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))`;

export const waitingGuest = text(`${clockImports}
  ${logImports('(data (i32.const 0) "begun")')}
  (core func $drop (canon resource.drop $pollable))
  (core module $M
    (import "e" "block" (func $block (param i32)))
    (import "e" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "e" "drop" (func $drop (param i32)))
    (import "e" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func $begun (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5)))
    (global $count (mut i32) (i32.const 0))
    (func (export "count") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count))
    (func (export "wait") (param $ms i32) (result i32) (local $pollable i32)
      (call $begun)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (local.set $pollable (call $subscribe (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
      (call $block (local.get $pollable))
      (call $drop (local.get $pollable))
      (global.get $count))
    (func (export "nap") (local $pollable i32)
      (call $begun)
      (local.set $pollable (call $subscribe (i64.const 500000000)))
      (call $block (local.get $pollable))
      (call $drop (local.get $pollable)))
    (func (export "spin") (loop $l (br $l))))
  (core instance $m (instantiate $M (with "e" (instance
    (export "block" (func $block)) (export "subscribe" (func $subscribe)) (export "drop" (func $drop))
    (export "log" (func $lowered))))))
  (func (export "count") (result u32) (canon lift (core func $m "count")))
  (func (export "wait") (param "ms" u32) (result u32) (canon lift (core func $m "wait")))
  (func (export "nap") (canon lift (core func $m "nap")))
  (func (export "spin") (canon lift (core func $m "spin")))`);
