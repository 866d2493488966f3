import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { inspectComponent } from "../../host/component/inspect.ts";

const { parse } = await loadWasmTools();

/**
 * Imports nothing, and so can be placed anywhere. `answer`, `text` and `bytes` give back what they are given; `work(n)`
 * does n rounds of arithmetic; `spin` does them for ever.
 */
export const guest = inspectComponent(
  new Uint8Array(
    parse(`(component
      (core module $m
        (memory (export "memory") 16)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
        (func (export "answer") (result i32) (i32.const 42))
        (func (export "pair") (param i32 i32) (result i32)
          (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
        (func (export "work") (param $n i32) (result i32) (local $x i32)
          (loop
            (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $x))
        (func (export "spin") (loop (br 0))))
      (core instance $i (instantiate $m))
      (alias core export $i "memory" (core memory $memory))
      (alias core export $i "realloc" (core func $realloc))
      (func (export "answer") (result u32) (canon lift (core func $i "answer")))
      (func (export "text") (param "text" string) (result string)
        (canon lift (core func $i "pair") (memory $memory) (realloc $realloc) string-encoding=utf16))
      (func (export "bytes") (param "bytes" (list u8)) (result (list u8))
        (canon lift (core func $i "pair") (memory $memory) (realloc $realloc)))
      (func (export "work") (param "rounds" u32) (result u32) (canon lift (core func $i "work")))
      (func (export "spin") (canon lift (core func $i "spin"))))`),
  ),
);
