/** Types that are one number in core WebAssembly (CanonicalABI.md, Loading, Storing, Flat Lifting, Flat Lowering). */
import type { CoreType } from "../../wit/layout.ts";
import type { PrimitiveKind } from "../../wit/model.ts";
import { trap } from "../abi-trap.ts";
import type { CoreValue, Lift, LoadValue, Lower, StoreValue } from "./core-value.ts";

export type ScalarKind = Exclude<PrimitiveKind, "string">;

interface Scalar {
  readonly core: CoreType;
  readonly load: LoadValue;
  readonly store: StoreValue;
  /** Values from and to a core value of its own type. */
  readonly lift: (value: CoreValue) => unknown;
  readonly lower: (value: unknown) => CoreValue;
  /** `lift` and `lower` on flat values, written out because every call of a function with scalars runs them. */
  readonly liftAt: Lift;
  readonly lowerAt: Lower;
}

function toChar(point: number): string {
  if (point >= 0x110000 || (point >= 0xd800 && point <= 0xdfff)) trap("invalid `char` bit pattern");
  return String.fromCodePoint(point);
}

export const scalars: Readonly<Record<ScalarKind, Scalar>> = {
  bool: {
    core: "i32",
    load: (cx, p) => cx.u8[p] !== 0,
    store: (cx, p, value) => {
      cx.u8[p] = value ? 1 : 0;
    },
    lift: (value) => value !== 0,
    lower: (value) => (value ? 1 : 0),
    liftAt: (_, flat, at) => flat[at] !== 0,
    lowerAt: (_, value, flat, at) => {
      flat[at] = value ? 1 : 0;
    },
  },
  u8: {
    core: "i32",
    load: (cx, p) => cx.u8[p],
    store: (cx, p, value) => {
      cx.u8[p] = value as number;
    },
    lift: (value) => (value as number) & 0xff,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => (flat[at] as number) & 0xff,
    lowerAt: put,
  },
  s8: {
    core: "i32",
    load: (cx, p) => cx.view.getInt8(p),
    store: (cx, p, value) => cx.view.setInt8(p, value as number),
    lift: (value) => ((value as number) << 24) >> 24,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => ((flat[at] as number) << 24) >> 24,
    lowerAt: put,
  },
  u16: {
    core: "i32",
    load: (cx, p) => cx.view.getUint16(p, true),
    store: (cx, p, value) => cx.view.setUint16(p, value as number, true),
    lift: (value) => (value as number) & 0xffff,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => (flat[at] as number) & 0xffff,
    lowerAt: put,
  },
  s16: {
    core: "i32",
    load: (cx, p) => cx.view.getInt16(p, true),
    store: (cx, p, value) => cx.view.setInt16(p, value as number, true),
    lift: (value) => ((value as number) << 16) >> 16,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => ((flat[at] as number) << 16) >> 16,
    lowerAt: put,
  },
  u32: {
    core: "i32",
    load: (cx, p) => cx.view.getUint32(p, true),
    store: (cx, p, value) => cx.view.setUint32(p, value as number, true),
    lift: (value) => (value as number) >>> 0,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => (flat[at] as number) >>> 0,
    lowerAt: put,
  },
  s32: {
    core: "i32",
    load: (cx, p) => cx.view.getInt32(p, true),
    store: (cx, p, value) => cx.view.setInt32(p, value as number, true),
    lift: (value) => (value as number) | 0,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => (flat[at] as number) | 0,
    lowerAt: put,
  },
  u64: {
    core: "i64",
    load: (cx, p) => cx.view.getBigUint64(p, true),
    store: (cx, p, value) => cx.view.setBigUint64(p, value as bigint, true),
    lift: (value) => BigInt.asUintN(64, value as bigint),
    lower: (value) => value as bigint,
    liftAt: (_, flat, at) => BigInt.asUintN(64, flat[at] as bigint),
    lowerAt: put,
  },
  s64: {
    core: "i64",
    load: (cx, p) => cx.view.getBigInt64(p, true),
    store: (cx, p, value) => cx.view.setBigInt64(p, value as bigint, true),
    lift: (value) => BigInt.asIntN(64, value as bigint),
    lower: (value) => value as bigint,
    liftAt: (_, flat, at) => BigInt.asIntN(64, flat[at] as bigint),
    lowerAt: put,
  },
  f32: {
    core: "f32",
    load: (cx, p) => cx.view.getFloat32(p, true),
    store: (cx, p, value) => cx.view.setFloat32(p, value as number, true),
    lift: (value) => value,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => flat[at],
    lowerAt: put,
  },
  f64: {
    core: "f64",
    load: (cx, p) => cx.view.getFloat64(p, true),
    store: (cx, p, value) => cx.view.setFloat64(p, value as number, true),
    lift: (value) => value,
    lower: (value) => value as number,
    liftAt: (_, flat, at) => flat[at],
    lowerAt: put,
  },
  char: {
    core: "i32",
    load: (cx, p) => toChar(cx.view.getUint32(p, true)),
    store: (cx, p, value) => cx.view.setUint32(p, (value as string).codePointAt(0)!, true),
    lift: (value) => toChar((value as number) >>> 0),
    lower: (value) => (value as string).codePointAt(0)!,
    liftAt: (_, flat, at) => toChar((flat[at] as number) >>> 0),
    lowerAt: (_, value, flat, at) => {
      flat[at] = (value as string).codePointAt(0)!;
    },
  },
};

function put(_: unknown, value: unknown, flat: CoreValue[], at: number): void {
  flat[at] = value as CoreValue;
}

export function isScalar(kind: string): kind is ScalarKind {
  return Object.hasOwn(scalars, kind);
}
