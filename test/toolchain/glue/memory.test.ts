/** How much of a cell's memory a plugin can use for what it is given, and what that costs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusal } from "../../support/thrown.ts";

afterAll(removeTemporaryFolders);

const mebibyte = 2 ** 20;
const limits = { memory: 64 * mebibyte, tableElements: 1_000 };

const files = {
  "wit/world.wit": `package demo:memory;
world memory {
  record point { x: u32, y: u32 }
  export keep-bytes: func(bytes: list<u8>) -> u32;
  export keep-numbers: func(numbers: list<u32>) -> u32;
  export keep-text: func(text: string) -> u32;
  export keep-names: func(names: list<string>) -> u32;
  export keep-points: func(points: list<point>) -> u32;
  export pass-bytes: func(bytes: list<u8>) -> list<u8>;
  export pass-points: func(points: list<point>) -> list<point>;
  export sum: func() -> u64;
}`,
  "assembly/index.ts": `import { Point } from "wit-world";
const bytes: Uint8Array[] = [];
const numbers: Uint32Array[] = [];
const texts: string[] = [];
const names: Array<string>[] = [];
const points: Array<Point>[] = [];
export function keepBytes(all: Uint8Array): u32 { bytes.push(all); return bytes.length; }
export function keepNumbers(all: Uint32Array): u32 { numbers.push(all); return numbers.length; }
export function keepText(all: string): u32 { texts.push(all); return texts.length; }
export function keepNames(all: Array<string>): u32 { names.push(all); return names.length; }
export function keepPoints(all: Array<Point>): u32 { points.push(all); return points.length; }
export function passBytes(all: Uint8Array): Uint8Array { return all; }
export function passPoints(all: Array<Point>): Array<Point> { return all; }
export function sum(): u64 {
  let sum: u64 = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i][0] + bytes[i][bytes[i].length - 1];
  for (let i = 0; i < numbers.length; i++) sum += numbers[i][0] + numbers[i][numbers[i].length - 1];
  for (let i = 0; i < texts.length; i++) sum += texts[i].charCodeAt(0) + texts[i].length;
  for (let i = 0; i < names.length; i++) sum += names[i][names[i].length - 1].length;
  for (let i = 0; i < points.length; i++) sum += points[i][points[i].length - 1].y;
  return sum;
}
`,
};

/** Arguments of 1 MiB in the plugin's memory, and what `sum` gains by one of them, and how much dearer the dearest call may be. */
const kinds = {
  "keep-bytes": { argument: new Uint8Array(mebibyte).fill(3), gain: 6n, count: 60, dearer: 2 },
  "keep-numbers": { argument: new Uint32Array(mebibyte / 4).fill(5), gain: 10n, count: 60, dearer: 2 },
  "keep-text": { argument: "a".repeat(mebibyte / 2), gain: 97n + BigInt(mebibyte / 2), count: 60, dearer: 2 },
  // 2,000 names of 500 characters are 2 MB, and an array with 4 bytes for each.
  "keep-names": { argument: Array(2_000).fill("n".repeat(500)), gain: 500n, count: 29, dearer: 2 },
  // An object of two numbers takes 32 bytes, and 4 in its array; the collector goes through those that are kept.
  "keep-points": { argument: Array(mebibyte / 8).fill({ x: 1, y: 7 }), gain: 7n, count: 13, dearer: 3 },
};

describe.each(["incremental", "minimal", "stub"])("a cell of 64 MiB, runtime %s", (runtime) => {
  let start: () => ReturnType<
    Awaited<ReturnType<ReturnType<typeof createDirectEngine>["compile"]>>["instantiate"]
  >;
  beforeAll(async () => {
    const component = await buildComponent({ files, options: ["-O3", "--runtime", runtime] });
    const compiled = await createDirectEngine().compile(inspectComponent(component), limits);
    start = () => compiled.instantiate({}, { fuel: 1e12, resultBytes: 1e9 });
  });

  test.each(Object.entries(kinds))("keeps what fits: %s", (name, { argument, gain, dearer, ...kind }) => {
    // Nothing is freed in the stub runtime: what points came in stays beside them.
    const count = runtime === "stub" && name === "keep-points" ? 10 : kind.count;
    const cell = start();
    const keep = cell.function(name);
    const fuel: number[] = [];
    for (let i = 1; i <= count; i++) {
      expect(keep(argument)).toBe(i);
      fuel.push(cell.fuelUsed);
    }
    expect(cell.function("sum")()).toBe(gain * BigInt(count));
    expect(cell.memory).toBeLessThanOrEqual(limits.memory);
    expect(Math.max(...fuel)).toBeLessThanOrEqual(dearer * Math.min(...fuel));
  });

  test("says which limit was met by what fits no more", () => {
    const cell = start();
    const { argument } = kinds["keep-bytes"];
    const keep = cell.function("keep-bytes");
    const fill = () => {
      for (;;) keep(argument);
    };
    const error = refusal(fill);
    expect(error.code).toBe("out-of-memory");
    expect(error.message).toContain("limits.memory is 67108864");
    expect(error.facts).toMatchObject({ setting: "limits.memory", limit: limits.memory });
  });

  // The runtime stub frees nothing, by its design.
  if (runtime === "stub") return;
  test("uses again what nobody keeps", () => {
    const cell = start();
    const { argument: bytes } = kinds["keep-bytes"];
    const { argument: points } = kinds["keep-points"];
    for (let i = 0; i < 100; i++) {
      expect((cell.function("pass-bytes")(bytes) as Uint8Array).length).toBe(mebibyte);
      if (i % 10 === 0) expect((cell.function("pass-points")(points) as unknown[]).length).toBe(mebibyte / 8);
    }
    expect(cell.memory).toBeLessThan(limits.memory / 2);
  });
});
