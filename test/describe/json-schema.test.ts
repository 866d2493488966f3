/** JSON Schemas of types against the codec that calls and answers go through, by Ajv. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { functionSchemas, standaloneSchemas } from "../../host/describe/function-schemas.ts";
import { type JsonSchema, SchemaWriter, schemaOf } from "../../host/describe/json-schema.ts";
import { typeNames } from "../../host/describe/type-names.ts";
import type { TypeDefinition, ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { anyFunctionType, anyValueOf, anyValueType } from "../support/arbitrary-values.ts";
import { argumentsFromJson, fromJson, toJson } from "../support/conversions.ts";
import { anyJsonFor } from "./arbitrary-json.ts";
import { ajv } from "./schema-validator.ts";

const type = (text: string): ValueType => parseFunctionType(`func(v: ${text})`).parameters[0]!.type;
const types = anyValueType({ references: true, fixedLengthLists: true });

const validator = (schema: JsonSchema) => ajv().compile(schema);
const accepts = (text: string, json: unknown) => validator(schemaOf(type(text)))(json);

function codecTakes(of: ValueType, json: unknown): boolean {
  try {
    fromJson(of, json);
    return true;
  } catch {
    return false;
  }
}

test("a schema accepts all that answers contain", () => {
  const cases = types.chain((of) => fc.tuple(fc.constant(of), fc.array(anyValueOf(of), { maxLength: 6 })));
  fc.assert(
    fc.property(cases, ([of, values]) => {
      const validate = validator(schemaOf(of));
      for (const value of values) {
        const json = JSON.parse(JSON.stringify(toJson(of, value)));
        expect(validate(json), JSON.stringify([json, schemaOf(of), validate.errors])).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test("the codec takes all that a schema accepts", () => {
  let accepted = 0;
  const cases = types.chain((of) => {
    const schema = schemaOf(of);
    return fc.tuple(fc.constant(of), fc.constant(schema), fc.array(anyJsonFor(schema), { maxLength: 8 }));
  });
  fc.assert(
    fc.property(cases, ([of, schema, jsons]) => {
      const validate = validator(schema);
      for (const json of jsons) {
        if (!validate(json) || outsideOfSchema(json)) continue;
        accepted++;
        expect(codecTakes(of, json), JSON.stringify([json, schema])).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
  expect(accepted).toBeGreaterThan(100);
});

/** The named exceptions, each of which has a test below. */
function outsideOfSchema(json: unknown): boolean {
  const text = JSON.stringify(json);
  return /"-?\d{19,20}"/.test(text) || /\\ud[89a-f][0-9a-f]{2}/.test(text);
}

describe("what a schema can't tell, and the codec refuses:", () => {
  it("integers of 64 bits that are written as text and out of range", () => {
    expect(accepts("u64", "18446744073709551616")).toBe(true);
    expect(codecTakes(type("u64"), "18446744073709551616")).toBe(false);
    expect(accepts("s64", "9223372036854775808")).toBe(true);
    expect(codecTakes(type("s64"), "9223372036854775808")).toBe(false);
  });

  it("lone surrogates", () => {
    for (const text of ["string", "char"]) {
      expect(accepts(text, "\ud800")).toBe(true);
      expect(codecTakes(type(text), "\ud800")).toBe(false);
    }
  });
});

test("arguments by name that the schema of a function accepts are taken", () => {
  const cases = anyFunctionType({ references: true, depth: 2 }).chain((of) => {
    const schemas = standaloneSchemas(of)!;
    const args = fc.array(anyJsonFor(schemas.arguments), { maxLength: 6 });
    return fc.tuple(fc.constant(of), fc.constant(schemas), args);
  });
  fc.assert(
    fc.property(cases, ([of, schemas, bodies]) => {
      const validate = validator(schemas.arguments);
      for (const body of bodies) {
        if (validate(body) && !outsideOfSchema(body)) argumentsFromJson(of, body);
      }
      if (of.parameters.length === 0) expect(validate({})).toBe(true);
    }),
    { numRuns: 60 },
  );
});

