import { describe, expect, test } from "vitest";
import { type Change, diffWorlds } from "../../host/wit/diff/diff.ts";
import { formatChanges } from "../../host/wit/diff/diff-format.ts";
import type { FunctionType, Item, ValueType, World, WorldItem } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";

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
        message:
          "The exported function greet is gone; it was func(name: string) -> string. Calls of it fail.",
        reason: "Calls of it fail.",
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

  test.each([
    [
      "func(cart: record { lines: list<record { quantity: u32 }> })",
      "func(cart: record { lines: list<record { quantity: u8 }> })",
      "The field cart.lines[].quantity in the parameters of quote was u32 and is now u8. Calls that send values outside 0 to 255 are refused.",
    ],
    [
      "func() -> result<record { total: f64, tax: f64 }, string>",
      "func() -> result<record { total: f64 }, string>",
      "The field ok.tax in the result of quote is gone; it was f64. Callers that read it find nothing.",
    ],
    [
      "func(net: f64)",
      "func(amount: f64)",
      "The parameter amount of quote was called net. Calls that name their arguments are refused.",
    ],
    [
      "func(net: f64, rate: f64)",
      "func(rate: f64, net: f64)",
      "The exported function quote has its parameters in another order. Calls by position give the wrong ones.",
    ],
    [
      "func() -> list<enum { slow }>",
      "func() -> list<enum { slow, fast }>",
      "The case [].fast in the result of quote is new. Callers that decode the result don't know it.",
    ],
    [
      "func() -> u8",
      "func()",
      "The result of quote is gone; it was u8. Callers that read it are answered 204 No Content.",
    ],
  ])("%s → %s: the message says where, what, and who notices", (before, after, message) => {
    const [change, ...others] = diffWorlds(world({ quote: before }), world({ quote: after }));
    expect(others).toEqual([]);
    expect(change).toMatchObject({ verdict: "breaking", message });
    expect(message).toContain(change!.reason!);
  });

  test("a compatible change of a type tells embedders to assert the new one", () => {
    expect(diffWorlds(world({ f: "func(a: u8)" }), world({ f: "func(a: u16)" }))).toEqual([
      {
        path: "f: parameter a",
        verdict: "compatible",
        before: "u8",
        after: "u16",
        message: "The parameter a of f was u8 and is now u16. It takes every value that it took.",
        reason: "It takes every value that it took.",
        reassert: true,
      },
    ]);
  });

  test("a function is not an interface of the same name", () => {
    const changes = diffWorlds(world({ tool: "func()" }), world({ tool: { run: "func()" } }));
    expect(verdicts(changes)).toEqual(["breaking tool", "compatible tool"]);
  });
});

describe("interfaces", () => {
  test("match across compatible versions", () => {
    const before = world({ "a:b/c@1.0.0": { f: "func()", g: "func()" } });
    expect(verdicts(diffWorlds(before, world({ "a:b/c@1.2.0": { f: "func()", h: "func()" } })))).toEqual([
      "compatible a:b/c@1.2.0",
      "breaking a:b/c@1.0.0#g",
      "compatible a:b/c@1.2.0#h",
    ]);
    expect(verdicts(diffWorlds(before, world({ "a:b/c@2.0.0": { f: "func()", g: "func()" } })))).toEqual([
      "breaking a:b/c@1.0.0",
      "compatible a:b/c@2.0.0",
    ]);
  });

  test("two versions side by side stay apart", () => {
    const before = world({ "a:b/c@1.0.0": { f: "func()" }, "a:b/c@1.1.0": { f: "func(a: u8)" } });
    const after = world({ "a:b/c@1.1.0": { f: "func(a: u8)" }, "a:b/c@1.0.0": { f: "func()" } });
    expect(diffWorlds(before, after)).toEqual([]);
    expect(verdicts(diffWorlds(before, world({ "a:b/c@1.1.0": { f: "func(a: u8)" } })))).toEqual([
      "breaking a:b/c@1.0.0",
    ]);
  });
});

