import { describe, expect, it } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { harden } from "../../host/harden/harden.ts";
import type { HardenLimits } from "../../host/harden/module-limits.ts";
import { functionModule, preamble, section } from "../guests/core-bytes.ts";
import { hostile } from "../guests/hostile-modules.ts";
import { assemble, startHardened } from "../support/hardened.ts";

function refusal(bytes: Uint8Array, limits: Partial<HardenLimits> = {}): HotcellError {
  try {
    harden(bytes, { limits });
  } catch (error) {
    if (error instanceof HotcellError) return error;
    throw error;
  }
  throw new Error("it was let through");
}

describe("memories and tables", () => {
  it("can't grow beyond the limit", () => {
    const text = `(module (memory 1) (table 1 funcref)
      (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))`;
    const { exports } = startHardened(assemble(text), {}, undefined, { memoryPages: 3, tableElements: 10 });
    expect([3, 2, 1, 0, -1].map((n) => exports.memory(n))).toEqual([-1, 1, -1, 3, -1]);
    expect([10, 9, 1].map((n) => exports.table(n))).toEqual([-1, 1, -1]);
  });

  it("keep maxima of their own where these are lower", () => {
    const { info } = harden(assemble(`(module (memory 1 2) (table 3 4 funcref))`));
    expect(info.memories[0]).toMatchObject({ min: 1, max: 2 });
    expect(info.tables[0]).toMatchObject({ min: 3, max: 4 });
  });

  it("share what there is", () => {
    const { info } = harden(assemble(`(module (memory 1 2) (memory 10) (memory 0))`), {
      limits: { memoryPages: 32 },
    });
    expect(info.memories.map(({ max }) => max)).toEqual([2, 20, 10]);
  });

  it("are refused when they begin too large", () => {
    expect(refusal(assemble(`(module (memory 600) (memory 600))`))).toMatchObject({
      code: "component-limit",
      facts: {
        limit: 1024 * 65_536,
        actual: 1200 * 65_536,
        remedy: expect.stringContaining("limits.memory"),
      },
    });
  });
});

describe("the largest function that a compiler is known to make", () => {
  it("is taken: the one by which CPython evaluates bytecode, of 426,843 bytes", () => {
    const nop = 0x01;
    const { bytes } = harden(functionModule(Array<number>(426_840).fill(nop)));
    expect(WebAssembly.validate(bytes)).toBe(true);
  });
});

describe("a module that would exhaust its host", () => {
  it.each(hostile)("is refused: $name", ({ bytes, subject }) => {
    const error = refusal(bytes);
    expect(error.code).toBe("component-limit");
    expect(error.facts.subject).toBe(subject);
    expect(error.facts.actual).toBeGreaterThan(error.facts.limit as number);
  });
});

describe("what can't be metered", () => {
  it.each([
    ["threads", `(module (memory 1 1 shared))`],
    ["atomics", `(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))`],
    ["64-bit memories", `(module (memory i64 1))`],
    ["64-bit tables", `(module (table i64 1 funcref))`],
    ["imported 64-bit memories", `(module (import "a" "b" (memory i64 1)))`],
    ["page sizes", `(module (memory 1 (pagesize 1)))`],
    ["structs", `(module (type (struct (field i32))))`],
    ["arrays", `(module (type (array i8)))`],
    ["recursion groups", `(module (rec (type (func)) (type (func))))`],
    ["subtypes", `(module (type (sub (func))))`],
    ["collected references", `(module (func (param anyref)))`],
    ["i31", `(module (func (drop (ref.i31 (i32.const 1)))))`],
    ["collected constants", `(module (global i31ref (ref.i31 (i32.const 1))))`],
    [
      "wide arithmetic",
      `(module (func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1))))`,
    ],
    ["continuations", `(module (type $f (func)) (type (cont $f)))`],
  ])("is refused: %s", (_, text) => {
    expect(refusal(assemble(text)).code).toBe("unsupported-feature");
  });
});

describe("reserved names", () => {
  it.each([
    ["an export", `(module (func (export "\\00state")))`],
    ["an import's module", `(module (import "\\00hotcell" "fuel" (global (mut i64))))`],
    ["an import's name", `(module (import "a" "\\00fuel" (func)))`],
  ])("are refused: %s", (_, text) => {
    expect(refusal(assemble(text)).code).toBe("unsafe-name");
  });

  it("can't be reached by index either", () => {
    const calls = (code: number[]) => functionModule(code);
    // The module has one function, no global and one type; hardening adds to all three.
    for (const code of [
      [0x10, 0x01],
      [0x23, 0x00, 0x1a],
      [0x23, 0x01, 0x1a],
      [0xd2, 0x01, 0x1a],
      [0x20, 0x00, 0x1a],
      [0x02, 0x01, 0x0b],
      [0x41, 0x00, 0x11, 0x01, 0x00],
    ])
      expect(refusal(calls(code)).code).toBe("malformed-component");
  });
});

describe("damage", () => {
  it.each([
    ["nothing", []],
    ["another layer", [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]],
    ["a section cut short", [...preamble, 0x01, 0x05, 0x01]],
    ["sections in the wrong order", [...preamble, ...section(3, [0x00]), ...section(1, [0x00])]],
    ["a section twice", [...preamble, ...section(1, [0x00]), ...section(1, [0x00])]],
    ["an integer padded too far", [...preamble, 0x01, 0x86, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00]],
    ["an integer too large", [...preamble, 0x01, 0x81, 0x80, 0x80, 0x80, 0x10, 0x00]],
    ["a vector longer than the file", [...preamble, ...section(1, [0xff, 0xff, 0xff, 0xff, 0x0f])]],
    ["content after a section's last element", [...preamble, ...section(1, [0x00, 0x00])]],
    ["functions without code", [...preamble, ...section(1, [0x01, 0x60, 0, 0]), ...section(3, [0x01, 0x00])]],
  ])("is refused: %s", (_, bytes) => {
    expect(refusal(Uint8Array.from(bytes)).code).toBe("malformed-component");
  });

  it("at any byte that a module is cut off at", () => {
    const bytes = assemble(
      `(module (memory 1) (func (export "f") (param i32) (loop (br_if 0 (local.get 0)))) (data (i32.const 0) "x"))`,
    );
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.slice(0, end);
      if (!WebAssembly.validate(cut)) expect(() => harden(cut)).toThrow(HotcellError);
    }
  });
});
