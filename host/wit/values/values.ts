/**
 * JavaScript values of WIT types, in jco's mapping: records are objects with camelCase fields, variants and inner
 * results `{ tag, val }`, enums strings, flags objects of booleans, none is `undefined`, 64-bit integers are
 * `bigint`, lists of numbers typed arrays, resources objects.
 */

import { HotcellError } from "../../errors.ts";
import { remember } from "../../platform/remember.ts";
import {
  type Case,
  type FunctionType,
  type PrimitiveKind,
  resolve,
  type Structure,
  type ValueType,
} from "../model.ts";
import { briefFunctionType } from "../text/brief.ts";
import { CodeCopies } from "./code-copies.ts";
import {
  isNullable,
  isNumeric,
  maxListLength,
  type NumericArray,
  propertyNames,
  recordKeys,
  resultCases,
  typedArrays,
} from "./mapping.ts";
import { Mismatch, orNone, preview, quote, rejection, unknownName, within } from "./mismatch.ts";
import { ownShape } from "./own-shape.ts";
import { type Checker, recordChecks } from "./record-checks.ts";

const validFor = Symbol("validFor");

/**
 * Makes `Checkers.arguments` take these arguments for that very type as they are. For what was checked while it was made,
 * as arguments from JSON are, by whoever hands them to one call and keeps nothing of them.
 */
export function vouchFor<T extends unknown[]>(type: FunctionType, args: T): T {
  (args as { [validFor]?: FunctionType })[validFor] = type;
  return args;
}

const positional =
  "Give one argument for each parameter, in their order; options at the end may be left out.";

/**
 * Throws HotcellError `bad-argument` unless so many arguments may be given; options at the end may be left out. `remedy`
 * says what is to be sent.
 */
export function checkArity({ parameters }: FunctionType, count: number, remedy?: () => string): void {
  if (count === parameters.length) return;
  if (count < parameters.length) {
    const missing = parameters.slice(count);
    if (missing.every((parameter) => resolve(parameter.type).kind === "option")) return;
  }
  const wanted = parameters.length === 1 ? "1 argument" : `${parameters.length} arguments`;
  // Without its result, which is no matter here: `(a: u8, b: string)`.
  const listed = parameters.length === 0 ? "" : ` ${briefFunctionType({ parameters }).slice("func".length)}`;
  throw new HotcellError("bad-argument", `Expected ${wanted}${listed}, got ${count}.`, {
    expected: wanted,
    actual: count,
    ...(remedy && { remedy: remedy() }),
  });
}

/**
 * Checkers of the types that one owner has functions of, each made once. The owner is who checks values for one
 * component: a placement for the arguments of its calls, a blueprint for what host functions return. All that was made
 * goes with it.
 *
 * A checker gives a value of the type made of own data only: everything in what it was given was read exactly once, so
 * nothing that the caller does later (getters, proxies, assignments) changes what was checked. The bytes behind a typed
 * array are the exception: they are not copied, and any bytes are valid.
 *
 * Besides the mapping's own forms it takes null for none, safe integers for 64-bit types, arrays and other typed arrays
 * for lists of numbers, and absent flags as false. Strings must be well-formed: WIT's are sequences of Unicode scalar
 * values. It throws a Mismatch.
 */
export class Checkers {
  readonly records = new CodeCopies(recordChecks, ownShape);
  readonly #made = new Map<Structure, Checker>();

