/** Options that a program of somebody else's gives in code: unknown ones and those of a wrong type are refused. */

import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";
import { kindOf } from "../text/kind-of.ts";
import { didYouMean, nearest } from "../text/nearest.ts";

/** Kind of value: said in words, and told. */
export interface Kind {
  readonly expected: string;
  fits(value: unknown): boolean;
}

export const aText: Kind = {
  expected: "a string that is not empty",
  fits: (value) => typeof value === "string" && value !== "",
};
export const aYesOrNo: Kind = { expected: "true or false", fits: (value) => typeof value === "boolean" };
export const aFunction: Kind = { expected: "a function", fits: (value) => typeof value === "function" };
export const aSignal: Kind = { expected: "an AbortSignal", fits: (value) => value instanceof AbortSignal };
export const anObject: Kind = { expected: "an object", fits: isPlain };
export const texts: Kind = {
  expected: "an array of strings",
  fits: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
};

/** A whole number, of `unit`. */
export function count(min: number, unit = ""): Kind {
  const expected = `a whole number${unit && ` of ${unit}`} from ${min} up`;
  return { expected, fits: (value) => Number.isSafeInteger(value) && (value as number) >= min };
}

export function oneOf(names: readonly string[]): Kind {
  return {
    expected: names.map((name) => JSON.stringify(name)).join(" or "),
    fits: (value) => names.includes(value as string),
  };
}

/**
 * Throws `bad-settings` for an option that is none of `kinds`, with the one that was meant and all there are, and for a
 * value that is not of its kind. `undefined` counts as left out. `what`: who takes them, such as `createHost`.
 */
export function checkOptions(what: string, options: unknown, kinds: Readonly<Record<string, Kind>>): void {
  const names = Object.keys(kinds);
  if (!isPlain(options)) {
    throw new HotcellError(
      "bad-settings",
      `The options of ${what} must be an object, but are ${kindOf(options)}.`,
      {
        subject: what,
        expected: "an object",
        actual: kindOf(options),
        remedy: `Give an object with some of: ${names.join(", ")}.`,
      },
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, name)) throw unknownOption(what, name, names);
    if (value !== undefined) requireKind(`The option ${name} of ${what}`, value, kinds[name]!, name);
  }
}

/** Throws `bad-settings` unless the value is of the kind; `what` begins the sentence. */
export function requireKind(what: string, value: unknown, { expected, fits }: Kind, subject: string): void {
  if (fits(value)) return;
  const actual = shown(value);
  throw new HotcellError("bad-settings", `${what} must be ${expected}, but is ${actual}.`, {
    subject,
    expected,
    actual,
    remedy: hintFor(value) ?? `Give ${expected}.`,
  });
}

function unknownOption(what: string, name: string, names: readonly string[]): HotcellError {
  const near = nearest(name, names);
  const meant = didYouMean(near);
  return new HotcellError("bad-settings", `${what} has no option ${JSON.stringify(beginning(name, 100))}.`, {
    subject: beginning(name, 100),
    expected: names.join(", "),
    remedy: `${meant ? `${meant} ` : ""}It takes: ${names.join(", ")}.`,
    ...(near.length > 0 && { extra: { near } }),
  });
}

function hintFor(value: unknown): string | undefined {
  if (value instanceof Promise) return "Await the promise first.";
  if (value instanceof URL) return "Give a path: fileURLToPath(url), of node:url.";
  return undefined;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}

/** A value by its type, and by itself where it is a number or a yes or no: a text may be a secret. */
function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}
