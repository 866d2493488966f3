import { describe, expect, it } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import type { Interface, Item, TypeDefinition, World } from "../../host/wit/model.ts";
import { resourceOf, rootDefinition } from "../../host/wit/model.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";

function decode(wit: string, world?: string): World {
  return decodeComponentType(componentTypeOf(dummyModule(wit, world))).world;
}

function interfaceOf(world: World, direction: "imports" | "exports", name: string): Interface {
  const item = world[direction].find((candidate) => candidate.name === name);
  if (item?.kind !== "interface") throw new Error(`no interface ${name}`);
  return item.interface;
}

function typeOf({ items }: { readonly items: readonly Item[] }, name: string): TypeDefinition {
  const item = items.find((candidate) => candidate.name === name);
  if (item?.kind !== "type") throw new Error(`no type ${name}`);
  return item.definition;
}

function functionOf({ items }: { readonly items: readonly Item[] }, name: string) {
  const item = items.find((candidate) => candidate.name === name);
  if (item?.kind !== "function") throw new Error(`no function ${name}`);
  return item.type;
}

const only = (world: World) => interfaceOf(world, "imports", "t:t/i");

describe("decodeComponentType", () => {
  it("knows the world's name, package and string encoding", () => {
    const core = dummyModule("package demo:time@1.0.0; world time-plugin { export now: func() -> string; }");
    const { world, stringEncoding } = decodeComponentType(componentTypeOf(core));
    expect(world).toEqual({
      name: "time-plugin",
      package: "demo:time@1.0.0",
      imports: [],
      exports: [{ kind: "function", name: "now", type: { parameters: [], result: { kind: "string" } } }],
    });
    expect(stringEncoding).toBe("utf16");
  });

  it("decodes every value type", () => {
    const world = decode(`package t:t; interface i {
      record r { a: bool, b: s8, c: tuple<u8, s16>, d: u16, e: s32, f: u32, g: s64, h: u64 }
      variant v { none, some(f32), other(f64) }
      enum e { x, y }
      flags f { p, q }
      type l = list<char>;
      type n = list<string, 7>;
      type o = option<option<u8>>;
      type ok = result<u8>;
      type err = result<_, string>;
      type both = result<u8, string>;
      type neither = result;
    } world w { import i; }`);
    const bodies = Object.fromEntries(
      only(world).items.map((item) => [item.name, item.kind === "type" && item.definition.body]),
    );
    const of = (kind: string) => ({ kind });
    expect(bodies).toEqual({
      r: {
        kind: "record",
        fields: [
          { name: "a", type: of("bool") },
          { name: "b", type: of("s8") },
          { name: "c", type: { kind: "tuple", elements: [of("u8"), of("s16")] } },
          { name: "d", type: of("u16") },
          { name: "e", type: of("s32") },
          { name: "f", type: of("u32") },
          { name: "g", type: of("s64") },
          { name: "h", type: of("u64") },
        ],
      },
      v: {
        kind: "variant",
        cases: [{ name: "none" }, { name: "some", type: of("f32") }, { name: "other", type: of("f64") }],
      },
      e: { kind: "enum", names: ["x", "y"] },
      f: { kind: "flags", names: ["p", "q"] },
      l: { kind: "list", element: of("char") },
      n: { kind: "list", element: of("string"), length: 7 },
      o: { kind: "option", some: { kind: "option", some: of("u8") } },
      ok: { kind: "result", ok: of("u8") },
      err: { kind: "result", err: of("string") },
      both: { kind: "result", ok: of("u8"), err: of("string") },
      neither: of("result"),
    });
  });

  it("gives two uses of one type the same definition", () => {
    const world = decode(`package t:t; interface i { record r { x: u8 } f: func(a: r, b: list<r>) -> r; }
      world w { import i; }`);
    const r = typeOf(only(world), "r");
    const f = functionOf(only(world), "f");
    expect(f.parameters[0]!.type).toEqual({ kind: "ref", target: r });
    for (const type of [f.parameters[0]!.type, f.result!]) expect(type.kind === "ref" && type.target).toBe(r);
  });

  it("follows a use into the other interface, also under a new name", () => {
    const world = decode(`package t:t;
      interface i { record r { x: u8 } resource f; }
      interface j { use i.{r as mine, f}; g: func(m: mine) -> f; }
      world w { import j; }`);
    const i = only(world);
    const j = interfaceOf(world, "imports", "t:t/j");
    const mine = typeOf(j, "mine");
    expect(mine).toMatchObject({ owner: { interface: "t:t/j", direction: "import" }, body: { kind: "ref" } });
    expect(rootDefinition(mine)).toBe(typeOf(i, "r"));
    const { parameters, result } = functionOf(j, "g");
    expect(parameters[0]!.type.kind === "ref" && parameters[0]!.type.target).toBe(mine);
    expect(result?.kind === "own" && resourceOf(result)).toBe(typeOf(i, "f"));
  });

  it("decodes resources with constructor, methods and static functions", () => {
    const world = decode(`package t:t; interface i {
      resource file { constructor(name: string); read: func(n: u32) -> list<u8>; open: static func() -> file; }
    } world w { import i; }`);
    const file = typeOf(only(world), "file");
    expect(file.body).toEqual({ kind: "resource" });
    expect(only(world).items.map((item) => item.name)).toEqual([
      "file",
      "[constructor]file",
      "[method]file.read",
      "[static]file.open",
    ]);
    const [self] = functionOf(only(world), "[method]file.read").parameters;
    expect(self!.name).toBe("self");
    expect(self!.type.kind === "borrow" && self!.type.resource).toBe(file);
  });

  it("keeps an interface that is imported and exported apart by direction", () => {
    const world = decode(`package t:t; interface i { resource f; record r { x: u8 } g: func(f: f, r: r); }
      world w { import i; export i; }`);
    const [imported, exported] = [only(world), interfaceOf(world, "exports", "t:t/i")];
    for (const name of ["f", "r"]) {
      expect(typeOf(imported, name)).not.toBe(typeOf(exported, name));
      expect(typeOf(imported, name).owner).toEqual({ interface: "t:t/i", direction: "import" });
      expect(typeOf(exported, name).owner).toEqual({ interface: "t:t/i", direction: "export" });
    }
    const [f, r] = functionOf(exported, "g").parameters;
    expect(f!.type.kind === "own" && f!.type.resource).toBe(typeOf(exported, "f"));
    expect(r!.type.kind === "ref" && r!.type.target).toBe(typeOf(exported, "r"));
  });

  it("lets an exported interface use what another exported one defines", () => {
    const world = decode(`package t:t; interface i { resource f; }
      interface j { use i.{f}; g: func(f: borrow<f>); }
      world w { import i; export i; export j; }`);
    const j = interfaceOf(world, "exports", "t:t/j");
    expect(rootDefinition(typeOf(j, "f"))).toBe(typeOf(interfaceOf(world, "exports", "t:t/i"), "f"));
  });

  it("lets an exported interface use an imported one that is not exported", () => {
    const world = decode(`package t:t; interface i { resource f; }
      interface j { use i.{f}; g: func(f: borrow<f>); } world w { export j; }`);
    const j = interfaceOf(world, "exports", "t:t/j");
    expect(rootDefinition(typeOf(j, "f"))).toBe(typeOf(only(world), "f"));
  });

  it("decodes what the world itself defines and uses", () => {
    const world = decode(`package t:t; interface i { record r { x: u8 } }
      world w { use i.{r}; type x = u32; resource f { constructor(); } import g: func(x: x) -> f; export h: func() -> r; }`);
    const items = { items: world.imports.filter((item) => item.kind !== "interface") };
    expect(typeOf(items, "x")).toEqual({ name: "x", owner: { direction: "import" }, body: { kind: "u32" } });
    expect(rootDefinition(typeOf(items, "r"))).toBe(typeOf(only(world), "r"));
    expect(functionOf(items, "[constructor]f").result).toEqual({ kind: "own", resource: typeOf(items, "f") });
    const { result } = functionOf({ items: world.exports as readonly Item[] }, "h");
    expect(result?.kind === "ref" && result.target).toBe(typeOf(items, "r"));
  });

  it("decodes inline interfaces", () => {
    const world = decode(`package t:t; world w {
      import log: interface { enum level { low, high } write: func(l: level); }
      export api: interface { run: func(); }
    }`);
    expect(typeOf(interfaceOf(world, "imports", "log"), "level").owner).toEqual({
      interface: "log",
      direction: "import",
    });
    expect(interfaceOf(world, "exports", "api").items).toHaveLength(1);
  });

  it("keeps versions apart", () => {
    const world = decode(`package t:t; world w { import a:b/i@1.0.0; import a:b/i@2.0.0-rc.1; }
      package a:b@1.0.0 { interface i { f: func(); } }
      package a:b@2.0.0-rc.1 { interface i { f: func(x: u8); } }`);
    expect(world.imports.map((item) => item.name)).toEqual(["a:b/i@1.0.0", "a:b/i@2.0.0-rc.1"]);
  });

  it("resolves include", () => {
    const world = decode(
      "package t:t; world a { import f: func(); export g: func(); } world w { include a; import h: func(); }",
      "w",
    );
    expect(world.name).toBe("w");
    expect(world.imports.map((item) => item.name).sort()).toEqual(["f", "h"]);
  });

  it.each([
    ["streams", "f: func() -> stream<u8>;"],
    ["futures", "f: func(x: future<string>);"],
    ["error-context", "f: func(x: error-context);"],
    ["async functions", "f: async func();"],
  ])("refuses %s by name", (feature, body) => {
    const core = dummyModule(`package t:t; interface i { ${body} } world w { import i; }`);
    expect(() => decodeComponentType(componentTypeOf(core))).toThrow(
      expect.objectContaining({
        code: "unsupported-feature",
        facts: expect.objectContaining({ subject: expect.stringContaining(feature) }),
      }),
    );
  });

  it("reads a map as the list of pairs it stands for", () => {
    const core = dummyModule(
      "package t:t; interface i { f: func(x: map<string, u8>); } world w { import i; }",
    );
    const { world } = decodeComponentType(componentTypeOf(core));
    expect(printWorld(world)).toContain("f: func(x: list<tuple<string, u8>>);");
  });

  it("refuses what is no encoded world", () => {
    const bytes = componentTypeOf(dummyModule("package t:t; world w { import f: func(); }"));
    expect(() => decodeComponentType(bytes.subarray(0, bytes.length - 40))).toThrow(
      expect.objectContaining({ code: "malformed-component" }),
    );
    expect(() => decodeComponentType(new Uint8Array())).toThrow(
      expect.objectContaining({ code: "malformed-component" }),
    );
  });
});
