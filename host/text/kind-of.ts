/** Kind of a JavaScript value for a sentence: `a string`, `an array`, `null`. Never what is in it, which may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a promise";
  if (value instanceof URL) return "a URL";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
