/** Plugins that use the libraries of others, and their transforms: in every order, and built from everywhere. */

import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../../host/open.ts";
import { finished, root, startHotcell, startNode } from "../../support/cli.ts";

const project = await realpath(await mkdtemp(join(tmpdir(), "hotcell-transforms-")));
const plugin = join(project, "plugins/orders");
afterAll(() => rm(project, { recursive: true, force: true }));

const ours = join(root, "guest-plugins/toolchain/transform.ts");
const json = join(plugin, "node_modules/json-as/transform/lib/index.js");

const files = {
  "package.json": '{ "type": "module" }',
  "asconfig.json": JSON.stringify({
    extends: "hotcell/asconfig.json",
    options: { transform: ["json-as/transform"] },
    targets: { release: { optimizeLevel: 0, converge: false } },
  }),
  "wit/world.wit": `package demo:orders;
    world orders {
      record line { article: string, cents: u64 }
      export total: func(json: string) -> result<string, string>;
      export cheapest: func(lines: list<line>) -> option<line>;
      export product: func(a: u64, b: u64) -> string;
      export keys: func(json: string) -> list<string>;
    }`,
  "assembly/index.ts": `
    import { JSON } from "json-as";
    import { JSON as Json } from "assemblyscript-json/assembly";
    import { u128 } from "as-bignum/assembly";
    import { Result } from "wit-types";
    import { Line } from "wit-world";
    import { Order } from "./order";

    export function total(json: string): Result<string, string> {
      const orders = JSON.parse<Order[]>(json);
      if (orders.length == 0) return Result.err<string, string>("no orders");
      const sum = new Order();
      for (let i = 0; i < orders.length; i++) sum.count += orders[i].count;
      sum.name = "total";
      return Result.ok<string, string>(JSON.stringify(sum));
    }
    export function cheapest(lines: Line[]): Line | null {
      let found: Line | null = null;
      for (let i = 0; i < lines.length; i++) if (!found || lines[i].cents < found.cents) found = lines[i];
      return found;
    }
    export function product(a: u64, b: u64): string {
      assert(b > 0, "b is 0");
      return (u128.fromU64(a) * u128.fromU64(b)).toString();
    }
    export function keys(json: string): string[] {
      return (<Json.Obj>Json.parse(json)).keys;
    }`,
  "assembly/order.ts": `
    @json
    export class Order {
      name: string = "";
      count: i32 = 0;
    }`,
};

beforeAll(async () => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(plugin, path)), { recursive: true });
    await writeFile(join(plugin, path), text);
  }
  // The libraries are the plugin's own: asc does not look there unless it is run there.
  for (const name of ["json-as", "xjb-as", "assemblyscript-json", "as-bignum"])
    await cp(join(root, "node_modules", name), join(plugin, "node_modules", name), { recursive: true });
  await mkdir(join(project, "node_modules"));
  await symlink(join(root, "node_modules/assemblyscript"), join(project, "node_modules/assemblyscript"));
  await symlink(root, join(project, "node_modules/hotcell"));
});

/** asc in this process, which runs in the repository. */
async function compile(args: readonly string[]): Promise<{ output: string; component?: Buffer }> {
  let output = "";
  const stream = {
    write(chunk: string | Uint8Array) {
      output += chunk;
    },
  };
  const file = join(plugin, "build/out.wasm");
  await rm(file, { force: true });
  const { error } = await asc.main([...args, "-o", file], { stdout: stream, stderr: stream });
  output = stripVTControlCharacters(output);
  return error ? { output } : { output, component: await readFile(file) };
}

const line = "record { article: string, cents: u64 }";
const types: Readonly<Record<string, string>> = {
  total: "func(json: string) -> result<string, string>",
  cheapest: `func(lines: list<${line}>) -> option<${line}>`,
  product: "func(a: u64, b: u64) -> string",
  keys: "func(json: string) -> list<string>",
};

async function check(component: Uint8Array): Promise<void> {
  await using opened = await open(component);
  const call = (name: string, ...args: unknown[]) =>
    opened.lookup(name).as<(...args: unknown[]) => unknown>(types[name]!)(...args);
  expect(call("total", '[{"name":"a","count":2},{"count":3,"name":"b"}]')).toBe('{"name":"total","count":5}');
  expect(() => call("total", "[]")).toThrow("total returned an error");
  expect(
    call("cheapest", [
      { article: "mug", cents: 1250n },
      { article: "pen", cents: 199n },
    ]),
  ).toEqual({
    article: "pen",
    cents: 199n,
  });
  expect(call("product", 2n ** 63n, 10n)).toBe("92233720368547758080");
  expect(() => call("product", 1n, 0n)).toThrow("b is 0 (assembly/index.ts:");
  expect(call("keys", '{"x":1,"y":[]}')).toEqual(["x", "y"]);
}

const at = (path: string) => join(plugin, path);

