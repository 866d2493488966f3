/** Scalar types that can stand for others in JSON (RATIONALE.md, When is a new version compatible), for comparing versions. */
import type { Structure } from "../model.ts";

interface Range {
  readonly min: number;
  readonly max: number;
}

const integers: Partial<Record<Structure["kind"], Range>> = {
  u8: { min: 0, max: 0xff },
  s8: { min: -0x80, max: 0x7f },
  u16: { min: 0, max: 0xffff },
  s16: { min: -0x8000, max: 0x7fff },
  u32: { min: 0, max: 0xffff_ffff },
  s32: { min: -0x8000_0000, max: 0x7fff_ffff },
  // Rounded, which is no matter: compared only with one another and with smaller ones.
  u64: { min: 0, max: 2 ** 64 },
  s64: { min: -(2 ** 63), max: 2 ** 63 },
};

/** Range in which floats are exact for integers. */
const floats: Partial<Record<Structure["kind"], Range>> = {
  f32: { min: -(2 ** 24), max: 2 ** 24 },
  f64: { min: -(2 ** 53), max: 2 ** 53 },
};

function within(inner: Range, outer: Range): boolean {
  return inner.min >= outer.min && inner.max <= outer.max;
}

function isLong(type: Structure): boolean {
  return type.kind === "u64" || type.kind === "s64";
}

/**
 * True where a reader of `received` understands the JSON of every value of `sent`, and as the same value: for wider
 * integers, for floats that hold the integers exactly (none holds the 64-bit ones), and for `string`, which has
 * the JSON of `char` and `enum`.
 */
export function fits(sent: Structure, received: Structure): boolean {
  const float = floats[received.kind];
  const integer = integers[sent.kind];
  if (integer) {
    if (float) return within(integer, float);
    const target = integers[received.kind];
    return target !== undefined && within(integer, target);
  }
  if (sent.kind === "f32") return float !== undefined;
  return received.kind === "string" && (sent.kind === "char" || sent.kind === "enum");
}

/** Sentence on what calls notice of a parameter that was `sent` and now is `received`, which it does not fit. */
export function refusedArguments(sent: Structure, received: Structure): string {
  const range = integers[received.kind];
  const isFloat = floats[sent.kind] !== undefined;
  if (range && (integers[sent.kind] || isFloat)) {
    const fractions = isFloat ? "fractions or " : "";
    return `Calls that send ${fractions}values outside ${span(received)} are refused.`;
  }
  if (floats[received.kind] && isLong(sent)) return "Calls that send integers as strings are refused.";
  if (floats[received.kind] && (integers[sent.kind] || isFloat)) return "What calls send is rounded to f32.";
  return "Calls that send what it was are refused.";
}

/** Sentence on what callers notice of a result that was `received` and now is `sent`, which does not fit it. */
export function surprisingResults(sent: Structure, received: Structure): string {
  const isInteger = integers[received.kind] !== undefined;
  const strings = isLong(sent) && !isLong(received) ? "; beyond ±(2^53 - 1) they come as strings" : "";
  if (isInteger && integers[sent.kind]) {
    return `Callers that hold it as ${received.kind} meet values outside ${span(received)}${strings}.`;
  }
  if (isInteger && floats[sent.kind]) return `Callers that hold it as ${received.kind} meet fractions.`;
  if (floats[received.kind] && strings) return "Integers beyond ±(2^53 - 1) come as strings.";
  if (floats[received.kind] && (integers[sent.kind] || floats[sent.kind])) {
    return `Callers that hold it as ${received.kind} round what they get.`;
  }
  return "Callers that decode what it was can't read it.";
}

function span(type: Structure): string {
  switch (type.kind) {
    case "u64":
      return "0 to 2^64 - 1";
    case "s64":
      return "-2^63 to 2^63 - 1";
    default: {
      const { min, max } = integers[type.kind]!;
      return `${min} to ${max}`;
    }
  }
}
