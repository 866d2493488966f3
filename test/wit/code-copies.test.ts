import { queryObjects } from "node:v8";
import { describe, expect, test } from "vitest";
import { createHost } from "../../host/host.ts";
import { open } from "../../host/open.ts";
import { JsonTypes } from "../../host/wit/json/json-function.ts";
import { type FunctionType, resolve, type Structure } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { CodeCopies } from "../../host/wit/values/code-copies.ts";
import { ownShape } from "../../host/wit/values/own-shape.ts";
import { recordChecks } from "../../host/wit/values/record-checks.ts";
import { collect } from "../../tools/soak/support/collect.ts";
import { exampleWasm } from "../support/examples.ts";

/** A function that takes so many records, each of other fields. */
function taking(count: number, prefix: string): FunctionType {
  const records = Array.from({ length: count }, (_, i) => `record { ${prefix}${i}: u32, name: string }`);
  return parseFunctionType(`func(${records.join(", ")}) -> ${records[0]}`);
}

const recordsOf = ({ parameters }: FunctionType): Structure[] => parameters.map(({ type }) => resolve(type));

/** How many there are in this thread. */
const copiers = (): number => queryObjects(CodeCopies, { format: "count" });

describe("copies of code", () => {
  const copies = () => new CodeCopies(recordChecks, ownShape);
  const copiesOf = (own: CodeCopies<object, typeof ownShape>, type: FunctionType) =>
    recordsOf(type).map((record) => own.for(record));

  test("are each record type's own, and the same whenever they are asked for", () => {
    const own = copies();
    const type = taking(10, "a");
    const given = copiesOf(own, type);
    expect(new Set(given).size).toBe(10);
    expect(copiesOf(own, type)).toEqual(given);
  });

  test("are shared beyond as many as one component gets, by its own types alone", () => {
    const given = new Set<object>();
    for (let uploader = 0; uploader < 10; uploader++) {
      const theirs = new Set(copiesOf(copies(), taking(100, `u${uploader}-f`)));
      expect(theirs.size).toBe(65);
      for (const copy of theirs) expect(given).not.toContain(copy);
      for (const copy of theirs) given.add(copy);
    }
  });

  test("do without where the code can't be copied", () => {
    const outside = {};
    const own = new CodeCopies(() => ({ outside }), undefined);
    expect(copiesOf(own as never, taking(2, "c"))).toEqual([{ outside }, { outside }]);
  });

  describe("go with the plugin that they were made for", () => {
    const cart = { customer: "gold", lines: [{ sku: "tea", unitPrice: 250, quantity: 1 }] };

    test("when it is closed", async () => {
      const before = copiers();
      const opened = async () => {
        await using plugin = await open(exampleWasm("pricing"));
        expect(await plugin.callJson("rules/price", [cart])).toMatchObject({ subtotal: 250 });
        return copiers();
      };
      expect(await opened()).toBeGreaterThan(before);
      await collect();
      expect(copiers()).toBe(before);
    });

    test("when a host removes it", async () => {
      await using host = await createHost({ log: () => {} });
      const { registry } = host;
      const before = copiers();
      const deployed = async () => {
        await registry.deploy("pricing", exampleWasm("pricing"));
        expect(await registry.callJson("pricing", "rules/price", [cart])).toMatchObject({ subtotal: 250 });
        return copiers();
      };
      expect(await deployed()).toBeGreaterThan(before);
      await registry.remove("pricing");
      await collect();
      expect(copiers()).toBe(before);
    });
  });
});

test("what converts the records of one component converts those of another that has the same types", () => {
  const types = [
    taking(70, "d"),
    parseFunctionType(`func(v: record { ${fields(20)} }) -> record { ${fields(20)} }`),
  ];
  const again = types.map((type) => structuredClone(type));
  const json = new JsonTypes();
  for (const [many, one] of [types, again]) {
    const edges = [json.function(many!), json.function(one!)] as const;
    const args = recordsOf(types[0]!).map((_, i) => ({ [`d${i}`]: i, name: "x" }));
    expect(edges[0].arguments(args)).toEqual(args);
    expect(edges[0].result(args[0])).toEqual(args[0]);
    expect(() => edges[0].arguments([...args.slice(0, -1), { d69: -1, name: "x" }])).toThrow(
      "[69].d69: expected u32",
    );
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, i]));
    expect(edges[1].arguments([wide])).toEqual([wide]);
    expect(edges[1].result(wide)).toEqual(wide);
  }
});

function fields(count: number): string {
  return Array.from({ length: count }, (_, i) => `f${i}: u8`).join(", ");
}
