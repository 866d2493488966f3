/**
 * JSON Schema 2020-12 of WIT types: the JSON that answers have, which calls take too (docs/calling.md). Named types are
 * definitions that are referred to; what they say is bounded, whatever a binary brings.
 */
import { describeBounds } from "../bounds/describe-bounds.ts";
import {
  type Case,
  type NamedValue,
  resolve,
  rootDefinition,
  type Structure,
  type TypeDefinition,
  type TypeDocs,
  type ValueType,
} from "../wit/model.ts";
import { partNames } from "../wit/text/doc-comments.ts";
import { isNullable, maxListLength, propertyNames, resultCases } from "../wit/values/mapping.ts";
import { typeNames } from "./type-names.ts";

/** Schema as plain JSON data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface SchemaOptions {
  /** Prefix of references to definitions; `#/$defs/` unless told. */
  readonly references?: string;
  /** Names of the definitions that types refer to; those of `typeNames` for the types themselves unless told. */
  readonly names: ReadonlyMap<TypeDefinition, string>;
  /** Docs of a definition, which become descriptions; none unless told. */
  readonly docs?: (definition: TypeDefinition) => TypeDocs | undefined;
  /** Characters that all schemas may take together. */
  readonly limit?: number;
}

/** A schema that stands by itself, with the definitions that it refers to in `$defs`. */
export function schemaOf(type: ValueType): JsonSchema {
  const writer = new SchemaWriter({ names: typeNames([type]) });
  return withDefinitions(writer.of(type), writer.definitions);
}

/** The schema with these `$defs`, if there are any. */
export function withDefinitions(
  schema: JsonSchema,
  definitions: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  return Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions };
}

const integers = {
  u8: { minimum: 0, maximum: 0xff },
  s8: { minimum: -0x80, maximum: 0x7f },
  u16: { minimum: 0, maximum: 0xffff },
  s16: { minimum: -0x8000, maximum: 0x7fff },
  u32: { minimum: 0, maximum: 0xffff_ffff },
  s32: { minimum: -0x8000_0000, maximum: 0x7fff_ffff },
} as const;

const safe = Number.MAX_SAFE_INTEGER;

/** Scalars without parts. JSON Schema has no word for the range of what is written as text. */
const scalars = {
  bool: { type: "boolean" },
  u64: {
    anyOf: [
      { type: "integer", minimum: 0, maximum: safe },
      { type: "string", pattern: "^(?:0|[1-9][0-9]{0,19})$" },
    ],
  },
  s64: {
    anyOf: [
      { type: "integer", minimum: -safe, maximum: safe },
      { type: "string", pattern: "^(?:0|-?[1-9][0-9]{0,18})$" },
    ],
  },
  f32: { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] },
  f64: { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] },
  char: { type: "string", minLength: 1, maxLength: 1 },
  string: { type: "string" },
} as const;

/** Characters that a schema takes besides the names in it, about. */
const plainCost = 60;
/** Lists that may be longer than any body need not be told so. */
const tellingLength = 2 ** 20;

const leftOut: JsonSchema = { description: "Left out: the types are too large to be described here." };

/** Writer of the schemas of one document: its definitions are written once, and all that it writes has one bound. */
export class SchemaWriter {
  readonly #references: string;
  readonly #names: ReadonlyMap<TypeDefinition, string>;
  readonly #docs: (definition: TypeDefinition) => TypeDocs | undefined;
  readonly #definitions = new Map<string, JsonSchema>();
  #left: number;

  constructor({
    references = "#/$defs/",
    names,
    docs = () => undefined,
    limit = describeBounds.schema.value,
  }: SchemaOptions) {
    this.#docs = docs;
    this.#references = references;
    this.#names = names;
    this.#left = limit;
  }