describe("json-as, assemblyscript-json and as-bignum", () => {
  const built = new Map<string, Buffer>();

  test.each([
    ["before ours", [json, ours]],
    ["after ours", [ours, json]],
    ["between ours, which is given twice", [ours, json, join(root, "guest-plugins/toolchain/asc.mjs")]],
  ])("json-as %s", async (name, transforms) => {
    const { output, component } = await compile([
      ...["assembly/index.ts", "--baseDir", plugin, "--config", "none.json"],
      ...transforms.flatMap((transform) => ["--transform", transform]),
    ]);
    expect(output).toBe("");
    await check(component!);
    built.set(name, component!);
  });

  test("the order changes nothing", () => {
    const [first, ...others] = built.values();
    for (const other of others) expect(other.equals(first!)).toBe(true);
  });

  test("one component, wherever and however it is built", async () => {
    const elsewhere = join(project, "elsewhere");
    await mkdir(elsewhere);
    const cli = join(root, "node_modules/assemblyscript/bin/asc.js");
    const here = (path: string) => relative(elsewhere, at(path));
    const ways: Record<string, () => ReturnType<typeof startNode>> = {
      "asc in the plugin's folder": () =>
        startNode([cli, "assembly/index.ts", "-o", at("build/1.wasm")], { cwd: plugin }),
      "asc in the project's folder": () =>
        startNode(
          [
            ...[cli, "plugins/orders/assembly/index.ts", "--config", "plugins/orders/asconfig.json"],
            ...["-o", "plugins/orders/build/2.wasm", "--transform", "hotcell/asc"],
          ],
          { cwd: project },
        ),
      "asc elsewhere": () =>
        startNode(
          [cli, here("assembly/index.ts"), "--config", here("asconfig.json"), "-o", here("build/3.wasm")],
          {
            cwd: elsewhere,
          },
        ),
      "asc with a base folder": () =>
        startNode([cli, "assembly/index.ts", "--baseDir", relative(project, plugin), "-o", "build/4.wasm"], {
          cwd: project,
        }),
      "hotcell build": () => startHotcell(["build", "--out", "build/5.wasm"], { cwd: plugin }),
      "hotcell build DIR": () =>
        startHotcell(["build", "plugins/orders", "--out", at("build/6.wasm")], { cwd: project }),
      "hotcell build DIR elsewhere": () =>
        startHotcell(["build", plugin, "--out", at("build/7.wasm")], { cwd: elsewhere }),
    };
    for (const [i, [way, start]] of Object.entries(ways).entries()) {
      expect(await finished(start()), way).toMatchObject({ code: 0, stderr: "" });
      const component = await readFile(at(`build/${i + 1}.wasm`));
      if (i === 0) await check(component);
      expect(component.equals(await readFile(at("build/1.wasm"))), way).toBe(true);
    }
  }, 400_000);
});

describe("transforms that", () => {
  const simple = {
    "wit/world.wit": "package demo:simple; world simple { export twice: func(n: u32) -> u32; }",
    "assembly/index.ts": "export function twice(n: u32): u32 { return 2 * n; }",
  };
  const folder = join(project, "simple");

  beforeAll(async () => {
    for (const [path, text] of Object.entries(simple)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });

  async function withTransform(text: string, order: "first" | "last") {
    const path = join(folder, `${Math.random()}.mjs`);
    await writeFile(path, `export default class { ${text} }`);
    const transforms = order === "first" ? [path, ours] : [ours, path];
    return compile([
      ...["assembly/index.ts", "--baseDir", folder],
      ...transforms.flatMap((transform) => ["--transform", transform]),
    ]);
  }

  const orders = ["first", "last"] as const;

  test.each(orders)("put copies of all sources in their place: %s", async (order) => {
    const { output, component } = await withTransform(
      `afterParse(parser) {
        parser.sources.forEach((source, i) => {
          parser.sources[i] = Object.assign(Object.create(Object.getPrototypeOf(source)), source);
        });
      }`,
      order,
    );
    expect(output).toBe("");
    await using opened = await open(component!);
    expect(opened.lookup("twice").as<(n: number) => number>("func(u32) -> u32")(21)).toBe(42);
  });

  test.each(orders)("make another kind of every source: %s", async (order) => {
    const { output, component } = await withTransform(
      "afterParse(parser) { for (const source of parser.sources) if (source.sourceKind < 2) source.sourceKind = 2; }",
      order,
    );
    expect(output).toBe("");
    await using opened = await open(component!);
    expect(opened.lookup("twice").as<(n: number) => number>("func(u32) -> u32")(21)).toBe(42);
  });

  test.each(orders)("take the entry away are named as the reason: %s", async (order) => {
    const { output, component } = await withTransform(
      `afterParse({ sources }) {
        sources.splice(sources.findIndex((s) => s.normalizedPath === "assembly/index.ts"), 1);
      }`,
      order,
    );
    expect(component).toBeUndefined();
    expect(output).toContain("Another transform has taken assembly/index.ts out of the program.");
    expect(output).not.toContain("    at ");
  });

  test.each(orders)("take an export away are named as the reason: %s", async (order) => {
    const { output, component } = await withTransform(
      'afterCompile(module) { module.removeExport("export0"); }',
      order,
    );
    expect(component).toBeUndefined();
    expect(output).toContain(
      "The export twice is missing from the module: another transform has removed it.",
    );
  });

  test.each(orders)("add imports get what a function of an unknown import gets: %s", async (order) => {
    const { output, component } = await withTransform(
      `afterCompile(module) {
        module.addFunctionImport("cover", "coverage", "hit", this.binaryen.none, this.binaryen.none);
      }`,
      order,
    );
    expect(component).toBeUndefined();
    expect(output).toContain("The plugin imports hit from coverage, which is not in the world simple.");
  });
});
