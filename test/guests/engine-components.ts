/** Small components written as text: what engines must do, and what they must survive. */

import type { Component } from "../../host/component/component.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { ComponentLimits } from "../../host/component/structure-limits.ts";
import { bumpAllocation } from "./bump-allocation.ts";
import { divide } from "./divide-function.ts";
import { component as binary } from "./small-plugins.ts";

export function component(body: string, limits?: Partial<ComponentLimits>): Component {
  return inspectComponent(binary(body), limits);
}

/** Memory and bump allocation, to be instantiated before what the component imports is lowered. */
const allocator = `
  (core module $allocator
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      ${bumpAllocation}))
  (core instance $allocator (instantiate $allocator))
  (alias core export $allocator "memory" (core memory $memory))
  (alias core export $allocator "realloc" (core func $realloc))`;

/** One core module with the functions given, on the allocator's memory. */
function main(functions: string, imports = "", supplied = ""): string {
  return `
  (core module $main
    (import "env" "memory" (memory 1))
    ${imports}
    ${functions})
  (core instance $main (instantiate $main (with "env" (instance (export "memory" (memory $memory)) ${supplied}))))`;
}

/** `canon lift` of a core function of the main module, with memory, in the encoding given. */
function lift(core: string, encoding = "utf16"): string {
  return `(canon lift (core func $main "${core}") (memory $memory) (realloc $realloc) string-encoding=${encoding})`;
}

/** Strings, lists, records and results, in the world and in an interface. */
export const values = component(`
  ${allocator}
  ${main(`
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "triple") (param i32 i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.store (i32.const 16) (local.get 2))
      (i32.const 8))
    ${divide(3, "(i32.store (i32.const 20) (i32.const 6))")}
    (func (export "check") (param i32) (result i32) (local.get 0))
    (func (export "double") (param i64) (result i64) (i64.shl (local.get 0) (i64.const 1)))
    (global $count (mut i32) (i32.const 0))
    (func (export "count") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
    (data (i32.const 64) "n\\00o\\00!\\00")`)}
  (type $line' (record (field "item-count" u32) (field "label" string)))
  (import "line-item" (type $line (eq $line')))
  (func (export "echo") (param "text" string) (result string) ${lift("pair")})
  (func (export "echo-utf8") (param "text" string) (result string) ${lift("pair", "utf8")})
  (func (export "numbers") (param "values" (list u32)) (result (list u32)) ${lift("pair")})
  (func (export "bytes") (param "values" (list u8)) (result (list u8)) ${lift("pair")})
  (func (export "record") (param "item" $line) (result $line) ${lift("triple")})
  (func (export "divide") (param "a" u32) (param "b" u32) (result (result u32 (error string))) ${lift("divide")})
  (func (export "check") (param "fail" bool) (result (result)) ${lift("check")})
  (func $double (param "value" u64) (result u64) ${lift("double")})
  (func $count (result u32) ${lift("count")})
  (instance $math (export "double-it" (func $double)) (export "constructor" (func $count)))
  (export "demo:calc/math@1.0.0" (instance $math))
  (export "count" (func $count))`);

