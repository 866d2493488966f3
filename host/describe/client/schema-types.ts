/** JSON Schemas of ours as TypeScript types. */
import { isObject, type JsonObject } from "../../text/json-value.ts";

/** Name of the TypeScript type that a reference leads to; undefined: there is none. */
type TypeOf = (reference: string) => string | undefined;

/** Depth of schemas in one another, as a document from elsewhere may have it. */
const maxDepth = 200;

/** The type of the JSON that a schema accepts; `unknown` for what it does not tell. */
export function typeOfSchema(schema: unknown, typeOf: TypeOf, depth = 0): string {
  if (!isObject(schema) || depth > maxDepth) return "unknown";
  const inner = (part: unknown): string => typeOfSchema(part, typeOf, depth + 1);
  const { $ref, allOf, anyOf, oneOf, type } = schema;
  if (typeof $ref === "string") return typeOf($ref) ?? "unknown";
  if ("const" in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map(literal));
  if (Array.isArray(allOf)) {
    const parts = allOf.map(inner);
    return parts.map((part) => (part.includes(" | ") ? `(${part})` : part)).join(" & ");
  }
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return union(choices.map(inner));
  if ("not" in schema) return "never";
  switch (type) {
    case "boolean":
    case "string":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return Array.isArray(schema.prefixItems)
        ? `[${schema.prefixItems.map(inner).join(", ")}]`
        : `Array<${inner(schema.items)}>`;
    case "object":
      return !isObject(schema.properties) && isObject(schema.additionalProperties)
        ? `Record<string, ${inner(schema.additionalProperties)}>`
        : membersOf(schema.properties, schema.required, inner);
    default:
      return "unknown";
  }
}

function membersOf(properties: unknown, required: unknown, inner: (schema: unknown) => string): string {
  if (!isObject(properties)) return "Record<string, unknown>";
  const needed = new Set(Array.isArray(required) ? required : []);
  const lines = Object.entries(properties).map(([name, schema]) => {
    const docs = isObject(schema) ? comment(schema.description, "  ") : "";
    return `${docs}  ${propertyName(name)}${needed.has(name) ? "" : "?"}: ${indented(inner(schema))};`;
  });
  return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("\n")}\n}`;
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.length === 0 ? "never" : distinct.join(" | ");
}

function literal(json: unknown): string {
  return typeof json === "object" && json !== null ? "unknown" : quoted(json);
}

/** JSON as TypeScript reads it. */
export function quoted(json: unknown): string {
  return JSON.stringify(json).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** A name as it stands in an object, in quotes where it must. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__" ? name : quoted(name);
}

/** A doc comment with a line break behind it; nothing where there is no text. Nothing in a text ends the comment. */
export function comment(text: unknown, indent: string): string {
  if (typeof text !== "string" || text.trim() === "") return "";
  const lines = text
    .replaceAll("*/", "*\\/")
    .split(/[\n\r\u2028\u2029]+/)
    .map((line) => line.trimEnd());
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/** All lines but the first with an indentation. */
export function indented(text: string, indent = "  "): string {
  return text.replaceAll("\n", `\n${indent}`);
}

/** A member that is an object; an empty one where it is not. */
export function memberOf(json: unknown, name: string): JsonObject {
  const member = isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
  return isObject(member) ? member : {};
}
