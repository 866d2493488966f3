import type { Structure } from "../model.ts";

/**
 * Kinds of types whose values are the same in JSON and in JavaScript. A new kind of type is one of these, or has a case of
 * its own where JSON is read and written.
 */
export type SameInJson = Extract<
  Structure["kind"],
  "bool" | "u8" | "s8" | "u16" | "s16" | "u32" | "s32" | "char" | "enum"
>;
