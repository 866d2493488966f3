import { describe, expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { suspending } from "../../../host/engine/engine.ts";
import { allocator, lift, main, options } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();

/** Passes on as many bytes as it is told, in all sorts of values. */
const passing = await engine.compile(
  component(`
  (import "take" (func $take (param "s" string)))
  ${allocator}
  (core func $take' (canon lower (func $take) ${options()}))
  ${main(
    `
    (func $pair (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
    (func (export "give") (param i32) (result i32) (call $pair (i32.const 1024) (local.get 0)))
    (func (export "take") (param $length i32) (param $times i32)
      (loop
        (call $take (i32.const 1024) (local.get $length))
        (br_if 0 (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
    (func (export "same") (param $times i32) (result i32)
      (local $i i32)
      (loop
        (i32.store (i32.add (i32.const 16384) (i32.shl (local.get $i) (i32.const 3))) (i32.const 1024))
        (i32.store (i32.add (i32.const 16388) (i32.shl (local.get $i) (i32.const 3))) (i32.const 100))
        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $times))))
      (call $pair (i32.const 16384) (local.get $times)))
    (func (export "fixed") (param i32) (result i32) (i32.const 1024))
    (func (export "stubborn") (param i32)
      (block $caught (try_table (catch_all $caught) (call $take (i32.const 1024) (local.get 0))))
      (call $take (i32.const 1024) (i32.const 1)))`,
    `(import "env" "take" (func $take (param i32 i32)))`,
    `(export "take" (func $take'))`,
  )}
  (func (export "string") (param "length" u32) (result string) ${lift("give")})
  (func (export "bytes") (param "length" u32) (result (list u8)) ${lift("give")})
  (func (export "doubles") (param "length" u32) (result (list f64)) ${lift("give")})
  (func (export "records") (param "length" u32) (result (list (tuple u8 u32))) ${lift("give")})
  (func (export "strings") (param "length" u32) (result (list string)) ${lift("same")})
  (func (export "fixed") (param "length" u32) (result (list u64 200)) ${lift("fixed")})
  (func (export "take") (param "length" u32) (param "times" u32) ${lift("take")})
  (func (export "stubborn") (param "length" u32) ${lift("stubborn")})`),
);

function start(resultBytes?: number, take: (text: string) => unknown = () => {}) {
  return passing.instantiate({ $root: { take } }, resultBytes === undefined ? {} : { resultBytes });
}

describe("what a call may pass out of a plugin", () => {
  /** Of each, how long it may be at 1000 bytes. */
  test.each([
    ["string", 1000],
    ["bytes", 1000],
    ["doubles", 125],
    // Of eight bytes in the guest, which the host makes an array of.
    ["records", 17],
    // Eight bytes in the list, and a hundred wherever they point.
    ["strings", 9],
  ])("is limited, in a result: %s", (name, most) => {
    const cell = start(1000);
    const call = cell.function(name);
    call(most);
    call(most);
    expect(() => call(most + 1)).toThrow(
      expect.objectContaining({
        code: "result-too-large",
        facts: expect.objectContaining({
          subject: name,
          limit: 1000,
          actual: expect.stringMatching(/^at least 1\d\d\d$/),
          remedy: expect.stringContaining("limits.resultBytes"),
        }),
      }),
    );
    expect(cell.alive).toBe(false);
  });

  test("is limited where the type says how much it is", () => {
    expect(start(1600).function("fixed")(0)).toHaveLength(200);
    expect(() => start(1599).function("fixed")(0)).toThrow(
      expect.objectContaining({ code: "result-too-large" }),
    );
  });

  test("is limited in the arguments of host functions, together", () => {
    const taken: string[] = [];
    const cell = start(1000, (text) => void taken.push(text));
    cell.function("take")(100, 10);
    expect(() => cell.function("take")(100, 11)).toThrow(
      expect.objectContaining({ code: "result-too-large" }),
    );
    expect(taken).toHaveLength(20);
    expect(cell.alive).toBe(false);
  });

  test("is limited over the whole of a call that is suspended", async () => {
    const take = suspending(async () => {});
    const cell = start(1000, take);
    await cell.function("take")(100, 10);
    await cell.function("take")(100, 10);
    await expect(cell.function("take")(100, 11)).rejects.toMatchObject({ code: "result-too-large" });
  });

  test("can't be had by catching everything", () => {
    const taken: string[] = [];
    const cell = start(1000, (text) => void taken.push(text));
    expect(() => cell.function("stubborn")(1001)).toThrow(
      expect.objectContaining({ code: "result-too-large" }),
    );
    expect(taken).toEqual([]);
  });

  test("is 16 MiB by default, and forged lengths are traps before they count", () => {
    const cell = passing.instantiate({ $root: { take: () => {} } });
    expect((cell.function("bytes")(100_000) as Uint8Array).length).toBe(100_000);
    expect(() => cell.function("bytes")(0xffff_ffff)).toThrow(/is longer than|lies outside its memory/);
    expect(() => start().function("take")(100_000, 200)).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ limit: 16 * 1024 * 1024 }) }),
    );
  });
});
