import * as v from "valibot";
import { HotcellError } from "../../errors.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";

/** Refusal of a member that nobody knows: a slip where somebody sent it, and where it is stored another Hotcell's. */
export class UnknownSettingError extends HotcellError {}

/**
 * Parses settings by a schema; what doesn't fit is `bad-settings`, naming the member, what came and what fits. What came
 * in a member that is `unquoted` may be a secret in the wrong place, and is told by its type alone.
 */
export function parseBySchema<const S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  subject: string,
  unquoted: readonly string[] = [],
): v.InferOutput<S> {
  const result = v.safeParse(schema, withMarkedArrays(schema, input), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const member = path ? `${subject}.${path}` : subject;
  if (issue.type === "strict_object" && issue.received === "undefined" && path) throw lacking(issue, member);
  const quoted = !unquoted.includes(String(issue.path?.[0]?.key));
  const received = quoted || typeof issue.input !== "string" ? issue.received : "a string";
  const unknownMember = issue.expected === "never";
  // A schema's own words, where it has some, are for people; what the library makes of a union is not.
  const named = issue.type === "integer" ? "integer" : issue.expected;
  const wanted = issue.message.startsWith("Invalid ") ? named : issue.message;
  const there = unknownMember ? membersAt(schema, issue.path ?? []) : choicesOf(issue);
  const asked = unknownMember ? String(issue.path?.at(-1)?.key) : quoted ? String(issue.input) : "";
  const near = nearest(asked, there);
  throw new (unknownMember ? UnknownSettingError : HotcellError)(
    "bad-settings",
    unknownMember
      ? `${member} is not a known setting.`
      : `${member} must be ${wanted ?? issue.message}, but is ${received}.`,
    {
      subject: member,
      actual: received,
      ...(wanted && !unknownMember && { expected: wanted }),
      remedy: remedyFor(unknownMember, near, there, objectWith(schema, issue) ?? wanted),
      ...(near.length > 0 && { extra: { near } }),
    },
  );
}

/** To a schema an array is an object without members: where it wants an object, a text stands for it, which is none. */
function withMarkedArrays(schema: unknown, input: unknown): unknown {
  const { entries, value } = shapeOf(schema);
  if (entries === undefined && value === undefined) return input;
  if (Array.isArray(input)) return "an array";
  if (typeof input !== "object" || input === null || Object.getPrototypeOf(input) !== Object.prototype)
    return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, member]) => {
      const inside = entries && Object.hasOwn(entries, name) ? entries[name] : value;
      return [name, inside === undefined ? member : withMarkedArrays(inside, member)];
    }),
  );
}

/** A member has to be there, and is not: perhaps it is there by another name. */
function lacking({ path }: v.BaseIssue<unknown>, member: string): HotcellError {
  const { key, input } = path!.at(-1)!;
  const near = nearest(String(key), Object.keys(input as object));
  return new HotcellError("bad-settings", `${member} is missing.`, {
    subject: member,
    remedy: near.length > 0 ? `Call it so: it is there as ${near.join(" or ")}.` : "Add it.",
    ...(near.length > 0 && { extra: { near } }),
  });
}

function remedyFor(
  unknownMember: boolean,
  near: readonly string[],
  there: readonly string[],
  wanted: string | null | undefined,
): string {
  const meant = didYouMean(near);
  if (meant) return meant;
  if (!unknownMember) return `Give ${formOf(wanted ?? "")}.`;
  return there.length > 0
    ? `Remove it; there is ${there.slice(0, maxListed).join(", ")}.`
    : "Remove it, or correct its spelling.";
}

/** Value that a schema wants, as it is written: the library says `number`, `<=5` and `("a" | "b")`. */
function formOf(wanted: string): string {
  const [, relation, bound] = /^([<>]=)(.+)$/.exec(wanted) ?? [];
  if (bound !== undefined) return `${bound} or ${relation === "<=" ? "less" : "more"}`;
  return (
    forms[wanted] ??
    (wanted === "" ? "another value" : wanted.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or "))
  );
}

const forms: Readonly<Record<string, string>> = {
  number: "a number, without quotes",
  integer: "a whole number",
  boolean: "true or false, without quotes",
  string: 'a text, such as "text"',
  Object: "an object, such as {}",
  Array: "a list, such as []",
};

/** Members that a remedy lists. */
const maxListed = 20;

/** The members there are beside the one at the end of the path. */
function membersAt(schema: v.GenericSchema, path: readonly v.IssuePathItem[]): string[] {
  return Object.keys(shapeAt(schema, path.slice(0, -1))?.entries ?? {});
}

/** Object that a schema wants, by the members that it can't be without; undefined where `{}` would do. */
function objectWith(schema: v.GenericSchema, { expected, path }: v.BaseIssue<unknown>): string | undefined {
  if (expected !== "Object") return undefined;
  const entries = Object.entries(shapeAt(schema, path ?? [])?.entries ?? {});
  const needed = entries.flatMap(([name, entry]) => ((entry as Shape).wrapped === undefined ? [name] : []));
  return needed.length > 0 ? `an object with ${needed.join(" and ")}` : undefined;
}

function shapeAt(schema: v.GenericSchema, path: readonly v.IssuePathItem[]): Shape | undefined {
  let at: Shape | undefined = shapeOf(schema);
  for (const { key } of path) {
    const inside: unknown = at?.entries ? at.entries[String(key)] : (at?.item ?? at?.value);
    at = inside === undefined ? undefined : shapeOf(inside);
  }
  return at;
}

interface Shape {
  /** Members of an object. */
  readonly entries?: Record<string, unknown>;
  /** Element of a list. */
  readonly item?: unknown;
  /** Value of a record. */
  readonly value?: unknown;
  /** Shape of what may be left out. */
  readonly wrapped?: unknown;
}

function shapeOf(schema: unknown): Shape {
  const shape = schema as Shape;
  return shape.wrapped === undefined ? shape : shapeOf(shape.wrapped);
}

/** The texts of which one would have been right, where that is what a schema wants: `("shared" | "fresh")`. */
function choicesOf({ type, expected }: v.BaseIssue<unknown>): string[] {
  if (type !== "picklist" || !expected) return [];
  return [...expected.matchAll(/"([^"]+)"/g)].map(([, choice]) => choice!);
}

/** The settings of a grant, which are an object, or `true` for all defaults. Throws `bad-settings`. */
export function parseGrant<const S extends v.GenericSchema>(
  schema: S,
  settings: unknown,
  subject: string,
): v.InferOutput<S> {
  if (settings === true) return parseBySchema(schema, {}, subject);
  if (typeof settings === "object" && settings !== null && !Array.isArray(settings))
    return parseBySchema(schema, settings, subject);
  throw new HotcellError("bad-settings", `${subject} must be true, false or an object with its settings.`, {
    subject,
    expected: "true, false or an object",
    remedy: "Correct the setting and send it again.",
  });
}
