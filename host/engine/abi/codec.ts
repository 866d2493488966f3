/**
 * Builds the closures that lift and lower values (CanonicalABI.md, from Loading to Flat Lowering): each type once,
 * however often and wherever it is used, so that a type whose parts repeat themselves costs what its definition
 * costs.
 */
import { remember } from "../../platform/remember.ts";
import {
  alignmentOf,
  type CoreType,
  casesOf,
  fieldsOf,
  flatten,
  sizeOf,
  variantLayout,
} from "../../wit/layout.ts";
import { resolve, type Structure, type ValueType } from "../../wit/model.ts";
import { recordKeys } from "../../wit/values/mapping.ts";
import type { Context } from "./context.ts";
import type { CoreValue, Lift, LoadValue, Lower, StoreValue } from "./core-value.ts";
import { flagsCodec } from "./flags.ts";
import type { ResourceType } from "./handles.ts";
import { coerceLifted, coerceLowered, zeroOf } from "./joins.ts";
import * as lists from "./lists.ts";
import type { RecordMovers } from "./record-code.ts";
import { isScalar, scalars } from "./scalars.ts";
import { type LiftString, type LowerString, lowered } from "./strings.ts";
import * as tuples from "./tuples.ts";
import { liftCase, loadCase, lowerCase, shapeOf, storeCase, type WithCases } from "./variants.ts";
import { Weights } from "./weights.ts";

export type HandleType = Structure & { kind: "own" | "borrow" };

/** Resource that a handle type means in one component instance. */
export type ResolveResource = (type: HandleType) => ResourceType;

/** Looks of values outside the component instance: in JavaScript, or on the way to a sibling. */
export interface Boundary {
  readonly liftString: LiftString;
  readonly lowerString: LowerString;
  /** Handles from and to an index of the instance's handle table. */
  readonly liftHandle: (type: HandleType) => (cx: Context, index: number) => unknown;
  readonly lowerHandle: (type: HandleType) => (cx: Context, value: unknown) => number;
}

export class Codec {
  readonly weights = new Weights();
  readonly #boundary: Boundary;
  readonly #records: RecordMovers;
  readonly #loads = new Map<Structure, LoadValue>();
  readonly #stores = new Map<Structure, StoreValue>();
  /** Closures by the core types that the values travel as. */
  readonly #lifts = new Map<Structure, Map<string, Lift>>();
  readonly #lowers = new Map<Structure, Map<string, Lower>>();

  constructor(boundary: Boundary, records: RecordMovers) {
    this.#records = records;
    this.#boundary = boundary;
  }

