/**
 * WIT values as bytes between the host and a plugin's process. Both ends know the types, so nothing is said twice:
 * a value takes at most half as much again as in the guest's memory, and whatever bytes come, what is read from them
 * is a value of the type, made of own data only. Not the canonical ABI: without padding, strings and lists in place.
 */
import { HotcellError } from "../../errors.ts";
import { discriminantSize } from "../../wit/layout.ts";
import {
  type Case,
  type FunctionType,
  onceByStructure,
  resolve,
  type Structure,
  type ValueType,
} from "../../wit/model.ts";
import type { HandleStructure } from "../../wit/values/handle-walk.ts";
import {
  isNullable,
  isNumeric,
  type NumericArray,
  propertyNames,
  recordKeys,
  resultCases,
  typedArrays,
} from "../../wit/values/mapping.ts";
import { type FrameReader, type FrameWriter, Garbled } from "./frame.ts";

export interface ValueCodec {
  /** `value` is one of the type. */
  write(out: FrameWriter, value: unknown): void;
  /** Throws `Garbled`. */
  read(from: FrameReader): unknown;
}

/** Codecs of values by their types. */
export type CodecOf = (type: ValueType) => ValueCodec;

/** Codecs for values among which are handles, each written and read by what `handle` gives for its type. */
export function codecsWith(handle: (type: HandleStructure) => ValueCodec): CodecOf {
  const of: CodecOf = onceByStructure((structure) => makeCodec(structure, of, handle));
  return of;
}

/** Throws `unsupported-feature` for types with resources, which live in one process only. */
export const codecOf: CodecOf = codecsWith(cannotCross);

/** Throws `unsupported-feature`. */
export function cannotCross({ resource }: HandleStructure): never {
  throw new HotcellError(
    "unsupported-feature",
    "A resource can't leave the process that its plugin runs in.",
    {
      subject: resource.name,
      remedy: 'Run the plugin with placement "inline", or call functions without resources.',
    },
  );
}

/** `args` have passed `checkArguments`. Throws what `codecOf` throws. */
export function writeArguments(
  { parameters }: FunctionType,
  out: FrameWriter,
  args: readonly unknown[],
  of = codecOf,
): void {
  for (let i = 0; i < parameters.length; i++) of(parameters[i]!.type).write(out, args[i]);
}

export function readArguments({ parameters }: FunctionType, from: FrameReader, of = codecOf): unknown[] {
  return parameters.map(({ type }) => of(type).read(from));
}

/** Codecs of a function's result in a frame: the value, or of a top-level `result` one of its parts. */
export interface ResultCodecs {
  readonly ok: ValueCodec;
  /** Absent where it can't return an error. */
  readonly err?: ValueCodec;
}

/** Throws what `codecOf` throws. */
export function resultCodecs({ result }: FunctionType): ResultCodecs {
  const part = (type: ValueType | undefined) => (type ? codecOf(type) : nothing);
  const structure = result && resolve(result);
  if (structure?.kind !== "result") return { ok: part(result) };
  return { ok: part(structure.ok), err: part(structure.err) };
}

const nothing: ValueCodec = { write() {}, read: () => undefined };

function makeCodec(
  type: Structure,
  codecOf: CodecOf,
  handle: (type: HandleStructure) => ValueCodec,
): ValueCodec {
  switch (type.kind) {
    case "list":
      return listCodec(type, codecOf);
    case "tuple":
      return tupleCodec(type.elements.map(codecOf));
    case "record":
      return recordCodec(type, codecOf);
    case "variant":
      return casesCodec(type.cases, codecOf);
    case "result":
      return casesCodec(resultCases(type), codecOf);
    case "option":
      return isNullable(type)
        ? nullableCodec(codecOf(type.some))
        : casesCodec([{ name: "none" }, { name: "some", type: type.some }], codecOf);
    case "enum":
      return enumCodec(type.names);
    case "flags":
      return flagsCodec(propertyNames(type.names));
    case "own":
    case "borrow":
      return handle(type);
    case "bool":
      return {
        write: (out, value) => out.u8(value === true ? 1 : 0),
        read: (from) => below(2, from.u8()) === 1,
      };
    case "u8":
      return { write: (out, value) => out.u8(value as number), read: (from) => from.u8() };
    case "s8":
      return { write: (out, value) => out.u8(value as number), read: (from) => (from.u8() << 24) >> 24 };
    case "u16":
      return { write: (out, value) => out.u16(value as number), read: (from) => from.u16() };
    case "s16":
      return { write: (out, value) => out.u16(value as number), read: (from) => (from.u16() << 16) >> 16 };
    case "u32":
      return { write: (out, value) => out.u32(value as number), read: (from) => from.u32() };
    case "s32":
      return { write: (out, value) => out.u32(value as number), read: (from) => from.u32() | 0 };
    case "u64":
      return { write: (out, value) => out.u64(value as bigint), read: (from) => from.u64() };
    case "s64":
      return {
        write: (out, value) => out.u64(value as bigint),
        read: (from) => BigInt.asIntN(64, from.u64()),
      };
    case "f32":
      return { write: (out, value) => out.f32(value as number), read: (from) => from.f32() };
    case "f64":
      return { write: (out, value) => out.f64(value as number), read: (from) => from.f64() };
    case "char":
      return {
        write: (out, value) => out.u32((value as string).codePointAt(0)!),
        read: (from) => scalar(from.u32()),
      };
    case "string":
      return { write: (out, value) => out.text(value as string), read: (from) => from.text() };
  }
}

