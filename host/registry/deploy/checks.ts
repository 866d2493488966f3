/** Checks in the format of `calls.json` and `requests.json` (guest-plugins/README.md, Testing): what is asked, and what must come. */

import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { pluginBounds } from "../../bounds/cell-bounds.ts";
import type { CapabilityTable } from "../../capabilities/capability-table.ts";
import { parseBySchema } from "../../capabilities/kit/settings-schema.ts";
import { redact } from "../../capabilities/secret.ts";
import { type ErrorFacts, HotcellError } from "../../errors.ts";
import { parseAsked } from "../settings/settings.ts";
import type { ChecksChange } from "../settings/settings-changes.ts";
import type { ShownChecks } from "../shown-checks.ts";
import { callSchema } from "./call-check.ts";
import { requestCheckSchema } from "./request-form.ts";

const schema = v.strictObject({
  settings: v.optional(v.record(v.string(), v.unknown())),
  calls: v.optional(v.array(callSchema), []),
  requests: v.optional(v.array(requestCheckSchema)),
});

export type Checks = v.InferOutput<typeof schema>;

/** Files of a plugin's folder that hold checks; both have the same format. */
export type ChecksFile = "calls.json" | "requests.json";

/** Throws `bad-settings` naming the member that doesn't fit the format. */
export function parseChecks(input: unknown, file: ChecksFile = "calls.json"): Checks {
  // To the schema an empty list would be an object without members.
  if (Array.isArray(input)) {
    const member = file === "calls.json" ? "calls" : "requests";
    throw new HotcellError("bad-settings", `${file} must be an object, but is a list.`, {
      subject: file,
      expected: `an object: {"${member}": […]}`,
      remedy: `Put the list in its member ${member}.`,
    });
  }
  return parseBySchema(schema, input, file, ["calls", "requests", "settings"]);
}

/** Number of checks that there are. */
export function countOf({ calls, requests = [] }: Checks): number {
  return calls.length + requests.length;
}

/** Checks of a plugin that has some, once an upload has sent others: all of them, or `null` for none. */
export function mergeChecks(
  before: Checks | undefined,
  sent: unknown,
  table: CapabilityTable,
): Checks | undefined {
  if (sent === undefined) return before;
  return sent === null ? undefined : keptChecks(parseChecks(sent), table);
}

export function checksChanges(before: Checks | undefined, after: Checks | undefined): ChecksChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [from, to] = [before && countOf(before), after && countOf(after)];
  const counts = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return [{ path: "checks", kind: "deploy", ...counts }];
}

/** The version fails its checks. */
export class ChecksFailedError extends HotcellError {
  /** The message without values, for whoever reads the log. */
  readonly recorded: string;

  constructor(message: string, recorded: string, facts: ErrorFacts) {
    super("checks-failed", message, facts);
    this.recorded = recorded;
  }
}

/** Bytes of JSON that the checks of a plugin may be: every deployment is kept with them. */
const maxChecks = pluginBounds.checks.value;

function requireSize(checks: Checks): Checks {
  const bytes = Buffer.byteLength(JSON.stringify(checks));
  if (bytes <= maxChecks) return checks;
  throw new HotcellError("bad-settings", `The checks are ${bytes} bytes.`, {
    subject: "checks",
    limit: `${maxChecks} bytes`,
    actual: bytes,
    remedy: "Keep the checks that every deployment has to pass, and make the others before you upload.",
  });
}

/** Checks as they are kept: of their settings only grants are ever used. Throws `bad-settings` for wrong settings. */
function keptChecks(checks: Checks, table: CapabilityTable): Checks {
  const { settings, ...asked } = requireSize(checks);
  if (!settings) return asked;
  const { grants } = parseAsked(settings, table);
  return Object.hasOwn(settings, "grants") ? { settings: { grants: redact(grants.asked) }, ...asked } : asked;
}

/**
 * Checks as answers show them: to those who may not call the plugin, which functions they call and by which methods they
 * ask, and not with what, nor what comes.
 */
export function shownChecks(checks: Checks, mayCall: boolean): ShownChecks {
  if (mayCall) return checks as ShownChecks;
  const { calls, requests } = checks;
  return {
    calls: calls.map(({ call }) => ({ call })),
    ...(requests && {
      requests: requests.map(({ request: { method = "GET" } }) => ({ request: { method } })),
    }),
  };
}
