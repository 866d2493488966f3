/** A top-level `result` is not a value but an outcome (docs/embedding.md). */
import { resolve, type ValueType } from "./model.ts";

/** The error part of a top-level `result`. Undefined: there is none, or it has no payload. */
export function errType(result: ValueType | undefined): ValueType | undefined {
  const type = result && resolve(result);
  return type?.kind === "result" ? type.err : undefined;
}

/** Type that a call answers with: the ok part of a top-level `result`. Undefined: none. */
export function okType(result: ValueType | undefined): ValueType | undefined {
  const type = result && resolve(result);
  return type?.kind === "result" ? type.ok : result;
}
