import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { alignmentOf, coreSignature, discriminantSize, sizeOf } from "../../host/wit/layout.ts";
import type { FunctionType, World } from "../../host/wit/model.ts";
import { anyWit } from "../support/arbitrary-wit.ts";
import { componentTypeOf, dummyModule, moduleType, wrap } from "../support/oracle.ts";

interface Named {
  /** `module name` of a core import, or the name of a core export. */
  readonly core: string;
  readonly direction: "import" | "export";
  readonly type: FunctionType;
}

/** Every function of a world, under the name that a core module imports or exports it by. */
function functionsOf(world: World): Named[] {
  const found: Named[] = [];
  for (const direction of ["import", "export"] as const) {
    for (const item of world[`${direction}s`]) {
      const add = (iface: string, name: string, type: FunctionType): void => {
        const module = iface ? `cm32p2|${iface}` : "cm32p2";
        const core = direction === "import" ? `${module} ${name}` : `cm32p2|${iface}|${name}`;
        found.push({ core, direction, type });
      };
      if (item.kind === "function") add("", item.name, item.type);
      if (item.kind !== "interface") continue;
      for (const inner of item.interface.items) {
        if (inner.kind === "function") add(item.name, inner.name, inner.type);
      }
    }
  }
  return found;
}

/** Core signatures as the dummy module has them, by the same names. */
function coreFunctionsOf(core: Uint8Array) {
  const { imports, exports } = moduleType(core);
  const all = [
    ...imports.map(({ module, name, type }) => [`${module} ${name}`, type] as const),
    ...exports.entries(),
  ];
  return new Map(
    all.flatMap(([name, type]) => {
      if (type.sort !== "func") return [];
      const { parameters, results } = type.type;
      return [[name, { parameters, results }] as const];
    }),
  );
}

function compare(world: World, core: Uint8Array): number {
  const actual = coreFunctionsOf(core);
  const functions = functionsOf(world);
  for (const { core: name, direction, type } of functions) {
    const { parameters, results } = coreSignature(type, direction === "import" ? "lower" : "lift");
    expect({ name, parameters, results }).toEqual({ name, ...actual.get(name) });
  }
  return functions.length;
}

describe("core signatures", () => {
  it("are those of wasm-tools' dummy modules, for any world", () => {
    fc.assert(
      fc.property(anyWit, (wit) => {
        const core = dummyModule(wit);
        compare(decodeComponentType(componentTypeOf(core)).world, core);
      }),
      { numRuns: 200 },
    );
  });

  it("stay the same when the world is read from a component", () => {
    fc.assert(
      fc.property(anyWit, (wit) => {
        const core = dummyModule(wit);
        const { world } = inspectComponent(wrap(core));
        compare(world, core);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["16 flat parameters", `f: func(${letters(16, "u8")});`],
    ["17 flat parameters", `f: func(${letters(17, "u8")});`],
    ["a result of one flat value", "f: func() -> tuple<f32>;"],
    ["a result of two flat values", "f: func() -> tuple<f32, f32>;"],
    ["a string and a wide result", `f: func(s: string, ${letters(14, "u64")}) -> list<u8>;`],
    ["cases that share a slot", "f: func(r: result<f32, u64>, o: option<f64>, q: result<f32, s32>);"],
    ["fixed-length lists", "f: func(l: list<u16, 15>, m: list<string, 2>);"],
  ])("hold for %s", (_, body) => {
    const core = dummyModule(`package t:t; interface i { ${body} } world w { import i; export i; }`);
    expect(compare(decodeComponentType(componentTypeOf(core)).world, core)).toBe(2);
  });
});

describe("layout", () => {
  it("gives discriminants the bytes their cases need", () => {
    expect([1, 256, 257, 65536, 65537].map(discriminantSize)).toEqual([1, 1, 2, 2, 4]);
  });

  it("places fields at their alignment and pads the end", () => {
    const type = {
      kind: "record",
      fields: [
        { name: "a", type: { kind: "u8" } },
        { name: "b", type: { kind: "u64" } },
        { name: "c", type: { kind: "string" } },
        { name: "d", type: { kind: "bool" } },
      ],
    } as const;
    expect(sizeOf(type)).toBe(32);
    expect(alignmentOf(type)).toBe(8);
  });

  it("gives flags one, two or four bytes", () => {
    const flags = (count: number) =>
      sizeOf({ kind: "flags", names: Array.from({ length: count }, (_, i) => `f${i}`) });
    expect([1, 8, 9, 16, 17, 32].map((count) => flags(count))).toEqual([1, 1, 2, 2, 4, 4]);
  });
});

function letters(count: number, type: string): string {
  return Array.from({ length: count }, (_, i) => `p${i}: ${type}`).join(", ");
}
