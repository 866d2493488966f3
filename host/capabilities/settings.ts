import * as v from "valibot";
import { HotcellError } from "../errors.ts";

/** Parses settings by a schema; what doesn't fit is `bad-settings`, naming the member, what came and what fits. */
export function parseBySchema<const S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  subject: string,
): v.InferOutput<S> {
  // To the schema an array is an object without members.
  const result = v.safeParse(schema, Array.isArray(input) ? "an array" : input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const member = path ? `${subject}.${path}` : subject;
  const unknownMember = issue.expected === "never";
  throw new HotcellError(
    "bad-settings",
    unknownMember
      ? `${member} is not a known setting.`
      : `${member} must be ${issue.expected ?? issue.message}, but is ${issue.received}.`,
    {
      subject: member,
      actual: issue.received,
      ...(issue.expected && !unknownMember && { expected: issue.expected }),
      remedy: unknownMember
        ? "Remove it, or correct its spelling."
        : "Correct the setting and send it again.",
    },
  );
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
