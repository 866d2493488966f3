/** JSON that a schema of ours accepts or nearly accepts: it is made from the schema's own words. */
import fc from "fast-check";
import type { JsonSchema } from "../../host/describe/json-schema.ts";

type Json = fc.Arbitrary<unknown>;

/** Any JSON for the schema, some of which breaks a rule of it; `$defs` are looked up in it. */
export function anyJsonFor(schema: JsonSchema): Json {
  const definitions = (schema.$defs ?? {}) as Readonly<Record<string, JsonSchema>>;
  return new Maker(definitions).of(schema);
}

const anything: Json = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, 1e300, "", "a", "==", "AA==", [], {}, [null], {
    tag: "a",
  }),
  fc.string({ unit: "binary", maxLength: 4 }),
);

class Maker {
  readonly #definitions: Readonly<Record<string, JsonSchema>>;

  constructor(definitions: Readonly<Record<string, JsonSchema>>) {
    this.#definitions = definitions;
  }

  of(schema: JsonSchema): Json {
    return fc.oneof({ weight: 20, arbitrary: this.#valid(schema) }, { weight: 1, arbitrary: anything });
  }

  #valid(schema: JsonSchema): Json {
    const { $ref, anyOf, oneOf, type } = schema;
    if ($ref !== undefined) return this.of(this.#definitions[($ref as string).slice("#/$defs/".length)]!);
    const choices = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
    if (choices) return fc.oneof(...choices.map((choice) => this.of(choice)));
    if ("const" in schema) return fc.constant(schema.const);
    if ("enum" in schema) return fc.constantFrom(...(schema.enum as unknown[]));
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "number":
        return fc.oneof(fc.double({ noNaN: true }), fc.integer());
      case "integer":
        return this.#integer(schema as { minimum: number; maximum: number });
      case "string":
        return this.#string(schema as { pattern?: string; minLength?: number; maxLength?: number });
      case "array":
        return this.#array(schema);
      default:
        return this.#object(schema);
    }
  }

  #integer({ minimum, maximum }: { minimum: number; maximum: number }): Json {
    return fc.oneof(
      fc.integer({ min: minimum, max: maximum }),
      fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1, minimum + 0.5),
    );
  }

  #string({
    pattern,
    minLength,
    maxLength,
  }: {
    pattern?: string;
    minLength?: number;
    maxLength?: number;
  }): Json {
    if (pattern === undefined) {
      return fc.string({ unit: "binary", ...(minLength && { minLength, maxLength: maxLength! }) });
    }
    const bytes = fc
      .uint8Array({
        maxLength: 9,
        ...(maxLength && { minLength: (maxLength / 4) * 3 - 2, maxLength: (maxLength / 4) * 3 }),
      })
      .map((some) => Buffer.from(some).toString("base64"));
    return schemaIsBytes(pattern)
      ? fc.oneof(bytes, fc.stringMatching(new RegExp(pattern)))
      : fc.stringMatching(new RegExp(pattern));
  }

  #array(schema: JsonSchema): Json {
    const { prefixItems, items, minItems, maxItems } = schema as {
      prefixItems?: readonly JsonSchema[];
      items: JsonSchema;
      minItems?: number;
      maxItems?: number;
    };
    if (prefixItems) {
      const whole = fc.tuple(...prefixItems.map((item) => this.of(item)));
      return fc.oneof(
        { weight: 9, arbitrary: whole },
        { weight: 1, arbitrary: whole.map((some) => some.slice(1)) },
      );
    }
    return fc.array(this.of(items), { minLength: minItems ?? 0, maxLength: Math.min(maxItems ?? 4, 4) });
  }

  /** Members that may be left out are, at times; so is one that may not, or there is one too many. */
  #object(schema: JsonSchema): Json {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
    const required = (schema.required ?? []) as readonly string[];
    const members = properties.map(([name, of]) =>
      this.of(of).chain((json) =>
        fc.nat(required.includes(name) ? 40 : 2).map((n) => (n === 0 ? [] : [[name, json] as const])),
      ),
    );
    const extra = fc.nat(40).map((n) => (n === 0 ? [["more", 1] as const] : []));
    return fc.tuple(...members, extra).map((entries) => Object.fromEntries(entries.flat()));
  }
}

function schemaIsBytes(pattern: string): boolean {
  return pattern.includes("A-Za-z");
}
