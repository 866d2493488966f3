import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type Grants, parseGrants } from "../../host/capabilities/grants.ts";
import { LineWriter } from "../../host/capabilities/kit/line-writer.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import type { Component } from "../../host/component/component.ts";
import { Engines } from "../../host/engine/engines.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { component } from "../guests/engine-components.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function placed(guest: Component, grants: Grants = {}) {
  const engines = new Engines();
  const placement = await placeInline({
    compiled: await engines.get("direct").compile(guest),
    supply: linkImports(guest.world, parseGrants(grants)).supply(),
    recipient: { plugin: "guest", log() {} },
    mode: "fresh",
    limits: defaultLimits,
  });
  open.push(
    () => placement.close(),
    () => engines.close(),
  );
  const call = (name: string, ...args: unknown[]) => {
    const { key, type } = exportedFunctions(guest.world).find((f) => f.name === name)!;
    return placement.bind(key, type)(args);
  };
  return { call };
}

/** Makes `count` handles, and drops them from `first` onwards, round and round, or the other way. */
const shuffle = `
  (func $shuffle (param $count i32) (param $first i32) (param $step i32) (local $base i32) (local $i i32)
    (if (i32.eqz (local.get $count)) (then (return)))
    (local.set $base (i32.const 1024))
    (loop $make
      (i32.store (i32.add (local.get $base) (i32.shl (local.get $i) (i32.const 2))) (call $new (i32.const 7)))
      (br_if $make (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))
    (local.set $i (i32.const 0))
    (loop $drop
      (call $drop (i32.load (i32.add (local.get $base) (i32.shl
        (i32.rem_u (i32.add (local.get $first) (i32.mul (local.get $i) (local.get $step))) (local.get $count))
        (i32.const 2)))))
      (br_if $drop (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count)))))
  (func $seen (param $h i32) (result i32) (local $i i32) (local $handle i32)
    (loop $make
      (local.set $handle (call $new (i32.const 7)))
      (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (local.get $handle)))
      (i32.store (i32.add (i32.const 2048) (i32.shl (local.get $i) (i32.const 2))) (local.get $handle))
      (br_if $make (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (local.set $i (i32.const 0))
    (loop $drop
      (call $drop (i32.load (i32.add (i32.const 2048) (i32.shl (local.get $i) (i32.const 2)))))
      (br_if $drop (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (local.get $h))`;

const handles = `
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing)) (core func $drop (canon resource.drop $thing))`;
const given = `(export "new" (func $new)) (export "drop" (func $drop))`;
const imported = `(import "e" "new" (func $new (param i32) (result i32))) (import "e" "drop" (func $drop (param i32)))`;

/** Everything a guest may try to leave for its next call: what to do is `kind`, how is `value`. */
const kinds = {
  nothing: "",
  "handles, dropped in an order": `(call $shuffle
    (i32.add (i32.const 1) (i32.and (local.get $value) (i32.const 7))) (i32.shr_u (local.get $value) (i32.const 3))
    (i32.const 1))`,
  "handles of another instance": "(drop (call $mark (local.get $value)))",
  "a handle that is kept": "(drop (call $new (local.get $value)))",
  globals: `(global.set $i (local.get $value)) (global.set $l (i64.extend_i32_u (local.get $value)))
    (global.set $d (f64.convert_i32_u (local.get $value))) (global.set $v (i32x4.splat (local.get $value)))
    (global.set $r (ref.func $act))`,
  memory: "(i32.store (i32.and (local.get $value) (i32.const 0xfffc)) (i32.const -1))",
  "more memory": "(drop (memory.grow (i32.const 1)))",
  "as much memory": "(drop (memory.grow (i32.const 0)))",
  "a table's element": "(table.set $t (i32.and (local.get $value) (i32.const 3)) (ref.func $act))",
  "a larger table": "(drop (table.grow $t (ref.null func) (i32.const 1)))",
  "a filled table": "(table.fill $t (i32.const 0) (ref.func $act) (i32.const 2))",
  "a table from a segment": "(table.init $t $elements (i32.const 1) (i32.const 0) (i32.const 1))",
  "a dropped segment": "(data.drop $data)",
  "dropped elements": "(elem.drop $elements)",
  "random numbers":
    "(loop $again (drop (call $random)) (br_if $again (i32.and (local.tee $value (i32.shr_u (local.get $value) (i32.const 1))) (i32.const 7))))",
  "a trap": "unreachable",
};