function below(limit: number, index: number): number {
  if (index >= limit) throw new Garbled("an unknown case");
  return index;
}

function scalar(point: number): string {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new Garbled("no scalar value");
  return String.fromCodePoint(point);
}

function recordCodec(type: Structure & { kind: "record" }, codecOf: CodecOf): ValueCodec {
  const keys = recordKeys(type);
  const parts = type.fields.map((field) => codecOf(field.type));
  return {
    write(out, value) {
      for (let i = 0; i < keys.length; i++)
        parts[i]!.write(out, (value as Record<string, unknown>)[keys[i]!]);
    },
    read(from) {
      const record: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i++) record[keys[i]!] = parts[i]!.read(from);
      return record;
    },
  };
}

function tupleCodec(parts: readonly ValueCodec[]): ValueCodec {
  return {
    write(out, value) {
      for (let i = 0; i < parts.length; i++) parts[i]!.write(out, (value as unknown[])[i]);
    },
    read: (from) => parts.map((part) => part.read(from)),
  };
}

function casesCodec(cases: readonly Case[], codecOf: CodecOf): ValueCodec {
  const index = indexCodec(cases.length);
  const numbers = new Map(cases.map(({ name }, i) => [name, i]));
  const payloads = cases.map(({ type }) => (type ? codecOf(type) : nothing));
  return {
    write(out, value) {
      const { tag, val } = value as { tag: string; val?: unknown };
      const number = numbers.get(tag)!;
      index.write(out, number);
      payloads[number]!.write(out, val);
    },
    read(from) {
      const number = index.read(from) as number;
      return { tag: cases[number]!.name, val: payloads[number]!.read(from) };
    },
  };
}

function nullableCodec(some: ValueCodec): ValueCodec {
  return {
    write(out, value) {
      out.u8(value === undefined ? 0 : 1);
      if (value !== undefined) some.write(out, value);
    },
    read: (from) => (below(2, from.u8()) === 1 ? some.read(from) : undefined),
  };
}

function enumCodec(names: readonly string[]): ValueCodec {
  const index = indexCodec(names.length);
  const numbers = new Map(names.map((name, i) => [name, i]));
  return {
    write: (out, value) => index.write(out, numbers.get(value as string)),
    read: (from) => names[index.read(from) as number],
  };
}

/** The number of a case, one of so many. */
function indexCodec(count: number): ValueCodec {
  const method = ({ 1: "u8", 2: "u16", 4: "u32" } as const)[discriminantSize(count)];
  return {
    write: (out, value) => out[method](value as number),
    read: (from) => below(count, from[method]()),
  };
}

/** Eight to a byte. */
function flagsCodec(keys: readonly string[]): ValueCodec {
  return {
    write(out, value) {
      for (let i = 0; i < keys.length; i += 8) {
        let byte = 0;
        for (let j = 0; j < 8 && i + j < keys.length; j++) {
          if ((value as Record<string, boolean>)[keys[i + j]!]) byte |= 1 << j;
        }
        out.u8(byte);
      }
    },
    read(from) {
      const flags: Record<string, boolean> = {};
      for (let i = 0; i < keys.length; i += 8) {
        const byte = from.u8();
        for (let j = 0; j < 8 && i + j < keys.length; j++) flags[keys[i + j]!] = ((byte >> j) & 1) === 1;
      }
      return flags;
    },
  };
}

function listCodec(type: Structure & { kind: "list" }, codecOf: CodecOf): ValueCodec {
  const { kind } = resolve(type.element);
  if (isNumeric(kind)) return numbersCodec(typedArrays[kind], type.length);
  const element = codecOf(type.element);
  return {
    write(out, value) {
      const list = value as readonly unknown[];
      if (type.length === undefined) out.u32(list.length);
      for (let i = 0; i < list.length; i++) element.write(out, list[i]);
    },
    read(from) {
      const length = type.length ?? from.u32();
      // Every element takes a byte at least: no length that is only claimed makes anything large.
      if (length > from.left) throw new Garbled("a list is longer than its message");
      const list: unknown[] = [];
      for (let i = 0; i < length; i++) list.push(element.read(from));
      return list;
    },
  };
}

type NumericClass = (typeof typedArrays)[keyof typeof typedArrays];

function numbersCodec(TypedArray: NumericClass, fixed: number | undefined): ValueCodec {
  const size = TypedArray.BYTES_PER_ELEMENT;
  return {
    write(out, value) {
      const { buffer, byteOffset, byteLength } = value as NumericArray;
      if (fixed === undefined) out.u32(byteLength / size);
      out.bytes(new Uint8Array(buffer, byteOffset, byteLength));
    },
    read(from) {
      const length = fixed ?? from.u32();
      return new TypedArray(from.bytes(length * size).buffer);
    },
  };
}
