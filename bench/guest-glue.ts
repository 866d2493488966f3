/**
 * What the glue inside a plugin adds to a call: the core function that a component exports, with the allocation
 * before it and the post-return after it, beside the same AssemblyScript function exported bare.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { inspectComponent } from "../host/component/inspect.ts";
import { build, buildComponent, removeTemporaryFolders } from "../test/support/plugin-build.ts";
import { measure } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const wit = `package bench:glue;
world glue {
  record eight { a: u32, b: s32, c: f64, d: bool, e: u8, f: char, g: f32, h: u16 }
  import next: func(n: u32) -> u32;
  export answer: func() -> u32;
  export add: func(a: u32, b: u32) -> u32;
  export forward: func(n: u32) -> u32;
  export text: func(v: string) -> string;
  export bytes: func(v: list<u8>) -> list<u8>;
  export maybe: func(v: option<u32>) -> option<u32>;
  export eight: func(v: eight) -> eight;
}`;

const bodies = `
export function answer(): u32 { return 42; }
export function add(a: u32, b: u32): u32 { return a + b; }
export function forward(n: u32): u32 { return next(n); }
export function text(v: string): string { return v; }
export function bytes(v: Uint8Array): Uint8Array { return v; }
`;

const plugin = `import { next, Eight } from "wit-world";
import { Option } from "wit-types";
${bodies}
export function maybe(v: Option<u32>): Option<u32> { return v; }
export function eight(v: Eight): Eight { return v; }`;

const bare = `@external("env", "next") declare function next(n: u32): u32;
${bodies}
export function maybe(some: bool, v: u32): u32 { return some ? v : 0; }
export class Eight { a: u32; b: i32; c: f64; d: bool; e: u8; f: i32; g: f32; h: u16; }
export function eight(v: Eight): Eight { return v; }
export function newEight(): Eight { return new Eight(); }
export function newText(length: i32): string { return " ".repeat(length); }
export function newBytes(length: i32): Uint8Array { return new Uint8Array(length); }`;

type Core = (...values: number[]) => number;

export async function run(): Promise<Table[]> {
  const next = (n: number) => n + 1;
  const glue = await glueOf(next);
  const plain = await plainOf(next);
  const realloc = glue.cabi_realloc!;

  const pinned = (make: Core, ...values: number[]) => plain.__pin!(make(...values));
  const lists = (name: "text" | "bytes", length: number, alignment: number) => {
    const [call, free] = [glue[name]!, glue[`cabi_post_${name}`]!];
    const made = pinned(plain[name === "text" ? "newText" : "newBytes"]!, length);
    return {
      glue: () => free(call(realloc(0, 0, alignment, length * alignment), length)),
      bare: () => plain[name]!(made),
    };
  };
  const eight = pinned(plain.newEight!);
  const cases: [name: string, { glue: () => unknown; bare: () => unknown }][] = [
    ["() → u32", { glue: () => glue.answer!(), bare: () => plain.answer!() }],
    ["(u32, u32) → u32", { glue: () => glue.add!(1, 2), bare: () => plain.add!(1, 2) }],
    ["a call that calls back: u32 → u32", { glue: () => glue.forward!(1), bare: () => plain.forward!(1) }],
    ["option<u32> → the same", { glue: () => glue.maybe!(1, 2), bare: () => plain.maybe!(1, 2) }],
    [
      "record of 8 fields → the same",
      { glue: () => glue.eight!(7, -7, 1.5, 1, 200, 233, 0.5, 60_000), bare: () => plain.eight!(eight) },
    ],
    ["string → string, 5 characters", lists("text", 5, 2)],
    ["string → string, 1,000 characters", lists("text", 1000, 2)],
    ["list<u8> of 64 KiB → the same", lists("bytes", 65_536, 1)],
  ];
  const rows = cases.map(([name, ways]) => ({
    name,
    nanoseconds: measure([
      { name: "bare", run: ways.bare },
      { name: "with glue", run: ways.glue },
    ]),
  }));
  await removeTemporaryFolders();
  return [{ title: "Core calls inside a plugin (-O3)", subject: "bare", rows }];
}

/** The exports of the plugin's core module, called as an engine calls them. */
async function glueOf(next: (n: number) => number): Promise<Record<string, Core>> {
  const component = await buildComponent({
    files: { "wit/world.wit": wit, "assembly/index.ts": plugin },
    options: ["-O3"],
  });
  const { coreModules } = inspectComponent(component);
  const [main] = [...coreModules].sort((a, b) => b.bytes.length - a.bytes.length);
  const module = new WebAssembly.Module(new Uint8Array(main!.bytes));
  const { exports } = new WebAssembly.Instance(module, { $root: { next } });
  return exports as Record<string, Core>;
}

async function plainOf(next: (n: number) => number): Promise<Record<string, Core>> {
  const { folder } = await build({ files: { "assembly/index.ts": "", "bare.ts": bare } });
  const { error } = await asc.main(
    ["bare.ts", "--baseDir", folder, "-O3", "--exportRuntime", "-o", "bare.wasm"],
    {},
  );
  if (error) throw error;
  const module = new WebAssembly.Module(new Uint8Array(await readFile(join(folder, "bare.wasm"))));
  const { exports } = new WebAssembly.Instance(module, { env: { next, abort() {} } });
  return exports as Record<string, Core>;
}
