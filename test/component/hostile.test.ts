import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import {
  type ComponentLimits,
  defaultComponentLimits,
  StructureMeter,
} from "../../host/component/structure-limits.ts";
import { checkStructure } from "../../host/component/validate/structure.ts";
import { HotcellError } from "../../host/errors.ts";
import {
  component,
  decodingBombs,
  leb,
  modulePreamble,
  name,
  nested,
  section,
  structureBombs,
  times,
  vector,
} from "../guests/component-bombs.ts";
import { assemble } from "../support/oracle.ts";
import { refusal } from "../support/thrown.ts";

const exceeds = (limit: keyof ComponentLimits, at = defaultComponentLimits[limit]) => ({
  code: "component-limit",
  facts: { limit: at, actual: expect.any(Number), subject: expect.any(String), remedy: expect.any(String) },
});

function expected(refused: string): object {
  return refused in defaultComponentLimits ? exceeds(refused as keyof ComponentLimits) : { code: refused };
}

describe("hostile components cost little", () => {
  it.for(structureBombs)("refused before anything is decoded: $name", ({ bytes, refused }) => {
    const error = refusal(() => checkStructure(bytes(), new StructureMeter()));
    expect(error).toMatchObject(expected(refused));
    expect(error.facts.offset).toEqual(expect.any(Number));
  });

  it.for(decodingBombs)("refused while it is decoded: $name", ({ bytes, refused }) => {
    const binary = bytes();
    expect(binary.length).toBeLessThan(1_000_000);
    expect(() => checkStructure(binary, new StructureMeter())).not.toThrow();
    expect(refusal(() => inspectComponent(binary))).toMatchObject(expected(refused));
  });

  it("counts, sections and names beyond the bytes there are", () => {
    const endless = [0xff, 0xff, 0xff, 0xff, 0x0f];
    const cases = [[7, ...endless], ...times(12, (id) => section(id, endless))];
    for (const bytes of cases.filter(([id]) => id !== 9)) {
      expect(refusal(() => inspectComponent(component(bytes)))).toMatchObject({
        code: "malformed-component",
      });
    }
  });

  it("records with more fields, and functions with more parameters, than anybody needs", () => {
    const fields = times(20_000, (i) => [...name(`f${i}`), 0x7d]).flat();
    const record = component(vector(7, [[0x72, ...leb(20_000), ...fields]]));
    expect(refusal(() => inspectComponent(record))).toMatchObject(exceeds("parts"));
    const parameters = times(2_000, (i) => [...name(`p${i}`), 0x7d]).flat();
    const func = component(vector(7, [[0x40, ...leb(2_000), ...parameters, 0x01, 0x00]]));
    expect(refusal(() => inspectComponent(func))).toMatchObject(exceeds("parameters"));
    const core = vector(1, [[0x60, ...leb(2_000), ...times(2_000, () => 0x7f), 0]]);
    const module = component(section(1, modulePreamble.concat(core)));
    expect(refusal(() => inspectComponent(module))).toMatchObject(exceeds("parameters"));
  });

  it("names longer than anybody needs", () => {
    const long = name("a".repeat(20_000));
    const sections = [vector(7, [[0x40, 0x00, 0x01, 0x00]]), vector(10, [[0x00, ...long, 0x01, 0x00]])];
    expect(refusal(() => inspectComponent(component(...sections)))).toMatchObject(exceeds("nameBytes"));
  });

  it("more imports than anybody needs, in several sections", () => {
    const some = (from: number) => times(6_000, (i) => [0, ...name(`i${from + i}`), 0x01, 0x00]);
    const bytes = component(
      vector(7, [[0x40, 0x00, 0x01, 0x00]]),
      vector(10, some(0)),
      vector(10, some(6_000)),
    );
    expect(refusal(() => checkStructure(bytes, new StructureMeter()))).toMatchObject(exceeds("exports"));
  });
});

