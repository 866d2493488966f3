import { ComponentError } from "../../errors.ts";
import { type FunctionType, resolve } from "../../wit/model.ts";

/** From a lifted value to what a bound function gives: of a top-level `result` the ok part, or a ComponentError thrown. */
export function unwrapper(key: string, type: FunctionType): (value: unknown) => unknown {
  if (type.result === undefined || resolve(type.result).kind !== "result") return (value) => value;
  return (value) => {
    const { tag, val } = value as { tag: "ok" | "err"; val?: unknown };
    if (tag === "ok") return val;
    throw new ComponentError(val, `${key} returned an error.`, { subject: key });
  };
}
