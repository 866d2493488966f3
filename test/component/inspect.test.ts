import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { type Interface, rootDefinition, type World } from "../../host/wit/model.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { assemble, dummyModule, wrap } from "../support/oracle.ts";

const problem = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

/** Own code around a function, for tests that only need something to export. */
const nothing = '(core module $m (func (export "f"))) (core instance $i (instantiate $m))';

function interfaceOf(world: World, name: string): Interface {
  const item = world.exports.find((candidate) => candidate.name === name);
  if (item?.kind !== "interface") throw new Error(`no interface ${name}`);
  return item.interface;
}

describe("inspectComponent", () => {
  it("gives the digest, the world and the core modules", () => {
    const bytes = wrap(
      dummyModule(`package demo:time; interface clock { now: func() -> u64; }
      world time { import clock; export get: func(zone: string) -> string; }`),
    );
    const component = inspectComponent(bytes);
    expect(component.bytes).toBe(bytes);
    expect(component.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    expect(printWorld(component.world)).toBe(`package root:component;

world root {
  import demo:time/clock;

  export get: func(zone: string) -> string;
}

package demo:time {
  interface clock {
    now: func() -> u64;
  }
}
`);
    const names = component.coreModules.flatMap((module) => module.names);
    expect(names).toContain("cm32p2|demo:time/clock");
    expect(names).toContain("cm32p2||get");
    for (const { bytes: module } of component.coreModules) {
      expect(WebAssembly.validate(new Uint8Array(module))).toBe(true);
    }
  });

  it("finds the types of exported interfaces, which compilers export from nested components", () => {
    const { world } = inspectComponent(
      wrap(
        dummyModule(`package t:t;
          interface i { resource f { constructor(); } record r { x: u8 } type alias = r; g: func(r: alias) -> f; }
          interface j { use i.{f, r}; h: func(f: borrow<f>, r: r); }
          world w { import i; export i; export j; }`),
      ),
    );
    const [i, j] = [interfaceOf(world, "t:t/i"), interfaceOf(world, "t:t/j")];
    const definitions = new Map(
      i.items.flatMap((item) => (item.kind === "type" ? [[item.name, item.definition] as const] : [])),
    );
    expect(definitions.get("f")).toEqual({
      name: "f",
      owner: { interface: "t:t/i", direction: "export" },
      body: { kind: "resource" },
    });
    expect(definitions.get("alias")!.body).toEqual({ kind: "ref", target: definitions.get("r") });
    for (const item of j.items) {
      if (item.kind === "type") expect(rootDefinition(item.definition)).toBe(definitions.get(item.name));
    }
  });

  it("lists what an engine has to do, in order", () => {
    const { definition } = inspectComponent(
      assemble(`
        (import "log" (func $log (param "message" string)))
        (core module $allocator (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $allocator (instantiate $allocator))
        (alias core export $allocator "memory" (core memory $memory))
        (alias core export $allocator "realloc" (core func $realloc))
        (core func $log' (canon lower (func $log) (memory $memory) string-encoding=latin1+utf16))
        (core module $main (import "env" "log" (func (param i32 i32)))
          (func (export "run") (param i32 i32) (result i32) unreachable)
          (func (export "after") (param i32)))
        (core instance $main (instantiate $main (with "env" (instance (export "log" (func $log'))))))
        (func $run (param "text" string) (result string)
          (canon lift (core func $main "run") (memory $memory) (realloc $realloc) (post-return (core func $main "after"))))
        (export "run" (func $run))`),
    );
    const text = { parameters: [{ name: "message", type: { kind: "string" } }] };
    expect(definition.definitions).toMatchObject([
      { kind: "import", name: "log", entity: { sort: "func", type: text } },
      { kind: "core-module" },
      { kind: "core-instantiate", module: 0, args: [] },
      { kind: "alias-core-export", sort: "memory", instance: 0, name: "memory" },
      { kind: "alias-core-export", sort: "func", instance: 0, name: "realloc" },
      {
        kind: "lower",
        function: 0,
        options: { stringEncoding: "latin1+utf16", memory: 0 },
        signature: { parameters: ["i32", "i32"], results: [] },
      },
      { kind: "core-module" },
      { kind: "core-exports", exports: [{ name: "log", sort: "func", index: 1 }] },
      { kind: "core-instantiate", module: 1, args: [{ name: "env", instance: 1 }] },
      { kind: "alias-core-export", instance: 2, name: "run" },
      { kind: "alias-core-export", instance: 2, name: "after" },
      {
        kind: "lift",
        function: 2,
        options: { stringEncoding: "utf8", memory: 0, realloc: 0, postReturn: 3 },
        signature: { parameters: ["i32", "i32"], results: ["i32"], indirectResult: true },
      },
      { kind: "export", name: "run", item: { sort: "func", index: 1 } },
    ]);
  });

  it("gives every instance of a component its own resources", () => {
    const { definition } = inspectComponent(
      assemble(`
        (component $c (type $r (resource (rep i32))) (export "r" (type $r)))
        (instance $a (instantiate $c)) (instance $b (instantiate $c))
        (export "a" (instance $a)) (export "b" (instance $b))`),
    );
    const [a, b] = definition.definitions.flatMap((d) => {
      if (d.kind !== "instantiate") return [];
      const entity = d.type.exports.get("r");
      return entity?.sort === "type" && entity.entry.sort === "resource"
        ? [rootDefinition(entity.entry.resource)]
        : [];
    });
    expect(a).toBeDefined();
    expect(a).not.toBe(b);
  });

  it("replaces imported types by what is given", () => {
    const { world } = inspectComponent(
      assemble(`
        (import "host:api/files" (instance $files (export "file" (type (sub resource)))))
        (alias export $files "file" (type $file))
        (component $c
          (import "file" (type $f (sub resource)))
          (import "g" (func $g (param "f" (borrow $f))))
          (export $f' "file" (type $f))
          (export "g" (func $g) (func (param "f" (borrow $f')))))
        (core module $m (func (export "g") (param i32)))
        (core instance $i (instantiate $m))
        (func $g (param "f" (borrow $file)) (canon lift (core func $i "g")))
        (instance $x (instantiate $c (with "file" (type $file)) (with "g" (func $g))))
        (export "my:api/g" (instance $x))`),
    );
    expect(printWorld(world)).toContain("use host:api/files.{file};\n    g: func(f: borrow<file>);");
  });
});

describe("an instance put together of single things", () => {
  it("names the types it hands on", () => {
    const { world } = inspectComponent(
      assemble(`
        (type $record' (record (field "x" u32)))
        (type $number u32)
        (instance $types (export "point" (type $record')) (export "number" (type $number)))
        (export $types' "my:api/types" (instance $types))
        (alias export $types' "point" (type $point))
        (core module $m (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func $f (param "p" $point) (param "n" u32) (canon lift (core func $i "f")))
        (instance $api (export "f" (func $f)))
        (export "my:api/api" (instance $api))`),
    );
    expect(printWorld(world)).toContain(`  interface types {
    record point {
      x: u32,
    }
    type number = u32;
  }

  interface api {
    use types.{point};
    f: func(p: point, n: u32);
  }`);
  });
});

describe("what is no component", () => {
  it("is refused as such", () => {
    expect(() => inspectComponent(new Uint8Array())).toThrow(problem("not-wasm"));
    expect(() => inspectComponent(new TextEncoder().encode("<!doctype html>"))).toThrow(
      problem("not-wasm", { offset: 0 }),
    );
    expect(() => inspectComponent(dummyModule("package t:t; world w {}"))).toThrow(
      problem("core-module", { remedy: expect.stringContaining("jco new") }),
    );
  });

  it("is malformed where it is cut, with the offset", () => {
    const bytes = wrap(dummyModule("package t:t; world w { export f: func(x: string) -> string; }"));
    for (let length = 4; length < bytes.length; length++) {
      let thrown: unknown;
      try {
        inspectComponent(bytes.subarray(0, length));
      } catch (error) {
        thrown = error;
      }
      // Between two sections a cut can leave a whole component.
      if (thrown === undefined) continue;
      expect(thrown).toMatchObject({ name: "HotcellError", facts: { offset: expect.any(Number) } });
    }
  });
});

describe("validation", () => {
  it.each([
    ["an unknown type index", `(import "f" (func (type 5)))`],
    ["a function type where a value type belongs", `(type (func)) (type (list 0))`],
    ["an empty record", `(type (record))`],
    ["labels that differ only in case", `(type (record (field "a" u8) (field "A" u8)))`],
    ["labels that are not kebab-case", `(type (enum "a_b"))`],
    ["33 flags", `(type (flags ${Array.from({ length: 33 }, (_, i) => `"f${i}"`).join(" ")}))`],
    ["a fixed-length list without elements", `(type (list u8 0))`],
    ["a value of 2^28 bytes", `(type (list u8 268435456))`],
    ["own of what is no resource", `(type (own 0)) (type (list u8))`],
    [
      "a borrow in a result",
      `(import "r" (type $r (sub resource))) (import "f" (func (result (borrow $r))))`,
    ],
    ["names that differ only in case", `(import "f" (func)) (import "F" (func))`],
    ["a name that is none", `(import "f_g" (func))`],
    ["an interface id without semver", `(import "a:b/c@1.x" (instance))`],
    ["a method without its resource", `(import "[method]r.f" (func))`],
    [
      "a method that takes no self",
      `(import "r" (type $r (sub resource))) (import "[method]r.f" (func (param "me" (borrow $r))))`,
    ],
    [
      "a constructor of something else",
      `(import "r" (type $r (sub resource))) (import "[constructor]r" (func (result u8)))`,
    ],
    [
      "a record without a name in an import",
      `(type $r (record (field "x" u8))) (import "f" (func (param "r" $r)))`,
    ],
    [
      "an export of a function with a private resource",
      `(type $r (resource (rep i32))) ${nothing}
      (core func $d (canon resource.drop $r)) (func $f (param "r" (own $r)) (canon lift (core func $d))) (export "f" (func $f))`,
    ],
    ["lift of another core signature", `${nothing} (func (param "x" u8) (canon lift (core func $i "f")))`],
    [
      "lift of strings without memory",
      `(core module $m (func (export "f") (param i32 i32))) (core instance $i (instantiate $m))
      (func (param "x" string) (canon lift (core func $i "f")))`,
    ],
    [
      "post-return on lower",
      `(import "f" (func $f)) ${nothing}
      (core func (canon lower (func $f) (post-return (core func $i "f"))))`,
    ],
    [
      "an option given twice",
      `${nothing} (func (canon lift (core func $i "f") string-encoding=utf8 string-encoding=utf16))`,
    ],
    [
      "resource.new of an imported resource",
      `(import "r" (type $r (sub resource))) (core func (canon resource.new $r))`,
    ],
    ["a destructor of another type", `${nothing} (type (resource (rep i32) (dtor (core func $i "f"))))`],
    [
      "a core import that nobody gives",
      `(core module $m (import "a" "b" (func))) (core instance (instantiate $m))`,
    ],
    [
      "a core import of another type",
      `(core module $m (import "a" "f" (func (param i32)))) ${nothing.replaceAll("$m", "$n")}
      (core instance (instantiate $m (with "a" (instance $i))))`,
    ],
    ["an argument that is missing", `(component $c (import "f" (func))) (instance (instantiate $c))`],
    [
      "an argument of another type",
      `(import "f" (func $f (param "x" u8))) (component $c (import "f" (func))) (instance (instantiate $c (with "f" (func $f))))`,
    ],
    ["an alias of what is not exported", `(import "i" (instance $i)) (alias export $i "f" (func))`],
    ["an outer alias beyond the outermost", `(alias outer 3 0 (type))`],
    [
      "a resource taken into a nested component",
      `(type $r (resource (rep i32))) (component (alias outer 1 $r (type)))`,
    ],
    [
      "a second definition of a core export",
      `${nothing} (core instance (export "f" (func $i "f")) (export "f" (func $i "f")))`,
    ],
  ])("refuses %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).toThrow(
      problem("invalid-component", { offset: expect.any(Number) }),
    );
  });

  it.each([
    ["a key that is no key", `(type (map f64 u8))`],
    [
      "a list of pairs where a map is expected",
      `(type $pairs (list (tuple u8 u8))) (type $map (map u8 u8))
       (component $c (import "t" (type (eq $map)))) (instance (instantiate $c (with "t" (type $pairs))))`,
    ],
  ])("refuses %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).toThrow(problem("invalid-component"));
  });

  it("leaves out of the world what WIT has no words for", () => {
    const { world, beyondWit } = inspectComponent(
      assemble(`
        (import "m" (core module))
        (import "i" (instance (export "inner" (instance (export "r" (type (sub resource)))))))
        ${nothing}
        (component $c)
        (instance $inside (export "inner" (instance 0)))
        (func $f (canon lift (core func $i "f")))
        (export "c" (component $c))
        (export "f" (func $f))`),
    );
    expect(beyondWit).toEqual(["m", "i#inner", "c"]);
    expect(world.imports.map(({ name }) => name)).toEqual(["i"]);
    expect(world.exports.map(({ name }) => name)).toEqual(["f"]);
  });

  it.each([
    ["async lifting", `${nothing} (func (canon lift (core func $i "f") async))`, "async"],
    ["task.return", `(core func (canon task.return))`, "task.return"],
    ["waitable sets", `(core func (canon waitable-set.new))`, "waitable-set.new"],
    ["async functions", `(import "f" (func async))`, "async functions"],
    ["streams", `(type (stream u8))`, "streams"],
    ["component values", `(import "v" (value u8))`, "component values"],
  ])("refuses %s as unsupported", (_, body, subject) => {
    expect(() => inspectComponent(assemble(body))).toThrow(
      problem("unsupported-feature", { subject: expect.stringContaining(subject) }),
    );
  });
});
