import { afterAll, describe, expect, test } from "vitest";
import { build, buildComponent, removeTemporaryFolders } from "./support.ts";

afterAll(removeTemporaryFolders);

const world = `package demo:shop@1.0.0;
interface prices {
  record item { sku: string, cents: u64 }
  total: func(items: list<item>, coupon: option<string>) -> result<u64, string>;
}
world shop {
  import log: func(text: string);
  export prices;
  export get-name: func(id: u32) -> string;
}`;

const good = `
import { Result } from "wit-types";
import { Item } from "demo:shop/prices@1.0.0";
type Items = Item[];
export function getName(id: u32): string { return id.toString(); }
export function total(items: Items, coupon: string | null): Result<u64, string> {
  return coupon ? Result.err<u64, string>(coupon) : Result.ok<u64, string>(items.length);
}
`;

async function failure(
  source: string,
  files: Record<string, string> = { "wit/world.wit": world },
  options: string[] = [],
) {
  const { component, output } = await build({ files: { ...files, "assembly/index.ts": source }, options });
  expect(component).toBeUndefined();
  return output;
}

test("types are compared and not their spelling", async () => {
  const { component, output } = await build({ files: { "wit/world.wit": world, "assembly/index.ts": good } });
  expect(output).toBe("");
  expect(component).toBeDefined();
});

describe("an export that is not right", () => {
  test("missing: names the WIT function, the signature, and what is near", async () => {
    const output = await failure(good.replace("function getName", "function getNames"));
    expect(output).toContain("The world exports get-name, but assembly/index.ts has no getName.");
    expect(output).toContain("expected: export function getName(id: u32): string");
    expect(output).toContain("found instead: getNames");
    expect(output).toContain("FAILURE 1 compile error(s)");
  });

  test("of an interface: named with its id", async () => {
    const output = await failure(good.replace("export function total", "function total"));
    expect(output).toContain(
      "The world exports demo:shop/prices@1.0.0#total, but assembly/index.ts has no total.",
    );
    expect(output).toContain(
      "expected: export function total(items: Array<Item>, coupon: string | null): Result<u64, string>",
    );
  });

  test.each([
    ["a parameter", "id: u32", "id: i32", "has another type for its parameter 1", "getName(id: i32): string"],
    ["the result", "): string {", "): u32 {", "returns another type", "getName(id: u32): u32"],
    ["fewer parameters", "id: u32", "", "takes 1 parameter, not 0", "getName(): string"],
    [
      "more parameters",
      "id: u32",
      "id: u32, b: u32",
      "takes 1 parameter, not 2",
      "getName(id: u32, b: u32): string",
    ],
  ])("mistyped: %s", async (_, from, to, problem, found) => {
    const output = await failure(
      good.replace(from, to).replace("return id.toString()", "return changetype<string>(0)"),
    );
    expect(output).toContain(`get-name ${problem}.`);
    expect(output).toContain("expected: export function getName(id: u32): string");
    expect(output).toContain(`found:    export function ${found}`);
    expect(output).toContain("in assembly/index.ts(5,17)");
  });

  test("a class of the author's own instead of the world's", async () => {
    const own = good.replace(
      'import { Item } from "demo:shop/prices@1.0.0";',
      'class Item { sku: string = ""; cents: u64 = 0; }',
    );
    expect(await failure(own)).toContain(
      "demo:shop/prices@1.0.0#total has another type for its parameter 1.",
    );
  });

  test("no function at all, or a generic one", async () => {
    const constant = await failure(
      good.replace(/export function getName.*/, "export const getName: u32 = 1;"),
    );
    expect(constant).toContain("get-name must be a function.");
    const generic = await failure(good.replace("getName(", "getName<T>("));
    expect(generic).toContain("get-name must not be generic.");
  });

  test("optional parameters beyond the WIT function's do no harm", async () => {
    const source = good.replace("id: u32", "id: u32, prefix: string = '#'");
    const { component } = await build({ files: { "wit/world.wit": world, "assembly/index.ts": source } });
    expect(component).toBeDefined();
  });
});

describe("WIT that is not right", () => {
  test("there is none", async () => {
    expect(await failure(good, {})).toContain("No wit folder beside or above");
  });

  test("does not parse: names the file", async () => {
    const files = {
      "wit/world.wit": world,
      "wit/broken.wit": "package demo:shop@1.0.0;\ninterface x { f: func( }",
    };
    expect(await failure(good, files)).toMatch(/wit\/broken\.wit: expected/);
  });

  test("an unknown type: names file and line", async () => {
    const files = { "wit/world.wit": world.replace("list<item>", "list<itm>") };
    expect(await failure(good, files)).toMatch(/wit\/world\.wit:4: name `itm` does not exist/);
  });

  test("a package that is not in deps", async () => {
    const files = {
      "wit/world.wit": world.replace("export prices;", "import other:pkg/api@0.1.0; export prices;"),
    };
    const output = await failure(good, files);
    expect(output).toMatch(/wit\/world\.wit:8: package 'other:pkg@0.1.0' not found/);
    expect(output).toMatch(/Put the package's WIT files into a folder under .*deps/);
  });

  test("several worlds: asks which, and takes the answer", async () => {
    const files = { "wit/world.wit": `${world}\nworld other { export get-name: func(id: u32) -> string; }` };
    expect(await failure(good, files)).toContain("--use hotcell.world=NAME");
    const component = await buildComponent({
      files: { ...files, "assembly/index.ts": "export function getName(id: u32): string { return 'x'; }" },
      options: ["--use", "hotcell.world=other"],
    });
    expect(component.length).toBeGreaterThan(0);
  });

  test.each([
    ["a resource", "resource file { read: func() -> u8; } open: func() -> file;", "resource file"],
    ["a stream", "read: func() -> stream<u8>;", "stream"],
    ["an async function", "read: async func() -> u8;", "async"],
  ])("%s is refused by name", async (_, items, name) => {
    const files = { "wit/world.wit": `package a:b; interface fs { ${items} } world w { import fs; }` };
    expect(await failure("", files)).toContain(name);
  });
});

describe("what is left over", () => {
  test("an import of an interface that the world does not have", async () => {
    const output = await failure(`import { now } from "wasi:clocks/wall-clock@0.2.0";\n${good}`);
    expect(output).toContain('"wasi:clocks/wall-clock@0.2.0" is not in the world shop.');
    expect(output).toContain("in assembly/index.ts(1,21)");
  });

  test.each([
    ["Math.random()", "import wasi:random/random"],
    ["Date.now()", "import wasi:clocks/wall-clock"],
    ["trace('x')", "import wasi:logging/logging"],
    ["console.log('x')", "import wasi:logging/logging"],
  ])("%s", async (expression, advice) => {
    expect(await failure(good.replace("return id", `${expression}; return id`))).toContain(advice);
  });

  test("options that a component cannot be built with", async () => {
    expect(await failure(good, undefined, ["--importMemory"])).toContain("Leave out --importMemory");
    expect(await failure(good, undefined, ["--use", "hotcell.wrld=x"])).toContain("hotcell.world");
  });
});
