/** JSON → values of WIT types (docs/calling.md). */

import { remember } from "../../platform/remember.ts";
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { type Case, resolve, type Structure, type ValueType } from "../model.ts";
import { boundless, type ValueRoom } from "../values/argument-room.ts";
import { CodeCopies } from "../values/code-copies.ts";
import {
  isNullable,
  isNumeric,
  maxListLength,
  propertyNames,
  resultCases,
  typedArrays,
} from "../values/mapping.ts";
import { Mismatch, meantBy, oneOf, orNone, preview, quote, unknownName, within } from "../values/mismatch.ts";
import { ownShape } from "../values/own-shape.ts";
import { elementWeight } from "../values/value-weight.ts";
import { Checkers } from "../values/values.ts";
import { recordDecoding } from "./record-decode.ts";
import type { SameInJson } from "./same-in-json.ts";

/**
 * Gives the value in the JS mapping, or throws a Mismatch. An absent member is `undefined`. Takes room for what
 * strings and lists hold before they are made; for the value itself whoever called has taken it.
 */
export type Decoder = (json: unknown, room?: ValueRoom) => unknown;

/**
 * Decoders of the types that one owner has functions of, each made once; all that was made goes with the owner. Where one
 * WIT value has several JSON forms, a decoder takes: field and flag names in camelCase or as WIT spells them; 64-bit
 * integers as numbers, when safe, or as decimal strings; `list<u8>` as base64 (either alphabet, padded or not) or array, or as the bytes that a body is;
 * "NaN", "Infinity" and "-Infinity"; flags as an object of booleans or an array of names. None is null or an absent
 * member. Members that the type does not have are refused.
 */
export class Decoders {
  readonly checkers = new Checkers();
  readonly records = new CodeCopies(recordDecoding, ownShape);
  readonly #made = new Map<Structure, Decoder>();

