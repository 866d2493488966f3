/** Consequences for callers of a record, variant, enum or flags type that gains or loses a part. */

import { resolve, type ValueType } from "../model.ts";
import { isNullable } from "../values/mapping.ts";
import type { Way } from "./diff-findings.ts";

export type NamedKind = "record" | "variant" | "enum" | "flags";

/** A field, case or flag. */
export interface Part {
  readonly name: string;
  readonly type?: ValueType;
}

export interface Judgement {
  readonly breaking: boolean;
  readonly reason: string;
}

const compatible = (reason: string): Judgement => ({ breaking: false, reason });
const breaking = (reason: string): Judgement => ({ breaking: true, reason });

export const partNouns = { record: "field", variant: "case", enum: "case", flags: "flag" } as const;

export function judgeNewPart(kind: NamedKind, way: Way, part: Part): Judgement {
  if (kind === "variant" || kind === "enum") {
    return way === "parameter"
      ? compatible("No call has to send it.")
      : breaking("Callers that decode the result don't know it.");
  }
  if (way === "result") return compatible("Callers don't read what they don't know.");
  if (kind === "flags") return compatible("Calls that leave it out mean false.");
  return part.type && resolve(part.type).kind === "option"
    ? compatible("Calls that leave it out mean none.")
    : breaking("Calls that don't give it are refused.");
}

export function judgeGonePart(kind: NamedKind, way: Way): Judgement {
  if (way === "parameter") return breaking("Calls that give it are refused.");
  return kind === "variant" || kind === "enum"
    ? compatible("Callers never meet it any more.")
    : breaking("Callers that read it find nothing.");
}

export function judgeRenamedPart(kind: NamedKind, way: Way): Judgement {
  if (way === "parameter") return breaking("Calls that use the old name are refused.");
  return kind === "variant" || kind === "enum"
    ? breaking("Callers that decode the result don't know the new name.")
    : breaking("Callers that read the old name find nothing.");
}

export function judgeNewPayload(way: Way, payload: ValueType): Judgement {
  if (way === "result") return breaking("Callers that decode the case expect no payload.");
  const structure = resolve(payload);
  return structure.kind === "option" && isNullable(structure)
    ? compatible("Calls that send the case alone mean none.")
    : breaking("Calls that send the case alone are refused.");
}

export function judgeGonePayload(way: Way): Judgement {
  return way === "parameter"
    ? breaking("Calls that send one are refused.")
    : breaking("Callers that read it find nothing.");
}