  load(type: ValueType): LoadValue {
    const structure = resolve(type);
    return remember(this.#loads, structure, () => this.#load(structure));
  }

  store(type: ValueType): StoreValue {
    const structure = resolve(type);
    return remember(this.#stores, structure, () => this.#store(structure));
  }

  /** `have` are the core types that the values come as: the type's own, or what a variant joined them to. */
  lift(type: ValueType, have: readonly CoreType[] = flatten(type)): Lift {
    const structure = resolve(type);
    const byTypes = remember(this.#lifts, structure, () => new Map<string, Lift>());
    const used = have.slice(0, flatten(structure).length);
    return remember(byTypes, used.join(), () => this.#lift(structure, used));
  }

  /** `want` are the core types that the values go as. */
  lower(type: ValueType, want: readonly CoreType[] = flatten(type)): Lower {
    const structure = resolve(type);
    const byTypes = remember(this.#lowers, structure, () => new Map<string, Lower>());
    const used = want.slice(0, flatten(structure).length);
    return remember(byTypes, used.join(), () => this.#lower(structure, used));
  }

  #load(type: Structure): LoadValue {
    const { liftString } = this.#boundary;
    if (isScalar(type.kind)) return scalars[type.kind].load;
    switch (type.kind) {
      case "string":
        return (cx, p) => liftString(cx, cx.view.getUint32(p, true), cx.view.getUint32(p + 4, true));
      case "list": {
        const element = this.load(type.element);
        if (type.length !== undefined) return lists.loadFixed(this.#elementOf(type), type.length, element);
        const lift = lists.liftRange(this.#elementOf(type), element);
        return (cx, p) => lift(cx, cx.view.getUint32(p, true), cx.view.getUint32(p + 4, true));
      }
      case "record":
        return this.#records
          .for(type)
          .loadRecord(recordKeys(type), this.#each(type, this.load), offsetsOf(type));
      case "tuple":
        return tuples.loadTuple(this.#each(type, this.load), offsetsOf(type));
      case "flags": {
        const { unpack } = flagsCodec(type.names);
        const { load } = scalars[wordOf(type)];
        return (cx, p) => unpack(load(cx, p) as number);
      }
      case "own":
      case "borrow": {
        const lift = this.#boundary.liftHandle(type);
        return (cx, p) => lift(cx, cx.view.getUint32(p, true));
      }
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const { cases, discriminantSize, payloadOffset } = variantLayout(casesOf(type)!);
        const payloads = cases.map((c) => c.type && this.load(c.type));
        return loadCase(shapeOf(type), discriminantSize, payloadOffset, payloads);
      }
    }
  }

  #store(type: Structure): StoreValue {
    const { lowerString } = this.#boundary;
    if (isScalar(type.kind)) return scalars[type.kind].store;
    switch (type.kind) {
      case "string":
        return (cx, p, value) => {
          const pointer = lowerString(cx, value as string);
          cx.view.setUint32(p, pointer, true);
          cx.view.setUint32(p + 4, lowered.length, true);
        };
      case "list": {
        const element = this.store(type.element);
        if (type.length !== undefined) return lists.storeFixed(this.#elementOf(type), type.length, element);
        const lower = lists.lowerRange(this.#elementOf(type), element);
        return (cx, p, value) => {
          const pointer = lower(cx, value as ArrayLike<unknown>);
          cx.view.setUint32(p, pointer, true);
          cx.view.setUint32(p + 4, (value as ArrayLike<unknown>).length, true);
        };
      }
      case "record":
        return this.#records
          .for(type)
          .storeRecord(recordKeys(type), this.#each(type, this.store), offsetsOf(type));
      case "tuple":
        return tuples.storeTuple(this.#each(type, this.store), offsetsOf(type));
      case "flags": {
        const { pack } = flagsCodec(type.names);
        const { store } = scalars[wordOf(type)];
        return (cx, p, value) => store(cx, p, pack(value));
      }
      case "own":
      case "borrow": {
        const lower = this.#boundary.lowerHandle(type);
        return (cx, p, value) => cx.view.setUint32(p, lower(cx, value), true);
      }
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const { cases, discriminantSize, payloadOffset } = variantLayout(casesOf(type)!);
        const payloads = cases.map((c) => c.type && this.store(c.type));
        return storeCase(shapeOf(type), discriminantSize, payloadOffset, payloads);
      }
    }
  }

  #lift(type: Structure, have: readonly CoreType[]): Lift {
    const { liftString } = this.#boundary;
    if (isScalar(type.kind)) return coercedLift(scalars[type.kind].liftAt, type, have);
    switch (type.kind) {
      case "string":
        return coercedLift(
          (cx, flat, at) => liftString(cx, unsigned(flat[at]), unsigned(flat[at + 1])),
          type,
          have,
        );
      case "list": {
        if (type.length !== undefined) {
          const { parts, places } = this.#flat(repeat(type.element, type.length), have, this.lift);
          return lists.liftFixed(resolve(type.element).kind, type.length, parts, places);
        }
        const lift = lists.liftRange(this.#elementOf(type), this.load(type.element));
        return coercedLift(
          (cx, flat, at) => lift(cx, unsigned(flat[at]), unsigned(flat[at + 1])),
          type,
          have,
        );
      }
      case "record":
      case "tuple": {
        const { parts, places } = this.#flat(typesOf(type), have, this.lift);
        if (type.kind === "tuple") return tuples.liftTuple(parts, places);
        return tuples.liftRecord(recordKeys(type), parts, places);
      }
      case "flags": {
        const { unpack } = flagsCodec(type.names);
        return coercedLift((_, flat, at) => unpack(flat[at] as number), type, have);
      }
      case "own":
      case "borrow": {
        const lift = this.#boundary.liftHandle(type);
        return coercedLift((cx, flat, at) => lift(cx, unsigned(flat[at])), type, have);
      }
      case "variant":
      case "enum":
      case "option":
      case "result": {
        const payloads = casesOf(type)!.map((c) => c.type && this.lift(c.type, have.slice(1)));
        return liftCase(shapeOf(type), have[0] === "i64", payloads);
      }
    }
  }

  #lower(type: Structure, want: readonly CoreType[]): Lower {
    const { lowerString } = this.#boundary;
    if (isScalar(type.kind)) return coercedLower(scalars[type.kind].lowerAt, type, want);
    switch (type.kind) {
      case "string": {
        const lower: Lower = (cx, value, flat, at) => {
          flat[at] = lowerString(cx, value as string);
          flat[at + 1] = lowered.length;
        };
        return coercedLower(lower, type, want);
      }
      case "list": {
        if (type.length !== undefined) {
          const { parts, places } = this.#flat(repeat(type.element, type.length), want, this.lower);
          return lists.lowerFixed(parts, places);
        }
        const range = lists.lowerRange(this.#elementOf(type), this.store(type.element));
        const lower: Lower = (cx, value, flat, at) => {
          flat[at] = range(cx, value as ArrayLike<unknown>);
          flat[at + 1] = (value as ArrayLike<unknown>).length;
        };
        return coercedLower(lower, type, want);
      }
      case "record":
      case "tuple": {
        const { parts, places } = this.#flat(typesOf(type), want, this.lower);
        if (type.kind === "tuple") return tuples.lowerTuple(parts, places);
        return this.#records.for(type).lowerRecord(recordKeys(type), parts, places);
      }
      case "flags": {
        const { pack } = flagsCodec(type.names);
        const lower: Lower = (_, value, flat, at) => {
          flat[at] = pack(value);
        };
        return coercedLower(lower, type, want);
      }
      case "own":
      case "borrow": {
        const handle = this.#boundary.lowerHandle(type);
        const lower: Lower = (cx, value, flat, at) => {
          flat[at] = handle(cx, value);
        };
        return coercedLower(lower, type, want);
      }
      case "variant":
      case "enum":
      case "option":
      case "result":
        return this.#lowerCase(type, want);
    }
  }

  #lowerCase(type: WithCases, want: readonly CoreType[]): Lower {
    const cases = casesOf(type)!;
    const payloads = cases.map((c) => c.type && this.lower(c.type, want.slice(1)));
    const used = cases.map((c) => (c.type ? flatten(c.type).length : 0));
    return lowerCase(shapeOf(type), want[0] === "i64", payloads, used, want.slice(1).map(zeroOf));
  }

  #elementOf(type: Structure & { kind: "list" }): lists.ElementLayout {
    return {
      kind: resolve(type.element).kind,
      size: sizeOf(type.element),
      alignment: alignmentOf(type.element),
      weight: this.weights.of(type.element),
    };
  }

  /** The parts of something that is flattened part after part, and where each begins. */
  #flat<T>(
    types: readonly ValueType[],
    core: readonly CoreType[],
    make: (this: Codec, type: ValueType, core: readonly CoreType[]) => T,
  ): { parts: T[]; places: number[] } {
    const parts: T[] = [];
    const places: number[] = [];
    let at = 0;
    for (const type of types) {
      parts.push(make.call(this, type, core.slice(at)));
      places.push(at);
      at += flatten(type).length;
    }
    return { parts, places };
  }

  #each<T>(type: Structure & { kind: "record" | "tuple" }, make: (this: Codec, type: ValueType) => T): T[] {
    return typesOf(type).map((part) => make.call(this, part));
  }
}

function unsigned(value: CoreValue | undefined): number {
  return (value as number) >>> 0;
}

function repeat(type: ValueType, times: number): ValueType[] {
  return Array.from({ length: times }, () => type);
}

function typesOf(type: Structure & { kind: "record" | "tuple" }): readonly ValueType[] {
  return type.kind === "record" ? type.fields.map((field) => field.type) : type.elements;
}

function offsetsOf(type: Structure & { kind: "record" | "tuple" }): number[] {
  return fieldsOf(type).map((field) => field.offset);
}

function wordOf(type: Structure & { kind: "flags" }): "u8" | "u16" | "u32" {
  const size = sizeOf(type);
  return size === 1 ? "u8" : size === 2 ? "u16" : "u32";
}

/** Lift of a type of one or two core values, which may come as others. */
function coercedLift(lift: Lift, type: Structure, have: readonly CoreType[]): Lift {
  const coercions = flatten(type).map((want, i) => coerceLifted(have[i]!, want));
  if (coercions.every((coercion) => coercion === undefined)) return lift;
  const own: CoreValue[] = coercions.map(() => 0);
  return (cx, flat, at) => {
    for (let i = 0; i < coercions.length; i++) {
      const value = flat[at + i]!;
      own[i] = coercions[i]?.(value) ?? value;
    }
    return lift(cx, own, 0);
  };
}

function coercedLower(lower: Lower, type: Structure, want: readonly CoreType[]): Lower {
  const coercions = flatten(type).map((have, i) => coerceLowered(have, want[i]!));
  if (coercions.every((coercion) => coercion === undefined)) return lower;
  return (cx, value, flat, at) => {
    lower(cx, value, flat, at);
    for (let i = 0; i < coercions.length; i++) {
      const coercion = coercions[i];
      if (coercion) flat[at + i] = coercion(flat[at + i]!);
    }
  };
}