  of(type: ValueType): Checker {
    const structure = resolve(type);
    return remember(this.#made, structure, () => makeChecker(structure, this));
  }

  /**
   * The checker of a function's arguments: as many as there are parameters, but options at the end may be left out. It
   * throws HotcellError `bad-argument` naming the place: `[0].items[2].price`.
   */
  arguments(type: FunctionType): (args: readonly unknown[]) => readonly unknown[] {
    const checkers = type.parameters.map((parameter) => this.of(parameter.type));
    return (args) => {
      if ((args as { readonly [validFor]?: FunctionType })[validFor] === type) return args;
      checkArity(type, args.length, () => positional);
      const checked: unknown[] = [];
      let i = 0;
      try {
        for (; i < checkers.length; i++) checked.push(checkers[i]!(args[i]));
      } catch (thrown) {
        throw rejection(resolve(type.parameters[i]!.type), `[${i}]`, thrown);
      }
      return checked;
    };
  }
}

function makeChecker(type: Structure, checkers: Checkers): Checker {
  switch (type.kind) {
    case "list":
      return listChecker(type, checkers);
    case "tuple":
      return tupleChecker(type, checkers);
    case "record":
      return recordChecker(type, checkers);
    case "variant":
      return casesChecker(type, type.cases, checkers);
    case "result":
      return casesChecker(type, resultCases(type), checkers);
    case "option":
      return optionChecker(type, checkers);
    case "enum":
      return enumChecker(type);
    case "flags":
      return flagsChecker(type);
    case "own":
    case "borrow":
      return (value) => (isAnyObject(value) ? value : fail(type, value));
    default:
      return primitives[type.kind];
  }
}

function fail(type: Structure, value: unknown): never {
  throw new Mismatch(type, preview(value));
}

function isAnyObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

// ---- Primitives

const primitives: Record<PrimitiveKind, Checker> = {
  bool: (value) => (typeof value === "boolean" ? value : fail({ kind: "bool" }, value)),
  u8: integer("u8", 0, 0xff),
  s8: integer("s8", -0x80, 0x7f),
  u16: integer("u16", 0, 0xffff),
  s16: integer("s16", -0x8000, 0x7fff),
  u32: integer("u32", 0, 0xffff_ffff),
  s32: integer("s32", -0x8000_0000, 0x7fff_ffff),
  u64: bigInteger("u64", 0n, 2n ** 64n - 1n),
  s64: bigInteger("s64", -(2n ** 63n), 2n ** 63n - 1n),
  f32: (value) => (typeof value === "number" ? Math.fround(value) : fail({ kind: "f32" }, value)),
  f64: (value) => (typeof value === "number" ? value : fail({ kind: "f64" }, value)),
  char: (value) =>
    typeof value === "string" && isScalarValue(value) ? value : fail({ kind: "char" }, value),
  string: (value) => {
    if (typeof value !== "string") fail({ kind: "string" }, value);
    if (!value.isWellFormed()) {
      throw new Mismatch({ kind: "string" }, "a string with a lone surrogate", "Send well-formed Unicode.");
    }
    return value;
  },
};

function integer(kind: PrimitiveKind, min: number, max: number): Checker {
  return (value) => {
    // Adding 0 turns -0 into 0.
    if (typeof value === "number" && value >= min && value <= max && Number.isInteger(value))
      return value + 0;
    return fail({ kind }, value);
  };
}

function bigInteger(kind: PrimitiveKind, min: bigint, max: bigint): Checker {
  return (value) => {
    const big = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof big === "bigint" && big >= min && big <= max ? big : fail({ kind }, value);
  };
}

function isScalarValue(text: string): boolean {
  const point = text.codePointAt(0);
  return point !== undefined && text.length === (point > 0xffff ? 2 : 1) && text.isWellFormed();
}

// ---- Composites

/**
 * A field that the caller gave: own, or inherited from a class of theirs, but never from Object.prototype, where
 * `constructor` is a function and anything may have been planted.
 */
function read(object: object, key: string): unknown {
  if (!Object.hasOwn(object, key) && key in Object.prototype) return undefined;
  return (object as Record<string, unknown>)[key];
}

function recordChecker(type: Structure & { kind: "record" }, checkers: Checkers): Checker {
  const keys = recordKeys(type);
  const known = new Set(keys);
  const parts = type.fields.map((field) => checkers.of(field.type));
  const refuseOthers = (value: object) => refuseUnknown(type, "field", value, known);
  const check = checkers.records.for(type)(keys, parts, refuseOthers, (i, thrown) => {
    throw within(type, `.${keys[i]}`, thrown);
  });
  return (value) => {
    if (!isAnyObject(value) || Array.isArray(value)) fail(type, value);
    return check(value);
  };
}

/**
 * Check of an object's names, as of JSON's: what is misspelt would be left out without a word. Of what an object
 * inherits nothing counts.
 */
function refuseUnknown(type: Structure, what: string, value: object, known: ReadonlySet<string>): void {
  for (const key of Object.keys(value)) if (!known.has(key)) throw unknownName(type, what, key, known);
}

function tupleChecker(type: Structure & { kind: "tuple" }, checkers: Checkers): Checker {
  const parts = type.elements.map((element) => checkers.of(element));
  return (value) => {
    if (!Array.isArray(value) || value.length !== parts.length) fail(type, value);
    const checked: unknown[] = [];
    let i = 0;
    try {
      for (; i < parts.length; i++) checked.push(parts[i]!(value[i]));
    } catch (thrown) {
      throw within(type, `[${i}]`, thrown);
    }
    return checked;
  };
}

const caseMembers = new Set(["tag", "val"]);

function casesChecker(type: Structure, cases: readonly Case[], checkers: Checkers): Checker {
  const payloads = new Map(cases.map((c) => [c.name, c.type && checkers.of(c.type)]));
  return (value) => {
    if (!isAnyObject(value)) fail(type, value);
    const tag = read(value, "tag");
    if (typeof tag !== "string") return fail(type, value);
    for (const key in value)
      if (key !== "tag" && key !== "val") refuseUnknown(type, "field", value, caseMembers);
    const payload = payloads.get(tag);
    if (payload === undefined && !payloads.has(tag)) {
      throw unknownName(type, "case", tag, payloads.keys());
    }
    const val = read(value, "val");
    if (payload === undefined) {
      if (val === undefined || val === null) return { tag, val: undefined };
      throw new Mismatch(type, `a payload for the case ${quote(tag)}, which has none`);
    }
    try {
      return { tag, val: payload(val) };
    } catch (thrown) {
      throw within(type, ".val", thrown);
    }
  };
}

function optionChecker(type: Structure & { kind: "option" }, checkers: Checkers): Checker {
  if (isNullable(type)) {
    const some = checkers.of(type.some);
    return (value) => {
      if (value === undefined || value === null) return undefined;
      try {
        return some(value);
      } catch (thrown) {
        throw orNone(type, thrown);
      }
    };
  }
  const tagged = casesChecker(type, [{ name: "none" }, { name: "some", type: type.some }], checkers);
  // Null could as well mean some(none); a field left out is none beyond doubt.
  return (value) => (value === undefined ? { tag: "none", val: undefined } : tagged(value));
}

function enumChecker(type: Structure & { kind: "enum" }): Checker {
  const names = new Set(type.names);
  return (value) => {
    if (typeof value !== "string") fail(type, value);
    if (names.has(value)) return value;
    throw unknownName(type, "case", value, names);
  };
}

function flagsChecker(type: Structure & { kind: "flags" }): Checker {
  const keys = new Set(propertyNames(type.names));
  return (value) => {
    if (!isAnyObject(value) || Array.isArray(value)) fail(type, value);
    refuseUnknown(type, "flag", value, keys);
    const checked: Record<string, boolean> = {};
    for (const key of keys) {
      const flag = read(value, key);
      if (flag !== undefined && typeof flag !== "boolean") {
        throw within(type, `.${key}`, new Mismatch({ kind: "bool" }, preview(flag)));
      }
      checked[key] = flag === true;
    }
    return checked;
  };
}

// ---- Lists

function listChecker(type: Structure & { kind: "list" }, checkers: Checkers): Checker {
  const { kind } = resolve(type.element);
  const element = checkers.of(type.element);
  const longest = maxListLength(type);
  const TypedArray = isNumeric(kind) ? typedArrays[kind] : undefined;

  return (value) => {
    const className = typedArrayName(value);
    if (className === undefined && !Array.isArray(value)) fail(type, value);
    const source = value as ArrayLike<unknown>;
    const length = className === undefined ? source.length : typedArrayLength(value as NumericArray);
    if (
      type.length === undefined
        ? !(length >= 0 && length <= longest && Number.isInteger(length))
        : length !== type.length
    ) {
      throw new Mismatch(type, `a list of ${length}`);
    }
    if (TypedArray && className === TypedArray.name)
      return ownView(TypedArray, value as NumericArray, length);

    const checked: unknown[] = [];
    let i = 0;
    try {
      for (; i < length; i++) {
        const item = source[i];
        // Before anything takes it for none: a list of 2^28 holes would be walked to its end.
        if (item === undefined && !(i in source)) throw new Mismatch(type, "a hole in the array");
        checked.push(element(item));
      }
    } catch (thrown) {
      throw within(type, `[${i}]`, thrown);
    }
    // Filled at once: storing into arrays of ten classes at one place costs ten times the check.
    return TypedArray ? new TypedArray(checked as never[]) : checked;
  };
}

// Typed arrays are read through the intrinsic getters: a subclass or an own property can't fake them.
const intrinsics = Object.getOwnPropertyDescriptors(
  Object.getPrototypeOf(Uint8Array.prototype) as NumericArray,
);
const typedArrayName = uncurry<string | undefined>(intrinsics[Symbol.toStringTag].get);
const typedArrayLength = uncurry<number>(intrinsics.length.get);
const typedArrayBuffer = uncurry<ArrayBuffer | SharedArrayBuffer>(intrinsics.buffer.get);
const typedArrayOffset = uncurry<number>(intrinsics.byteOffset.get);

function uncurry<T>(getter: (() => unknown) | undefined): (self: unknown) => T {
  return Function.prototype.call.bind(getter!) as (self: unknown) => T;
}

type NumericClass = new (
  source: NumericArray | ArrayBufferLike,
  offset?: number,
  length?: number,
) => NumericArray;

/** A plain view of the same bytes; of bytes that may move or shrink, a copy. */
function ownView(TypedArray: unknown, value: NumericArray, length: number): NumericArray {
  const View = TypedArray as NumericClass;
  const buffer = typedArrayBuffer(value);
  const movable = buffer instanceof ArrayBuffer ? buffer.resizable : true;
  return movable ? new View(value) : new View(buffer, typedArrayOffset(value), length);
}
