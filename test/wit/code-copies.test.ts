import { describe, expect, test } from "vitest";
import { argumentsFromJson, resultToJson } from "../../host/wit/json/json.ts";
import { type FunctionType, resolve, type Structure } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { CodeCopies } from "../../host/wit/values/code-copies.ts";
import { recordConverters } from "../../host/wit/values/conversion-code.ts";
import { recordConversions } from "../../host/wit/values/conversion-copies.ts";
import { ownShape } from "../../host/wit/values/own-shape.ts";
import { collect } from "../../tools/soak/support/collect.ts";

/** A function that takes so many records, each of other fields. */
function taking(count: number, prefix: string): FunctionType {
  const records = Array.from({ length: count }, (_, i) => `record { ${prefix}${i}: u32, name: string }`);
  return parseFunctionType(`func(${records.join(", ")}) -> ${records[0]}`);
}

const recordsOf = ({ parameters }: FunctionType): Structure[] => parameters.map(({ type }) => resolve(type));

describe("copies of code", () => {
  const copies = () => new CodeCopies(recordConverters, ownShape);

  test("are each record type's own, and the same whenever they are asked for", () => {
    const own = copies();
    const type = taking(10, "a");
    const before = recordsOf(type).map((record) => own.for(record));
    expect(new Set(before).size).toBe(1);
    own.prepare([type]);
    const given = recordsOf(type).map((record) => own.for(record));
    expect(new Set([...given, ...before]).size).toBe(11);
    own.prepare([type]);
    expect(recordsOf(type).map((record) => own.for(record))).toEqual(given);
  });

  test("can't be used up for others by who has many record types", () => {
    const own = copies();
    const given = new Set<unknown>();
    for (let uploader = 0; uploader < 10; uploader++) {
      const many = taking(100, `u${uploader}-f`);
      own.prepare([many]);
      const theirs = new Set(recordsOf(many).map((record) => own.for(record)));
      // What is beyond the share of one component has one copy, and that is nobody else's.
      expect(theirs.size).toBe(65);
      for (const copy of theirs) expect(given).not.toContain(copy);
      for (const copy of theirs) given.add(copy);
    }
    const later = taking(3, "later");
    own.prepare([later]);
    for (const record of recordsOf(later)) expect(given).not.toContain(own.for(record));
    expect(own.for(resolve(taking(1, "unknown").parameters[0]!.type))).not.toBe(
      own.for(recordsOf(later)[0]!),
    );
  });

  test("go with the types that they were made for", async () => {
    const own = copies();
    const dropped = (() => {
      const type = taking(80, "b");
      own.prepare([type]);
      return recordsOf(type).map((record) => new WeakRef(own.for(record)));
    })();
    await collect();
    expect(dropped.filter((copy) => copy.deref() !== undefined)).toEqual([]);
  });

  test("do without where the code can't be copied", () => {
    const outside = {};
    const own = new CodeCopies(() => ({ outside }), undefined);
    const type = taking(2, "c");
    own.prepare([type]);
    expect(recordsOf(type).map((record) => own.for(record))).toEqual([{ outside }, { outside }]);
  });
});

test("copied code converts as the code that it is a copy of", () => {
  const types = [
    taking(70, "d"),
    parseFunctionType(`func(v: record { ${fields(20)} }) -> record { ${fields(20)} }`),
  ];
  const plain = types.map((type) => structuredClone(type));
  recordConversions.prepare(types);
  for (const all of [types, plain]) {
    const args = recordsOf(types[0]!).map((_, i) => ({ [`d${i}`]: i, name: "x" }));
    expect(argumentsFromJson(all[0]!, args)).toEqual(args);
    expect(resultToJson(all[0]!.result, args[0])).toEqual(args[0]);
    expect(() => argumentsFromJson(all[0]!, [...args.slice(0, -1), { d69: -1, name: "x" }])).toThrow(
      "[69].d69: expected u32",
    );
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, i]));
    expect(argumentsFromJson(all[1]!, [wide])).toEqual([wide]);
    expect(resultToJson(all[1]!.result, wide)).toEqual(wide);
  }
});

function fields(count: number): string {
  return Array.from({ length: count }, (_, i) => `f${i}: u8`).join(", ");
}
