import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWasmTools, type WasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { abortMessage } from "../../../host/engine/cell/abort-message.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

type Exports = Readonly<Record<string, unknown>>;
type Call = (...args: number[]) => number;

/** The first core instance of a component that imports nothing. */
function instantiate(component: Uint8Array): Exports {
  for (const definition of inspectComponent(component).definition.definitions) {
    if (definition.kind !== "core-module") continue;
    const bytes = new Uint8Array(definition.module.bytes);
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  }
  throw new Error("a component without core module");
}

const world = `package demo:shop;
world shop {
  export price: func(quantity: s32) -> u32;
  export run: func(what: u32);
}`;

const source = `
import { Option } from "wit-types";
const prices: i32[] = [3, 4];

export function price(quantity: i32): u32 {
  if (quantity < 0) {
    throw new RangeError("negative quantity");
  }
  return prices[quantity];
}

export function run(what: u32): void {
  if (what == 1) assert(false);
  if (what == 2) assert(false, "line one\\nline \\u001b[31mtwo");
  if (what == 3) unreachable();
  if (what == 4) run(4);
  if (what == 5) Option.none<i32>().unwrap();
  if (what == 6) throw new Error("long ".repeat(1000));
}
`;

describe.each([
  ["release", []],
  ["debug", ["--debug", "--optimizeLevel", "0"]],
  ["the stub runtime", ["--runtime", "stub"]],
])("a plugin that aborts, %s", (_, options) => {
  let component: Uint8Array;
  beforeAll(async () => {
    const files = { "wit/world.wit": world, "assembly/index.ts": source };
    component = await buildComponent({ files, options: ["-O3", "--converge", ...options] });
  });

  const messageOf = (name: string, argument: number) => {
    const exports = instantiate(component);
    expect(abortMessage(exports)).toBeUndefined();
    expect(() => (exports[name] as Call)(argument)).toThrow();
    return abortMessage(exports);
  };

  test("an error that is thrown, with its place", () => {
    expect(messageOf("price", -1)).toBe("negative quantity (assembly/index.ts:7:5)");
  });

  test("an assertion, with and without a message", () => {
    expect(messageOf("run", 1)).toBe("it aborted at assembly/index.ts:13:18");
    expect(messageOf("run", 2)).toBe("line one line \\u{1b}[31mtwo (assembly/index.ts:14:18)");
  });

  test("the library's own checks", () => {
    expect(messageOf("price", 2)).toMatch(/^Index out of range \(~lib\/array\.ts:\d+:\d+\)$/);
    expect(messageOf("run", 5)).toMatch(/^unwrap of none \(~lib\/wit-types\.ts:\d+:\d+\)$/);
  });

  test("a trap that is no abort says nothing", () => {
    expect(messageOf("run", 3)).toBeUndefined();
    expect(messageOf("run", 4)).toBeUndefined();
  });

  test("a long message is cut", () => {
    const shown = "long ".repeat(100).trim();
    expect(messageOf("run", 6)).toBe(`${shown}… (assembly/index.ts:18:18)`);
  });
});

describe("what a hostile guest leaves", () => {
  let tools: WasmTools;
  beforeAll(async () => {
    tools = await loadWasmTools();
  });
  const wat = (text: string) =>
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(tools.parse(`(module ${text})`)))).exports;
  const words = (...values: number[]) =>
    values
      .flatMap((value) => [value, value >>> 8, value >>> 16, value >>> 24])
      .map((byte) => `\\${(byte & 0xff).toString(16).padStart(2, "0")}`)
      .join("");
  const guest = (area: string, ...values: number[]) =>
    wat(`(memory (export "memory") 1)
      (global (export "hotcell:abort") i32 (i32.const ${area}))
      (data (i32.const 16) "${words(...values)}")
      (data (i32.const 64) "n\\00o\\00")
      (data (i32.const 80) "\\00\\d8\\2e\\20")`);

  test("what it should leave", () => {
    expect(abortMessage(guest("16", 64, 2, 64, 2, 12, 5))).toBe("no (no:12:5)");
    expect(abortMessage(guest("16", 64, 2, 0, 0, 0, 0))).toBe("no");
    expect(abortMessage(guest("16", 0, 0, 64, 1, -1, -1))).toBe("it aborted at n:4294967295:4294967295");
    expect(abortMessage(guest("16", 0, 0, 0, 0, 0, 0))).toBeUndefined();
  });

  test("text that would not stay on its line, or is none", () => {
    expect(abortMessage(guest("16", 80, 2, 0, 0, 0, 0))).toBe("\\u{d800}\\u{202e}");
  });

  test.each([
    ["the area beyond the memory", guestArea("65520")],
    ["the area at the end of addresses", guestArea("-1")],
    ["a message beyond the memory", ["16", 65535, 2, 0, 0, 0, 0]],
    ["a message longer than the memory", ["16", 64, -1, 0, 0, 0, 0]],
    ["a length without address", ["16", 0, 2, 64, 2, 0, 0]],
    ["a file beyond the memory", ["16", 64, 2, -2, 2, 0, 0]],
  ] as [string, [string, ...number[]]][])("%s", (_, [area, ...values]) => {
    expect(abortMessage(guest(area, ...values))).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["no memory", `(global (export "hotcell:abort") i32 (i32.const 0))`],
    ["a function", `(func (export "hotcell:abort")) (memory (export "memory") 1)`],
    [
      "no memory of that name",
      `(global (export "hotcell:abort") i32 (i32.const 0)) (func (export "memory"))`,
    ],
    ["a long address", `(global (export "hotcell:abort") i64 (i64.const 16)) (memory (export "memory") 1)`],
    ["a fraction", `(global (export "hotcell:abort") f64 (f64.const 0.5)) (memory (export "memory") 1)`],
    ["not a number", `(global (export "hotcell:abort") f32 (f32.const nan)) (memory (export "memory") 1)`],
    [
      "a vector",
      `(global (export "hotcell:abort") v128 (v128.const i64x2 0 0)) (memory (export "memory") 1)`,
    ],
    ["a reference", `(global (export "hotcell:abort") funcref (ref.null func)) (memory (export "memory") 1)`],
    ["an empty memory", `(global (export "hotcell:abort") i32 (i32.const 0)) (memory (export "memory") 0)`],
  ])("%s", (_, text) => {
    expect(abortMessage(wat(text))).toBeUndefined();
  });

  test("any words at all give one bounded line or nothing", () => {
    const exports = guest("16", 0, 0, 0, 0, 0, 0);
    const memory = new DataView((exports.memory as WebAssembly.Memory).buffer);
    const word = fc.oneof(fc.nat(70_000), fc.integer());
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 6, maxLength: 6 }),
        fc.uint8Array({ maxLength: 200 }),
        (six, noise) => {
          new Uint8Array(memory.buffer).set(noise, 64);
          for (const [i, value] of six.entries()) memory.setInt32(16 + 4 * i, value, true);
          const message = abortMessage(exports);
          if (message === undefined) return;
          expect(message).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
          // Every unit shown may have become an escape.
          expect(message.length).toBeLessThan(10 * 700 + 100);
        },
      ),
    );
  });
});

function guestArea(area: string): [string, ...number[]] {
  return [area, 64, 2, 64, 2, 1, 1];
}
