/** Values of WIT types → JSON (docs/calling.md). */
import { HotcellError } from "../../errors.ts";
import { type Case, onceByStructure, resolve, type Structure, type ValueType } from "../model.ts";
import { recordConversions } from "../values/conversion-copies.ts";
import { isNullable, propertyNames, recordKeys, resultCases } from "../values/mapping.ts";

/** Takes a valid value in the JS mapping. */
export type Encoder = (value: unknown) => unknown;

/**
 * The encoder of a type, made once. It gives plain JSON data: 64-bit integers as numbers when safe, else as decimal
 * strings; `list<u8>` as base64; NaN and infinities as strings; none as null; a nested option as `{ tag, val }`.
 * Negative zero stays itself, but JSON text writes it as 0. Throws HotcellError `not-callable` for resources.
 */
export const encoderOf: (type: ValueType) => Encoder = onceByStructure(makeEncoder);

function makeEncoder(type: Structure): Encoder {
  switch (type.kind) {
    case "u64":
    case "s64":
      return encodeBigInteger;
    case "f32":
    case "f64":
      return encodeFloat;
    case "list":
      return resolve(type.element).kind === "u8" ? encodeBytes : listEncoder(type);
    case "tuple":
      return tupleEncoder(type);
    case "record":
      return recordEncoder(type);
    case "variant":
      return casesEncoder(type.cases);
    case "result":
      return casesEncoder(resultCases(type));
    case "option":
      return optionEncoder(type);
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
      return (value) => value;
  }
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

function listEncoder(type: Structure & { kind: "list" }): Encoder {
  const element = encoderOf(type.element);
  return (value) => {
    const list = value as ArrayLike<unknown>;
    const json: unknown[] = [];
    for (let i = 0; i < list.length; i++) json.push(element(list[i]));
    return json;
  };
}

function tupleEncoder(type: Structure & { kind: "tuple" }): Encoder {
  const parts = type.elements.map(encoderOf);
  return (value) => parts.map((encode, i) => encode((value as ArrayLike<unknown>)[i]));
}

function recordEncoder(type: Structure & { kind: "record" }): Encoder {
  const keys = recordKeys(type);
  const parts = type.fields.map((field) => encoderOf(field.type));
  return recordConversions.for(type).encodeRecord(keys, parts);
}

function casesEncoder(cases: readonly Case[]): Encoder {
  const payloads = new Map(cases.map((c) => [c.name, c.type && encoderOf(c.type)]));
  return (value) => {
    const { tag, val } = value as { tag: string; val?: unknown };
    const payload = payloads.get(tag);
    return payload ? { tag, val: payload(val) } : { tag };
  };
}

function optionEncoder(type: Structure & { kind: "option" }): Encoder {
  const some = encoderOf(type.some);
  if (isNullable(type)) return (value) => (value === undefined || value === null ? null : some(value));
  return casesEncoder([{ name: "none" }, { name: "some", type: type.some }]);
}

function flagsEncoder(type: Structure & { kind: "flags" }): Encoder {
  const keys = propertyNames(type.names);
  return (value) =>
    Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key] === true]));
}
