/** Small components written as text, for what the example plugins don't do. */

import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { bumpAllocation } from "./bump-allocation.ts";
import { divide } from "./divide-function.ts";

const { parse } = await loadWasmTools();

/** Bump allocation that grows the memory as needed; nothing is ever freed but by the end of the cell. */
const core = `
  (core module $m
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 4096))
    (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
      ${bumpAllocation})
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "post-echo") (param i32) (global.set $top (i32.const 4096)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "nothing"))
    (func (export "boom") unreachable)
    ${divide(14)}
    (func (export "version") (result i32) (i32.const VERSION))
    (data (i32.const 64) "divide by zero"))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))`;

const functions: Record<string, string> = {
  echo: `(func (export "echo") (param "text" string) (result string)
    (canon lift (core func $i "echo") (memory $memory) (realloc $realloc) (post-return (core func $i "post-echo"))))`,
  add: `(func $add (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))`,
  nothing: `(func (export "nothing") (canon lift (core func $i "nothing")))`,
  boom: `(func (export "boom") (canon lift (core func $i "boom")))`,
  divide: `(func (export "divide") (param "dividend" u32) (param "divisor" u32) (result (result u32 (error string)))
    (canon lift (core func $i "divide") (memory $memory)))`,
  version: `(func (export "version") (result u32) (canon lift (core func $i "version")))`,
  math: `(func $plus (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (instance $math (export "add-up" (func $plus)))
    (export "demo:calc/math@1.0.0" (instance $math))`,
};

export interface SampleOptions {
  /** What `version` returns. */
  readonly version?: number;
  /** Functions to leave out. */
  readonly without?: readonly string[];
}

/** A component with `echo`, `add`, `nothing`, `boom`, `divide`, `version` and `demo:calc/math@1.0.0`'s `add-up`. */
export function sample({ version = 1, without = [] }: SampleOptions = {}): Uint8Array {
  const exports = Object.entries(functions).filter(([name]) => !without.includes(name));
  return component(
    `${core.replace("VERSION", String(version))}\n${exports.map(([, text]) => text).join("\n")}`,
  );
}

/** `(component BODY)` as a binary. */
export function component(body: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parse(`(component ${body})`));
}

/** An empty core module, which is WebAssembly but no component. */
export function coreModule(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parse("(module)"));
}

/** A component whose `say` logs what it is given, on level info. */
export function logger(): Uint8Array<ArrayBuffer> {
  return component(`
    (import "wasi:logging/logging@0.1.0-draft" (instance $logging
      (type $e (enum "trace" "debug" "info" "warn" "error" "critical"))
      (export "level" (type $level (eq $e)))
      (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
    (core module $memory
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $mi (instantiate $memory))
    (alias core export $mi "memory" (core memory $mem))
    (alias core export $mi "realloc" (core func $realloc))
    (core func $log (canon lower (func $logging "log") (memory $mem)))
    (core module $m
      (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
      (func (export "say") (param i32 i32)
        (call $log (i32.const 2) (i32.const 0) (i32.const 0) (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m (with "host" (instance (export "log" (func $log))))))
    (func (export "say") (param "text" string)
      (canon lift (core func $i "say") (memory $mem) (realloc $realloc)))`);
}

/** A component that takes an `env` of one variable at most; `count` gives how many it was told. */
export function configured(): Uint8Array<ArrayBuffer> {
  return component(`
    (core module $m
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (global $count (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.set $top (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func (export "init") (param i32 i32) (result i32)
        (global.set $count (local.get 1))
        (i32.store8 (i32.const 16) (i32.gt_u (local.get 1) (i32.const 1)))
        (i32.store (i32.const 20) (i32.const 64))
        (i32.store (i32.const 24) (i32.const 18))
        (i32.const 16))
      (func (export "health") (result i32) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))
      (func (export "count") (result i32) (global.get $count))
      (data (i32.const 64) "too many variables"))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (func $init (param "config" (list (tuple string string))) (result (result (error string)))
      (canon lift (core func $i "init") (memory $memory) (realloc $realloc)))
    (func $health (result (result (error string))) (canon lift (core func $i "health") (memory $memory)))
    (instance $lifecycle (export "init" (func $init)) (export "health" (func $health)))
    (export "hotcell:plugin/lifecycle@0.1.0" (instance $lifecycle))
    (func (export "count") (result u32) (canon lift (core func $i "count")))`);
}
