/** Lifting and lowering of whole parameter lists and results (CanonicalABI.md, Lifting and Lowering Values). */
import { alignmentOf, type CoreSignature, flatten, placeFields, sizeOf } from "../../wit/layout.ts";
import { type FunctionType, resolve, type Structure } from "../../wit/model.ts";
import type { Codec } from "./codec.ts";
import type { Context } from "./context.ts";
import type { CoreValue, Lift, Lower } from "./core-value.ts";
import { isScalar, scalars } from "./scalars.ts";

/** So much, without what its strings and lists point at, may be returned for nothing. */
const unmetered = 1024;

/** A core function as JavaScript calls it. */
export type CoreFunction = (...values: CoreValue[]) => CoreValue | undefined;

/** Lowering of the parameters of a function: one after the other, or all together into memory. */
export interface LowerParameters {
  /** Number of core values that they come to. */
  readonly count: number;
  /** One a parameter, each with its place among the core values; absent when they go through memory. */
  readonly each: readonly Lower[] | undefined;
  readonly places: readonly number[];
  readonly all: (cx: Context, args: readonly unknown[], flat: CoreValue[]) => void;
  /** Lowering where every parameter is one number. */
  readonly scalars: readonly LowerScalar[] | undefined;
}

type LowerScalar = (value: unknown) => CoreValue;

export function lowerParameters(
  { parameters }: FunctionType,
  signature: CoreSignature,
  codec: Codec,
): LowerParameters {
  if (signature.indirectParameters) {
    const { stores, offsets, size, alignment } = spilled(parameters, codec);
    const all: LowerParameters["all"] = (cx, args, flat) => {
      const pointer = cx.allocate(alignment, size);
      for (let i = 0; i < stores.length; i++) stores[i]!(cx, pointer + offsets[i]!, args[i]);
      flat[0] = pointer;
    };
    return { count: 1, each: undefined, places: [], all, scalars: undefined };
  }
  const each = parameters.map((p) => codec.lower(p.type));
  const { places, count } = placesOf(parameters);
  const all: LowerParameters["all"] = (cx, args, flat) => {
    for (let i = 0; i < each.length; i++) each[i]!(cx, args[i], flat, places[i]!);
  };
  const kinds = parameters.map((p) => resolve(p.type).kind);
  const numbers = kinds.every(isScalar) ? kinds.map((kind) => scalars[kind].lower) : undefined;
  return { count, each, places, all, scalars: numbers };
}

/** Lifting of the parameters of a call from core values. */
export interface LiftParameters {
  /** One a parameter, each with its place among the core values; absent when they come through memory. */
  readonly each: readonly Lift[] | undefined;
  readonly places: readonly number[];
  readonly all: (cx: Context, flat: readonly CoreValue[]) => unknown[];
}

export function liftParameters(
  { parameters }: FunctionType,
  signature: CoreSignature,
  codec: Codec,
): LiftParameters {
  if (signature.indirectParameters) {
    const { loads, offsets, size, alignment } = spilled(parameters, codec);
    const weight = codec.weights.sum(parameters.map((p) => p.type));
    const all: LiftParameters["all"] = (cx, flat) => {
      const pointer = (flat[0] as number) >>> 0;
      cx.check(pointer, alignment, size);
      if (weight.bytes > unmetered) cx.meter.lift(weight.bytes, 0);
      const args: unknown[] = [];
      for (let i = 0; i < loads.length; i++) args.push(loads[i]!(cx, pointer + offsets[i]!));
      return args;
    };
    return { each: undefined, places: [], all };
  }
  const each = parameters.map((p) => codec.lift(p.type));
  const { places } = placesOf(parameters);
  const all: LiftParameters["all"] = (cx, flat) => {
    const args: unknown[] = [];
    for (let i = 0; i < each.length; i++) args.push(each[i]!(cx, flat, places[i]!));
    return args;
  };
  return { each, places, all };
}

/** Places where each parameter begins among the core values, and how many those are. */
function placesOf(parameters: FunctionType["parameters"]): { places: number[]; count: number } {
  const places: number[] = [];
  let count = 0;
  for (const { type } of parameters) {
    places.push(count);
    count += flatten(type).length;
  }
  return { places, count };
}