describe("imports", () => {
  const clock = "wasi:clocks/wall-clock";

  test("a new import is a capability, one less is compatible", () => {
    const [without, having] = [world({}), world({}, { [`${clock}@0.2.0`]: { now } })];
    expect(diffWorlds(without, having)).toEqual([
      {
        path: "wasi:clocks/wall-clock@0.2.0",
        verdict: "capability",
        after: "interface { now: func() -> u64; }",
        message:
          "The imported interface wasi:clocks/wall-clock@0.2.0 is new, with now. The host has to grant or supply it.",
        reason: "The host has to grant or supply it.",
        imported: true,
      },
    ]);
    expect(diffWorlds(having, without)).toMatchObject([
      { verdict: "compatible", before: "interface { now: func() -> u64; }", imported: true },
    ]);
  });

  test("a changed import asks the host for another thing; a compatible version or parameter name does not", () => {
    const before = world({}, { [`${clock}@0.2.0`]: { now: "func(zone: string) -> u64" } });
    const changes = diffWorlds(before, world({}, { [`${clock}@0.2.3`]: { now: "func(zone: u8) -> u64" } }));
    expect(verdicts(changes)).toEqual(["capability wasi:clocks/wall-clock@0.2.3#now: parameter zone"]);
    expect(changes[0]?.message).toBe(
      "The parameter zone of wasi:clocks/wall-clock@0.2.3#now was string and is now u8. The host has to supply exactly that type.",
    );
    const renamed = world({}, { [`${clock}@0.2.3`]: { now: "func(tz: string) -> u64" } });
    expect(diffWorlds(before, renamed)).toEqual([]);
  });
});

describe("the answer stays short", () => {
  const shared = (leaf: ValueType, name = "a"): FunctionType => {
    let type: ValueType = leaf;
    for (let i = 0; i < 90; i++) {
      type = { kind: "record", fields: ["left", "right"].map((side) => ({ name: `${side}-${name}`, type })) };
    }
    return { parameters: [{ name: "a", type }] };
  };
  const size = (changes: readonly Change[]) => JSON.stringify(changes).length;

  test("for types that share their parts exponentially", () => {
    const changes = diffWorlds(world({ f: shared({ kind: "u8" }) }), world({ f: shared({ kind: "s8" }) }));
    expect(changes.filter(({ verdict }) => verdict === "breaking")).toHaveLength(21);
    expect(changes.at(-1)?.message).toBe(
      "At least 10000 more changes in the types of f are not shown (breaking).",
    );
    expect(size(changes)).toBeLessThan(60_000);
    expect(diffWorlds(world({ f: shared({ kind: "u8" }) }), world({ f: shared({ kind: "u8" }) }))).toEqual(
      [],
    );
  });

  test("for names of thousands of letters", () => {
    const long = "n".repeat(10_000);
    const changes = diffWorlds(
      world({ [long]: shared({ kind: "u8" }, long) }),
      world({ [long]: shared({ kind: "u16" }, long) }),
    );
    expect(changes.length).toBeGreaterThan(1);
    expect(size(changes)).toBeLessThan(100_000);
  });

  test("for thousands of functions, and no verdict is lost", () => {
    const many = (type: string) =>
      Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, type]));
    const changes = diffWorlds(
      world({ ...many("func(a: u8)"), last: "func()" }, {}),
      world(many("func(a: u16)"), many("func()")),
    );
    expect(changes.find(({ path }) => path === "last")?.verdict).toBe("breaking");
    expect(changes).toHaveLength(203);
    expect(changes.slice(-2).map(({ verdict, message }) => [verdict, message])).toEqual([
      ["capability", "19900 more changes are not shown (capability)."],
      ["compatible", "19900 more changes are not shown (compatible)."],
    ]);
  });

  test("breaking changes of a type are named before compatible ones", () => {
    const fields = (kind: "u8" | "u16", last: string) =>
      `func(a: record { ${Array.from({ length: 30 }, (_, i) => `f${i}: ${kind}`).join(", ")}, last: ${last} })`;
    const changes = diffWorlds(world({ f: fields("u8", "string") }), world({ f: fields("u16", "bool") }));
    expect(changes.map(({ verdict }) => verdict).filter((verdict) => verdict === "breaking")).toHaveLength(1);
    expect(changes.at(-1)?.message).toBe("11 more changes in the types of f are not shown (compatible).");
  });
});

describe("formatChanges", () => {
  test("groups by verdict, breaking first", () => {
    const before = world({ quote: "func(net: f32) -> u8", tax: "func()" });
    const after = world({ quote: "func(net: f64) -> u16", tax: "func()" }, { now });
    expect(formatChanges(diffWorlds(before, after))).toBe(`Breaking (1): calls that work today would fail.

  quote: result
    - u8
    + u16
    Callers that hold it as u8 meet values outside 0 to 255.

Capability (1): the host has to grant or supply something else.

  import now
    + func() -> u64
    The host has to grant or supply it.

Compatible (1): callers go on working. Types that embedders assert with \`as\` have changed, though.

  quote: parameter net
    - f32
    + f64
    It takes every value that it took.
`);
  });

  test("says that there are none", () => {
    expect(formatChanges([])).toBe("No changes.\n");
  });
});
