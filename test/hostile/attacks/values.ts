/** Plugins that use the values which they may keep by key against the host. */
import { givenMemory, text } from "../../guests/hostile-text.ts";
import { type Attack, type AttackCall, calling, outOfFuel, refusal } from "../attack.ts";

const imports = `(import "wasi:keyvalue/store@0.2.0-draft" (instance $store
  (export "bucket" (type $b (sub resource)))
  (type $e' (variant (case "no-such-store") (case "access-denied") (case "other" string)))
  (export "error" (type $e (eq $e')))
  (type $k' (record (field "keys" (list string)) (field "cursor" (option u64))))
  (export "key-response" (type $k (eq $k')))
  (export "open" (func (param "identifier" string) (result (result (own $b) (error $e)))))
  (export "[method]bucket.list-keys" (func (param "self" (borrow $b)) (param "cursor" (option u64)) (result (result $k (error $e)))))
  (export "[method]bucket.set" (func (param "self" (borrow $b)) (param "key" string) (param "value" (list u8)) (result (result (error $e)))))))`;

/** `go` does `body` over and over, with its bucket in `$b` and a number that rises in `$i`, which is the key of four bytes at 64. */
const keeping = (
  name: string,
  body: string,
  quota: object = {},
  outcome: AttackCall["outcome"] = outOfFuel,
): Attack => ({
  ...calling(
    name,
    text(`${imports}
      ${givenMemory(20, 65_536)}
      (core func $open (canon lower (func $store "open") (memory $memory) (realloc $realloc)))
      (core func $list (canon lower (func $store "[method]bucket.list-keys") (memory $memory) (realloc $realloc)))
      (core func $set (canon lower (func $store "[method]bucket.set") (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "memory" (memory 20))
        (import "env" "open" (func $open (param i32 i32 i32)))
        (import "env" "list" (func $list (param i32 i32 i64 i32)))
        (import "env" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
        (func (export "go") (local $b i32) (local $i i32)
          (call $open (i32.const 0) (i32.const 0) (i32.const 16)) (local.set $b (i32.load (i32.const 20)))
          (loop
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (i32.store (i32.const 64) (i32.or (i32.const 0x41414141) (i32.and (local.get $i) (i32.const 0x0f0f0f0f))))
            ${body} (br 0))))
      (core instance $m (instantiate $M (with "env" (instance (export "memory" (memory $memory))
        (export "open" (func $open)) (export "list" (func $list)) (export "set" (func $set))))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  imports,
  settings: { grants: { kv: quota } },
});

const set = (bytes: number) =>
  `(call $set (local.get $b) (i32.const 64) (i32.const 4) (i32.const 1024) (i32.const ${bytes}) (i32.const 32))`;
const list = "(call $list (local.get $b) (i32.const 0) (i64.const 0) (i32.const 32))";

export const values: Attack[] = [
  keeping("sets a key and lists all of them for ever", `${set(1)} ${list}`),
  keeping("lists no keys for ever", list),
  keeping(
    "sets long values for ever, beyond its quota",
    set(500_000),
    { bytes: 2_000_000 },
    { ...outOfFuel, withMoreFuel: refusal("result-too-large") },
  ),
  keeping("sets keys for ever, beyond their number", set(1), { keys: 3 }),
  keeping(
    "lists from places that nobody told it",
    "(call $list (local.get $b) (i32.const 1) (i64.extend_i32_u (local.get $i)) (i32.const 32))",
  ),
];