const keeping = component(`
  (import "wasi:random/insecure@0.2.0" (instance $insecure
    (export "get-insecure-random-u64" (func (result u64)))))
  (core func $random (canon lower (func $insecure "get-insecure-random-u64")))
  ${handles}
  (component $Sibling
    ${handles}
    (core module $M ${imported} (memory 1) ${shuffle}
      (global $calls (mut i32) (i32.const 0))
      (func (export "mark") (param i32) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (call $shuffle (i32.const 5) (local.get 0) (i32.const 1))
        (call $seen (global.get $calls))))
    (core instance $m (instantiate $M (with "e" (instance ${given}))))
    (func (export "mark") (param "how" u32) (result u32) (canon lift (core func $m "mark"))))
  (instance $sibling (instantiate $Sibling))
  (core func $mark (canon lower (func $sibling "mark")))
  (core module $M
    ${imported}
    (import "e" "random" (func $random (result i64)))
    (import "e" "mark" (func $mark (param i32) (result i32)))
    (memory 1 4) (table $t 4 8 funcref)
    (data $data "hotcell") (elem $elements func $act)
    (global $i (mut i32) (i32.const 1)) (global $l (mut i64) (i64.const 2)) (global $d (mut f64) (f64.const 3))
    (global $v (mut v128) (v128.const i64x2 4 5)) (global $r (mut funcref) (ref.null func))
    ${shuffle}
    (func $and (param i32 i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 1000003)) (local.get 1)))
    (func $look (result i32) (local $h i32)
      (local.set $h (call $and (local.get $h) (global.get $i)))
      (local.set $h (call $and (local.get $h) (i32.wrap_i64 (global.get $l))))
      (local.set $h (call $and (local.get $h) (i32.trunc_f64_u (global.get $d))))
      (local.set $h (call $and (local.get $h) (i32x4.extract_lane 0 (global.get $v))))
      (local.set $h (call $and (local.get $h) (ref.is_null (global.get $r))))
      (local.set $h (call $and (local.get $h) (memory.size)))
      (local.set $h (call $and (local.get $h) (table.size $t)))
      (local.set $h (call $and (local.get $h) (ref.is_null (table.get $t (i32.const 0)))))
      (local.set $h (call $and (local.get $h) (ref.is_null (table.get $t (i32.const 1)))))
      (local.set $h (call $and (local.get $h) (i32.wrap_i64 (call $random))))
      (local.set $h (call $seen (local.get $h)))
      (memory.init $data (i32.const 4000) (i32.const 0) (i32.const 7))
      (call $and (local.get $h) (call $mark (i32.const 0))))
    (func $sum (result i32) (local $i i32) (local $h i32)
      (loop $on
        (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load (local.get $i))))
        (br_if $on (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
      (local.get $h))
    (func $act (export "act") (param $kind i32) (param $value i32) (result i32) (local $found i32)
      (local.set $found (call $sum))
      (local.set $found (call $and (local.get $found) (call $look)))
      ${Object.values(kinds)
        .map((code, i) => `(if (i32.eq (local.get $kind) (i32.const ${i})) (then ${code}))`)
        .join("\n")}
      (local.get $found)))
  (core instance $m (instantiate $M (with "e" (instance ${given}
    (export "random" (func $random)) (export "mark" (func $mark))))))
  (func (export "act") (param "kind" u32) (param "value" u32) (result u32) (canon lift (core func $m "act")))`);

describe("a fresh call", () => {
  it("finds nothing of those before, whatever they tried to leave", async () => {
    const names = Object.keys(kinds);
    const step = fc.record({ kind: fc.nat(names.length - 1), value: fc.nat() });
    const { call } = await placed(keeping, { random: { seed: 7 } });
    const pristine = call("act", 0, 0);
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        for (const { kind, value } of steps) {
          if (names[kind] === "a trap") expect(() => call("act", kind, value)).toThrow();
          else expect(call("act", kind, value)).toBe(pristine);
        }
        expect(call("act", 0, 0)).toBe(pristine);
      }),
      { numRuns: 200 },
    );
  });

  it("is given the same handles as any other, though others freed theirs in another order", async () => {
    const { call } = await placed(
      component(`
        ${handles}
        (core module $M ${imported} (memory 1) ${shuffle}
          (func (export "leave") (param i32) (call $shuffle (i32.const 16) (local.get 0) (i32.const 1)))
          (func (export "seen") (result i32) (call $seen (i32.const 0))))
        (core instance $m (instantiate $M (with "e" (instance ${given}))))
        (func (export "leave") (param "how" u32) (canon lift (core func $m "leave")))
        (func (export "seen") (result u32) (canon lift (core func $m "seen")))`),
    );
    const seen = call("seen");
    for (let how = 0; how < 16; how++) {
      call("leave", how);
      expect(call("seen")).toBe(seen);
    }
  });

  it("is not reached by resources that earlier ones gave away", async () => {
    const { call } = await placed(
      component(`
        (core module $Dropped (memory (export "memory") 1)
          (func (export "drop") (param i32) (i32.store (i32.const 0) (i32.const 99))))
        (core instance $dropped (instantiate $Dropped))
        (alias core export $dropped "drop" (core func $dtor)) (alias core export $dropped "memory" (core memory $memory))
        (type $thing' (resource (rep i32) (dtor (core func $dtor))))
        (export $thing "thing" (type $thing'))
        (core func $new (canon resource.new $thing'))
        (core module $M (import "e" "new" (func $new (param i32) (result i32))) (import "e" "memory" (memory 1))
          (func (export "make") (result i32) (call $new (i32.const 7)))
          (func (export "take") (param i32))
          (func (export "dropped") (result i32) (i32.load (i32.const 0))))
        (core instance $m (instantiate $M (with "e" (instance
          (export "new" (func $new)) (export "memory" (memory $memory))))))
        (func (export "make") (result (own $thing)) (canon lift (core func $m "make")))
        (func (export "take") (param "thing" (own $thing)) (canon lift (core func $m "take")))
        (func (export "dropped") (result u32) (canon lift (core func $m "dropped")))`),
    );
    const first = call("make") as Disposable;
    first[Symbol.dispose]();
    expect(call("dropped")).toBe(0);
    const second = call("make") as Disposable;
    expect(() => call("take", second)).toThrow(/resource of another cell/);
    second[Symbol.dispose]();
    expect(call("dropped")).toBe(0);
  });

  it("begins its own line of output, whatever bytes the one before ended with", () => {
    for (const left of [[0xe2, 0x82], [0x0a, 0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x41], [0x0a]]) {
      const lines: string[] = [];
      const writer = new LineWriter((line) => lines.push(line));
      writer.write(Uint8Array.from(left));
      // As a reset does.
      writer.flush();
      lines.length = 0;
      writer.write(Uint8Array.from([0xac, 0x0a, 0x42]));
      writer.flush();
      expect(lines).toEqual(["\ufffd", "B"]);
    }
  });
});
