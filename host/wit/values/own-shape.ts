/**
 * Makes plain objects, for which V8 finds out after a few how many fields they get: what begins as `{}` has room for
 * four, and is moved for more.
 */
export function ownShape(): new () => Record<string, unknown> {
  function Fields() {}
  Fields.prototype = Object.prototype;
  return Fields as unknown as new () => Record<string, unknown>;
}
