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
import { ComponentError, createHost, open, SymbolNotFoundError, SymbolTypeError } from "../../host/index.ts";
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
using sketch: Sketch = new tour.Sketch("one");
const shape: Shape = { tag: "polygon", val: [{ x: 0, y: 0 }] };
const count: number = sketch.add(shape) + tour.copySketch(sketch).area();
const larger: string = tour.Sketch.larger(sketch, tour.joinSketches([sketch])!);
const cell: readonly [number, number] = new tour.Grid(3).cell(1);
if (!(sketch instanceof tour.Sketch)) throw sketch;
const described: string = tour.describe({ text: "a", tags: [] });
const clamped: number = tour.clamp(1n, 2, 3);
const samples: Uint32Array = tour.histogram(new Float32Array([1]), 4);
const found: string | undefined = tour.findWord(["a"], "a");
const same: Exports["example:shapes/tour@1.0.0"]["describe"] = tour.describe;
// @ts-expect-error a grid is no sketch
tour.copySketch(new tour.Grid(3));
// @ts-expect-error classes are made by new
tour.Sketch("one");
// @ts-expect-error no such colour
tour.opposite("green");
console.log(count, larger, cell, described, clamped, samples, found, same);
`;

/** Component with a resource that has no constructor, and functions called as what promises and classes have. */
const oddResource = component(`
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "give") (result i32) (call $new (i32.const 1)))
    (func (export "seven") (param i32) (result i32) (i32.const 7))
    (func (export "eight") (result i32) (i32.const 8))
    (func (export "nine") (result i32) (i32.const 9)))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (export $out "thing" (type $thing))
  (func (export "give") (result (own $out)) (canon lift (core func $i "give")))
  (func (export "[method]thing.then") (param "self" (borrow $out)) (result u32) (canon lift (core func $i "seven")))
  (func (export "[static]thing.prototype") (result u32) (canon lift (core func $i "eight")))
  (func (export "[static]thing.length") (result u32) (canon lift (core func $i "nine")))
  (func (export "foo-1") (result u32) (canon lift (core func $i "eight")))
  (func (export "foo1") (result u32) (canon lift (core func $i "nine")))`);

const oddProgram = `
import type { Exports, Thing } from "./odd.d.ts";

declare const exports: Exports;
const thing: Thing = exports.give();
const numbers: readonly number[] = [thing.then_(), exports.Thing.prototype_(), exports.Thing.length(), exports["foo-1"]()];
// @ts-expect-error it has no constructor
new exports.Thing();
console.log(numbers);
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
    const members = [...declared.matchAll(/^ {4}readonly (\w+):/gm)];
    expect(Object.keys(tour)).toEqual(members.map(([, name]) => name));
    expect(plugin.exports["example:shapes/tour@1.0.0"]).toBe(tour);
    expect(tour.histogram(new Float32Array([1, 2]), 2)).toBeInstanceOf(Uint32Array);
    expect(tour.findWord(["a"], "b")).toBeUndefined();
    expect(tour.describe({ text: "a", tags: [] })).toBeTypeOf("string");
    expect(thrownBy(() => tour.parseNumber("forty-two"))).toBeInstanceOf(ComponentError);
  });
});

describe("resources of a plugin", () => {
  it("are objects of classes, wherever calls give them", async () => {
    await using plugin = await open(examplePath("shapes"));
    const { tour } = plugin.exports;
    const circle = { tag: "circle", val: 1 };
    const sketch = new tour.Sketch("one");
    expect([sketch.add(circle), sketch.add(circle)]).toEqual([1, 2]);
    expect([sketch instanceof tour.Sketch, sketch instanceof tour.Grid]).toEqual([true, false]);
    expect([tour.Sketch.name, sketch.constructor]).toEqual(["Sketch", tour.Sketch]);
    const copy = tour.copySketch(sketch);
    expect([copy.add(circle), sketch.add(circle)]).toEqual([3, 3]);
    const larger = tour.Sketch.larger(sketch, copy);
    expect(larger).toBe(
      plugin.lookup("[static]sketch.larger").as(String(plugin.lookup("[static]sketch.larger")))(sketch, copy),
    );
    // In an option; the list gives them away.
    const joined = tour.joinSketches([sketch, copy]);
    expect(joined).toBeInstanceOf(tour.Sketch);
    expect(joined.add(circle)).toBe(7);
    expect(thrownBy(() => sketch.add(circle))).toMatchObject({ code: "bad-argument" });
    const made = plugin
      .lookup("[constructor]sketch")
      .as<(title: string) => object>("func(string) -> own<sketch>")("two");
    expect(tour.Sketch.prototype.add.call(made, circle)).toBe(1);
  });

  it("are disposed of by using, and refused afterwards and elsewhere", async () => {
    await using plugin = await open(examplePath("shapes"));
    const { tour } = plugin.exports;
    let kept: { area: () => number };
    {
      using sketch = new tour.Sketch("one");
      kept = sketch;
    }
    expect(thrownBy(() => kept.area())).toMatchObject({ code: "bad-argument" });
    expect(thrownBy(() => tour.Sketch.prototype.area.call({}))).toMatchObject({ code: "bad-argument" });
    expect(thrownBy(() => tour.Sketch.prototype.area.call(new tour.Grid(2)))).toMatchObject({
      code: "bad-argument",
    });
    expect(thrownBy(() => tour.Sketch("one"))).toBeInstanceOf(TypeError);
  });

  it("are thrown by a constructor that fails, and are of the version that is there", async () => {
    await using plugin = await open(examplePath("shapes"));
    const { Grid, Sketch } = plugin.exports.tour;
    expect(thrownBy(() => new Grid(0))).toBeInstanceOf(ComponentError);
    const before = new Sketch("one");
    // The same but for its digest.
    const other = Buffer.concat([await readFile(examplePath("shapes")), Buffer.from([0, 2, 1, 120])]);
    await plugin.replace(other);
    expect(thrownBy(() => before.area())).toMatchObject({ code: "bad-argument" });
    expect(new Sketch("two").area()).toBe(0);
  });

  it("are promises of objects where calls wait, and in a host", async () => {
    await using host = await createHost();
    await host.registry.deploy("shapes", await readFile(examplePath("shapes")));
    const { tour } = (await host.plugin("shapes")).exports;
    const sketch = await new tour.Sketch("one");
    expect(sketch).toBeInstanceOf(tour.Sketch);
    expect(await sketch.add({ tag: "circle", val: 1 })).toBe(1);
    sketch[Symbol.dispose]();
    await expect(sketch.area()).rejects.toMatchObject({ code: "bad-argument" });
  });

  it("have classes without a constructor where only functions give them, and names that nothing is taken for", async () => {
    await using plugin = await open(oddResource);
    const { Thing, give } = plugin.exports;
    expect(thrownBy(() => new Thing())).toBeInstanceOf(SymbolNotFoundError);
    const thing = give();
    expect(await Promise.resolve(thing)).toBe(thing);
    expect([thing.then_(), Thing.prototype_(), Thing.length()]).toEqual([7, 8, 9]);
    expect([plugin.exports["foo-1"](), plugin.exports.foo1()]).toEqual([8, 9]);
    expect(await complaints({ "odd.d.ts": typesOfBytes(oddResource), "program.ts": oddProgram })).toBe("");
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
