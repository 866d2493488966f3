/** Lists (CanonicalABI.md, `load_list` and `store_list`); those of numbers are typed arrays, copied whole. */

import { lifting } from "../../fuel-prices.ts";
import { isNumeric, typedArrays } from "../../wit/values/mapping.ts";
import { trap } from "../abi-trap.ts";
import type { Context } from "./context.ts";
import type { Lift, LoadValue, Lower, StoreValue } from "./core-value.ts";
import type { Weight } from "./weights.ts";

/** Lifts `length` elements at a pointer that comes from the guest. */
export type LiftRange = (cx: Context, pointer: number, length: number) => unknown;
/** Puts the elements into newly allocated memory and returns its address. */
export type LowerRange = (cx: Context, value: ArrayLike<unknown>) => number;

interface NumericArray extends ArrayLike<number | bigint> {
  set(source: ArrayLike<unknown>): void;
}
type NumericClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset?: number, length?: number): NumericArray;
  new (length: number): NumericArray;
};

const maxBytes = 2 ** 28 - 1;

/** Facts that lists need to know of their elements. */
export interface ElementLayout {
  readonly kind: string;
  readonly size: number;
  readonly alignment: number;
  readonly weight: Weight;
}

function typedArrayOf(kind: string): NumericClass | undefined {
  return isNumeric(kind as never)
    ? (typedArrays[kind as keyof typeof typedArrays] as unknown as NumericClass)
    : undefined;
}

function checkSize(length: number, size: number): number {
  const bytes = length * size;
  if (bytes > maxBytes) trap(`a list of ${bytes} bytes is longer than ${maxBytes}`);
  return bytes;
}

function checkRange(
  cx: Context,
  pointer: number,
  length: number,
  { size, alignment }: ElementLayout,
  bytesEach: number,
  units: number,
  unitsEach: number,
): number {
  const bytes = checkSize(length, size);
  if ((pointer & (alignment - 1)) !== 0) trap("unaligned pointer");
  if (pointer + bytes > cx.u8.length) trap("a list that lies outside its memory");
  cx.meter.lift(length * bytesEach, units + length * unitsEach);
  return bytes;
}

export function liftRange(element: ElementLayout, load: LoadValue): LiftRange {
  const { size, weight } = element;
  if (element.kind === "u8") {
    return (cx, pointer, length) => {
      checkRange(cx, pointer, length, element, 1, lifting.bytes, lifting.perByte);
      return cx.u8.slice(pointer, pointer + length);
    };
  }
  const TypedArray = typedArrayOf(element.kind);
  if (TypedArray) {
    return (cx, pointer, length) => {
      const bytes = checkRange(cx, pointer, length, element, size, lifting.array, size * lifting.perByte);
      // V8 keeps so few beside the array, and a buffer of their own costs more than all else here.
      if (TypedArray === Uint8Array && bytes <= 64) return cx.u8.slice(pointer, pointer + bytes);
      return new TypedArray(cx.u8.buffer.slice(pointer, pointer + bytes));
    };
  }
  return (cx, pointer, length) => {
    checkRange(cx, pointer, length, element, weight.bytes, lifting.list, weight.units);
    return loadElements(cx, pointer, length, size, load);
  };
}

/** Beyond, an array made with its final length is a dictionary to V8. */
const preallocated = 1 << 16;

function loadElements(
  cx: Context,
  pointer: number,
  length: number,
  size: number,
  load: LoadValue,
): unknown[] {
  if (length > preallocated) {
    const list: unknown[] = [];
    for (let i = 0; i < length; i++) list.push(load(cx, pointer + i * size));
    return list;
  }
  const list = new Array<unknown>(length);
  for (let i = 0; i < length; i++) list[i] = load(cx, pointer + i * size);
  return list;
}

export function lowerRange(element: ElementLayout, store: StoreValue): LowerRange {
  const { size, alignment, weight } = element;
  const TypedArray = typedArrayOf(element.kind);
  if (TypedArray) {
    return (cx, value) => {
      const { length } = value;
      const pointer = cx.allocate(alignment, checkSize(length, size));
      if (size === 1) cx.u8.set(value as ArrayLike<number>, pointer);
      else new TypedArray(cx.u8.buffer, pointer, length).set(value);
      return pointer;
    };
  }
  return (cx, value) => {
    const { length } = value;
    cx.meter.pay(length * weight.units);
    const pointer = cx.allocate(alignment, checkSize(length, size));
    for (let i = 0; i < length; i++) store(cx, pointer + i * size, value[i]);
    return pointer;
  };
}

// ---- Lists of fixed length lie in place, like tuples

export function loadFixed(element: ElementLayout, length: number, load: LoadValue): LoadValue {
  const { size } = element;
  const TypedArray = typedArrayOf(element.kind);
  if (TypedArray) return (cx, p) => new TypedArray(cx.u8.buffer.slice(p, p + length * size));
  return (cx, p) => loadElements(cx, p, length, size, load);
}

export function storeFixed({ size }: ElementLayout, length: number, store: StoreValue): StoreValue {
  return (cx, p, value) => {
    const list = value as ArrayLike<unknown>;
    for (let i = 0; i < length; i++) store(cx, p + i * size, list[i]);
  };
}

export function liftFixed(
  kind: string,
  length: number,
  lifts: readonly Lift[],
  places: readonly number[],
): Lift {
  const TypedArray = typedArrayOf(kind);
  return (cx, flat, at) => {
    const list = (TypedArray ? new TypedArray(length) : new Array<unknown>(length)) as unknown[];
    for (let i = 0; i < length; i++) list[i] = lifts[i]!(cx, flat, at + places[i]!);
    return list;
  };
}

export function lowerFixed(lowers: readonly Lower[], places: readonly number[]): Lower {
  return (cx, value, flat, at) => {
    const list = value as ArrayLike<unknown>;
    for (let i = 0; i < lowers.length; i++) lowers[i]!(cx, list[i], flat, at + places[i]!);
  };
}
