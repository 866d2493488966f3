/** Tuples, and records where they are rarely met. */
import type { Lift, LoadValue, Lower, StoreValue } from "./core-value.ts";

/** Lift of records; only parameters of host functions and results of one core value come this way. */
export function liftRecord(keys: readonly string[], lifts: readonly Lift[], places: readonly number[]): Lift {
  return (cx, flat, at) => {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) record[keys[i]!] = lifts[i]!(cx, flat, at + places[i]!);
    return record;
  };
}

export function loadTuple(loads: readonly LoadValue[], offsets: readonly number[]): LoadValue {
  return (cx, p) => {
    const tuple = new Array<unknown>(loads.length);
    for (let i = 0; i < loads.length; i++) tuple[i] = loads[i]!(cx, p + offsets[i]!);
    return tuple;
  };
}

export function storeTuple(stores: readonly StoreValue[], offsets: readonly number[]): StoreValue {
  return (cx, p, value) => {
    const tuple = value as readonly unknown[];
    for (let i = 0; i < stores.length; i++) stores[i]!(cx, p + offsets[i]!, tuple[i]);
  };
}

export function liftTuple(lifts: readonly Lift[], places: readonly number[]): Lift {
  return (cx, flat, at) => {
    const tuple = new Array<unknown>(lifts.length);
    for (let i = 0; i < lifts.length; i++) tuple[i] = lifts[i]!(cx, flat, at + places[i]!);
    return tuple;
  };
}

export function lowerTuple(lowers: readonly Lower[], places: readonly number[]): Lower {
  return (cx, value, flat, at) => {
    const tuple = value as readonly unknown[];
    for (let i = 0; i < lowers.length; i++) lowers[i]!(cx, tuple[i], flat, at + places[i]!);
  };
}
