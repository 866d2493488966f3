/**
 * Drafts of arguments: JSON as it is sent, but for numbers, which are texts while somebody writes them. What is no value of its type
 * is left as it was written, so that the host says what is wrong with it, and where.
 */
import { type Definitions, shapeOf, type TypeSchema } from "./form-shape.ts";

export type Draft = unknown;

/** Draft that a form begins with. */
export function emptyDraft(schema: TypeSchema, definitions: Definitions): Draft {
  const shape = shapeOf(schema, definitions);
  const empty = (each: TypeSchema) => emptyDraft(each, definitions);
  switch (shape.kind) {
    case "bool":
      return false;
    case "integer":
    case "float":
      return "0";
    case "enum":
      return shape.names[0];
    case "option":
      return null;
    case "list":
      return Array.from({ length: shape.length ?? 0 }, () => empty(shape.element));
    case "tuple":
      return shape.elements.map(empty);
    case "record":
      return Object.fromEntries(shape.fields.map(([name, each]) => [name, empty(each)]));
    case "variant":
      return draftOfCase(shape.cases[0]!, definitions);
    default:
      return "";
  }
}

export function draftOfCase(
  { tag, payload }: { readonly tag: string; readonly payload: TypeSchema | undefined },
  definitions: Definitions,
): Draft {
  return payload ? { tag, val: emptyDraft(payload, definitions) } : { tag };
}

/** JSON of a draft. */
export function jsonValue(draft: Draft, schema: TypeSchema, definitions: Definitions): unknown {
  const shape = shapeOf(schema, definitions);
  const inner = (part: Draft, each: TypeSchema) => jsonValue(part, each, definitions);
  switch (shape.kind) {
    case "integer":
      return numberOf(draft, shape.wide);
    case "float":
      return numberOf(draft, false);
    case "json":
      return jsonOf(draft);
    case "option":
      return draft === null || draft === undefined ? null : inner(draft, shape.some);
    case "list":
      return Array.isArray(draft) ? draft.map((each) => inner(each, shape.element)) : draft;
    case "tuple":
      return Array.isArray(draft) ? draft.map((each, i) => inner(each, shape.elements[i] ?? {})) : draft;
    case "record": {
      if (!isRecord(draft)) return draft;
      const known = new Map(shape.fields);
      const members = Object.entries(draft);
      return Object.fromEntries(
        members.map(([name, part]) => [name, known.has(name) ? inner(part, known.get(name)!) : part]),
      );
    }
    case "variant": {
      if (!isRecord(draft)) return draft;
      const payload = shape.cases.find(({ tag }) => tag === draft.tag)?.payload;
      return payload ? { ...draft, val: inner(draft.val, payload) } : draft;
    }
    default:
      return draft;
  }
}

function numberOf(draft: Draft, wide: boolean): unknown {
  if (typeof draft !== "string") return draft;
  const text = draft.trim();
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return text;
  const number = Number(text);
  return wide && !Number.isSafeInteger(number) ? text : number;
}

function jsonOf(draft: Draft): unknown {
  try {
    return JSON.parse(`${draft}`);
  } catch {
    return draft;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