/** A function of the world, one of an interface in two versions, and one that may fail. */
export const importing = component(`
  (import "get-offset" (func $offset (result u32)))
  (import "demo:host/lookup@1.0.0" (instance $old (export "find-it" (func (param "key" string) (result string)))))
  (import "demo:host/lookup@2.0.0" (instance $new
    (export "find-it" (func (param "key" u32) (result (result u32 (error u32)))))))
  ${allocator}
  (core func $offset' (canon lower (func $offset)))
  (alias export $old "find-it" (func $find-old))
  (alias export $new "find-it" (func $find-new))
  (core func $find-old' (canon lower (func $find-old) (memory $memory) (realloc $realloc) string-encoding=utf16))
  (core func $find-new' (canon lower (func $find-new) (memory $memory)))
  ${main(
    `(func (export "offset") (result i32) (call $offset))
    (func (export "old") (param i32 i32) (result i32)
      (call $old (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0) (i32.const 16)) (i32.const 16))
    (tag $any)
    (func (export "stubborn") (result i32)
      (block $caught (try_table (catch_all $caught) (drop (call $offset))))
      (i32.const 7))`,
    `(import "env" "offset" (func $offset (result i32)))
    (import "env" "old" (func $old (param i32 i32 i32)))
    (import "env" "new" (func $new (param i32 i32)))`,
    `(export "offset" (func $offset')) (export "old" (func $find-old')) (export "new" (func $find-new'))`,
  )}
  (func (export "offset") (result u32) ${lift("offset")})
  (func (export "find-old") (param "key" string) (result string) ${lift("old")})
  (func (export "find-new") (param "key" u32) (result (result u32 (error u32))) ${lift("new")})
  (func (export "stubborn") (result u32) ${lift("stubborn")})`);

/** Every way to stop abnormally. */
export const trapping = component(`
  ${allocator}
  ${main(`
    (func (export "unreachable") unreachable)
    (func $recurse (export "recurse") (result i32) (i32.add (call $recurse) (i32.const 1)))
    (func (export "out-of-bounds") (result i32) (i32.load (i32.const 0x7fffffff)))
    (func (export "divide-by-zero") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
    (tag $oops)
    (func (export "throw") (throw $oops))
    (func (export "throw-result") (result i32) (throw $oops))
    (func (export "bad-pointer") (result i32)
      (i32.store (i32.const 8) (i32.const 0x7ffffff0))
      (i32.store (i32.const 12) (i32.const 100))
      (i32.const 8))
    (func (export "bad-char") (result i32) (i32.const 0xd800))
    (global $count (mut i32) (i32.const 0))
    (func (export "count") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))`)}
  (func (export "unreachable") ${lift("unreachable")})
  (func (export "recurse") (result u32) ${lift("recurse")})
  (func (export "out-of-bounds") (result u32) ${lift("out-of-bounds")})
  (func (export "divide-by-zero") (result u32) ${lift("divide-by-zero")})
  (func (export "throw") ${lift("throw")})
  (func (export "throw-result") (result (result)) ${lift("throw-result")})
  (func (export "bad-pointer") (result string) ${lift("bad-pointer")})
  (func (export "bad-char") (result char) ${lift("bad-char")})
  (func (export "count") (result u32) ${lift("count")})`);

/** A resource of the guest's own, whose handle stands for its value. */
export const resourceful = component(`
  (type $counter (resource (rep i32)))
  (core func $new (canon resource.new $counter))
  (core module $main
    (import "env" "new" (func $new (param i32) (result i32)))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "value") (param i32) (result i32) (local.get 0))
    (func (export "answer") (result i32) (call $new (i32.const 42))))
  (core instance $main (instantiate $main (with "env" (instance (export "new" (func $new))))))
  (func $constructor (param "value" u32) (result (own $counter)) (canon lift (core func $main "new")))
  (func $value (param "self" (borrow $counter)) (result u32) (canon lift (core func $main "value")))
  (func $answer (result (own $counter)) (canon lift (core func $main "answer")))
  (component $interface
    (import "counter" (type $hidden (sub resource)))
    (import "new" (func $new (param "value" u32) (result (own $hidden))))
    (import "value" (func $value (param "self" (borrow $hidden)) (result u32)))
    (import "answer" (func $answer (result (own $hidden))))
    (export $counter "counter" (type $hidden))
    (export "[constructor]counter" (func $new) (func (param "value" u32) (result (own $counter))))
    (export "[method]counter.get-value" (func $value)
      (func (param "self" (borrow $counter)) (result u32)))
    (export "[static]counter.the-answer" (func $answer) (func (result (own $counter)))))
  (instance $counters (instantiate $interface
    (with "counter" (type $counter))
    (with "new" (func $constructor))
    (with "value" (func $value))
    (with "answer" (func $answer))))
  (export "demo:count/counters" (instance $counters))`);

/** `go` takes a ticket of the host's, reads it and drops it, if it is told to. */
export const ticketed = component(`
  (import "demo:ticket/tickets" (instance $tickets
    (export "ticket" (type $t (sub resource)))
    (export "issue" (func (result (own $t))))
    (export "read" (func (param "ticket" (borrow $t)) (result u32)))))
  (alias export $tickets "ticket" (type $ticket))
  (core func $issue (canon lower (func $tickets "issue")))
  (core func $read (canon lower (func $tickets "read")))
  (core func $drop (canon resource.drop $ticket))
  (core module $M
    (import "env" "issue" (func $issue (result i32)))
    (import "env" "read" (func $read (param i32) (result i32)))
    (import "env" "drop" (func $drop (param i32)))
    (func (export "go") (param i32) (result i32) (local $ticket i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
      (local.set $ticket (call $issue))
      (call $read (local.get $ticket))
      (call $drop (local.get $ticket))))
  (core instance $m (instantiate $M (with "env" (instance
    (export "issue" (func $issue)) (export "read" (func $read)) (export "drop" (func $drop))))))
  (func (export "go") (param "really" bool) (result u32) (canon lift (core func $m "go")))`);

/** A component whose only functions do nothing, called so in the world and in the core module. */
export function named(world: readonly string[], core = "f"): Component {
  const text = JSON.stringify(core).replace(/\\n/g, "\\0a");
  const exports = world.map((name) => `(func (export "${name}") (canon lift (core func $i ${text})))`);
  return component(
    `(core module $m (func (export ${text}))) (core instance $i (instantiate $m)) ${exports.join("\n")}`,
  );
}

/** Returns its number; each number is another component. */
export function numbered(number: number): Component {
  return component(`(core module $m (func (export "n") (result i32) (i32.const ${number})))
    (core instance $i (instantiate $m))
    (func (export "number") (result u32) (canon lift (core func $i "n")))`);
}

/** Traps while starting. */
export const stillborn =
  component(`(core module $m (func $start unreachable) (start $start) (func (export "f")))
  (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f")))`);
