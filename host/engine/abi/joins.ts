/**
 * Core values that travel as another core type, because variants share one place between payloads of different
 * types (CanonicalABI.md, Flattening, `join`). A variant inside a variant needs no second step: from the outermost
 * type to the innermost gives the same as one after the other.
 */
import type { CoreType } from "../../wit/layout.ts";
import type { CoreValue } from "./core-value.ts";

const bits = new DataView(new ArrayBuffer(8));

function bitsOfF32(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

function f32OfBits(value: number): number {
  bits.setUint32(0, value);
  return bits.getFloat32(0);
}

function bitsOfF64(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0);
}

function f64OfBits(value: bigint): number {
  bits.setBigUint64(0, BigInt.asUintN(64, value));
  return bits.getFloat64(0);
}

export function wrap(value: CoreValue): number {
  return Number(BigInt.asUintN(32, value as bigint));
}

type Coercion = (value: CoreValue) => CoreValue;

/**
 * Coercion by which a value that is `have` becomes the `want` it was (`CoerceValueIter`); undefined where it is that already.
 */
export function coerceLifted(have: CoreType, want: CoreType): Coercion | undefined {
  if (have === want) return undefined;
  if (have === "i32") return (value) => f32OfBits(value as number);
  if (want === "i32") return wrap;
  return want === "f32" ? (value) => f32OfBits(wrap(value)) : (value) => f64OfBits(value as bigint);
}

/** Coercion by which a value that is `have` becomes the `want` it is passed as; undefined where it is that already. */
export function coerceLowered(have: CoreType, want: CoreType): Coercion | undefined {
  if (have === want) return undefined;
  if (want === "i32") return (value) => bitsOfF32(value as number);
  if (have === "i32") return (value) => BigInt((value as number) >>> 0);
  return have === "f32"
    ? (value) => BigInt(bitsOfF32(value as number))
    : (value) => bitsOfF64(value as number);
}

export function zeroOf(type: CoreType): CoreValue {
  return type === "i64" ? 0n : 0;
}
