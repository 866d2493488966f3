/**
 * JSON Schema (2020-12) of what a schema of settings takes: for forms, editors and clients. Rules that JSON Schema has no words for are
 * told as descriptions, by the sentence that whoever breaks them is told, so all that a schema refuses is refused, and not the other way round.
 */
import type * as v from "valibot";
import type { JsonObject } from "../text/json-value.ts";

/** Parts of valibot's schemas that are read, whatever their kind. */
interface SchemaShape {
  readonly type: string;
  readonly pipe?: readonly PipeItem[];
  readonly entries?: Readonly<Record<string, SchemaShape>>;
  readonly options?: readonly unknown[];
  readonly item?: SchemaShape;
  readonly items?: readonly SchemaShape[];
  readonly key?: SchemaShape;
  readonly value?: SchemaShape;
  readonly wrapped?: SchemaShape;
  readonly default?: unknown;
  readonly literal?: unknown;
  readonly message?: unknown;
}

interface PipeItem extends SchemaShape {
  readonly kind: string;
  readonly requirement?: unknown;
}

/** Texts that answers never show: the one class of which settings are. */
const secret: JsonObject = {
  type: "object",
  properties: { secret: { type: "string" } },
  required: ["secret"],
  additionalProperties: false,
};

const plain: Readonly<Record<string, JsonObject>> = {
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  null: { type: "null" },
  instance: secret,
};

/** JSON Schema of whatever that schema takes. What it does not know takes anything. */
export function jsonSchemaOfSettings(schema: v.GenericSchema): JsonObject {
  return schemaOf(schema as unknown as SchemaShape);
}

function schemaOf(schema: SchemaShape): JsonObject {
  const { pipe } = schema;
  if (!pipe) return described(unpiped(schema), schema.message);
  const [first, ...rest] = pipe;
  return rest.reduce(restricted, schemaOf(first!));
}

function unpiped(schema: SchemaShape): JsonObject {
  const { type } = schema;
  switch (type) {
    case "optional":
    case "exact_optional": {
      const inner = schemaOf(schema.wrapped!);
      return schema.default === undefined ? inner : { ...inner, default: schema.default as JsonObject };
    }
    case "nullable":
      return { anyOf: [schemaOf(schema.wrapped!), { type: "null" }] };
    case "strict_object":
    case "object":
    case "loose_object":
      return objectOf(schema);
    case "record":
      return {
        type: "object",
        ...(schema.key!.pipe && { propertyNames: schemaOf(schema.key!) }),
        additionalProperties: schemaOf(schema.value!),
      };
    case "array":
      return { type: "array", items: schemaOf(schema.item!) };
    case "tuple":
    case "strict_tuple":
      return { type: "array", prefixItems: schema.items!.map(schemaOf), items: false };
    case "picklist":
      return { enum: [...(schema.options as string[])] };
    case "literal":
      return { const: schema.literal as string };
    case "union":
      return unionOf(schema.options as readonly SchemaShape[]);
    default:
      return plain[type] ?? {};
  }
}

function objectOf({ type, entries = {} }: SchemaShape): JsonObject {
  const members = Object.entries(entries);
  const required = members.flatMap(([name, { type }]) => (type.endsWith("optional") ? [] : [name]));
  return {
    type: "object",
    properties: Object.fromEntries(members.map(([name, member]) => [name, schemaOf(member)])),
    ...(required.length > 0 && { required }),
    ...(type === "strict_object" && { additionalProperties: false }),
  };
}

function unionOf(options: readonly SchemaShape[]): JsonObject {
  const forms = new Map(options.map(schemaOf).map((form) => [JSON.stringify(form), form]));
  return forms.size === 1 ? [...forms.values()][0]! : { anyOf: [...forms.values()] };
}

function restricted(schema: JsonObject, { kind, type, requirement, message }: PipeItem): JsonObject {
  if (kind === "transformation") return schema;
  const lists = schema.type === "array";
  const with_ = (more: JsonObject) => described({ ...schema, ...more }, message);
  switch (type) {
    case "integer":
      return with_({ type: "integer" });
    case "min_value":
      return with_({ minimum: requirement as number });
    case "max_value":
      return with_({ maximum: requirement as number });
    case "min_length":
      return with_({ [lists ? "minItems" : "minLength"]: requirement as number });
    case "max_length":
      return with_({ [lists ? "maxItems" : "maxLength"]: requirement as number });
    case "regex": {
      const { source, flags } = requirement as RegExp;
      return with_(flags === "" || flags === "u" ? { pattern: source } : {});
    }
    default:
      return with_({});
  }
}

/** The schema with the sentence that its own rule is told by, beside those that it has. */
function described(schema: JsonObject, message: unknown): JsonObject {
  if (typeof message !== "string") return schema;
  const { description } = schema;
  return { ...schema, description: description === undefined ? message : `${description}; ${message}` };
}
