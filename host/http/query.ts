/** Query parameters, strictly: a flag that was misspelt must not silently deploy. */

import { HotcellError, nearest } from "../errors.ts";

/** Everything after `?`, percent-decoded. */
export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1));
}

/** Throws `bad-request` with near misses for parameters that are not among `known`. */
export function onlyKnown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new HotcellError(
      "bad-request",
      `There is no query parameter ${JSON.stringify(name.slice(0, 100))} here.`,
      {
        subject: name.slice(0, 100),
        expected: known.join(", "),
        ...(near.length > 0 && { remedy: `Did you mean ${near.join(" or ")}?`, extra: { near } }),
      },
    );
  }
}

/** `?x`, `?x=` and `?x=true` are true; `?x=false` and absence are false. Throws `bad-request` for other values. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === "false") return false;
  if (value === "" || value === "true") return true;
  throw new HotcellError("bad-request", `?${name} is a flag.`, {
    subject: name,
    actual: value.slice(0, 100),
    expected: `?${name}, ?${name}=true or ?${name}=false`,
  });
}

/** A number from 1 to 2^53 - 1; undefined where it is absent. Throws `bad-request` for anything else. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = /^[1-9]\d{0,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new HotcellError("bad-request", `?${name} must be a positive integer.`, {
    subject: name,
    actual: value.slice(0, 100),
    expected: `?${name}=20`,
  });
}