  of(type: ValueType): Decoder {
    const structure = resolve(type);
    return remember(this.#made, structure, () => makeDecoder(structure, this));
  }
}

function makeDecoder(type: Structure, decoders: Decoders): Decoder {
  switch (type.kind) {
    case "u64":
    case "s64":
      return bigIntegerDecoder(type, decoders.checkers);
    case "f32":
    case "f64":
      return floatDecoder(type, decoders.checkers);
    case "string":
      return stringDecoder(type, decoders.checkers);
    case "list":
      return listDecoder(type, decoders);
    case "tuple":
      return tupleDecoder(type, decoders);
    case "record":
      return recordDecoder(type, decoders);
    case "variant":
      return casesDecoder(type, type.cases, decoders);
    case "result":
      return casesDecoder(type, resultCases(type), decoders);
    case "option":
      return optionDecoder(type, decoders);
    case "flags":
      return flagsDecoder(type, decoders.checkers);
    case "own":
    case "borrow":
      return (json) => fail(type, json);
    default:
      return sameDecoder(type.kind, decoders.checkers.of(type));
  }
}

/** JSON and JavaScript say the same of these. */
function sameDecoder(_: SameInJson, checker: Decoder): Decoder {
  return checker;
}

function fail(type: Structure, json: unknown): never {
  throw new Mismatch(type, preview(json));
}

function refusal(type: Structure): (got: string, remedy: string) => Mismatch {
  return (got, remedy) => new Mismatch(type, got, remedy);
}

// ---- Numbers

const integerText = /^(?:0|-?[1-9]\d{0,19})$/;

function bigIntegerDecoder(type: Structure, checkers: Checkers): Decoder {
  const check = checkers.of(type);
  const wrap = type.kind === "u64" ? BigInt.asUintN : BigInt.asIntN;
  return (json) => {
    if (typeof json === "string") {
      if (!integerText.test(json)) fail(type, json);
      const value = BigInt(json);
      // Not by the checker, whose message would show a bigint.
      return wrap(64, value) === value ? value : fail(type, json);
    }
    if (typeof json === "number" && Number.isInteger(json) && !Number.isSafeInteger(json)) {
      // The parser has rounded it already.
      throw new Mismatch(
        type,
        `${json}, which a JSON number can't carry exactly`,
        "Send integers beyond ±(2^53 - 1) as decimal strings.",
      );
    }
    return check(json);
  };
}

const specialNumbers = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function floatDecoder(type: Structure, checkers: Checkers): Decoder {
  const check = checkers.of(type);
  return (json) => {
    const special = typeof json === "string" ? specialNumbers.get(json) : undefined;
    if (special !== undefined) return special;
    // What `1e999` parses to.
    if (json === Number.POSITIVE_INFINITY || json === Number.NEGATIVE_INFINITY) {
      throw new Mismatch(type, "a number too large for f64", `Send infinity as "Infinity" or "-Infinity".`);
    }
    return check(json);
  };
}

// ---- Strings and lists

function stringDecoder(type: Structure, checkers: Checkers): Decoder {
  const check = checkers.of(type);
  return (json, room = boundless) => {
    if (typeof json === "string") room.take(json.length);
    return check(json);
  };
}

function listDecoder(type: Structure & { kind: "list" }, decoders: Decoders): Decoder {
  const { kind } = resolve(type.element);
  const weight = elementWeight(type.element);
  const element = decoders.of(type.element);
  const longest = maxListLength(type);
  const TypedArray = isNumeric(kind) ? typedArrays[kind] : undefined;

  const checkLength = (length: number): void => {
    if (type.length === undefined ? length > longest : length !== type.length) {
      throw new Mismatch(type, `a list of ${length}`);
    }
  };
  return (json, room = boundless) => {
    if (kind === "u8" && typeof json === "string") {
      room.take(json.length);
      const bytes = fromBase64(json);
      if (!bytes) throw new Mismatch(type, quote(json), "Send base64, or an array of numbers.");
      checkLength(bytes.length);
      return bytes;
    }
    if (kind === "u8" && json instanceof Uint8Array) {
      room.take(json.length);
      checkLength(json.length);
      return json;
    }
    if (!Array.isArray(json)) fail(type, json);
    checkLength(json.length);
    room.take(json.length * weight);
    const list: unknown[] = [];
    let i = 0;
    try {
      for (; i < json.length; i++) list.push(element(json[i], room));
    } catch (thrown) {
      throw within(type, `[${i}]`, thrown);
    }
    return TypedArray ? new TypedArray(list as never[]) : list;
  };
}

/** Undefined unless the whole text is base64, in either alphabet (`+/` or `-_`), padded or not. */
function fromBase64(text: string): Uint8Array | undefined {
  const digits = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  if (digits % 4 === 1 || (digits < text.length && text.length % 4 !== 0)) return undefined;
  const decoded = Buffer.from(text, "base64");
  // Node skips what is no digit: then fewer bytes come out than the digits stand for.
  if (decoded.length !== Math.floor((digits * 3) / 4)) return undefined;
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.length);
}

// ---- Composites

function tupleDecoder(type: Structure & { kind: "tuple" }, decoders: Decoders): Decoder {
  const parts = type.elements.map((element) => decoders.of(element));
  return (json, room) => {
    if (!Array.isArray(json) || json.length !== parts.length) fail(type, json);
    const tuple: unknown[] = [];
    let i = 0;
    try {
      for (; i < parts.length; i++) tuple.push(parts[i]!(json[i], room));
    } catch (thrown) {
      throw within(type, `[${i}]`, thrown);
    }
    return tuple;
  };
}

function recordDecoder(type: Structure & { kind: "record" }, decoders: Decoders): Decoder {
  const names = type.fields.map((field) => field.name);
  const keys = propertyNames(names);
  const members = memberReader(names, "field", refusal(type));
  const parts = type.fields.map((field) => decoders.of(field.type));
  const takeApart = (json: object) => members(json as JsonObject);
  const decode = decoders.records.for(type)(keys, parts, takeApart, (i, thrown) => {
    throw within(type, `.${keys[i]}`, thrown);
  });
  return (json, room) => (isObject(json) ? decode(json, room) : fail(type, json));
}

