/** What a call can end with: a top-level `result` is not a value but an outcome (DESIGN §5). */
import { resolve, type ValueType } from "./types.ts";

/** What a call answers with: the ok part of a top-level `result`, or the whole type. Undefined: nothing. */
export function okType(result: ValueType | undefined): ValueType | undefined {
  if (result === undefined) return undefined;
  const type = resolve(result);
  return type.kind === "result" ? type.ok : result;
}

/** The error part of a top-level `result`. Undefined: none, or without a payload. */
export function errType(result: ValueType | undefined): ValueType | undefined {
  const type = result && resolve(result);
  return type?.kind === "result" ? type.err : undefined;
}
