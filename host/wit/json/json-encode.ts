/** Values of WIT types → JSON (docs/calling.md). */

import { answerBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { remember } from "../../platform/remember.ts";
import { type Case, resolve, type Structure, type ValueType } from "../model.ts";
import { CodeCopies } from "../values/code-copies.ts";
import { isNullable, propertyNames, recordKeys, resultCases } from "../values/mapping.ts";
import { ownShape } from "../values/own-shape.ts";
import { jsonSizeOf } from "./json-size.ts";
import { recordEncoding } from "./record-encode.ts";
import type { SameInJson } from "./same-in-json.ts";

/** Takes a valid value in the JS mapping. */
export type Encoder = (value: unknown) => unknown;

/** UTF-16 units of one value as JSON: well below where JavaScript's strings end, and an answer is in memory thrice. */
export const maxJson = answerBounds.json.value;

/**
 * Encoders of the types that one owner has functions of, each made once; all that was made goes with the owner. An encoder
 * gives plain JSON data: 64-bit integers as numbers when safe, else as decimal strings; `list<u8>` as base64; NaN and
 * infinities as strings; none as null; a nested option as `{ tag, val }`. Negative zero stays itself, but JSON text writes
 * it as 0. It throws HotcellError `not-callable` for resources.
 */
export class Encoders {
  readonly records = new CodeCopies(recordEncoding, ownShape);
  readonly #made = new Map<Structure, Encoder>();

  of(type: ValueType): Encoder {
    const structure = resolve(type);
    return remember(this.#made, structure, () => makeEncoder(structure, this));
  }

  /**
   * A value in the JS mapping as JSON data. Throws HotcellError `not-callable` for resources, and `result-too-large` for
   * what would be more than `max` units of text.
   */
  encode(type: ValueType, value: unknown, max = maxJson): unknown {
    const bound = jsonSizeOf(type);
    const size = typeof bound === "number" ? bound : bound(value);
    if (size <= max) return this.of(type)(value);
    throw new HotcellError("result-too-large", `The value is longer than ${max} characters as JSON.`, {
      limit: max,
      actual: size,
      remedy: "Return less at a time, or shorter names of fields and cases.",
    });
  }
}

function makeEncoder(type: Structure, encoders: Encoders): Encoder {
  switch (type.kind) {
    case "u64":
    case "s64":
      return encodeBigInteger;
    case "f32":
    case "f64":
      return encodeFloat;
    case "list":
      return resolve(type.element).kind === "u8" ? encodeBytes : listEncoder(type, encoders);
    case "tuple":
      return tupleEncoder(type, encoders);
    case "record":
      return recordEncoder(type, encoders);
    case "variant":
      return casesEncoder(type.cases, encoders);
    case "result":
      return casesEncoder(resultCases(type), encoders);
    case "option":
      return optionEncoder(type, encoders);
    case "flags":
      return flagsEncoder(type);
    case "own":
    case "borrow":
      return () => {
        throw new HotcellError("not-callable", `A resource has no JSON form: ${type.resource.name}.`, {
          subject: type.resource.name,
        });
      };
    default:
      return encodeSame(type.kind);
  }
}

function encodeSame(_: SameInJson | "string"): Encoder {
  return (value) => value;
}

function encodeBigInteger(value: unknown): unknown {
  const number = Number(value as bigint);
  return Number.isSafeInteger(number) ? number : String(value);
}

function encodeFloat(value: unknown): unknown {
  return Number.isFinite(value) ? value : String(value);
}

function encodeBytes(value: unknown): unknown {
  const { buffer, byteOffset, byteLength } =
    value instanceof Uint8Array ? value : Uint8Array.from(value as ArrayLike<number>);
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function listEncoder(type: Structure & { kind: "list" }, encoders: Encoders): Encoder {
  const element = encoders.of(type.element);
  return (value) => {
    const list = value as ArrayLike<unknown>;
    const json: unknown[] = [];
    for (let i = 0; i < list.length; i++) json.push(element(list[i]));
    return json;
  };
}

function tupleEncoder(type: Structure & { kind: "tuple" }, encoders: Encoders): Encoder {
  const parts = type.elements.map((element) => encoders.of(element));
  return (value) => parts.map((encode, i) => encode((value as ArrayLike<unknown>)[i]));
}

function recordEncoder(type: Structure & { kind: "record" }, encoders: Encoders): Encoder {
  const keys = recordKeys(type);
  const parts = type.fields.map((field) => encoders.of(field.type));
  return encoders.records.for(type)(keys, parts);
}

function casesEncoder(cases: readonly Case[], encoders: Encoders): Encoder {
  const payloads = new Map(cases.map((c) => [c.name, c.type && encoders.of(c.type)]));
  return (value) => {
    const { tag, val } = value as { tag: string; val?: unknown };
    const payload = payloads.get(tag);
    return payload ? { tag, val: payload(val) } : { tag };
  };
}

function optionEncoder(type: Structure & { kind: "option" }, encoders: Encoders): Encoder {
  const some = encoders.of(type.some);
  if (isNullable(type)) return (value) => (value === undefined || value === null ? null : some(value));
  return casesEncoder([{ name: "none" }, { name: "some", type: type.some }], encoders);
}

function flagsEncoder(type: Structure & { kind: "flags" }): Encoder {
  const keys = propertyNames(type.names);
  return (value) =>
    Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key] === true]));
}
