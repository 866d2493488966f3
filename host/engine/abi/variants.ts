/**
 * Variants, enums, options and results (CanonicalABI.md, `load_variant`, `lift_flat_variant` and their
 * counterparts): a case index, and what JavaScript makes of it.
 */

import type { Structure } from "../../wit/model.ts";
import { isNullable } from "../../wit/values/mapping.ts";
import { trap } from "../abi-trap.ts";
import type { Context } from "./context.ts";
import type { CoreValue, Lift, LoadValue, Lower, StoreValue } from "./core-value.ts";
import { wrap } from "./joins.ts";

/** Looks of a type with cases in JavaScript. */
export type Shape =
  /** `{ tag, val }` */
  | { readonly kind: "tagged"; readonly tags: readonly string[] }
  /** The case's name. */
  | { readonly kind: "named"; readonly tags: readonly string[] }
  /** `undefined`, or the payload itself. */
  | { readonly kind: "nullable" };

export type WithCases = Structure & { kind: "variant" | "enum" | "option" | "result" };

export function shapeOf(type: WithCases): Shape {
  switch (type.kind) {
    case "variant":
      return { kind: "tagged", tags: type.cases.map((c) => c.name) };
    case "enum":
      return { kind: "named", tags: type.names };
    case "result":
      return { kind: "tagged", tags: ["ok", "err"] };
    case "option":
      return isNullable(type) ? { kind: "nullable" } : { kind: "tagged", tags: ["none", "some"] };
  }
}

const invalidDiscriminant = "invalid variant discriminant";

type DiscriminantSize = 1 | 2 | 4;

function loadIndex(cx: Context, p: number, size: DiscriminantSize, count: number): number {
  const index = size === 1 ? cx.u8[p]! : size === 2 ? cx.view.getUint16(p, true) : cx.view.getUint32(p, true);
  return index < count ? index : trap(invalidDiscriminant);
}

/** `payloads` holds one entry a case, undefined where it has no payload; they all lie at `offset`. */
export function loadCase(
  shape: Shape,
  size: DiscriminantSize,
  offset: number,
  payloads: readonly (LoadValue | undefined)[],
): LoadValue {
  const count = payloads.length;
  if (shape.kind === "named") {
    const { tags } = shape;
    return (cx, p) => tags[loadIndex(cx, p, size, count)];
  }
  if (shape.kind === "nullable") {
    const some = payloads[1]!;
    return (cx, p) => (loadIndex(cx, p, size, count) === 0 ? undefined : some(cx, p + offset));
  }
  const { tags } = shape;
  return (cx, p) => {
    const index = loadIndex(cx, p, size, count);
    const payload = payloads[index];
    return { tag: tags[index], val: payload === undefined ? undefined : payload(cx, p + offset) };
  };
}

export function storeCase(
  shape: Shape,
  size: DiscriminantSize,
  offset: number,
  payloads: readonly (StoreValue | undefined)[],
): StoreValue {
  const indexOf = indexer(shape);
  const payloadOf = payloadReader(shape);
  return (cx, p, value) => {
    const index = indexOf(value);
    if (size === 1) cx.u8[p] = index;
    else if (size === 2) cx.view.setUint16(p, index, true);
    else cx.view.setUint32(p, index, true);
    payloads[index]?.(cx, p + offset, payloadOf(value));
  };
}

/** `wide`: the case index travels as i64, because this variant is the payload of another. */
export function liftCase(shape: Shape, wide: boolean, payloads: readonly (Lift | undefined)[]): Lift {
  const count = payloads.length;
  const indexAt = (flat: readonly CoreValue[], at: number): number => {
    const index = wide ? wrap(flat[at]!) : (flat[at] as number) >>> 0;
    return index < count ? index : trap(invalidDiscriminant);
  };
  if (shape.kind === "named") {
    const { tags } = shape;
    return (_, flat, at) => tags[indexAt(flat, at)];
  }
  if (shape.kind === "nullable") {
    const some = payloads[1]!;
    return (cx, flat, at) => (indexAt(flat, at) === 0 ? undefined : some(cx, flat, at + 1));
  }
  const { tags } = shape;
  return (cx, flat, at) => {
    const index = indexAt(flat, at);
    const payload = payloads[index];
    return { tag: tags[index], val: payload === undefined ? undefined : payload(cx, flat, at + 1) };
  };
}

/** `used` says how many of the places after the index a case's payload takes; `zeros` fill the others. */
export function lowerCase(
  shape: Shape,
  wide: boolean,
  payloads: readonly (Lower | undefined)[],
  used: readonly number[],
  zeros: readonly CoreValue[],
): Lower {
  const indexOf = indexer(shape);
  const payloadOf = payloadReader(shape);
  const places = zeros.length;
  return (cx, value, flat, at) => {
    const index = indexOf(value);
    flat[at] = wide ? BigInt(index) : index;
    payloads[index]?.(cx, payloadOf(value), flat, at + 1);
    for (let i = used[index]!; i < places; i++) flat[at + 1 + i] = zeros[i]!;
  };
}

function payloadReader(shape: Shape): (value: unknown) => unknown {
  return shape.kind === "tagged" ? (value) => (value as { val: unknown }).val : (value) => value;
}

/** The case index of a value. */
function indexer(shape: Shape): (value: unknown) => number {
  if (shape.kind === "nullable") return (value) => (value === undefined ? 0 : 1);
  const [first, second] = shape.tags;
  if (shape.kind === "tagged" && shape.tags.length === 2) {
    return (value) => {
      const { tag } = value as { tag: unknown };
      return tag === first ? 0 : tag === second ? 1 : trap("unknown variant case");
    };
  }
  const indices = new Map(shape.tags.map((tag, index) => [tag, index]));
  const indexOf = (tag: unknown): number => indices.get(tag as string) ?? trap("unknown variant case");
  return shape.kind === "named" ? indexOf : (value) => indexOf((value as { tag: unknown }).tag);
}