describe("the schema of", () => {
  it.each<[string, JsonSchema]>([
    ["u8", { type: "integer", minimum: 0, maximum: 255 }],
    ["char", { type: "string", minLength: 1, maxLength: 1 }],
    ["option<string>", { anyOf: [{ type: "string" }, { type: "null" }] }],
    ["enum { red, dark-blue }", { type: "string", enum: ["red", "dark-blue"] }],
    [
      "record { x: bool, label-text: option<string> }",
      {
        type: "object",
        properties: { x: { type: "boolean" }, labelText: { anyOf: [{ type: "string" }, { type: "null" }] } },
        required: ["x"],
        additionalProperties: false,
      },
    ],
    [
      "list<u8, 4>",
      {
        type: "string",
        contentEncoding: "base64",
        pattern: "^(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2}==$",
        minLength: 8,
        maxLength: 8,
      },
    ],
  ])("%s", (text, schema) => {
    expect(schemaOf(type(text))).toEqual(schema);
  });

  it("a function whose `result` is its outcome has a result and an error", () => {
    const schemas = standaloneSchemas(parseFunctionType("func(a: u8) -> result<bool, string>"));
    expect(schemas).toMatchObject({ result: { type: "boolean" }, error: { type: "string" } });
    const none = standaloneSchemas(parseFunctionType("func()"));
    expect(none).toEqual({
      canFail: false,
      arguments: { type: "object", properties: {}, additionalProperties: false },
    });
  });

  it("a function with resources is none: JSON can't call it", () => {
    const file: TypeDefinition = { name: "file", owner: { direction: "export" }, body: { kind: "resource" } };
    const of = { parameters: [{ name: "of", type: { kind: "borrow", resource: file } as const }] };
    expect(standaloneSchemas(of)).toBeUndefined();
  });
});

describe("named types", () => {
  const owner = (id?: string) => ({ direction: "export" as const, ...(id && { interface: id }) });
  const named = (name: string, body: ValueType, id?: string): ValueType => ({
    kind: "ref",
    target: { name, owner: owner(id), body },
  });
  const pair = (...elements: ValueType[]): ValueType => ({ kind: "tuple", elements });

  it("are written once and referred to, through aliases too", () => {
    const quote = named(
      "quote",
      { kind: "record", fields: [{ name: "sum", type: { kind: "u32" } }] },
      "a:b/c",
    );
    const alias = named("offer", quote, "a:b/d");
    expect(schemaOf(pair(quote, alias, quote))).toMatchObject({
      prefixItems: [{ $ref: "#/$defs/quote" }, { $ref: "#/$defs/quote" }, { $ref: "#/$defs/quote" }],
      $defs: { quote: { type: "object" } },
    });
  });

  it("are shared by functions of one document, wherever that keeps its definitions", () => {
    const quote = named(
      "quote",
      { kind: "record", fields: [{ name: "sum", type: { kind: "u32" } }] },
      "a:b/c",
    );
    const references = "#/components/schemas/";
    const writer = new SchemaWriter({ references, names: typeNames([quote]) });
    const one = functionSchemas({ parameters: [], result: quote }, writer);
    const other = functionSchemas({ parameters: [{ name: "of-it", type: quote }] }, writer);
    expect(one?.result).toEqual({ $ref: "#/components/schemas/quote" });
    expect(other?.arguments).toMatchObject({ properties: { ofIt: one!.result }, required: ["ofIt"] });
    expect(Object.keys(writer.definitions)).toEqual(["quote"]);
  });

  it("of one name get the name of their interface, and else of its package", () => {
    const rates = named("quote", { kind: "u8" }, "shop:a/rates@1.0.0");
    const prices = named("quote", { kind: "u16" }, "shop:a/prices");
    const others = named("quote", { kind: "u32" }, "other:a/prices");
    const own = named("quote", { kind: "u64" });
    const names = typeNames([rates, prices, others, own]);
    expect([...names.values()].sort()).toEqual([
      "export.other.a.prices.quote",
      "export.quote",
      "export.shop.a.prices.quote",
      "rates.quote",
    ]);
  });

  it("never share a name, whatever they are called", () => {
    const label = fc.constantFrom("a", "b", "a-b", "1", "export", "a".repeat(150));
    const id = fc.constantFrom(undefined, "a:b/a", "a:b/b", "a:b/a@1.0.0", "a", "a:b/a@1.0.0-b+a");
    const definition = fc.tuple(label, id).map(([name, from]) => named(name, { kind: "u8" }, from));
    fc.assert(
      fc.property(fc.array(definition, { maxLength: 30 }), (all) => {
        const names = typeNames(all);
        expect(names.size).toBe(all.length);
        expect(new Set(names.values()).size).toBe(all.length);
        for (const name of names.values()) expect(name).toMatch(/^[\w.-]{1,120}$/);
      }),
    );
  });
});

describe("a schema is bounded", () => {
  const size = (schema: JsonSchema) => JSON.stringify(schema).length;

  it("where parts without a name are shared again and again", () => {
    let of: ValueType = { kind: "u8" };
    for (let i = 0; i < 60; i++) of = { kind: "tuple", elements: [of, of] };
    const schema = schemaOf(of);
    expect(size(schema)).toBeLessThan(8 * 2 ** 20);
    expect(JSON.stringify(schema)).toContain("Left out: the types are too large");
    validator(new SchemaWriter({ names: new Map(), limit: 1_000 }).of(of));
  });

  it("where names are long", () => {
    const name = "n".repeat(100_000);
    const record: ValueType = { kind: "record", fields: [{ name, type: { kind: "u8" } }] };
    const many: ValueType = { kind: "tuple", elements: Array.from({ length: 1_000 }, () => record) };
    expect(size(schemaOf(many))).toBeLessThan(2 * 2 ** 20);
  });
});
