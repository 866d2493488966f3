import { describe, expect, it } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { harden } from "../../host/harden/harden.ts";
import { functionModule, leb, preamble, section } from "../guests/core-bytes.ts";
import { type Exports, outcome, start, startHardened } from "../support/hardened.ts";
import {
  controlOpcodes,
  controlPrefixed,
  type Instruction,
  instructions,
  type Type,
} from "./instructions.ts";

const codes: Record<Type, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const samples: Record<Exclude<Type, "v128">, readonly (number | bigint)[]> = {
  i32: [0, 1, 2, 7, 100, 65_500, -1, 2 ** 31 - 1, -(2 ** 31)],
  i64: [0n, 1n, 40n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x0123456789abcdefn],
  f32: [0, -0, 1.5, -2.5, 3e9, Infinity, NaN],
  f64: [0, -0, 0.5, -1.5, 3e9, 1e300, NaN],
};
/** A vector from two i64: i64x2.splat, i64x2.replace_lane 1. */
const vector = (first: number) => [
  0x20,
  ...leb(first),
  0xfd,
  0x12,
  0x20,
  ...leb(first + 1),
  0xfd,
  0x1e,
  0x01,
];

/** `run` carries out the instruction; a vector it gives is stored at 8. The table holds `run` itself twice. */
function moduleOf({ code, takes, gives }: Instruction): Uint8Array<ArrayBuffer> {
  const parameters: Type[] = [];
  const operands = takes.flatMap((type) => {
    const at = parameters.length;
    parameters.push(...(type === "v128" ? (["i64", "i64"] as const) : [type]));
    return type === "v128" ? vector(at) : [0x20, ...leb(at)];
  });
  const [result] = gives;
  const stored = result === "v128" ? [0xfd, 0x0b, 0x00, 0x08] : [];
  const results = result && result !== "v128" ? [codes[result]] : [];
  const body = [0x00, ...(result === "v128" ? [0x41, 0x00] : []), ...operands, ...code, ...stored, 0x0b];
  return Uint8Array.from([
    ...preamble,
    ...section(1, [
      0x01,
      0x60,
      ...leb(parameters.length),
      ...parameters.map((type) => codes[type]),
      ...leb(results.length),
      ...results,
    ]),
    ...section(3, [0x01, 0x00]),
    ...section(4, [0x01, 0x70, 0x01, 0x08, 0x09]),
    ...section(5, [0x01, 0x01, 0x01, 0x03]),
    ...section(7, [0x02, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00, 0x01, 0x6d, 0x02, 0x00]),
    ...section(9, [0x01, 0x01, 0x00, 0x02, 0x00, 0x00]),
    ...section(12, [0x01]),
    ...section(10, [0x01, ...leb(body.length), ...body]),
    ...section(11, [0x01, 0x01, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]),
  ]);
}

/** Some of all combinations of sample operands. */
function operandsFor({ takes }: Instruction): (number | bigint)[][] {
  const kinds = takes.flatMap((type) => (type === "v128" ? (["i64", "i64"] as const) : [type]));
  return Array.from({ length: 40 }, (_, round) =>
    kinds.map((kind, place) => {
      const choices = samples[kind];
      return choices[
        (round * (place * 2 + 1) + Math.floor(round / choices.length) * place) % choices.length
      ]!;
    }),
  );
}

function fill({ m }: Exports): Uint8Array {
  const bytes = new Uint8Array((m as WebAssembly.Memory).buffer);
  for (let i = 0; i < 1024; i++) bytes[i] = i * 37;
  return bytes;
}

describe("a hardened instruction", () => {
  it("is valid as the table of this test has it, and does the same", () => {
    for (const instruction of instructions) {
      const bytes = moduleOf(instruction);
      expect(WebAssembly.validate(bytes), instruction.name).toBe(true);
      const plain = start(bytes);
      const { exports } = startHardened(bytes);
      const [before, after] = [fill(plain), fill(exports)];
      for (const operands of operandsFor(instruction)) {
        const expected = outcome(() => plain.run(...operands));
        expect(
          outcome(() => exports.run(...operands)),
          `${instruction.name} ${operands}`,
        ).toEqual(expected);
        if (before.length > 0) expect(Buffer.compare(before, after), instruction.name).toBe(0);
      }
    }
  });

  it("is refused when it is unknown, collected or atomic", () => {
    const known = new Set(instructions.map(({ name }) => name));
    const name = (code: readonly number[]) =>
      code.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const candidates = [
      ...Array.from({ length: 256 }, (_, code) => [code]).filter(
        ([code]) => !controlOpcodes.has(code!) && code! < 0xfb,
      ),
      ...Array.from({ length: 64 }, (_, code) => [0xfc, ...leb(code)]).filter(
        ([, code]) => !controlPrefixed.has(code!),
      ),
      ...Array.from({ length: 0x200 }, (_, code) => [0xfd, ...leb(code)]),
      ...Array.from({ length: 0x80 }, (_, code) => [0xfb, code]),
      ...Array.from({ length: 0x80 }, (_, code) => [0xfe, code]),
      [0xff],
    ].filter((code) => !known.has(name(code)));
    expect(candidates.length).toBeGreaterThan(400);
    for (const code of candidates) {
      // What would follow it, were it known, is there in any case.
      const bytes = functionModule([...code, ...Array<number>(24).fill(0)]);
      try {
        harden(bytes);
        expect.fail(`${name(code)} was let through`);
      } catch (error) {
        expect(error).toBeInstanceOf(HotcellError);
        expect(error).toMatchObject({ code: "unsupported-feature" });
        const offset = bytes.indexOf(0x00, bytes.indexOf(0x0a)) + 1;
        expect((error as HotcellError).facts.offset, name(code)).toBeGreaterThanOrEqual(offset - 1);
      }
    }
  });
});