describe("limits that an owner sets", () => {
  const plugin = assemble(`(core module $m (func (export "f"))) (core instance (instantiate $m))`);

  it.for([
    ["componentBytes", plugin.length - 1],
    ["coreModules", 0],
    ["instances", 0],
  ] as const)("%s", ([limit, value]) => {
    expect(() => inspectComponent(plugin)).not.toThrow();
    const error = refusal(() => inspectComponent(plugin, { [limit]: value }));
    expect(error).toMatchObject(exceeds(limit, value));
    expect(error.facts.remedy).toContain(`limits.${limit}`);
  });

  it("exports and typeNesting", () => {
    const bytes = assemble(`(import "a" (func)) (import "b" (func (param "x" (list (list u8)))))`);
    expect(() => inspectComponent(bytes, { exports: 2, typeNesting: 3 })).not.toThrow();
    expect(refusal(() => inspectComponent(bytes, { exports: 1 }))).toMatchObject(exceeds("exports", 1));
    expect(refusal(() => inspectComponent(bytes, { typeNesting: 2 }))).toMatchObject(
      exceeds("typeNesting", 2),
    );
  });

  it("instances, counted as often as they are made", () => {
    const three = assemble(`
      (component $inner (core module $m) (core instance (instantiate $m)) (core instance (instantiate $m)))
      (instance (instantiate $inner)) (instance (instantiate $inner)) (instance (instantiate $inner))`);
    // The outermost, three of $inner, two core instances in each.
    expect(() => inspectComponent(three, { instances: 10 })).not.toThrow();
    expect(refusal(() => inspectComponent(three, { instances: 9 }))).toMatchObject(exceeds("instances", 9));
  });

  it("instances of components that are given, aliased and exported", () => {
    const roundabout = assemble(`
      (component $leaf (core module $m) (core instance (instantiate $m)))
      (component $bag (alias outer 1 $leaf (component $l)) (export "leaf" (component $l)))
      (instance $b (instantiate $bag))
      (alias export $b "leaf" (component $again))
      (component $maker (import "what" (component $w)) (instance (instantiate $w)) (instance (instantiate $w)))
      (instance (instantiate $maker (with "what" (component $again))))`);
    // The outermost, $bag, $maker, two of $leaf with one core instance each.
    expect(() => inspectComponent(roundabout, { instances: 7 })).not.toThrow();
    expect(refusal(() => inspectComponent(roundabout, { instances: 6 }))).toMatchObject(
      exceeds("instances", 6),
    );
  });
});

describe("the first look", () => {
  it("admits what ordinary toolchains make", async () => {
    const folder = new URL("../../node_modules/@bytecodealliance/jco-transpile/vendor/", import.meta.url);
    const core = await readFile(new URL("wasm-tools.core.wasm", folder));
    const bytes = Uint8Array.from(Buffer.concat([component(), Buffer.from([1, ...leb(core.length)]), core]));
    expect(() => checkStructure(bytes, new StructureMeter())).not.toThrow();
    expect(inspectComponent(bytes).coreModules).toHaveLength(1);
  });

  it("refuses damaged headers with where they are", () => {
    const bytes = assemble(`
      (component $c (core module $m (memory 1) (func (export "f"))) (core instance (instantiate $m)))
      (import "a:b/c" (instance (export "f" (func))))
      (type (record (field "x" u8)))
      (instance $i (instantiate $c))`);
    fc.assert(
      fc.property(fc.nat(bytes.length - 9), fc.nat(255), (at, byte) => {
        const mutated = bytes.with(at + 8, byte);
        try {
          checkStructure(mutated, new StructureMeter());
        } catch (refused) {
          expect(refused).toBeInstanceOf(HotcellError);
          expect(refused).toMatchObject({
            code: expect.stringMatching(/^(malformed-component|component-limit)$/),
            facts: { offset: expect.any(Number) },
          });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("admits components as deep as the limit and no deeper", () => {
    expect(() => checkStructure(nested(32), new StructureMeter())).not.toThrow();
    expect(refusal(() => checkStructure(nested(33), new StructureMeter()))).toMatchObject(exceeds("nesting"));
  });
});
