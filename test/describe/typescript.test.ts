/** Types that `hotcell types` writes, held against what `plugin.exports` gives: programs under strict, run. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { typesOf } from "../../host/describe/typescript.ts";
import { ComponentError, open, SymbolTypeError } from "../../host/index.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { examplePath, exampleWasm } from "../support/examples.ts";
import { thrownBy } from "../support/thrown.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-types-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const typesOfBytes = (bytes: Uint8Array, async = false) =>
  typesOf(inspectComponent(bytes).world, "p.wasm", { async });

/** What TypeScript has against a program beside these files, in its strictest mode. */
async function complaints(files: Record<string, string>): Promise<string> {
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: "nodenext",
      target: "esnext",
      types: [],
    },
    files: Object.keys(files),
  };
  const all = { ...files, "tsconfig.json": JSON.stringify(config), "package.json": '{"type":"module"}' };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const checked = await run(process.execPath, [tsc, "-p", folder]).catch((error) => error);
  return `${checked.stdout}`;
}

/** Program that takes what it gets as what the types say, and gives what they take. */
const program = `
import type { Exports, Shape, Sketch } from "./shapes.d.ts";

declare const exports: Exports;
const tour = exports.tour;
const sketch: Sketch = tour["[constructor]sketch"]("one");
const shape: Shape = { tag: "polygon", val: [{ x: 0, y: 0 }] };
const count: number = tour["[method]sketch.add"](sketch, shape);
const described: string = tour.describe({ text: "a", tags: [] });
const clamped: number = tour.clamp(1n, 2, 3);
const samples: Uint32Array = tour.histogram(new Float32Array([1]), 4);
const found: string | undefined = tour.findWord(["a"], "a");
const same: Exports["example:shapes/tour@1.0.0"]["describe"] = tour.describe;
// @ts-expect-error a grid is no sketch
tour["[method]sketch.add"](tour["[constructor]grid"](3), shape);
// @ts-expect-error no such colour
tour.opposite("green");
console.log(count, described, clamped, samples, found, same);
`;

describe("types of a component's exports", () => {
  it("are taken under strict, by programs that use them, and fit every example", async () => {
    const names = ["shapes", "text-stats", "greet", "pricing", "kv-cache", "webhook"];
    const files = Object.fromEntries(names.map((name) => [`${name}.d.ts`, typesOfBytes(exampleWasm(name))]));
    const odd = component(`
      (core module $m (func (export "f") (param i32)))
      (core instance $i (instantiate $m))
      (func (export "default") (param "class" u32) (canon lift (core func $i "f")))
      (func (export "constructor") (param "exports" u32) (canon lift (core func $i "f")))`);
    files["odd.d.ts"] = typesOfBytes(odd);
    files["later.d.ts"] = typesOfBytes(exampleWasm("greet"), true);
    expect(files["later.d.ts"]).toContain("Promise<string>");
    expect(await complaints({ ...files, "program.ts": program })).toBe("");
  });

  it("say what plugin.exports is", async () => {
    await using plugin = await open(examplePath("shapes"));
    const { tour } = plugin.exports;
    const declared = typesOfBytes(await readFile(examplePath("shapes")));
    const members = [...declared.matchAll(/^ {4}readonly (?:"([^"]+)"|(\w+)):/gm)];
    expect(Object.keys(tour)).toEqual(members.map(([, quoted, plain]) => quoted ?? plain));
    expect(plugin.exports["example:shapes/tour@1.0.0"]).toBe(tour);
    const sketch = tour["[constructor]sketch"]("one");
    expect(tour["[method]sketch.add"](sketch, { tag: "circle", val: 1 })).toBe(1);
    expect(tour.histogram(new Float32Array([1, 2]), 2)).toBeInstanceOf(Uint32Array);
    expect(tour.findWord(["a"], "b")).toBeUndefined();
    expect(tour.describe({ text: "a", tags: [] })).toBeTypeOf("string");
    expect(thrownBy(() => tour.parseNumber("forty-two"))).toBeInstanceOf(ComponentError);
  });
});

describe("exports of a plugin that is replaced", () => {
  it("go on, and throw where they have another type", async () => {
    await using plugin = await open<{ version: () => number; echo: (text: string) => string }>(
      sample({ version: 1 }),
    );
    const { version, echo } = plugin.exports;
    expect([version(), echo("a")]).toEqual([1, "a"]);
    await plugin.replace(sample({ version: 2, without: ["divide"] }), { allowBreaking: true });
    expect([version(), plugin.exports.version()]).toEqual([2, 2]);
    expect(Object.keys(plugin.exports)).not.toContain("divide");
    const other = component(`
      (core module $m (func (export "version") (result i64) (i64.const 3)))
      (core instance $i (instantiate $m))
      (func (export "version") (result u64) (canon lift (core func $i "version")))`);
    await plugin.replace(other, { allowBreaking: true });
    expect(thrownBy(version)).toBeInstanceOf(SymbolTypeError);
    expect(plugin.exports.version()).toBe(3n);
  });
});
