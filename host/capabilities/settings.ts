import * as v from "valibot";
import { HotcellError, nearest } from "../errors.ts";

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
  // To the schema an array is an object without members.
  const result = v.safeParse(schema, Array.isArray(input) ? "an array" : input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const member = path ? `${subject}.${path}` : subject;
  const quoted = !unquoted.includes(String(issue.path?.[0]?.key));
  const received = quoted || typeof issue.input !== "string" ? issue.received : "a string";
  const unknownMember = issue.expected === "never";
  // A schema's own words, where it has some, are for people; what the library makes of a union is not.
  const wanted = issue.message.startsWith("Invalid ") ? issue.expected : issue.message;
  const near = unknownMember ? nearestMembers(schema, issue.path ?? []) : [];
  throw new HotcellError(
    "bad-settings",
    unknownMember
      ? `${member} is not a known setting.`
      : `${member} must be ${wanted ?? issue.message}, but is ${received}.`,
    {
      subject: member,
      actual: received,
      ...(wanted && !unknownMember && { expected: wanted }),
      remedy: !unknownMember
        ? "Correct the setting and send it again."
        : near.length > 0
          ? `Did you mean ${near.join(" or ")}?`
          : "Remove it, or correct its spelling.",
      ...(near.length > 0 && { extra: { near } }),
    },
  );
}

/** The members there are that are named like the one at the end of the path. */
function nearestMembers(schema: v.GenericSchema, path: readonly v.IssuePathItem[]): string[] {
  let at: unknown = schema;
  for (const { key } of path.slice(0, -1)) at = membersOf(at)?.[String(key)];
  return nearest(String(path.at(-1)?.key), Object.keys(membersOf(at) ?? {}));
}

/** Of a schema of an object, which may be optional. */
function membersOf(schema: unknown): Record<string, unknown> | undefined {
  const { entries, wrapped } = (schema ?? {}) as { entries?: Record<string, unknown>; wrapped?: unknown };
  return entries ?? (wrapped === undefined ? undefined : membersOf(wrapped));
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
