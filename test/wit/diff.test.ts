import { describe, expect, test } from "vitest";
import { type Change, diffWorlds } from "../../host/wit/diff.ts";
import { parseFunctionType } from "../../host/wit/expression.ts";
import type { FunctionType, Item, ValueType, World, WorldItem } from "../../host/wit/types.ts";

/** `{ greet: "func() -> string" }`; an interface is an object of functions. */
type Sketch = Readonly<
  Record<string, string | FunctionType | Readonly<Record<string, string | FunctionType>>>
>;

function world(exports: Sketch, imports: Sketch = {}): World {
  return { name: "root", package: "root:component", imports: items(imports), exports: items(exports) };
}

function items(sketch: Sketch): WorldItem[] {
  return Object.entries(sketch).map(([name, of]): WorldItem => {
    if (typeof of === "string" || "parameters" in of) return func(name, of as string | FunctionType);
    return {
      kind: "interface",
      name,
      interface: { items: Object.entries(of).map(([inner, type]) => func(inner, type)) },
    };
  });
}

function func(name: string, type: string | FunctionType): Item {
  return { kind: "function", name, type: typeof type === "string" ? parseFunctionType(type) : type };
}

function verdicts(changes: readonly Change[]): string[] {
  return changes.map(({ path, verdict }) => `${verdict} ${path}`);
}

const now = "func() -> u64";

describe("exports", () => {
  test("the same world has no changes", () => {
    const make = () =>
      world({ greet: "func(name: string) -> string", "a:b/c@1.0.0": { f: "func()" } }, { now });
    expect(diffWorlds(make(), make())).toEqual([]);
  });

  test("a function that is gone is breaking", () => {
    expect(diffWorlds(world({ greet: "func(name: string) -> string" }), world({}))).toEqual([
      {
        path: "greet",
        verdict: "breaking",
        before: "func(name: string) -> string",
        message: "The exported function greet is gone; it was func(name: string) -> string.",
      },
    ]);
  });

  test("a new function is compatible", () => {
    expect(diffWorlds(world({}), world({ greet: "func()" }))).toEqual([
      {
        path: "greet",
        verdict: "compatible",
        after: "func()",
        message: "The exported function greet is new: func().",
      },
    ]);
  });

  test("another type is breaking, and the text says what it was and became", () => {
    expect(
      diffWorlds(world({ greet: "func(n: string)" }), world({ greet: "func(n: string) -> string" })),
    ).toEqual([
      {
        path: "greet",
        verdict: "breaking",
        before: "func(n: string)",
        after: "func(n: string) -> string",
        message: "The exported function greet was func(n: string) and is now func(n: string) -> string.",
      },
    ]);
  });

  test("so is another parameter name: calls may name their arguments", () => {
    expect(verdicts(diffWorlds(world({ f: "func(a: u8)" }), world({ f: "func(b: u8)" })))).toEqual([
      "breaking f",
    ]);
  });

  test("named types are written out, so that a changed field is seen", () => {
    const quote = (price: ValueType): FunctionType => {
      const owner = { interface: "shop:rules/pricing", direction: "export" } as const;
      const body: ValueType = { kind: "record", fields: [{ name: "price", type: price }] };
      const item: ValueType = { kind: "ref", target: { name: "item", owner, body } };
      return { parameters: [{ name: "items", type: { kind: "list", element: item } }] };
    };
    const [change] = diffWorlds(
      world({ "shop:rules/pricing": { quote: quote({ kind: "f32" }) } }),
      world({ "shop:rules/pricing": { quote: quote({ kind: "f64" }) } }),
    );
    expect(change).toMatchObject({
      path: "shop:rules/pricing#quote",
      verdict: "breaking",
      before: "func(items: list<record { price: f32 }>)",
      after: "func(items: list<record { price: f64 }>)",
    });
  });

  test("a function is not an interface of the same name", () => {
    const changes = diffWorlds(world({ tool: "func()" }), world({ tool: { run: "func()" } }));
    expect(verdicts(changes)).toEqual(["breaking tool", "compatible tool#run"]);
  });
});