/** They lie in memory like the elements of a tuple. */
function spilled(parameters: FunctionType["parameters"], codec: Codec) {
  const tuple: Structure = { kind: "tuple", elements: parameters.map((p) => p.type) };
  return {
    stores: parameters.map((p) => codec.store(p.type)),
    loads: parameters.map((p) => codec.load(p.type)),
    offsets: placeFields(parameters).map((field) => field.offset),
    size: sizeOf(tuple),
    alignment: alignmentOf(tuple),
  };
}

/** Lifting of what the core function returned. */
export type LiftResult = (raw: CoreValue | undefined, cx: Context) => unknown;

export function liftResult({ result }: FunctionType, signature: CoreSignature, codec: Codec): LiftResult {
  if (!result) return () => undefined;
  const { kind } = resolve(result);
  if (isScalar(kind)) return scalars[kind].lift as LiftResult;
  if (!signature.indirectResult) {
    const lift = codec.lift(result);
    return (raw, cx) => lift(cx, [raw!], 0);
  }
  const load = codec.load(result);
  const alignment = alignmentOf(result);
  const size = sizeOf(result);
  const weight = codec.weights.of(result);
  return (raw, cx) => {
    const pointer = (raw as number) >>> 0;
    cx.sync();
    cx.check(pointer, alignment, size);
    if (weight.bytes > unmetered) cx.meter.lift(weight.bytes, weight.units);
    return load(cx, pointer);
  };
}

/** Gives what the core function returns; `pointer` is where the result goes if it lies in memory. */
export type LowerResult = (value: unknown, cx: Context, pointer: number) => CoreValue | undefined;

export function lowerResult({ result }: FunctionType, signature: CoreSignature, codec: Codec): LowerResult {
  if (!result) return () => undefined;
  const { kind } = resolve(result);
  if (isScalar(kind)) return scalars[kind].lower;
  if (!signature.indirectResult) {
    const lower = codec.lower(result);
    return (value, cx) => {
      const flat: CoreValue[] = [0];
      lower(cx, value, flat, 0);
      return flat[0];
    };
  }
  const store = codec.store(result);
  const alignment = alignmentOf(result);
  const size = sizeOf(result);
  return (value, cx, pointer) => {
    cx.check(pointer, alignment, size);
    store(cx, pointer, value);
    return undefined;
  };
}

/** Calls a core function with the first values of `flat`. */
export type Invoke = (core: CoreFunction, flat: readonly CoreValue[]) => CoreValue | undefined;

/** Invokers by number of parameters, written out: spreading an array costs more than most calls. */
const invokers: readonly Invoke[] = [
  (core) => core(),
  (core, f) => core(f[0]!),
  (core, f) => core(f[0]!, f[1]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!, f[8]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!, f[8]!, f[9]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!, f[8]!, f[9]!, f[10]!),
  (core, f) => core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!, f[8]!, f[9]!, f[10]!, f[11]!),
  (core, f) =>
    core(f[0]!, f[1]!, f[2]!, f[3]!, f[4]!, f[5]!, f[6]!, f[7]!, f[8]!, f[9]!, f[10]!, f[11]!, f[12]!),
  (core, f) =>
    core(
      f[0]!,
      f[1]!,
      f[2]!,
      f[3]!,
      f[4]!,
      f[5]!,
      f[6]!,
      f[7]!,
      f[8]!,
      f[9]!,
      f[10]!,
      f[11]!,
      f[12]!,
      f[13]!,
    ),
  (core, f) =>
    core(
      f[0]!,
      f[1]!,
      f[2]!,
      f[3]!,
      f[4]!,
      f[5]!,
      f[6]!,
      f[7]!,
      f[8]!,
      f[9]!,
      f[10]!,
      f[11]!,
      f[12]!,
      f[13]!,
      f[14]!,
    ),
  (core, f) =>
    core(
      f[0]!,
      f[1]!,
      f[2]!,
      f[3]!,
      f[4]!,
      f[5]!,
      f[6]!,
      f[7]!,
      f[8]!,
      f[9]!,
      f[10]!,
      f[11]!,
      f[12]!,
      f[13]!,
      f[14]!,
      f[15]!,
    ),
];

/** Invoker of a core function with so many parameters, of which there are never more than 16. */
export function invoker(count: number): Invoke {
  return invokers[count]!;
}
