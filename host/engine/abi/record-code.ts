/**
 * Reads and writes the fields of records. They are written out up to the eighth, because V8 keeps what it learns
 * (the shape an object has, the function called) with each place in the code: a loop would have one place for all
 * fields, and takes ten times as long. For the same reason the function here is run several times: see `code-copies.ts`.
 */
import type { CodeCopies } from "../../wit/values/code-copies.ts";
import type { ownShape } from "../../wit/values/own-shape.ts";
import type { LoadValue, Lower, StoreValue } from "./core-value.ts";

/** Code for the fields of records, a copy for each type. */
export type RecordMovers = CodeCopies<ReturnType<typeof recordMovers>, typeof ownShape>;

/** Refers to nothing that is not its own but types. */
export function recordMovers(makeShape: typeof ownShape) {
  const written = 8;

  /** Builds the object of a record from the memory at the given offsets. */
  function loadRecord(
    keys: readonly string[],
    loads: readonly LoadValue[],
    offsets: readonly number[],
  ): LoadValue {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys;
    const [l0, l1, l2, l3, l4, l5, l6, l7] = loads;
    const [o0, o1, o2, o3, o4, o5, o6, o7] = offsets;
    const count = keys.length;
    const Fields = makeShape();
    return (cx, p) => {
      const record = new Fields();
      record[k0!] = l0!(cx, p + o0!);
      if (count === 1) return record;
      record[k1!] = l1!(cx, p + o1!);
      if (count === 2) return record;
      record[k2!] = l2!(cx, p + o2!);
      if (count === 3) return record;
      record[k3!] = l3!(cx, p + o3!);
      if (count === 4) return record;
      record[k4!] = l4!(cx, p + o4!);
      if (count === 5) return record;
      record[k5!] = l5!(cx, p + o5!);
      if (count === 6) return record;
      record[k6!] = l6!(cx, p + o6!);
      if (count === 7) return record;
      record[k7!] = l7!(cx, p + o7!);
      for (let i = written; i < count; i++) record[keys[i]!] = loads[i]!(cx, p + offsets[i]!);
      return record;
    };
  }

  /** Writes the fields of a record to the memory at the given offsets. */
  function storeRecord(
    keys: readonly string[],
    stores: readonly StoreValue[],
    offsets: readonly number[],
  ): StoreValue {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys;
    const [s0, s1, s2, s3, s4, s5, s6, s7] = stores;
    const [o0, o1, o2, o3, o4, o5, o6, o7] = offsets;
    const count = keys.length;
    // One function for all lengths: branches on a constant cost less than another function's call sites.
    return (cx, p, value) => {
      const record = value as Record<string, unknown>;
      s0!(cx, p + o0!, record[k0!]);
      if (count === 1) return;
      s1!(cx, p + o1!, record[k1!]);
      if (count === 2) return;
      s2!(cx, p + o2!, record[k2!]);
      if (count === 3) return;
      s3!(cx, p + o3!, record[k3!]);
      if (count === 4) return;
      s4!(cx, p + o4!, record[k4!]);
      if (count === 5) return;
      s5!(cx, p + o5!, record[k5!]);
      if (count === 6) return;
      s6!(cx, p + o6!, record[k6!]);
      if (count === 7) return;
      s7!(cx, p + o7!, record[k7!]);
      for (let i = written; i < count; i++) stores[i]!(cx, p + offsets[i]!, record[keys[i]!]);
    };
  }

  /** Writes the fields of a record as core values, at the given places among them. */
  function lowerRecord(keys: readonly string[], lowers: readonly Lower[], places: readonly number[]): Lower {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys;
    const [l0, l1, l2, l3, l4, l5, l6, l7] = lowers;
    const [o0, o1, o2, o3, o4, o5, o6, o7] = places;
    const count = keys.length;
    return (cx, value, flat, at) => {
      const record = value as Record<string, unknown>;
      l0!(cx, record[k0!], flat, at + o0!);
      if (count === 1) return;
      l1!(cx, record[k1!], flat, at + o1!);
      if (count === 2) return;
      l2!(cx, record[k2!], flat, at + o2!);
      if (count === 3) return;
      l3!(cx, record[k3!], flat, at + o3!);
      if (count === 4) return;
      l4!(cx, record[k4!], flat, at + o4!);
      if (count === 5) return;
      l5!(cx, record[k5!], flat, at + o5!);
      if (count === 6) return;
      l6!(cx, record[k6!], flat, at + o6!);
      if (count === 7) return;
      l7!(cx, record[k7!], flat, at + o7!);
      for (let i = written; i < count; i++) lowers[i]!(cx, record[keys[i]!], flat, at + places[i]!);
    };
  }

  return { loadRecord, storeRecord, lowerRecord };
}