describe("interfaces", () => {
  test("match across compatible versions", () => {
    const before = world({ "a:b/c@1.0.0": { f: "func()", g: "func()" } });
    expect(diffWorlds(before, world({ "a:b/c@1.2.0": { f: "func()", g: "func()" } }))).toEqual([]);
    expect(verdicts(diffWorlds(before, world({ "a:b/c@1.2.0": { f: "func()", h: "func()" } })))).toEqual([
      "breaking a:b/c@1.0.0#g",
      "compatible a:b/c@1.2.0#h",
    ]);
    expect(verdicts(diffWorlds(before, world({ "a:b/c@2.0.0": { f: "func()", g: "func()" } })))).toEqual([
      "breaking a:b/c@1.0.0#f",
      "breaking a:b/c@1.0.0#g",
      "compatible a:b/c@2.0.0#f",
      "compatible a:b/c@2.0.0#g",
    ]);
  });

  test("two versions side by side stay apart", () => {
    const before = world({ "a:b/c@1.0.0": { f: "func()" }, "a:b/c@1.1.0": { f: "func(a: u8)" } });
    const after = world({ "a:b/c@1.1.0": { f: "func(a: u8)" }, "a:b/c@1.0.0": { f: "func()" } });
    expect(diffWorlds(before, after)).toEqual([]);
    expect(verdicts(diffWorlds(before, world({ "a:b/c@1.1.0": { f: "func(a: u8)" } })))).toEqual([
      "breaking a:b/c@1.0.0#f",
    ]);
  });
});

describe("imports", () => {
  const clock = "wasi:clocks/wall-clock";

  test("a new import is a capability, one less is compatible", () => {
    const [without, having] = [world({}), world({}, { [`${clock}@0.2.0`]: { now } })];
    expect(diffWorlds(without, having)).toEqual([
      {
        path: "wasi:clocks/wall-clock@0.2.0#now",
        verdict: "capability",
        after: "func() -> u64",
        message: "The import wasi:clocks/wall-clock@0.2.0#now is new: func() -> u64.",
      },
    ]);
    expect(diffWorlds(having, without)).toEqual([
      {
        path: "wasi:clocks/wall-clock@0.2.0#now",
        verdict: "compatible",
        before: "func() -> u64",
        message: "The import wasi:clocks/wall-clock@0.2.0#now is no longer needed.",
      },
    ]);
  });

  test("a changed import asks the host for another thing; a compatible version or parameter name does not", () => {
    const before = world({}, { [`${clock}@0.2.0`]: { now: "func(zone: string) -> u64" } });
    const changes = diffWorlds(before, world({}, { [`${clock}@0.2.3`]: { now: "func(zone: u8) -> u64" } }));
    expect(verdicts(changes)).toEqual(["capability wasi:clocks/wall-clock@0.2.3#now"]);
    expect(changes[0]?.message).toBe(
      "The imported function wasi:clocks/wall-clock@0.2.3#now was func(zone: string) -> u64 and is now func(zone: u8) -> u64.",
    );
    const renamed = world({}, { [`${clock}@0.2.3`]: { now: "func(tz: string) -> u64" } });
    expect(diffWorlds(before, renamed)).toEqual([]);
  });
});

describe("text", () => {
  const wide = (last: ValueType): FunctionType => {
    let type: ValueType = last;
    for (let i = 0; i < 60; i++) type = { kind: "tuple", elements: [type, type] };
    return { parameters: [{ name: "a", type }] };
  };

  test("stays short for types that share their parts exponentially", () => {
    const [change] = diffWorlds(world({ f: wide({ kind: "u8" }) }), world({ f: wide({ kind: "s8" }) }));
    expect(change?.verdict).toBe("breaking");
    expect(change!.message.length).toBeLessThan(20_000);
    expect(change!.after).toMatch("…");
  });

  test("says so when both print alike", () => {
    const taking = (owner: string): FunctionType => {
      const resource = {
        name: "file",
        owner: { interface: owner, direction: "import" },
        body: { kind: "resource" },
      } as const;
      return { parameters: [{ name: "f", type: { kind: "borrow", resource } }] };
    };
    const [change] = diffWorlds(world({ f: taking("a:b/c") }), world({ f: taking("a:b/d") }));
    expect(change?.message).toBe(
      "The exported function f differs in a type or resource too deep to show in func(f: borrow<file>).",
    );
  });
});