  /** Definitions that what was written refers to, by their names. */
  get definitions(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(this.#definitions);
  }

  /**
   * The schema of a value of the type. Throws HotcellError `unsupported-feature` where names of fields would be the same in camelCase,
   * as every call would. Nothing fits a resource.
   */
  of(type: ValueType): JsonSchema {
    if (!this.#take(plainCost)) return leftOut;
    if (type.kind !== "ref") return this.#structure(type);
    const definition = rootDefinition(type.target);
    const name = this.#names.get(definition);
    if (name === undefined) return this.#structure(resolve(type));
    if (!this.#definitions.has(name)) {
      if (!this.#take(2 * name.length)) return leftOut;
      // Its place in the order of definitions is that of the first reference. No type contains itself.
      this.#definitions.set(name, leftOut);
      const structure = resolve(type);
      this.#definitions.set(name, this.#described(definition, structure, this.#structure(structure)));
    }
    return this.#take(name.length) ? { $ref: `${this.#references}${name}` } : leftOut;
  }

  /** The schema of an object with these members; those that are options may be left out. */
  object(members: readonly NamedValue[]): JsonSchema {
    const keys = propertyNames(members.map(({ name }) => name));
    if (!this.#take(keys.reduce((sum, key) => sum + 2 * key.length, 0))) return leftOut;
    const required = keys.filter((_, i) => !isOption(members[i]!.type));
    return closedObject(
      keys.map((key, i) => [key, this.of(members[i]!.type)]),
      required,
    );
  }

  /** The schema of a definition with its docs, and with those of its fields and flags. */
  #described(definition: TypeDefinition, structure: Structure, schema: JsonSchema): JsonSchema {
    const docs = this.#docs(definition);
    if (!docs) return schema;
    const told = (text: string | undefined) =>
      text !== undefined && this.#take(text.length) ? { description: text } : {};
    const about = told(structure.kind === "enum" ? withNames(docs) : docs.docs);
    const names = partNames(structure);
    const keys = propertyNames(names);
    const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
    if (properties) {
      const described = names.map((name, i) => [
        keys[i]!,
        { ...properties[keys[i]!], ...told(docs.items.get(name)) },
      ]);
      return { ...schema, ...about, properties: Object.fromEntries(described) };
    }
    const cases =
      structure.kind === "variant" ? (schema.oneOf as readonly JsonSchema[] | undefined) : undefined;
    if (!cases) return { ...schema, ...about };
    return {
      ...schema,
      ...about,
      oneOf: cases.map((one, i) => ({ ...one, ...told(docs.items.get(names[i]!)) })),
    };
  }

  #take(characters: number): boolean {
    if (this.#left < characters) {
      this.#left = 0;
      return false;
    }
    this.#left -= characters;
    return true;
  }

  #structure(type: Structure): JsonSchema {
    switch (type.kind) {
      case "u8":
      case "s8":
      case "u16":
      case "s16":
      case "u32":
      case "s32":
        return { type: "integer", ...integers[type.kind] };
      case "list":
        return this.#list(type);
      case "tuple":
        return {
          type: "array",
          prefixItems: type.elements.map((element) => this.of(element)),
          items: { not: {} },
          minItems: type.elements.length,
          maxItems: type.elements.length,
        };
      case "record":
        return this.object(type.fields);
      case "variant":
        return this.#cases(type.cases);
      case "result":
        return this.#cases(resultCases(type));
      case "option":
        return isNullable(type)
          ? { anyOf: [this.of(type.some), { type: "null" }] }
          : this.#cases([{ name: "none" }, { name: "some", type: type.some }]);
      case "enum":
        return this.#takeNames(type.names) ? { type: "string", enum: type.names } : leftOut;
      case "flags": {
        const keys = propertyNames(type.names);
        if (!this.#takeNames(keys)) return leftOut;
        return closedObject(
          keys.map((key) => [key, scalars.bool]),
          [],
        );
      }
      case "own":
      case "borrow":
        return { not: {}, description: "A resource, which has no JSON." };
      default:
        return scalars[type.kind];
    }
  }

  #takeNames(names: readonly string[]): boolean {
    return this.#take(names.reduce((sum, name) => sum + name.length + 25, 0));
  }

  #list(type: Structure & { kind: "list" }): JsonSchema {
    const { element, length } = type;
    if (resolve(element).kind === "u8") return base64(length);
    if (length !== undefined)
      return { type: "array", items: this.of(element), minItems: length, maxItems: length };
    const longest = maxListLength(type);
    const bound = longest < tellingLength ? { maxItems: longest } : {};
    return { type: "array", items: this.of(element), ...bound };
  }

  #cases(cases: readonly Case[]): JsonSchema {
    const shown: JsonSchema[] = [];
    for (const { name, type } of cases) {
      if (!this.#take(plainCost + name.length)) return leftOut;
      const tag: readonly [string, JsonSchema] = ["tag", { const: name }];
      if (!type) shown.push(closedObject([tag], ["tag"]));
      else {
        const required = isOption(type) ? ["tag"] : ["tag", "val"];
        shown.push(closedObject([tag, ["val", this.of(type)]], required));
      }
    }
    return shown.length === 1 ? shown[0]! : { oneOf: shown };
  }
}

/** Docs of an enum with those of its cases, which have no schemas of their own. */
function withNames({ docs, items }: TypeDocs): string | undefined {
  const lines = [docs ?? [], [...items].map(([name, text]) => `- \`${name}\`: ${text}`).join("\n")].flat();
  const text = lines.filter((line) => line !== "").join("\n\n");
  return text === "" ? undefined : text;
}

function isOption(type: ValueType): boolean {
  return resolve(type).kind === "option";
}

function closedObject(
  properties: readonly (readonly [string, JsonSchema])[],
  required: readonly string[],
): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** Text of bytes, as many as there must be. */
function base64(length: number | undefined): JsonSchema {
  const digit = "[A-Za-z0-9+/]";
  const one = `${digit}{2}==`;
  const two = `${digit}{3}=`;
  const whole = `^(?:${digit}{4})*`;
  const text = { type: "string", contentEncoding: "base64" };
  if (length === undefined) return { ...text, pattern: `${whole}(?:${one}|${two})?$` };
  const characters = Math.ceil(length / 3) * 4;
  return {
    ...text,
    pattern: `${whole}${["", one, two][length % 3]}$`,
    minLength: characters,
    maxLength: characters,
  };
}