/**
 * Takes an object apart: the member for each name, in camelCase or as WIT spells it, undefined where it is absent.
 * Other members, and one that is there in both spellings, throw what `refuse` makes of the complaint.
 */
export function memberReader(
  names: readonly string[],
  what: string,
  refuse: (got: string, remedy: string) => unknown,
): (json: JsonObject) => unknown[] {
  const keys = propertyNames(names);
  const known = new Set([...keys, ...names]);
  return (json) => {
    let found = 0;
    const values = names.map((name, i) => {
      const key = keys[i]!;
      const spelling = Object.hasOwn(json, key) ? key : name;
      if (spelling === name && !Object.hasOwn(json, name)) return undefined;
      found++;
      return json[spelling];
    });
    const given = Object.keys(json);
    if (given.length === found) return values;
    const unknown = given.find((member) => !known.has(member));
    const got =
      unknown === undefined ? `a ${what} in two spellings` : `the unknown ${what} ${quote(unknown)}`;
    throw refuse(got, oneOf(keys, unknown ?? ""));
  };
}

function casesDecoder(type: Structure, cases: readonly Case[], decoders: Decoders): Decoder {
  const payloads = new Map(cases.map((c) => [c.name, c.type && decoders.of(c.type)]));
  const members = memberReader(["tag", "val"], "field", refusal(type));
  /** The mismatch of what has no tag. Others write `"circle"` or `{"circle":1}` for a case, so it is told how that one is written here. */
  const noCase = (json: unknown): Mismatch => {
    const [name] = isObject(json) ? Object.keys(json) : [json];
    const meant = typeof name === "string" ? meantBy(name, [...payloads.keys()]) : undefined;
    return new Mismatch(type, preview(json), undefined, { meant });
  };
  return (json, room) => {
    if (!isObject(json) || !Object.hasOwn(json, "tag")) throw noCase(json);
    const [tag, val] = members(json);
    if (typeof tag !== "string") return fail(type, json);
    const payload = payloads.get(tag);
    if (payload === undefined) {
      if (!payloads.has(tag)) throw unknownName(type, "case", tag, payloads.keys());
      if (val === undefined || val === null) return { tag, val: undefined };
      throw new Mismatch(type, `a payload for the case ${quote(tag)}, which has none`, undefined, {
        meant: tag,
      });
    }
    try {
      return { tag, val: payload(val, room) };
    } catch (thrown) {
      throw within(type, ".val", thrown);
    }
  };
}

function optionDecoder(type: Structure & { kind: "option" }, decoders: Decoders): Decoder {
  if (isNullable(type)) {
    const some = decoders.of(type.some);
    return (json, room) => {
      if (json === undefined || json === null) return undefined;
      try {
        return some(json, room);
      } catch (thrown) {
        throw orNone(type, thrown);
      }
    };
  }
  const tagged = casesDecoder(type, [{ name: "none" }, { name: "some", type: type.some }], decoders);
  return (json, room) => (json === undefined ? { tag: "none", val: undefined } : tagged(json, room));
}

function flagsDecoder(type: Structure & { kind: "flags" }, checkers: Checkers): Decoder {
  const keys = propertyNames(type.names);
  const known = new Set([...keys, ...type.names]);
  const members = memberReader(type.names, "flag", refusal(type));
  const check = checkers.of(type);

  const allTrue = (names: readonly unknown[]): JsonObject => {
    const flags: Record<string, true> = {};
    for (const [i, name] of names.entries()) {
      if (typeof name !== "string") {
        throw within(type, `[${i}]`, new Mismatch({ kind: "string" }, preview(name)));
      }
      if (!known.has(name)) throw unknownName(type, "flag", name, keys);
      flags[name] = true;
    }
    return flags;
  };
  return (json) => {
    const object = Array.isArray(json) ? allTrue(json) : json;
    if (!isObject(object)) fail(type, json);
    const values = members(object);
    return check(Object.fromEntries(keys.map((key, i) => [key, values[i]])));
  };
}
