/** Report of a value that does not fit its WIT type: by path, expected type and a short preview. */

import { HotcellError } from "../../errors.ts";
import { cutText } from "../../text/cut.ts";
import { nearest } from "../../text/nearest.ts";
import type { Structure } from "../model.ts";
import { briefType } from "../text/brief.ts";
import { NoRoom } from "./argument-room.ts";

/**
 * Thrown by checkers inside this folder, which add to its path while it passes through them, so that a value that
 * fits costs no bookkeeping. `rejection` turns it into the error that callers see; it never leaves the folder.
 */
export class Mismatch {
  readonly type: Structure;
  readonly got: string;
  readonly remedy: string | undefined;
  /** The one of the type's names that was probably meant. */
  readonly meant: string | undefined;
  readonly cause: unknown;
  path = "";

  constructor(
    type: Structure,
    got: string,
    remedy?: string,
    about: { meant?: string | undefined; cause?: unknown } = {},
  ) {
    this.type = type;
    this.got = got;
    this.remedy = remedy;
    this.meant = about.meant;
    this.cause = about.cause;
  }
}

/** A name that the type does not have, as the name of a `what`. */
export function unknownName(type: Structure, what: string, name: string, known: Iterable<string>): Mismatch {
  const names = [...known];
  return new Mismatch(type, `the unknown ${what} ${quote(name)}`, oneOf(names, name), {
    meant: meantBy(name, names),
  });
}

/** The name that is probably meant: a message is not worth a look at more than some. */
export function meantBy(name: string, known: readonly string[]): string | undefined {
  return nearest(cutText(name, maxQuoted), known.slice(0, maxCompared))[0];
}

/**
 * The error that the code that checks `type` throws, as it passes through the part at `segment` (`.name` or `[0]`). That
 * there is no room is no matter of the type, and goes on as it is.
 */
export function within(type: Structure, segment: string, thrown: unknown): Mismatch {
  if (thrown instanceof NoRoom) throw thrown;
  const mismatch = asMismatch(type, thrown);
  mismatch.path = segment + mismatch.path;
  return mismatch;
}

/** The type that a value could have been left out of is named as a whole, where the value is wrong as a whole. */
export function orNone(type: Structure & { kind: "option" }, thrown: unknown): unknown {
  if (!(thrown instanceof Mismatch) || thrown.path !== "") return thrown;
  const { got, remedy, meant, cause } = thrown;
  return new Mismatch(type, got, remedy, { meant, cause });
}

/** Sentence on what is to be sent for a type, where the value came from: errors say it. `meant` is one of its names. */
export type Wanted = (type: Structure, meant: string | undefined) => string;

/** The `bad-argument` for whatever checking a value at `path` against `type` has thrown. */
export function rejection(type: Structure, path: string, thrown: unknown, wanted?: Wanted): HotcellError {
  const mismatch = asMismatch(type, thrown);
  const { got, cause, meant } = mismatch;
  const expected = describe(mismatch.type);
  const remedy = [mismatch.remedy ?? [], wanted?.(mismatch.type, meant) ?? []].flat().join(" ");
  const subject = (path === "" ? mismatch.path.replace(/^\./, "") : path + mismatch.path) || "value";
  return new HotcellError("bad-argument", `${subject}: expected ${expected}, got ${got}.`, {
    subject,
    expected,
    actual: got,
    ...(remedy !== "" && { remedy }),
    ...(cause !== undefined && { cause }),
  });
}

/** A getter or proxy of the caller's may throw anything while it is read. */
function asMismatch(type: Structure, thrown: unknown): Mismatch {
  if (thrown instanceof Mismatch) return thrown;
  return new Mismatch(type, "a value that throws when it is read", undefined, { cause: thrown });
}

const ranges: Partial<Record<Structure["kind"], string>> = {
  u8: "0 to 255",
  s8: "-128 to 127",
  u16: "0 to 65535",
  s16: "-32768 to 32767",
  u32: "0 to 4294967295",
  s32: "-2147483648 to 2147483647",
  u64: "0 to 18446744073709551615",
  s64: "-9223372036854775808 to 9223372036854775807",
};

/** A type as error messages show it. */
function describe(type: Structure): string {
  const range = ranges[type.kind];
  return range ? `${type.kind} (${range})` : cutText(briefType(type), 160);
}

/** A value in a few words. Calls nothing of the value's but what lists its keys. */
export function preview(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nothing";
    case "string":
      return quote(value);
    case "bigint":
      // Printing a bigint takes quadratic time.
      return BigInt.asIntN(128, value) === value ? `${value}n` : "a bigint of more than 128 bits";
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "boolean":
      return String(value);
    case "symbol":
    case "function":
      return `a ${typeof value}`;
    default:
      return value === null ? "null" : previewObject(value as object);
  }
}

function previewObject(value: object): string {
  if (ArrayBuffer.isView(value)) return "a typed array";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "an object without fields";
  return `an object with ${keys.slice(0, 4).map(quote).join(", ")}${keys.length > 4 ? ", …" : ""}`;
}

/** Characters of what came that a message quotes, and names that it is compared with. */
const [maxQuoted, maxCompared] = [40, 100];

/** A string of any length and content, short and on one line. */
export function quote(text: string): string {
  return JSON.stringify(cutText(text, maxQuoted));
}

/** Sentence on what to do about an unknown name: the one that is like it, and those that are known. */
export function oneOf(names: Iterable<string>, got: string): string {
  const all = [...names];
  const meant = meantBy(got, all);
  const hint = meant === undefined ? "" : `Did you mean ${meant}? `;
  return `${hint}Known: ${all.slice(0, 20).join(", ")}${all.length > 20 ? ", …" : ""}.`;
}
