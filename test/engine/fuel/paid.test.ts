import { describe, expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { HostFunction } from "../../../host/engine/engine.ts";
import { allocator, lift, main } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();
const outOfFuel = expect.objectContaining({ code: "out-of-fuel" });
const tooLarge = expect.objectContaining({ code: "result-too-large" });

const many = (count: number, entry: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => entry(i)).join(" ");

describe("a host function that is called without end", () => {
  /** Its memory holds 20 pages, and everything the host gives it is put at 64. */
  async function asking(type: string, core: string, args: string, give: HostFunction, fuel: number) {
    const guest = component(`
      (import "give" (func $give ${type}))
      (core module $A (memory (export "memory") 20)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
      (core instance $a (instantiate $A))
      (alias core export $a "memory" (core memory $memory)) (alias core export $a "realloc" (core func $realloc))
      (core func $give' (canon lower (func $give) (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "give" (func $give ${core})) (func (export "go") (loop (call $give ${args}) (br 0))))
      (core instance $m (instantiate $M (with "env" (instance (export "give" (func $give'))))))
      (func (export "go") (canon lift (core func $m "go")))`);
    let calls = 0;
    const counting = (...given: unknown[]) => {
      calls++;
      return give(...given);
    };
    const cell = (await engine.compile(guest)).instantiate({ $root: { give: counting } }, { fuel });
    expect(cell.function("go")).toThrow(outOfFuel);
    return calls;
  }

  test("is paid for by the call", async () => {
    expect(await asking("", "", "", () => {}, 1e6)).toBeLessThan(10_000);
  });

  test("is paid for by the bytes that it gives", async () => {
    const bytes = new Uint8Array(1 << 20);
    const calls = await asking("(result (list u8))", "(param i32)", "(i32.const 8)", () => bytes, 1e8);
    expect(calls).toBeLessThan(30);
  });

  test("is paid for by the strings that it gives", async () => {
    const text = "é".repeat(100_000);
    const calls = await asking("(result string)", "(param i32)", "(i32.const 8)", () => text, 1e8);
    expect(calls).toBeLessThan(150);
  });

  test("is paid for by the elements that it gives", async () => {
    const list = new Array(100_000).fill(true);
    const calls = await asking("(result (list bool))", "(param i32)", "(i32.const 8)", () => list, 1e8);
    expect(calls).toBeLessThan(30);
  });

  test("is paid for by the arguments that are made for it, however few bytes they come from", async () => {
    const words = many(16, () => `(tuple ${many(8, () => "bool")})`);
    const calls = await asking(
      `(param "x" (tuple ${words}))`,
      "(param i32)",
      "(i32.const 64)",
      () => {},
      1e7,
    );
    expect(calls).toBeLessThan(2_000);
  });
});

test("arguments are paid for by who is called", async () => {
  const cell = (
    await engine.compile(
      component(`${allocator} ${main('(func (export "take") (param i32 i32))')}
        (func (export "take") (param "bytes" (list u8)) ${lift("take")})`),
    )
  ).instantiate({}, { fuel: 1e6 });
  cell.function("take")(new Uint8Array(10_000));
  expect(cell.fuelUsed).toBeGreaterThan(40_000);
  expect(() => cell.function("take")(new Uint8Array(1_000_000))).toThrow(outOfFuel);
});

describe("what a list costs", () => {
  /** `go` gives so many elements of a type that are all zero. */
  async function zeros(type: string, budget: object) {
    const compiled = await engine.compile(
      component(`(type $t' ${type}) (import "t" (type $t (eq $t'))) ${allocator}
        ${main(`(func (export "go") (param i32) (result i32)
          (i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))`)}
        (func (export "go") (param "length" u32) (result (list $t)) ${lift("go")})`),
    );
    return (length: number) => compiled.instantiate({}, budget).function("go")(length);
  }

  /** How many elements come to less than 100,000 bytes, and how many to more, of at most eight bytes each. */
  test.each([
    ['(flags "a")', 1_000, 10_000],
    [`(flags ${many(32, (i) => `"f${i}"`)})`, 50, 500],
    [`(record (field "a" bool))`, 1_000, 10_000],
    [`(tuple ${many(8, () => "bool")})`, 500, 5_000],
    ["(tuple (tuple (tuple u8)))", 500, 5_000],
    ['(variant (case "a") (case "b" bool))', 1_000, 10_000],
    ["(result)", 2_000, 10_000],
    ["(list u16)", 500, 5_000],
    ["(list string)", 1_000, 5_000],
    ["(option (option bool))", 1_000, 10_000],
  ])("is what its elements become, not what they were: %s", async (type, less, more) => {
    const give = await zeros(type, { resultBytes: 100_000 });
    expect(give(less)).toHaveLength(less);
    expect(() => give(more)).toThrow(tooLarge);
  });

  test("is time too", async () => {
    const give = await zeros(`(flags ${many(32, (i) => `"f${i}"`)})`, { fuel: 1e6, resultBytes: 1e9 });
    expect(give(50)).toHaveLength(50);
    expect(() => give(500)).toThrow(outOfFuel);
  });
});

describe("handles", () => {
  const making = (body: string) =>
    component(`
      (type $thing (resource (rep i32)))
      (core func $new (canon resource.new $thing)) (core func $drop (canon resource.drop $thing))
      (core module $M (import "env" "new" (func $new (param i32) (result i32)))
        (import "env" "drop" (func $drop (param i32)))
        (func (export "go") (param i32) (loop ${body} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
      (core instance $m (instantiate $M (with "env" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
      (func (export "go") (param "times" u32) (canon lift (core func $m "go")))`);

  test("are no more than 100,000 in a cell", async () => {
    const compiled = await engine.compile(making("(drop (call $new (i32.const 1)))"));
    compiled.instantiate({}).function("go")(100_000);
    expect(() => compiled.instantiate({}).function("go")(100_001)).toThrow(
      expect.objectContaining({ code: "trap", message: expect.stringContaining("100000 handles") }),
    );
  });

  test("that were dropped do not count, but each is paid for", async () => {
    const compiled = await engine.compile(making("(call $drop (call $new (i32.const 1)))"));
    const cell = compiled.instantiate({});
    cell.function("go")(200_000);
    expect(cell.fuelUsed).toBeGreaterThan(200_000 * 200);
  });

  test("of the host's are no more either", async () => {
    const compiled = await engine.compile(
      component(`
        (import "host" (instance $host (export "thing" (type $t (sub resource))) (export "make" (func (result (own $t))))))
        (core func $make (canon lower (func $host "make")))
        (core module $M (import "env" "make" (func $make (result i32)))
          (func (export "go") (loop (drop (call $make)) (br 0))))
        (core instance $m (instantiate $M (with "env" (instance (export "make" (func $make))))))
        (func (export "go") (canon lift (core func $m "go")))`),
    );
    let made = 0;
    class Thing {
      readonly number = ++made;
    }
    const cell = compiled.instantiate({
      host: { Thing: Thing as unknown as HostFunction, make: () => new Thing() },
    });
    expect(cell.function("go")).toThrow(/100000 handles/);
    expect(made).toBe(100_001);
  });
});
