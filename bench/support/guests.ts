/** Components that give back what they are given, so that calling them costs what crossing the boundary costs. */
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import type { Component } from "../../host/component/component.ts";
import { inspectComponent } from "../../host/component/inspect.ts";

const { parse } = await loadWasmTools();

function component(text: string): Component {
  return inspectComponent(new Uint8Array(parse(`(component ${text})`)));
}

/** Allocates upwards from 4096; freeing the result of a call frees everything. */
const memory = `
  (core module $Memory
    (memory (export "memory") 64)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "free") (param i32) (global.set $top (i32.const 4096))))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (alias core export $memory "free" (core func $free))`;

const options = (encoding: string) => `(memory $mem) (realloc $realloc) string-encoding=${encoding}`;

export const echo = component(`
  (type $row' (record (field "id" u32) (field "name" string) (field "price" f64) (field "active" bool)))
  (type $eight' (record (field "a" u32) (field "b" s32) (field "c" f64) (field "d" bool)
    (field "e" u8) (field "f" char) (field "g" f32) (field "h" u16)))
  (import "row" (type $row (eq $row')))
  (import "eight" (type $eight (eq $eight')))
  (import "next" (func $next (param "n" u32) (result u32)))
  ${memory}
  (core func $next' (canon lower (func $next)))
  (core module $Main
    (import "" "memory" (memory 1))
    (import "" "next" (func $next (param i32) (result i32)))
    (func (export "answer") (result i32) (i32.const 42))
    (func (export "forward") (param i32) (result i32) (call $next (local.get 0)))
    (func (export "pair") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "eight") (param i32 i32 f64 i32 i32 i32 f32 i32) (result i32)
      (i32.store (i32.const 64) (local.get 0))
      (i32.store (i32.const 68) (local.get 1))
      (f64.store (i32.const 72) (local.get 2))
      (i32.store8 (i32.const 80) (local.get 3))
      (i32.store8 (i32.const 81) (local.get 4))
      (i32.store (i32.const 84) (local.get 5))
      (f32.store (i32.const 88) (local.get 6))
      (i32.store16 (i32.const 92) (local.get 7))
      (i32.const 64)))
  (core instance $main (instantiate $Main (with "" (instance
    (export "memory" (memory $mem)) (export "next" (func $next'))))))
  (func (export "answer") (result u32) (canon lift (core func $main "answer")))
  (func (export "forward") (param "n" u32) (result u32) (canon lift (core func $main "forward")))
  (func (export "utf16") (param "text" string) (result string)
    (canon lift (core func $main "pair") ${options("utf16")} (post-return $free)))
  (func (export "utf8") (param "text" string) (result string)
    (canon lift (core func $main "pair") ${options("utf8")} (post-return $free)))
  (func (export "bytes") (param "bytes" (list u8)) (result (list u8))
    (canon lift (core func $main "pair") ${options("utf16")} (post-return $free)))
  (func (export "rows") (param "rows" (list $row)) (result (list $row))
    (canon lift (core func $main "pair") ${options("utf16")} (post-return $free)))
  (func (export "eight") (param "eight" $eight) (result $eight)
    (canon lift (core func $main "eight") ${options("utf16")} (post-return $free)))`);

/** Values of its records. */
export const eight = { a: 7, b: -7, c: 1.5, d: true, e: 200, f: "é", g: 0.5, h: 60_000 };
export const row = (i: number) => ({ id: i, name: `item ${i}`, price: i * 1.25, active: i % 2 === 0 });

/** Another component with so many record types of its own, each with a function `f0`, `f1`, … that echoes it. */
export function crowd(types: number): Component {
  const letters = [..."abcdefgh"];
  const fields = (i: number) => letters.map((letter) => `(field "${letter}${i}" u32)`).join(" ");
  const all = Array.from({ length: types }, (_, i) => i);
  return component(`
    ${all.map((i) => `(type $r${i}' (record ${fields(i)}))`).join("\n")}
    ${all.map((i) => `(import "r${i}" (type $r${i} (eq $r${i}')))`).join("\n")}
    ${memory}
    (core module $Main
      (import "" "memory" (memory 1))
      (func (export "f") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $main (instantiate $Main (with "" (instance (export "memory" (memory $mem))))))
    ${all
      .map(
        (i) => `(func (export "f${i}") (param "r" $r${i}) (result $r${i})
          (canon lift (core func $main "f") ${options("utf16")} (post-return $free)))`,
      )
      .join("\n")}`);
}

/** Components of about 15 kB that differ in their code, so that no cache of compiled code knows them. */
export function distinct(number: number): Component {
  const functions = Array.from(
    { length: 330 },
    (_, i) => `(func (export "g${i}") (param i32) (result i32)
      (i32.rotl (i32.const ${i % 31}) (i32.add
        (i32.mul (local.get 0) (i32.const ${number * 1000 + i}))
        (i32.load offset=${i} (local.get 0))))
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const ${number + i * 7919})) (else (i32.load (i32.const ${i * 4}))))
      (i32.xor))`,
  );
  return component(`
    (type $row' (record (field "id" u32) (field "name" string) (field "price" f64) (field "active" bool)))
    (import "row" (type $row (eq $row')))
    ${memory}
    (core module $Main (import "" "memory" (memory 1)) ${functions.join("\n")}
      (func (export "pair") (param i32 i32) (result i32) (i32.const 8)))
    (core instance $main (instantiate $Main (with "" (instance (export "memory" (memory $mem))))))
    (func (export "rows") (param "rows" (list $row)) (result (list $row))
      (canon lift (core func $main "pair") ${options("utf16")} (post-return $free)))`);
}
